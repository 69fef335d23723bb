package io.kdb.cluster.topology;

import io.kdb.cluster.topology.ClusterRecord.AcceptIncarnation;
import io.kdb.cluster.topology.ClusterRecord.Forget;
import io.kdb.cluster.topology.ClusterRecord.Found;
import io.kdb.cluster.topology.ClusterRecord.Leave;
import io.kdb.cluster.topology.ClusterRecord.NodeJoin;
import io.kdb.cluster.topology.ClusterRecord.NodeUpdate;
import io.kdb.cluster.topology.ClusterRecord.Remove;
import io.kdb.cluster.topology.ClusterRecord.Reset;
import io.kdb.cluster.topology.ClusterRecord.Via;
import java.util.ArrayList;
import java.util.List;

/** Who may come, change and go. Owner: the state's thread. */
final class MembershipRules {
    private MembershipRules() {}

    static ClusterAnswer found(ClusterState state, Found record) {
        if (state.clusterId != null) {
            boolean again = state.clusterId.equals(record.clusterId())
                    && state.node(record.node().id()) != null;
            return again ? ClusterAnswer.ok() : ClusterAnswer.refused(ClusterLines.FOUNDED);
        }
        state.clusterId = record.clusterId();
        add(state, record.node(), record.nowMs());
        if (!record.node().claimed().isEmpty()) {
            state.mode = PlacementMode.MANUAL;
        }
        return ClusterAnswer.ok();
    }

