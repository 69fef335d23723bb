package io.kdb.server.cluster;

import io.kdb.cluster.control.JoinGate;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.MalformedRecord;
import java.util.concurrent.ForkJoinPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's say in joins: refuses early what the NodeJoin record would be refused for, while the joiner still has its own
 * cluster; and follows an invitation while it is alone. Thread-safe.
 */
final class Admittance implements JoinGate {
    private static final Logger LOG = LoggerFactory.getLogger(Admittance.class);

    private final ClusterRuntime cluster;

    Admittance(ClusterRuntime cluster) {
        this.cluster = cluster;
    }

    @Override
    public String refuseJoiner(String nodeId, byte[] facts) {
        ClusterRecord record;
        try {
            record = ClusterRecord.decode(facts);
        } catch (MalformedRecord e) {
            return "the joining node's description makes no sense: " + e.getMessage();
        }
        if (!(record instanceof ClusterRecord.NodeJoin join)) {
            return "the joining node's description makes no sense";
        }
        ClusterView view = cluster.view();
        int claimed = firstOwned(join.node().claimed(), view);
        if (claimed >= 0) {
            return "it claims slot " + claimed + ", which this cluster owns";
        }
        int keyed = firstOwned(join.node().keyed(), view);
        if (keyed >= 0 && view.node(nodeId) == null) {
            return "it holds keys of slot " + keyed + ", which this cluster owns";
        }
        return null;
    }

    private static int firstOwned(io.kdb.cluster.topology.SlotSet slots, ClusterView view) {
        for (int slot = slots.next(0); slot >= 0; slot = slots.next(slot + 1)) {
            if (view.owner(slot) != null) {
                return slot;
            }
        }
        return -1;
    }

    @Override
    public String invited(String host, int port, byte[] facts) {
        if (cluster.view().nodes().size() > 1) {
            return "it already belongs to a cluster of "
                    + cluster.view().nodes().size() + " nodes";
        }
        ForkJoinPool.commonPool().execute(() -> {
            var unused = new Membership(cluster)
                    .join(host, port, ClusterRecord.Via.MEET)
                    .whenComplete((ok, failure) -> {
                        if (failure != null) {
                            LOG.warn("Cannot join: {}", Membership.reason(failure));
                        }
                    });
        });
        return null;
    }
}
