package io.kdb.server.cluster;

import io.kdb.cluster.control.Bus;
import io.kdb.cluster.health.ManualFailover;
import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.server.dispatch.ClientPause;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * CLUSTER FAILOVER: a replica takes over from its live primary without losing a write. Thread-safe.
 *
 * <p>The replica asks its primary to close; the primary holds its clients' commands and answers with its epoch and offset;
 * the replica waits until it has that offset and submits the failover. The primary opens again once its view shows what
 * became of it, and its clients are then sent to the new primary.
 */
public final class FailoverRequests implements ClusterRuntime.ViewListener {
    private static final int CLOSE = Bus.FIRST_KIND + 3;
    private static final int TAKE_OVER = Bus.FIRST_KIND + 4;
    private static final long POLL_MS = 10;
    private static final long CALL_LIMIT_MS = 2_000;

    private final ClusterRuntime cluster;
    private final HealthDriver health;
    private final ScheduledExecutorService timer;
    private ManualFailover closing;
    private boolean paused;

    FailoverRequests(ClusterRuntime cluster, HealthDriver health) {
        this.cluster = cluster;
        this.health = health;
        this.timer = health.timer();
    }

    /** Call once the control plane runs. */
    void start() {
        attach();
        var unused = timer.scheduleAtFixedRate(this::tick, 100, 100, TimeUnit.MILLISECONDS);
    }

    /** Takes up a control plane that has just been started. */
    void attach() {
        ManualFailover mine = new ManualFailover(cluster.myId());
        timer.execute(() -> closing = mine);
        cluster.bus().handler(CLOSE, (from, payload) -> {
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            timer.execute(() -> answer.complete(close(from)));
            return answer;
        });
        cluster.bus().handler(TAKE_OVER, (from, payload) -> {
            var unused = failover();
            return null;
        });
    }

    // ---- the replica ------------------------------------------------------------------------------------------

    /** FORCE and TAKEOVER: the leader promotes this replica as soon as its primary's lease has ended. */
    public CompletableFuture<ClusterAnswer> force() {
        return health.force().thenApply(line -> line == null ? ClusterAnswer.ok() : ClusterAnswer.refused(line));
    }

    /** Plain CLUSTER FAILOVER, on the replica; completes with the outcome. */
    public CompletableFuture<ClusterAnswer> failover() {
        ClusterNode primary = cluster.view().myPrimary();
        if (primary == null) {
            return CompletableFuture.completedFuture(
                    ClusterAnswer.refused("ERR I'm a replica but my master is unknown to me"));
        }
        return cluster.bus()
                .request(primary.id(), CLOSE, new byte[0], CALL_LIMIT_MS)
                .thenCompose(answer -> {
                    ByteBuffer closed = ByteBuffer.wrap(answer);
                    long epoch = closed.getLong();
                    long offset = closed.getLong();
                    if (epoch < 0) {
                        return CompletableFuture.completedFuture(
                                ClusterAnswer.refused("ERR The master does not know this node as its replica"));
                    }
                    return reach(offset)
                            .thenCompose(there -> there
                                    ? cluster.submit(new ClusterRecord.Failover(
                                            primary.id(),
                                            epoch,
                                            cluster.myId(),
                                            ClusterRecord.Cause.MANUAL,
                                            false,
                                            System.currentTimeMillis()))
                                    : CompletableFuture.completedFuture(
                                            ClusterAnswer.refused("ERR The replica could not catch up in time")));
                });
    }

    /** Completes with true once this node's data has the offset, with false after the primary's limit. */
    private CompletableFuture<Boolean> reach(long offset) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        poll(offset, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ManualFailover.LIMIT_MS), done);
        return done;
    }

    private void poll(long offset, long deadline, CompletableFuture<Boolean> done) {
        if (cluster.node().log().endOffset() >= offset) {
            done.complete(true);
        } else if (System.nanoTime() > deadline) {
            done.complete(false);
        } else {
            var unused = timer.schedule(() -> poll(offset, deadline, done), POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Has another replica take over from its primary (the reconciler's wish). */
    void ask(String replica) {
        if (replica.equals(cluster.myId())) {
            var unused = failover();
        } else {
            cluster.bus().send(replica, TAKE_OVER, new byte[0]);
        }
    }

    // ---- the primary ------------------------------------------------------------------------------------------

    private byte[] close(String replica) {
        long epoch = closing.close(cluster.view(), replica, nowMs());
        if (epoch >= 0) {
            paused = true;
            cluster.node()
                    .pause()
                    .pause(ClientPause.Mode.ALL, System.currentTimeMillis() + 10 * ManualFailover.LIMIT_MS);
            // Commands that run now end before this section does: no write follows the offset.
            cluster.node().exclusion().exclusively(() -> {});
        }
        ByteBuffer answer = ByteBuffer.allocate(16);
        return answer.putLong(epoch).putLong(cluster.node().log().endOffset()).array();
    }

    private void tick() {
        if (closing == null) {
            return;
        }
        ClusterView view = cluster.view();
        boolean was = paused;
        paused = closing.isClosed(view);
        if (was && !paused) {
            cluster.node().pause().resume();
        }
        ClusterRecord record = closing.due(view, nowMs());
        if (record != null) {
            cluster.propose(record);
        }
    }

    @Override
    public void changed(ClusterView before, ClusterView now) {
        timer.execute(this::tick);
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
