package io.kdb.cluster.placement;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.SlotMove;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which primaries are to own slots: max(1, nodes / (1 + replicas)) of them, counting neither nodes that leave nor nodes
 * that are gone for good. Immutable.
 *
 * @param targets the shards that are to own slots, by primary id
 * @param founders the targets that are replicas still and must found their shard first
 * @param pinned owners that are failed: their slots wait for a failover or for their return
 */
record ShardPlan(List<Placement.Target> targets, List<String> founders, Set<String> pinned) {

    static ShardPlan of(ClusterView view, PlacementPolicy policy, long nowMs) {
        return new Maker(view, policy, nowMs).make();
    }

    /** Whether the node counts: it neither leaves nor is it gone for good. */
    static boolean stays(ClusterNode node, PlacementPolicy policy, long nowMs) {
        return !node.leaving() && !isGone(node, policy, nowMs);
    }

    static boolean isGone(ClusterNode node, PlacementPolicy policy, long nowMs) {
        return node.failed() && nowMs - node.failedAtMs() >= policy.healAfterMs();
    }

    boolean isTarget(String primaryId) {
        return targets.stream().anyMatch(target -> target.primaryId().equals(primaryId));
    }

    /** The plan in the making. Owner: the thread that plans. */
    private static final class Maker {
        private final ClusterView view;
        private final PlacementPolicy policy;
        private final long nowMs;
        private final Set<String> pinned = new HashSet<>();
        private final List<ClusterNode> kept = new ArrayList<>();
        private final Set<String> begun = new HashSet<>();
        private int spoken;

        Maker(ClusterView view, PlacementPolicy policy, long nowMs) {
            this.view = view;
            this.policy = policy;
            this.nowMs = nowMs;
            for (SlotMove move : view.movesInFlight()) {
                begun.add(move.target());
            }
        }

        ShardPlan make() {
            int staying = 0;
            List<ClusterNode> ending = new ArrayList<>();
            for (ClusterNode node : view.nodes()) {
                staying += stays(node) ? 1 : 0;
                if (!node.isPrimary() || view.slotCount(node.id()) == 0) {
                    continue;
                }
                if (node.failed()) {
                    pinned.add(node.id());
                    spoken += isGone(node, policy, nowMs) ? 0 : 1;
                } else if (node.leaving() && stayingReplicas(node) == 0) {
                    ending.add(node);
                } else {
                    kept.add(node);
                }
            }
            int need = Math.max(1, staying / (1 + view.replicas())) - kept.size() - spoken;
            List<ClusterNode> chosen = need > 0 ? choose(need) : List.of();
            if (need < 0) {
                kept.sort(Comparator.comparingInt(this::stayingMembers)
                        .thenComparingInt(node -> view.slotCount(node.id()))
                        .thenComparing(ClusterNode::id, Comparator.reverseOrder()));
                kept.subList(0, Math.max(0, Math.min(-need, kept.size() - 1))).clear();
            }
            if (kept.isEmpty() && chosen.isEmpty()) {
                kept.addAll(ending);
            }
            List<String> founders = new ArrayList<>();
            for (ClusterNode node : chosen) {
                if (node.isReplica()) {
                    founders.add(node.id());
                }
                kept.add(node);
            }
            kept.sort(Comparator.comparing(ClusterNode::id));
            List<Placement.Target> targets = new ArrayList<>();
            for (ClusterNode node : kept) {
                targets.add(new Placement.Target(node.id(), node.shardId(), weight(node)));
            }
            return new ShardPlan(targets, founders, pinned);
        }

        /** New primaries, one by one where the fewest primaries are; such as were chosen before come first again. */
        private List<ClusterNode> choose(int need) {
            Map<String, Integer> byZone = new HashMap<>();
            Map<String, Integer> byHost = new HashMap<>();
            kept.forEach(node -> count(node, byZone, byHost));
            Map<String, Integer> surplus = new HashMap<>();
            Set<ClusterNode> candidates = new LinkedHashSet<>();
            for (ClusterNode node : view.nodes()) {
                if (!stays(node) || node.failed()) {
                    continue;
                }
                if (node.isReplica() && node.primaryId() != null) {
                    String primary = node.primaryId();
                    if (pinned.contains(primary)) {
                        continue;
                    }
                    if (view.slotCount(primary) > 0) {
                        surplus.computeIfAbsent(primary, id -> liveReplicas(id) - view.replicas());
                    }
                    candidates.add(node);
                } else if (view.slotCount(node.id()) == 0) {
                    candidates.add(node);
                }
            }
            List<ClusterNode> chosen = new ArrayList<>();
            Comparator<ClusterNode> best = Comparator.<ClusterNode>comparingInt(this::newness)
                    .thenComparingInt(node -> byZone.getOrDefault(node.profile().zone(), 0))
                    .thenComparingInt(node -> byHost.getOrDefault(node.profile().host(), 0))
                    .thenComparingInt(node -> node.isPrimary() ? 0 : 1)
                    .thenComparing(ClusterNode::id);
            while (chosen.size() < need) {
                ClusterNode next = candidates.stream()
                        .filter(node -> node.isPrimary() || surplus.getOrDefault(node.primaryId(), 1) > 0)
                        .min(best)
                        .orElse(null);
                if (next == null) {
                    break;
                }
                candidates.remove(next);
                chosen.add(next);
                count(next, byZone, byHost);
                if (next.isReplica() && next.primaryId() != null) {
                    surplus.computeIfPresent(next.primaryId(), (id, count) -> count - 1);
                }
            }
            return chosen;
        }

        /** 0 for a primary without slots that others follow or that slots move to: it was chosen before. */
        private int newness(ClusterNode node) {
            boolean before = node.isPrimary() && (begun.contains(node.id()) || stayingReplicas(node) > 0);
            return before ? 0 : 1;
        }

        private void count(ClusterNode node, Map<String, Integer> byZone, Map<String, Integer> byHost) {
            byZone.merge(node.profile().zone(), 1, Integer::sum);
            byHost.merge(node.profile().host(), 1, Integer::sum);
        }

        private boolean stays(ClusterNode node) {
            return ShardPlan.stays(node, policy, nowMs);
        }

        private int stayingReplicas(ClusterNode primary) {
            int count = 0;
            for (ClusterNode replica : view.replicasOf(primary.id())) {
                count += stays(replica) ? 1 : 0;
            }
            return count;
        }

        private int liveReplicas(String primary) {
            int count = 0;
            for (ClusterNode replica : view.replicasOf(primary)) {
                count += stays(replica) && !replica.failed() ? 1 : 0;
            }
            return count;
        }

        private int stayingMembers(ClusterNode primary) {
            return stayingReplicas(primary) + (stays(primary) ? 1 : 0);
        }

        /** A shard weighs what its heaviest member weighs, so that a failover moves no slots. */
        private int weight(ClusterNode primary) {
            int weight = primary.profile().weight();
            for (ClusterNode replica : view.replicasOf(primary.id())) {
                weight = Math.max(weight, replica.profile().weight());
            }
            return weight;
        }
    }
}
