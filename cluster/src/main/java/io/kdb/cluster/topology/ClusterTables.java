package io.kdb.cluster.topology;

import java.util.ArrayList;
import java.util.List;

/** The structures of CLUSTER SLOTS and CLUSTER SHARDS, built from a view. Stateless. */
public final class ClusterTables {
    /**
     * An element of CLUSTER SLOTS.
     *
     * @param nodes the owner, then its replicas that are not failed
     */
    public record SlotsRow(int first, int last, List<ClusterNode> nodes) {}

    /** An element of CLUSTER SHARDS: a primary's slots, then the primary and all its replicas. */
    public record ShardRow(List<SlotSet.Range> slots, List<ClusterNode> nodes) {}

    private ClusterTables() {}

    /** The runs of slots with one owner, ascending. */
    public static List<SlotsRow> slots(ClusterView view) {
        List<SlotsRow> rows = new ArrayList<>();
        for (int first = 0; first < Slot.COUNT; ) {
            ClusterNode owner = view.owner(first);
            int last = first;
            while (last + 1 < Slot.COUNT && view.sameOwner(last + 1, first)) {
                last++;
            }
            if (owner != null) {
                List<ClusterNode> nodes = new ArrayList<>();
                nodes.add(owner);
                for (ClusterNode replica : view.replicasOf(owner.id())) {
                    if (!replica.failed()) {
                        nodes.add(replica);
                    }
                }
                rows.add(new SlotsRow(first, last, nodes));
            }
            first = last + 1;
        }
        return rows;
    }

    public static List<ShardRow> shards(ClusterView view) {
        List<ShardRow> rows = new ArrayList<>();
        for (ClusterView.Shard shard : view.shards()) {
            List<ClusterNode> nodes = new ArrayList<>();
            nodes.add(shard.primary());
            nodes.addAll(shard.replicas());
            rows.add(new ShardRow(view.slotsOf(shard.primary().id()).ranges(), nodes));
        }
        return rows;
    }

    /**
     * The health field of CLUSTER SHARDS.
     *
     * @param replOffset the node's replication offset, as far as it is known here
     */
    public static String health(ClusterNode node, long replOffset) {
        if (node.failed()) {
            return "fail";
        }
        return node.isReplica() && replOffset == 0 ? "loading" : "online";
    }
}
