package io.kdb.server.cluster;

import io.kdb.cluster.control.JoinException;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterText;
import io.kdb.cluster.topology.NodeAddress;
import io.kdb.cluster.topology.NodeId;
import io.kdb.server.config.Parameters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CLUSTER MEET: tries to become one cluster with the node at an address, in whichever direction works, until the node
 * timeout has passed. Thread-safe.
 */
public final class Meetings {
    private static final Logger LOG = LoggerFactory.getLogger(Meetings.class);
    private static final long RETRY_MS = 200;
    private static final long JOIN_LIMIT_MS = 60_000;
    /** Refusals that trying again does not change. */
    private static final Set<JoinException.Reason> FINAL = EnumSet.of(
            JoinException.Reason.OTHER_VERSION,
            JoinException.Reason.WRONG_SECRET,
            JoinException.Reason.ALREADY_IN_CLUSTER,
            JoinException.Reason.REFUSED);

    private final ClusterRuntime cluster;
    private final Membership membership;
    private final Map<String, ClusterText.Handshake> open = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> pending = new ConcurrentHashMap<>();

    Meetings(ClusterRuntime cluster) {
        this.cluster = cluster;
        this.membership = new Membership(cluster);
    }

    List<ClusterText.Handshake> open() {
        return new ArrayList<>(open.values());
    }

    /**
     * Meets the node at an address. Completes when the two are one cluster, or will be; fails, at once, when the other side
     * says that this can never be; stays open while nobody answers there.
     */
    public CompletableFuture<Void> meet(String ip, int port, int busPort) {
        if (isMember(ip, port, busPort)) {
            return CompletableFuture.completedFuture(null);
        }
        long limitMs = Math.max(1000, cluster.node().config().get(Parameters.CLUSTER_NODE_TIMEOUT));
        return start(ip, port, busPort, ClusterRecord.Via.MEET, limitMs);
    }

    /** Whether that address is one of this cluster's: those two have met. */
    private boolean isMember(String ip, int port, int busPort) {
        Collection<ClusterNode> nodes = cluster.view().nodes();
        return nodes.size() > 1
                && nodes.stream()
                        .map(ClusterNode::address)
                        .anyMatch(known -> known.ip().equals(ip) && known.port() == port && known.busPort() == busPort);
    }

    /** Joins the cluster behind an address; tried for as long as nobody answers there. */
    public CompletableFuture<Void> join(String ip, int busPort, ClusterRecord.Via via) {
        return start(ip, busPort - MyProfile.BUS_PORT_OFFSET, busPort, via, JOIN_LIMIT_MS);
    }

    private CompletableFuture<Void> start(String ip, int port, int busPort, ClusterRecord.Via via, long limitMs) {
        String id = NodeId.derive(cluster.myId(), ThreadLocalRandom.current().nextLong());
        open.put(id, new ClusterText.Handshake(id, new NodeAddress(ip, port, busPort, "")));
        CompletableFuture<Void> done = new CompletableFuture<>();
        pending.put(id, done);
        attempt(ip, busPort, via, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs), new HashSet<>(), done);
        return done.whenComplete((ok, failure) -> {
            open.remove(id);
            pending.remove(id);
        });
    }

    /** Gives up every meeting under way. */
    void cancel() {
        pending.values()
                .forEach(
                        done -> done.completeExceptionally(new IllegalStateException("this node was reset meanwhile")));
    }

    /** {@code said}: why earlier attempts failed; the log gets a reason once, not with every attempt. */
    private void attempt(
            String ip,
            int busPort,
            ClusterRecord.Via via,
            long deadline,
            Set<String> said,
            CompletableFuture<Void> done) {
        if (done.isDone()) {
            return;
        }
        boolean alone = cluster.view().nodes().size() <= 1;
        CompletableFuture<Void> attempt = alone ? membership.join(ip, busPort, via) : membership.invite(ip, busPort);
        var unused = attempt.whenComplete((ok, failure) -> {
            if (failure != null && !isOneOfUs(failure) && said.add(String.valueOf(Membership.reason(failure)))) {
                LOG.warn("Cannot join: {}", Membership.reason(failure));
            }
            if (failure == null || isOneOfUs(failure)) {
                done.complete(null);
            } else if (isFinal(failure) || System.nanoTime() > deadline) {
                done.completeExceptionally(failure);
            } else {
                CompletableFuture.delayedExecutor(RETRY_MS, TimeUnit.MILLISECONDS)
                        .execute(() -> attempt(ip, busPort, via, deadline, said, done));
            }
        });
    }

    /**
     * Whether the other side refused because it is this node, or a member of this cluster that is met by another of its
     * addresses. As in Redis: that is no mistake, and nothing comes of it.
     */
    private boolean isOneOfUs(Throwable failure) {
        JoinException refusal = refusal(failure);
        return refusal != null
                && (refusal.reason() == JoinException.Reason.SELF
                        || refusal.reason() == JoinException.Reason.ALREADY_IN_CLUSTER
                                && refusal.nodeId() != null
                                && cluster.view().node(refusal.nodeId()) != null);
    }

    private static boolean isFinal(Throwable failure) {
        JoinException refusal = refusal(failure);
        return refusal != null && FINAL.contains(refusal.reason());
    }

    /** The other side's refusal, or null when it was none. */
    private static JoinException refusal(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof JoinException join ? join : null;
    }
}