    static ClusterAnswer join(ClusterState state, NodeJoin record) {
        Joiner joiner = record.node();
        if (!state.clusterId.equals(record.clusterId())) {
            return ClusterAnswer.refused(ClusterLines.WRONG_CLUSTER);
        }
        ClusterNode member = state.node(joiner.id());
        if (member != null && joiner.incarnation() <= member.incarnation()) {
            return ClusterAnswer.ok();
        }
        if (record.joinerClusterSize() > 1) {
            return ClusterAnswer.refused(ClusterLines.TWO_CLUSTERS);
        }
        if (joiner.configEpoch() > ClusterState.MAX_SET_EPOCH) {
            return ClusterAnswer.refused(
                    ClusterLines.outOfRange("config epoch", joiner.configEpoch(), ClusterState.MAX_SET_EPOCH));
        }
        expireBans(state, record.nowMs());
        if (member == null && state.nodes.size() >= ClusterState.MAX_NODES) {
            return ClusterAnswer.refused(ClusterLines.TOO_MANY_NODES);
        }
        boolean becomesAuto = state.mode == PlacementMode.NONE && record.via() == Via.JOIN;
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            boolean taken = becomesAuto || (state.owners[slot] != null && !state.owners[slot].equals(joiner.id()));
            if (taken && joiner.claimed().contains(slot)) {
                return ClusterAnswer.refused(ClusterLines.claimed(slot));
            }
            if (taken && joiner.keyed().contains(slot)) {
                return ClusterAnswer.refused(ClusterLines.keyed(slot));
            }
        }
        if (becomesAuto) {
            state.mode = PlacementMode.AUTO;
            SlotRules.giveFreeSlotsToFirst(state);
        } else if (state.mode == PlacementMode.NONE) {
            state.mode = PlacementMode.MANUAL;
        }
        if (member != null) {
            state.removeNode(joiner.id());
        }
        // No node comes back by itself: to join, a forgotten one had to be reset first. So it is wanted again.
        state.forgotten.remove(joiner.id());
        add(state, joiner, record.nowMs());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer update(ClusterState state, NodeUpdate record) {
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.id()));
        }
        state.put(node.edit().profile(record.profile()).done());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer acceptIncarnation(ClusterState state, AcceptIncarnation record) {
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.id()));
        }
        if (record.incarnation() < node.incarnation()) {
            return ClusterAnswer.refused(
                    ClusterLines.outOfRange("incarnation", record.incarnation(), node.incarnation()));
        }
        if (record.incarnation() > node.incarnation()) {
            state.dropMovesOf(record.id());
        }
        state.put(node.edit().incarnation(record.incarnation()).recovered().done());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer forget(ClusterState state, Forget record) {
        expireBans(state, record.nowMs());
        String id = record.id();
        ClusterNode node = state.node(id);
        if (node == null) {
            ForgottenNode ban = state.forgotten.get(id);
            if (ban == null || ban.askedOf().contains(record.askedOf())) {
                return ClusterAnswer.refused(ClusterLines.unknownNode(id));
            }
            List<String> asked = new ArrayList<>(ban.askedOf());
            asked.add(record.askedOf());
            state.forgotten.put(id, new ForgottenNode(id, ban.untilMs(), asked));
            return ClusterAnswer.ok();
        }
        if (id.equals(record.askedOf()) || state.nodes.size() == 1) {
            return ClusterAnswer.refused(ClusterLines.FORGET_MYSELF);
        }
        ClusterNode asked = state.node(record.askedOf());
        if (asked != null && asked.isReplicaOf(id)) {
            return ClusterAnswer.refused(ClusterLines.FORGET_PRIMARY);
        }
        if (state.mode == PlacementMode.AUTO && state.ownsSlots(id)) {
            return ClusterAnswer.refused(ClusterLines.forgetOwner(node));
        }
        state.removeNode(id);
        ban(state, id, List.of(record.askedOf()), record.nowMs());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer remove(ClusterState state, Remove record) {
        expireBans(state, record.nowMs());
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.id()));
        }
        if (state.nodes.size() == 1) {
            return ClusterAnswer.refused(ClusterLines.FORGET_MYSELF);
        }
        if (!node.failed() && state.ownsSlots(node.id())) {
            return ClusterAnswer.refused(ClusterLines.forgetOwner(node));
        }
        state.removeNode(record.id());
        ban(state, record.id(), List.of(), record.nowMs());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer reset(ClusterState state, Reset record) {
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.ok();
        }
        if (record.incarnation() < node.incarnation()) {
            return ClusterAnswer.refused(
                    ClusterLines.outOfRange("incarnation", record.incarnation(), node.incarnation()));
        }
        if (state.nodes.size() == 1) {
            return ClusterAnswer.refused(ClusterLines.FORGET_MYSELF);
        }
        state.removeNode(record.id());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer leave(ClusterState state, Leave record) {
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.id()));
        }
        if (state.mode != PlacementMode.AUTO) {
            return ClusterAnswer.refused(ClusterLines.LEAVE_NEEDS_AUTO);
        }
        if (record.leaving()
                && state.nodes.values().stream()
                        .allMatch(other -> other.leaving() || other.id().equals(record.id()))) {
            return ClusterAnswer.refused(ClusterLines.FORGET_MYSELF);
        }
        state.put(node.edit().leaving(record.leaving()).done());
        return ClusterAnswer.ok();
    }

    private static void add(ClusterState state, Joiner joiner, long nowMs) {
        ClusterNode node = ClusterNode.joined(joiner, nowMs);
        state.currentEpoch = Math.max(state.currentEpoch, joiner.configEpoch());
        boolean shared = state.nodes.values().stream()
                .anyMatch(other -> other.isPrimary() && other.configEpoch() == joiner.configEpoch());
        state.put(shared ? node.edit().configEpoch(state.newEpoch()).done() : node);
        joiner.claimed().forEach(slot -> state.own(slot, joiner.id()));
    }

    private static void ban(ClusterState state, String id, List<String> askedOf, long nowMs) {
        state.forgotten.put(id, new ForgottenNode(id, nowMs + ClusterState.FORGET_BAN_MS, askedOf));
    }

    private static void expireBans(ClusterState state, long nowMs) {
        state.forgotten.values().removeIf(ban -> ban.untilMs() <= nowMs);
    }
}
