package io.kdb.server.cluster;

import io.kdb.cluster.control.Bus;
import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.server.config.Parameters;
import io.kdb.server.migration.MoveCluster;
import io.kdb.server.migration.SlotMoves;
import java.util.concurrent.CompletableFuture;

/** Gives slot moves this node's view, records and bus. Thread-safe. */
final class MoveWiring implements MoveCluster, AutoCloseable {
    /** The bus' kind for slot moves. */
    static final int KIND = Bus.FIRST_KIND + 16;

    private final ClusterRuntime cluster;
    private final HealthDriver health;
    private final SlotMoves moves;

    MoveWiring(ClusterRuntime cluster, HealthDriver health) {
        this.cluster = cluster;
        this.health = health;
        this.moves = new SlotMoves(cluster.node(), this);
        cluster.whenViewChanges((before, now) -> moves.viewChanged());
    }

    /** Once the bus is there; again for each new one. */
    void start() {
        cluster.bus().handler(KIND, moves::received);
        moves.start();
    }

    @Override
    public ClusterView view() {
        return cluster.view();
    }

    @Override
    public boolean maySend() {
        ClusterNode myself = cluster.view().myself();
        return myself != null && myself.incarnation() == cluster.plane().incarnation();
    }

    @Override
    public boolean mayServe() {
        return maySend() && health.leaseRuns(System.nanoTime(), System.currentTimeMillis());
    }

    @Override
    public long nodeTimeoutMs() {
        return cluster.node().config().get(Parameters.CLUSTER_NODE_TIMEOUT);
    }

    @Override
    public CompletableFuture<ClusterAnswer> submit(ClusterRecord record) {
        return cluster.submit(record);
    }

    @Override
    public CompletableFuture<byte[]> ask(String nodeId, byte[] message, long limitMs) {
        return cluster.bus().request(nodeId, KIND, message, limitMs);
    }

    @Override
    public void close() {
        moves.close();
    }
}
