package io.kdb.server.cluster;

import io.kdb.cluster.control.ControlStartException;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.ClusterRouter;
import io.kdb.server.dispatch.Node;
import io.kdb.server.replication.Replication;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's cluster side as a whole: builds its parts, starts and stops them. Thread-safe. */
public final class ClusterService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterService.class);

    private final ClusterRuntime runtime;
    private final ViewRouter router;
    private final Meetings meetings;
    private final RoleKeeper roles;
    private final HealthDriver health;
    private final MoveWiring moves;
    private final ChannelRelay channels;
    private final FailoverRequests failovers;
    private final ClusterReset reset;
    private final String seed;

    /** {@code port}: the client port in use. */
    public ClusterService(Node node, int port, Replication replication) {
        node.servesReplicas(false);
        runtime = new ClusterRuntime(node, port);
        Path directory = ClusterRuntime.directory(node.config(), port);
        roles = new RoleKeeper(node, replication, runtime, directory);
        health = new HealthDriver(runtime, roles);
        router = new ViewRouter(runtime, health);
        moves = new MoveWiring(runtime, health);
        channels = new ChannelRelay(runtime);
        meetings = new Meetings(runtime);
        seed = node.config().get(Parameters.JOIN);
        failovers = new FailoverRequests(runtime, health);
        health.handOvers((primary, replica) -> failovers.ask(replica));
        runtime.whenViewChanges(roles);
        runtime.whenViewChanges(failovers);
        reset = new ClusterReset(runtime, this, replication);
        node.plug(FailoverRequests.class, failovers);
        node.plug(ClusterReset.class, reset);
        node.plug(ClusterStatus.class, new ClusterStatus(runtime, router, meetings, health::offset));
    }

    /**
     * Checks that there is a cluster port for the client port, before either is bound.
     *
     * @throws IOException when there is none; logged
     */
    public static void checkPorts(ServerConfig config) throws IOException {
        int port = (int) config.get(Parameters.PORT);
        int highest = 65_535 - MyProfile.BUS_PORT_OFFSET;
        if (config.get(Parameters.CLUSTER_PORT) == 0 && port > highest) {
            LOG.warn(
                    "Redis port number too high. Cluster communication port is 10,000 port numbers higher than your"
                            + " Redis port. Your Redis port number must be {} or less.",
                    highest);
            throw new IOException("no cluster port for port " + port);
        }
    }

    /** What is known of this node's data, and its role. */
    public RoleKeeper roles() {
        return roles;
    }

    /** To be called several times a second. */
    public void tick() {
        roles.tick();
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
     * @param loaded whether a dump file was loaded at this start
     * @throws ControlStartException when the control directory or the cluster port cannot be used
     */
    public void start(boolean loaded) throws IOException {
        roles.loaded(loaded);
        health.prepare();
        try {
            runtime.start();
        } catch (ControlStartException e) {
            LOG.error("Cannot start the cluster side: {}", e.getMessage());
            throw e;
        }
        moves.start();
        channels.start();
        health.start();
        failovers.start();
        if (!seed.isEmpty() || runtime.joinNote().read() != null) {
            var unused = runtime.founded().thenCompose(ready -> join()).whenComplete((ok, failure) -> {
                if (failure != null) {
                    LOG.error(
                            "This node has not joined the cluster{} and runs on alone ({}). Put it right and restart it,"
                                    + " or use CLUSTER MEET.",
                            seed.isEmpty() ? "" : " of " + seed,
                            Membership.reason(failure));
                }
            });
        }
    }

    /** For a reset: nothing is decided, asked or granted any more until {@link #attach}. */
    void detach() {
        meetings.cancel();
        health.detach();
        roles.forget();
    }

    /** Starts a control plane anew and gives it to the parts. */
    void attach() throws ControlStartException {
        // What the closed one still said must not count.
        health.detach();
        runtime.start();
        moves.start();
        channels.start();
        health.attach();
        failovers.attach();
    }

    private CompletableFuture<Void> join() {
        CompletableFuture<Void> begun = new Membership(runtime).goOn();
        return seed.isEmpty() ? begun : begun.thenCompose(done -> joinSeed());
    }

    /** Whether this node is a member already is asked of the control plane: the view may still lag behind what is on disk. */
    private CompletableFuture<Void> joinSeed() {
        return runtime.plane().alone().thenCompose(alone -> {
            if (!alone) {
                LOG.info("This node is part of a cluster already: --join {} is passed over", seed);
                return CompletableFuture.completedFuture(null);
            }
            int colon = seed.lastIndexOf(':');
            String host = seed.substring(0, colon);
            int busPort = Integer.parseInt(seed.substring(colon + 1)) + MyProfile.BUS_PORT_OFFSET;
            LOG.info("Joining the cluster of {}", seed);
            return meetings.join(host, busPort, ClusterRecord.Via.JOIN);
        });
    }

    @Override
    public void close() {
        reset.close();
        health.close();
        moves.close();
        runtime.close();
    }
}
