package io.kdb.server.cluster;

import io.kdb.cluster.control.ControlException;
import io.kdb.cluster.control.ControlPlane;
import io.kdb.cluster.control.ControlStartException;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.WholeDatabases;
import io.kdb.server.replication.Replication;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CLUSTER RESET: this node forgets its cluster and is one of its own again, in the running process. Thread-safe; one
 * thread does one reset after the other.
 *
 * <p>Note: it needs nobody's consent. The others are told where they can be reached in time, and a voter waits a little
 * until they have replaced it; where that fails they see a silent node, and then one with a higher incarnation.
 */
public final class ClusterReset implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterReset.class);
    private static final long TELL_LIMIT_MS = 2_000;
    private static final long REPLACED_LIMIT_MS = 3_000;
    private static final long POLL_MS = 20;
    private static final long FOUND_LIMIT_SECONDS = 10;
    private static final long CLOSE_LIMIT_SECONDS = 15;

    private final ClusterRuntime runtime;
    private final ClusterService service;
    private final Replication replication;
    private final ThreadPoolExecutor thread =
            new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread worker = new Thread(task, "kdb-reset");
                worker.setDaemon(true);
                return worker;
            });

    ClusterReset(ClusterRuntime runtime, ClusterService service, Replication replication) {
        this.runtime = runtime;
        this.service = service;
        this.replication = replication;
        thread.allowCoreThreadTimeOut(true);
    }

    /** {@code hard}: with a new node id, and epochs from zero. Completes once this node is its own cluster, or fails. */
    public CompletableFuture<Void> reset(boolean hard) {
        return CompletableFuture.runAsync(() -> run(hard), thread);
    }

    private void run(boolean hard) {
        LOG.info("CLUSTER RESET {}", hard ? "HARD" : "SOFT");
        try {
            tell();
            service.detach();
            runtime.leave(hard);
            emptyReplica();
            service.attach();
            runtime.founded().orTimeout(FOUND_LIMIT_SECONDS, TimeUnit.SECONDS).join();
        } catch (ControlStartException e) {
            LOG.error("CLUSTER RESET: {}", e.getMessage());
            throw new CompletionException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
        LOG.info("This node is alone now, with the id {}", runtime.myId());
    }

    /** Best effort: the others know that this node left, and none of their votes is here any more. */
    private void tell() throws InterruptedException {
        ControlPlane plane = runtime.plane();
        ClusterView view = runtime.view();
        if (view.nodes().size() <= 1 && view.myself() != null) {
            return;
        }
        if (view.myself() != null) {
            ClusterRecord record = new ClusterRecord.Reset(plane.nodeId(), plane.incarnation());
            try {
                plane.submit(record.encode(), TELL_LIMIT_MS).join();
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof ControlException)) {
                    throw e;
                }
                LOG.info("The others were not told: {}", e.getCause().getMessage());
                return;
            }
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REPLACED_LIMIT_MS);
        while (plane.voters().contains(plane.nodeId()) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    /** As in Redis a replica becomes an empty primary; its stream has no past that anybody could go on from. */
    private void emptyReplica() {
        Node node = runtime.node();
        node.servesReplicas(false);
        if (!node.isReplica()) {
            return;
        }
        replication.promote().join();
        node.exclusion().exclusively(() -> {
            WholeDatabases.flushAll(node);
            node.tracking().flushed();
            node.log().changeId();
            node.replica(false);
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            thread.awaitTermination(CLOSE_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
