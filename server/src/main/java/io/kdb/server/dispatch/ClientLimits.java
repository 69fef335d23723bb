package io.kdb.server.dispatch;

import io.kdb.server.config.OutputBufferLimits;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.Settings;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes clients that are idle for {@code timeout}, that let more output pile up than {@code client-output-buffer-limit}
 * allows, that send more than {@code client-query-buffer-limit} without a complete command, and the largest ones while all
 * together exceed {@code maxmemory-clients}. Owner: the tick's thread.
 */
public final class ClientLimits {
    private static final Logger LOG = LoggerFactory.getLogger(ClientLimits.class);
    private static final long EVERY_MS = 1000;

    private final Node node;
    /** Since when a client is above its soft limit, by its id. */
    private final Map<Long, Long> aboveSoftSinceMs = new HashMap<>();

    private long checkedMs;

    public ClientLimits(Node node) {
        this.node = node;
    }

    /** To be called at every tick; looks once a second. */
    public void tick(long nowMs) {
        if (nowMs - checkedMs < EVERY_MS) {
            return;
        }
        checkedMs = nowMs;
        Settings settings = node.config().current();
        long memory = 0;
        for (Session session : node.clients().all()) {
            Connection connection = session.connection();
            if (connection == null
                    || session.kind() == Session.Kind.PRIMARY
                    || session.kind() == Session.Kind.REPLICA) {
                continue;
            }
            String reason = reason(session, connection, settings, nowMs);
            if (reason != null) {
                LOG.warn("Client {} closed: {}", connection.peer(), reason);
                connection.close();
            } else {
                memory += bytes(session, connection);
            }
        }
        aboveSoftSinceMs.keySet().removeIf(id -> node.clients().get(id) == null);
        evict(settings, memory);
    }

    private String reason(Session session, Connection connection, Settings settings, long nowMs) {
        long timeoutMs = 1000 * settings.get(Parameters.TIMEOUT);
        boolean waits = session.isSuspended() || session.kind() == Session.Kind.PUBSUB;
        if (timeoutMs > 0 && !waits && nowMs - session.lastActiveMs() > timeoutMs) {
            return "idle";
        }
        if (connection.queryBytes() > settings.get(Parameters.CLIENT_QUERY_BUFFER_LIMIT)) {
            return "max query buffer length reached";
        }
        OutputBufferLimits limits = settings.get(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT);
        boolean subscriber = session.kind() == Session.Kind.PUBSUB;
        return isOver(session.id(), connection.unsentBytes(), subscriber ? limits.pubsub() : limits.normal(), nowMs)
                ? "output buffer limits"
                : null;
    }

    private boolean isOver(long id, long unsent, OutputBufferLimits.Limit limit, long nowMs) {
        if (limit.hardBytes() > 0 && unsent >= limit.hardBytes()) {
            return true;
        }
        if (limit.softBytes() == 0 || unsent < limit.softBytes()) {
            aboveSoftSinceMs.remove(id);
            return false;
        }
        long sinceMs = aboveSoftSinceMs.computeIfAbsent(id, first -> nowMs);
        return nowMs - sinceMs > 1000 * limit.softSeconds();
    }

    private static long bytes(Session session, Connection connection) {
        return connection.unsentBytes() + connection.queryBytes() + session.heldBytes();
    }

    /** maxmemory-clients: bytes, or a negative percentage of maxmemory; 0 is no limit. */
    private void evict(Settings settings, long memory) {
        long limit = settings.get(Parameters.MAXMEMORY_CLIENTS);
        if (limit < 0) {
            limit = settings.get(Parameters.MAXMEMORY) / 100 * -limit;
        }
        long used = memory;
        while (limit > 0 && used > limit) {
            Session largest = largest();
            if (largest == null) {
                return;
            }
            used -= bytes(largest, largest.connection());
            LOG.info("Evicting client: {}", largest.connection().peer());
            node.stats().evictedClients.increment();
            largest.connection().close();
        }
    }

    private Session largest() {
        Session largest = null;
        long most = 0;
        for (Session session : node.clients().all()) {
            Connection connection = session.connection();
            if (connection == null
                    || session.noEvict()
                    || !connection.isOpen()
                    || session.kind() != Session.Kind.NORMAL) {
                continue;
            }
            long bytes = bytes(session, connection);
            if (bytes > most) {
                most = bytes;
                largest = session;
            }
        }
        return largest;
    }
}
