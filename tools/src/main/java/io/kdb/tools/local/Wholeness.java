package io.kdb.tools.local;

import io.kdb.tools.client.Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Judges whether a cluster is whole: every node there, every slot served, every replica in sync. Stateless. */
public final class Wholeness {
    private static final int SLOT_COUNT = 16384;

    private Wholeness() {}

    /**
     * Why the cluster is not whole yet; empty when it is.
     *
     * @param reports what each node that answered said, by its address
     */
    public static Optional<String> missing(ClusterLayout layout, Map<Address, NodeReport> reports) {
        for (Address address : layout.addresses()) {
            NodeReport report = reports.get(address);
            Optional<String> reason = report == null ? Optional.of("does not answer yet") : missing(layout, report);
            if (reason.isPresent()) {
                return Optional.of(address + " " + reason.get());
            }
        }
        return Optional.empty();
    }

    /** Why this one node does not see a whole cluster, without its name; empty when it does. */
    static Optional<String> missing(ClusterLayout layout, NodeReport report) {
        if (report.nodes().size() != layout.nodes()) {
            return Optional.of("knows " + report.nodes().size() + " of " + layout.nodes() + " nodes");
        }
        if (!"ok".equals(report.clusterInfo().get("cluster_state"))) {
            return Optional.of("says cluster_state:" + report.clusterInfo().getOrDefault("cluster_state", "(nothing)"));
        }
        Optional<ClusterNode> failed =
                report.nodes().stream().filter(ClusterNode::isFailed).findFirst();
        if (failed.isPresent()) {
            return Optional.of("sees " + failed.get().address() + " as failed");
        }
        return missingShards(layout, report.nodes()).or(() -> missingSync(report));
    }

    private static Optional<String> missingShards(ClusterLayout layout, List<ClusterNode> nodes) {
        Map<String, Integer> copies = new HashMap<>();
        List<String> empty = new ArrayList<>();
        int slots = 0;
        for (ClusterNode node : nodes) {
            if (node.isPrimary()) {
                copies.putIfAbsent(node.id(), 0);
                slots += node.slotCount();
                if (node.slotCount() == 0) {
                    empty.add(node.address().toString());
                }
            } else {
                copies.merge(node.primaryId(), 1, Integer::sum);
            }
        }
        if (slots != SLOT_COUNT) {
            return Optional.of("sees " + slots + " of " + SLOT_COUNT + " slots served");
        }
        if (!empty.isEmpty()) {
            return Optional.of("sees " + empty.get(0) + " without slots or a primary");
        }
        if (copies.size() != layout.shards()) {
            return Optional.of("sees " + copies.size() + " of " + layout.shards() + " shards");
        }
        return copies.values().stream().allMatch(count -> count >= layout.replicas())
                ? Optional.empty()
                : Optional.of("sees a primary with fewer than " + layout.replicas() + " replicas");
    }

    private static Optional<String> missingSync(NodeReport report) {
        boolean replica = report.nodes().stream().anyMatch(node -> node.isMyself() && node.isReplica());
        if (!replica) {
            return Optional.empty();
        }
        if (!"slave".equals(report.info().get("role"))) {
            return Optional.of("is to become a replica");
        }
        return "up".equals(report.info().get("master_link_status"))
                        && !"1".equals(report.info().get("master_sync_in_progress"))
                ? Optional.empty()
                : Optional.of("is not in sync with its primary");
    }
}
