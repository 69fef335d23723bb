package io.kdb.server.cluster;

import io.kdb.cluster.control.ControlStartException;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.ClusterRouter;
import io.kdb.server.dispatch.Node;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's cluster side as a whole: builds its parts, starts and stops them. Thread-safe. */
public final class ClusterService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterService.class);

    private final ClusterRuntime runtime;
    private final ViewRouter router;
    private final Meetings meetings;
    private final String seed;

    /** {@code port}: the client port in use. */
    public ClusterService(Node node, int port) {
        runtime = new ClusterRuntime(node, port);
        router = new ViewRouter(runtime, nanos -> true);
        meetings = new Meetings(runtime);
        seed = node.config().get(Parameters.JOIN);
        node.plug(ClusterStatus.class, new ClusterStatus(runtime, router, meetings, member -> 0));
    }

    public ClusterRouter router() {
        return router;
    }

    public ClusterRuntime runtime() {
        return runtime;
    }

    /**
     * Starts the control plane and, where {@code join} says so, joins.
     *
     * @throws ControlStartException when the control directory or the cluster port cannot be used
     */
    public void start() throws ControlStartException {
        runtime.start();
        if (!seed.isEmpty()) {
            var unused = runtime.founded().thenCompose(ready -> join());
        }
    }

    private CompletableFuture<Void> join() {
        if (runtime.view().nodes().size() > 1) {
            return CompletableFuture.completedFuture(null);
        }
        int colon = seed.lastIndexOf(':');
        String host = seed.substring(0, colon);
        int busPort = Integer.parseInt(seed.substring(colon + 1)) + MyProfile.BUS_PORT_OFFSET;
        LOG.info("Joining the cluster of {}", seed);
        return meetings.join(host, busPort, ClusterRecord.Via.JOIN);
    }

    @Override
    public void close() {
        runtime.close();
    }
}
