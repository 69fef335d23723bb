package io.kdb.cluster.placement;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who should replicate whom. Shards that are short of replicas get one that is free or that another shard has too many of;
 * then whatever is free becomes a spare replica; then replicas that share their primary's host or zone change places with
 * ones that would not. A host weighs more than a zone. Owner: the thread that plans.
 */
final class ReplicaPlan {
    private static final int SAME_HOST = 2;
    private static final int SAME_ZONE = 1;

    private final ClusterView view;
    private final Map<String, List<ClusterNode>> replicas = new HashMap<>();
    private final List<ClusterNode> primaries = new ArrayList<>();
    private final List<ClusterNode> free = new ArrayList<>();
    private final List<Replicate> steps = new ArrayList<>();

    private ReplicaPlan(ClusterView view, ShardPlan shards, PlacementPolicy policy, long nowMs) {
        this.view = view;
        Set<String> targets = new HashSet<>();
        for (Placement.Target target : shards.targets()) {
            ClusterNode primary = view.node(target.primaryId());
            if (primary.isPrimary()) {
                primaries.add(primary);
                replicas.put(primary.id(), new ArrayList<>());
            }
            targets.add(primary.id());
        }
        for (ClusterNode node : view.nodes()) {
            if (!ShardPlan.stays(node, policy, nowMs) || targets.contains(node.id())) {
                continue;
            }
            if (node.isReplica() && node.primaryId() != null) {
                List<ClusterNode> siblings = replicas.get(node.primaryId());
                if (siblings != null) {
                    siblings.add(node);
                } else if (!node.failed() && view.slotCount(node.primaryId()) == 0) {
                    free.add(node);
                }
            } else if (!node.failed() && view.slotCount(node.id()) == 0) {
                free.add(node);
            }
        }
    }

    /** The changes to make now; empty when nothing is better elsewhere. */
    static List<Replicate> steps(ClusterView view, ShardPlan shards, PlacementPolicy policy, long nowMs) {
        ReplicaPlan plan = new ReplicaPlan(view, shards, policy, nowMs);
        if (plan.primaries.isEmpty()) {
            return List.of();
        }
        plan.fillShort();
        plan.placeSpares();
        if (plan.steps.isEmpty()) {
            plan.separate();
        }
        return plan.steps;
    }

    /** How wrong a replica is in this shard: it shares the primary's host or zone. */
    static int wrongness(ClusterNode replica, ClusterNode primary) {
        String host = replica.profile().host();
        String zone = replica.profile().zone();
        return (!host.isEmpty() && host.equals(primary.profile().host()) ? SAME_HOST : 0)
                + (!zone.isEmpty() && zone.equals(primary.profile().zone()) ? SAME_ZONE : 0);
    }

    private void fillShort() {
        Set<String> hopeless = new HashSet<>();
        while (true) {
            ClusterNode shortest = null;
            long fewest = Long.MAX_VALUE;
            int least = Integer.MAX_VALUE;
            for (ClusterNode primary : primaries) {
                int count = replicas.get(primary.id()).size();
                if (count >= view.replicas() || hopeless.contains(primary.id()) || count > least) {
                    continue;
                }
                long choices = candidates(primary).stream()
                        .filter(node -> wrongness(node, primary) == 0)
                        .count();
                if (count < least || choices < fewest) {
                    shortest = primary;
                    fewest = choices;
                    least = count;
                }
            }
            if (shortest == null) {
                return;
            }
            ClusterNode primary = shortest;
            ClusterNode best = candidates(primary).stream().min(order(primary)).orElse(null);
            if (best == null) {
                hopeless.add(primary.id());
            } else {
                move(best, primary);
            }
        }
    }

    private void placeSpares() {
        while (!free.isEmpty()) {
            ClusterNode node = free.get(0);
            ClusterNode primary = primaries.stream()
                    .min(Comparator.<ClusterNode>comparingInt(
                                    each -> replicas.get(each.id()).size())
                            .thenComparingInt(each -> wrongness(node, each))
                            .thenComparing(ClusterNode::id))
                    .orElseThrow();
            move(node, primary);
        }
    }

    /** One change that makes the sum of all wrongness smaller: a spare comes in, or two replicas change places. */
    private void separate() {
        for (ClusterNode primary : primaries) {
            for (ClusterNode wrong : replicas.get(primary.id())) {
                int here = wrongness(wrong, primary);
                if (here > 0 && !wrong.failed() && right(primary) < view.replicas() && improve(primary, wrong, here)) {
                    return;
                }
            }
        }
    }

    private boolean improve(ClusterNode primary, ClusterNode wrong, int here) {
        for (ClusterNode other : primaries) {
            if (other.id().equals(primary.id())) {
                continue;
            }
            boolean spare = live(other) > view.replicas();
            for (ClusterNode candidate : replicas.get(other.id())) {
                if (candidate.failed() || wrongness(candidate, primary) >= here) {
                    continue;
                }
                if (spare && (wrongness(candidate, other) > 0 || right(other) > view.replicas())) {
                    move(candidate, primary);
                    return true;
                }
                if (wrongness(candidate, primary) + wrongness(wrong, other) < here + wrongness(candidate, other)) {
                    move(wrong, other);
                    return true;
                }
            }
        }
        return false;
    }

    private long right(ClusterNode primary) {
        return replicas.get(primary.id()).stream()
                .filter(node -> !node.failed() && wrongness(node, primary) == 0)
                .count();
    }

    private long live(ClusterNode primary) {
        return replicas.get(primary.id()).stream()
                .filter(node -> !node.failed())
                .count();
    }

    /** Free nodes and the live replicas of shards that have more than they need. */
    private List<ClusterNode> candidates(ClusterNode primary) {
        List<ClusterNode> found = new ArrayList<>(free);
        for (ClusterNode other : primaries) {
            if (!other.id().equals(primary.id()) && live(other) > view.replicas()) {
                replicas.get(other.id()).stream().filter(node -> !node.failed()).forEach(found::add);
            }
        }
        return found;
    }

    /** Apart from the primary first, then apart from its siblings, then what is free or stands wrong where it is. */
    private Comparator<ClusterNode> order(ClusterNode primary) {
        return Comparator.<ClusterNode>comparingInt(node -> wrongness(node, primary))
                .thenComparingInt(node -> replicas.get(primary.id()).stream()
                        .mapToInt(sibling -> wrongness(node, sibling))
                        .sum())
                .thenComparingInt(node -> node.isPrimary() || node.primaryId() == null ? 0 : 1)
                .thenComparingInt(node -> {
                    ClusterNode now = node.primaryId() == null ? null : view.node(node.primaryId());
                    return now == null ? 0 : -wrongness(node, now);
                })
                .thenComparing(ClusterNode::id);
    }

    private void move(ClusterNode node, ClusterNode primary) {
        free.remove(node);
        replicas.values().forEach(list -> list.remove(node));
        replicas.get(primary.id()).add(node);
        steps.add(new Replicate(node.id(), primary.id()));
    }
}
