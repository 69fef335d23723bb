package io.kdb.server.net;

import io.kdb.server.dispatch.Clients;
import io.kdb.server.dispatch.Connection;
import io.kdb.server.dispatch.Session;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The unsent output of all clients together: a client may leave its replies unread for as long as they fit a share of
 * the direct memory; beyond it the connection with the most is closed, as Redis closes one over its output limit.
 * Thread-safe.
 */
final class OutputBudget {
    private static final Logger LOG = LoggerFactory.getLogger(OutputBudget.class);

    /** The share of the direct memory that unsent output may take: one half. */
    static final int SHARE = 2;

    private final Clients clients;
    private final long limitBytes;
    private final AtomicLong unsent = new AtomicLong();

    OutputBudget(Clients clients, long directMemoryBytes) {
        this.clients = clients;
        this.limitBytes = directMemoryBytes / SHARE;
    }

    /** A connection's unsent output grew or shrank. */
    void changed(long bytes) {
        if (unsent.addAndGet(bytes) > limitBytes && bytes > 0) {
            closeLargest();
        }
    }

    void sent(long bytes) {
        unsent.addAndGet(-bytes);
    }

    long unsentBytes() {
        return unsent.get();
    }

    private void closeLargest() {
        Connection largest = null;
        for (Session session : clients.all()) {
            Connection connection = session.connection();
            if (connection != null && (largest == null || connection.unsentBytes() > largest.unsentBytes())) {
                largest = connection;
            }
        }
        if (largest != null) {
            LOG.warn(
                    "Client {} closed: unsent output of all clients exceeds {} bytes, and it has the most ({})",
                    largest.peer(),
                    limitBytes,
                    largest.unsentBytes());
            largest.close();
        }
    }
}
