package io.kdb.server.cluster;

import io.kdb.cluster.control.Member;
import io.kdb.cluster.control.ReplicatedState;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterState;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.MalformedRecord;
import java.util.ArrayList;
import java.util.List;

/** The cluster's state machine as the control plane replicates it: opaque bytes in, opaque bytes out. Owner: its caller. */
final class ReplicatedClusterState implements ReplicatedState {
    private final ClusterState state = new ClusterState();

    @Override
    public byte[] apply(byte[] op) {
        return state.apply(op);
    }

    @Override
    public byte[] image() {
        return state.image();
    }

    @Override
    public void restore(byte[] image) {
        try {
            state.restore(image);
        } catch (MalformedRecord e) {
            throw new IllegalStateException("cluster image: " + e.getMessage(), e);
        }
    }

    /** Before Found was applied there is no cluster yet. */
    boolean isFounded() {
        return state.clusterId() != null;
    }

    ClusterView view(String myId) {
        return state.view(myId);
    }

    /** Who may vote: every member whose address is known. */
    List<Member> members() {
        List<Member> members = new ArrayList<>();
        for (ClusterNode node : state.view("").nodes()) {
            if (!node.address().ip().isEmpty() && !node.leaving()) {
                members.add(new Member(
                        node.id(),
                        node.address().ip(),
                        node.address().busPort(),
                        node.profile().host(),
                        node.profile().zone()));
            }
        }
        return members;
    }
}
