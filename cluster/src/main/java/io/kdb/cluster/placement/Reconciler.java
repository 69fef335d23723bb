package io.kdb.cluster.placement;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord.AbortMove;
import io.kdb.cluster.topology.ClusterRecord.AddSlots;
import io.kdb.cluster.topology.ClusterRecord.BeginMove;
import io.kdb.cluster.topology.ClusterRecord.FoundShard;
import io.kdb.cluster.topology.ClusterRecord.Remove;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.cluster.topology.SlotMove;
import io.kdb.cluster.topology.SlotSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The loop that brings an auto cluster to its plan: compare, do the next step, repeat. Balancing a new node in, draining
 * one that leaves and healing after a loss are the same loop. Owner: the controller's thread; made anew when a node
 * becomes the leader.
 *
 * <p>Note: steps come in stages, and a stage waits until the one before has nothing left to do: moves that lost their
 * reason are aborted; slots without owner are homed; new shards are founded; replicas are assigned; nodes that leave hand
 * over and go; slots move. So a new shard has its replica before it has data. Nothing is remembered but when the last node
 * joined: all else is in the view, and a new leader goes on where the old one stopped.
 */
public final class Reconciler {
    /** How many settle times a stream of joining nodes may put changes off. */
    private static final int LONGEST_SETTLE = 10;

    /** Slots that go together from one node to another, up to a limit. */
    private static final class Batch {
        private final SlotSet.Builder slots = new SlotSet.Builder();
        private long room;

        Batch(long room) {
            this.room = room;
        }

        void add(int slot) {
            if (room > 0) {
                slots.add(slot);
                room--;
            }
        }
    }

    /** What the controller knows of the nodes from their heartbeats. */
    public interface Reports {
        /** How many keys the node holds. */
        long keys(String id);

        /** The replica has its primary's data and follows its log. */
        boolean isSynced(String id);
    }

    private final PlacementPolicy policy;
    private final Set<String> known = new HashSet<>();
    private long changedAtMs;
    private long unsettledAtMs;

    public Reconciler(PlacementPolicy policy) {
        this.policy = policy;
        unsettledAtMs = Long.MIN_VALUE;
    }

    /** The steps to take now; empty when all is as planned, or when others must finish first. */
    public List<Step> next(ClusterView view, Reports reports, long nowMs) {
        List<Step> steps = new ArrayList<>();
        if (view.mode() != PlacementMode.AUTO) {
            view.movesInFlight().forEach(move -> abort(view, move, steps));
            return steps;
        }
        ShardPlan shards = ShardPlan.of(view, policy, nowMs);
        abortLost(view, shards, steps);
        if (!steps.isEmpty() || !settled(view, nowMs)) {
            return steps;
        }
        for (String founder : shards.founders()) {
            steps.add(new Step.Propose(new FoundShard(founder)));
        }
        if (!steps.isEmpty()) {
            return steps;
        }
        List<Placement.Move> moves = Placement.plan(view, shards.targets(), shards.pinned());
        homeLost(moves, steps);
        if (!steps.isEmpty()) {
            return steps;
        }
        for (Replicate change : ReplicaPlan.steps(view, shards, policy, nowMs)) {
            steps.add(new Step.Propose(change));
        }
        if (!steps.isEmpty()) {
            return steps;
        }
        leave(view, reports, shards, nowMs, steps);
        begin(view, reports, moves, steps);
        return steps;
    }

    /** Whether the view is what the plan wants and nothing is on its way. */
    public boolean isDone(ClusterView view, Reports reports, long nowMs) {
        return view.movesInFlight().isEmpty() && next(view, reports, nowMs).isEmpty() && settled(view, nowMs);
    }

    private boolean settled(ClusterView view, long nowMs) {
        Set<String> members = new HashSet<>();
        view.nodes().forEach(node -> members.add(node.id()));
        if (!known.containsAll(members)) {
            changedAtMs = nowMs;
            if (unsettledAtMs == Long.MIN_VALUE) {
                unsettledAtMs = nowMs;
            }
        }
        known.clear();
        known.addAll(members);
        boolean settled = nowMs - changedAtMs >= policy.settleMs()
                || (unsettledAtMs != Long.MIN_VALUE && nowMs - unsettledAtMs >= policy.settleMs() * LONGEST_SETTLE);
        if (settled) {
            unsettledAtMs = Long.MIN_VALUE;
        }
        return settled;
    }

