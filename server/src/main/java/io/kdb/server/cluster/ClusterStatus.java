package io.kdb.server.cluster;

import io.kdb.cluster.control.BusLink;
import io.kdb.cluster.control.ControlPlane;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterText;
import io.kdb.cluster.topology.ClusterView;
import java.util.List;
import java.util.function.ToLongFunction;

/** What the CLUSTER commands tell of this node's cluster. Thread-safe. */
public final class ClusterStatus implements ClusterText.Links {
    private final ClusterRuntime cluster;
    private final ViewRouter router;
    private final Meetings meetings;
    private final ToLongFunction<ClusterNode> offsets;

    /** {@code offsets}: a node's replication offset as last heard of. */
    ClusterStatus(ClusterRuntime cluster, ViewRouter router, Meetings meetings, ToLongFunction<ClusterNode> offsets) {
        this.cluster = cluster;
        this.router = router;
        this.meetings = meetings;
        this.offsets = offsets;
    }

    public ClusterRuntime cluster() {
        return cluster;
    }

    public Meetings meetings() {
        return meetings;
    }

    public ClusterView view() {
        return cluster.view();
    }

    public String myId() {
        return cluster.myId();
    }

    /** The node that leads the control plane as last heard of, or null. */
    public String leaderId() {
        ControlPlane plane = cluster.plane();
        return plane == null ? null : plane.leaderId();
    }

    /** cluster_state. */
    public boolean isOk() {
        return router.isUp(System.nanoTime(), System.currentTimeMillis());
    }

    public ClusterText.Marks marks() {
        return cluster.marks();
    }

    /** Nodes that MEET was told of and that are not members yet. */
    public List<ClusterText.Handshake> handshakes() {
        return meetings.open();
    }

    public ClusterText.Links links() {
        return this;
    }

    public List<BusLink> busLinks() {
        return cluster.bus().links();
    }

    public long messagesSent() {
        return cluster.bus().messagesSent();
    }

    public long messagesReceived() {
        return cluster.bus().messagesReceived();
    }

    public long replicationOffset(ClusterNode node) {
        return offsets.applyAsLong(node);
    }

    @Override
    public long pingSentMs(String id) {
        return 0;
    }

    @Override
    public long pongReceivedMs(String id) {
        ControlPlane plane = cluster.plane();
        long silence = plane.silenceMs(id);
        return id.equals(plane.nodeId()) || silence == Long.MAX_VALUE ? 0 : System.currentTimeMillis() - silence;
    }

    @Override
    public boolean connected(String id) {
        return cluster.bus().connected(id);
    }
}
