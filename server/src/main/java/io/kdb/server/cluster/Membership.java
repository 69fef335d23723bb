package io.kdb.server.cluster;

import io.kdb.cluster.control.JoinException;
import io.kdb.cluster.control.Joined;
import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterLines;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.Joiner;
import io.kdb.cluster.topology.NodeProfile;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How two parties become one cluster: {@code --join} and CLUSTER MEET, in either direction. Stateless. */
public final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** How often a joiner that is in the other cluster asks to be a member, when no answer comes in time. */
    private static final int ENTER_TRIES = 12;

    /** How long it waits before it asks a cluster again that was not founded yet. */
    private static final long FOUNDING_MS = 500;

    private final ClusterRuntime cluster;

    public Membership(ClusterRuntime cluster) {
        this.cluster = cluster;
    }

    /**
     * Leaves this node's cluster of one for the cluster behind an address, with the slots it claimed. Completes when this
     * node is a member there; fails with a {@link JoinException} that says why not.
     */
    public CompletableFuture<Void> join(String host, int busPort, ClusterRecord.Via via) {
        ClusterView mine = cluster.view();
        ClusterRecord.NodeJoin facts =
                record(mine, ClusterRuntime.clusterId(cluster.plane().clusterId()), via);
        return cluster.plane()
                .join(host, busPort, facts.encode())
                .thenCompose(joined -> enter(joined, host, mine, via));
    }

    private ClusterRecord.NodeJoin record(ClusterView mine, String clusterId, ClusterRecord.Via via) {
        return new ClusterRecord.NodeJoin(
                clusterId,
                cluster.profile().joiner(cluster, mine.slotsOf(cluster.myId())),
                Math.max(1, mine.nodes().size()),
                via,
                System.currentTimeMillis());
    }

    private CompletableFuture<Void> enter(Joined joined, String host, ClusterView mine, ClusterRecord.Via via) {
        cluster.profile().learnIp(joined.localHost());
        nameSeed(joined.seedId(), host);
        ClusterRecord.NodeJoin record = record(mine, ClusterRuntime.clusterId(joined.clusterId()), via);
        try {
            cluster.joinNote().write(record);
        } catch (IOException e) {
            LOG.warn("A restart before this node is a member will not go on with that: {}", e.getMessage());
        }
        return enter(record);
    }

    private CompletableFuture<Void> enter(ClusterRecord.NodeJoin record) {
        return enter(record, ENTER_TRIES).thenRun(() -> cluster.joinNote().remove());
    }

    /**
     * Goes on with a join that the end of an earlier process has cut short; at once when there was none. The incarnation
     * stays the one that joined: if its record came through, another is no new one, which would take a member's slots away.
     */
    CompletableFuture<Void> goOn() {
        ClusterRecord.NodeJoin begun = cluster.joinNote().read();
        if (begun == null) {
            return CompletableFuture.completedFuture(null);
        }
        LOG.info("Going on with a join that was cut short");
        Joiner then = begun.node();
        Joiner now = cluster.profile().joiner(cluster, then.claimed());
        Joiner joiner = new Joiner(
                then.id(),
                now.profile().address().ip().isEmpty() ? then.profile() : now.profile(),
                then.shardId(),
                then.configEpoch(),
                then.incarnation(),
                then.claimed(),
                now.keyed());
        return enter(new ClusterRecord.NodeJoin(
                begun.clusterId(), joiner, begun.joinerClusterSize(), begun.via(), System.currentTimeMillis()));
    }

    /** There is no way back from here, so what got no answer is asked again; a member that asks is told that it is one. */
    @SuppressWarnings("FutureReturnValueIgnored") // the nested future is composed into the one answered
    private CompletableFuture<Void> enter(ClusterRecord.NodeJoin record, int tries) {
        return cluster.submit(record)
                .handle((answer, failure) -> {
                    if (failure == null && tries > 1 && answer.text().equals(ClusterLines.NOT_FOUNDED)) {
                        // Let in while the seed was still founding: it will be done in a moment.
                        return CompletableFuture.supplyAsync(
                                        () -> null,
                                        CompletableFuture.delayedExecutor(FOUNDING_MS, TimeUnit.MILLISECONDS))
                                .thenCompose(later -> enter(record, tries - 1));
                    }
                    if (failure == null) {
                        requireAccepted(answer);
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    return tries > 1 && ClusterRuntime.isUndecided(failure)
                            ? enter(record, tries - 1)
                            : CompletableFuture.<Void>failedFuture(failure);
                })
                .thenCompose(Function.identity());
    }

    /** A seed that did not know its own address learns the one it was found under. */
    private void nameSeed(String seedId, String host) {
        ClusterNode seed = cluster.view().node(seedId);
        if (seed != null && seed.address().ip().isEmpty()) {
            NodeProfile known = seed.profile();
            io.kdb.cluster.topology.NodeAddress address = new io.kdb.cluster.topology.NodeAddress(
                    host,
                    known.address().port(),
                    known.address().busPort(),
                    known.address().hostname());
            cluster.propose(new ClusterRecord.NodeUpdate(
                    seedId,
                    new NodeProfile(address, host, known.zone(), known.version(), known.weight(), known.noFailover())));
        }
    }

    private static void requireAccepted(ClusterAnswer answer) {
        if (!answer.accepted()) {
            throw new CompletionException(new IllegalStateException(answer.text()));
        }
    }

    /** Asks the lone node at an address to join this node's cluster. */
    public CompletableFuture<Void> invite(String host, int busPort) {
        ClusterRecord.NodeJoin facts =
                record(cluster.view(), ClusterRuntime.clusterId(cluster.plane().clusterId()), ClusterRecord.Via.MEET);
        return cluster.plane().invite(host, busPort, facts.encode());
    }

    static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }
}