    private static void abortLost(ClusterView view, ShardPlan shards, List<Step> steps) {
        for (SlotMove move : view.movesInFlight()) {
            ClusterNode target = view.node(move.target());
            ClusterNode source = view.node(move.source());
            if (target.failed() || source.failed() || !shards.isTarget(move.target())) {
                abort(view, move, steps);
            }
        }
    }

    private static void abort(ClusterView view, SlotMove move, List<Step> steps) {
        steps.add(new Step.Propose(new AbortMove(move.id(), view.slotsOfMove(move.id()))));
    }

    private static void homeLost(List<Placement.Move> moves, List<Step> steps) {
        Map<String, SlotSet.Builder> homes = new LinkedHashMap<>();
        for (Placement.Move move : moves) {
            if (move.source() == null) {
                homes.computeIfAbsent(move.target(), id -> new SlotSet.Builder())
                        .add(move.slot());
            }
        }
        homes.forEach((target, slots) -> steps.add(new Step.Propose(new AddSlots(target, slots.build(), true))));
    }

    private void leave(ClusterView view, Reports reports, ShardPlan shards, long nowMs, List<Step> steps) {
        Set<String> moving = new HashSet<>();
        for (SlotMove move : view.movesInFlight()) {
            moving.add(move.source());
            moving.add(move.target());
        }
        for (ClusterNode node : view.nodes()) {
            if (!node.leaving() || moving.contains(node.id())) {
                continue;
            }
            List<ClusterNode> live = new ArrayList<>();
            for (ClusterNode replica : view.replicasOf(node.id())) {
                if (!replica.failed()) {
                    live.add(replica);
                }
            }
            boolean owns = view.slotCount(node.id()) > 0;
            if (node.failed()
                    ? !owns || live.isEmpty()
                    : !owns && (node.isPrimary() || mayGo(view, reports, node, nowMs))) {
                steps.add(new Step.Propose(new Remove(node.id(), nowMs)));
            } else if (owns && !node.failed() && shards.isTarget(node.id())) {
                live.stream()
                        .filter(replica -> ShardPlan.stays(replica, policy, nowMs) && reports.isSynced(replica.id()))
                        .min(Comparator.comparing(ClusterNode::id))
                        .ifPresent(replica -> steps.add(new Step.HandOver(node.id(), replica.id())));
            }
        }
    }

    /** A live replica may go once those that stay have the data. */
    private boolean mayGo(ClusterView view, Reports reports, ClusterNode replica, long nowMs) {
        if (replica.primaryId() == null) {
            return true;
        }
        for (ClusterNode sibling : view.replicasOf(replica.primaryId())) {
            if (ShardPlan.stays(sibling, policy, nowMs) && !sibling.failed() && !reports.isSynced(sibling.id())) {
                return false;
            }
        }
        return true;
    }

    private void begin(ClusterView view, Reports reports, List<Placement.Move> moves, List<Step> steps) {
        Map<String, Integer> busy = new HashMap<>();
        for (SlotMove move : view.movesInFlight()) {
            busy.merge("from " + move.source(), 1, Integer::sum);
            busy.merge("to " + move.target(), 1, Integer::sum);
        }
        Map<String, Map<String, Batch>> batches = new LinkedHashMap<>();
        for (Placement.Move move : moves) {
            Batch batch = batches.computeIfAbsent(move.source(), source -> new LinkedHashMap<>())
                    .computeIfAbsent(move.target(), target -> new Batch(slotsPerMove(view, reports, move.source())));
            batch.add(move.slot());
        }
        batches.forEach((source, targets) -> targets.forEach((target, batch) -> {
            String from = "from " + source;
            String to = "to " + target;
            if (busy.getOrDefault(from, 0) < policy.movesPerNode()
                    && busy.getOrDefault(to, 0) < policy.movesPerNode()) {
                busy.merge(from, 1, Integer::sum);
                busy.merge(to, 1, Integer::sum);
                steps.add(new Step.Propose(new BeginMove(batch.slots.build(), source, target)));
            }
        }));
    }

    private long slotsPerMove(ClusterView view, Reports reports, String source) {
        long keys = reports.keys(source);
        int slots = view.slotCount(source);
        return keys == 0 ? slots : Math.max(1, policy.keysPerMove() * slots / keys);
    }
}
