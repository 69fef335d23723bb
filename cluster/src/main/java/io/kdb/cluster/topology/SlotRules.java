package io.kdb.cluster.topology;

import io.kdb.cluster.topology.ClusterRecord.AbortMove;
import io.kdb.cluster.topology.ClusterRecord.AddSlots;
import io.kdb.cluster.topology.ClusterRecord.BeginMove;
import io.kdb.cluster.topology.ClusterRecord.CommitMove;
import io.kdb.cluster.topology.ClusterRecord.DelSlots;
import io.kdb.cluster.topology.ClusterRecord.FlushSlots;
import io.kdb.cluster.topology.ClusterRecord.SetPlacement;
import io.kdb.cluster.topology.ClusterRecord.SetSlotNode;

/** How slots get, change and lose their owner. Owner: the state's thread. */
final class SlotRules {
    private SlotRules() {}

    static ClusterAnswer add(ClusterState state, AddSlots record) {
        ClusterNode node = state.node(record.node());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.node()));
        }
        if (state.mode == PlacementMode.AUTO && !record.planned()) {
            return ClusterAnswer.refused(ClusterLines.PLACED_BY_ITSELF);
        }
        SlotSet slots = record.slots();
        for (int slot = slots.next(0); slot >= 0; slot = slots.next(slot + 1)) {
            if (state.owners[slot] != null) {
                return ClusterAnswer.refused(ClusterLines.slotBusy(slot));
            }
        }
        if (!node.isPrimary()) {
            return ClusterAnswer.refused(ClusterLines.ONLY_PRIMARIES_OWN);
        }
        if (state.mode == PlacementMode.NONE && !slots.isEmpty()) {
            state.mode = PlacementMode.MANUAL;
        }
        slots.forEach(slot -> state.own(slot, node.id()));
        return ClusterAnswer.ok();
    }

    static ClusterAnswer delete(ClusterState state, DelSlots record) {
        if (state.mode == PlacementMode.AUTO) {
            return ClusterAnswer.refused(ClusterLines.PLACED_BY_ITSELF);
        }
        SlotSet slots = record.slots();
        for (int slot = slots.next(0); slot >= 0; slot = slots.next(slot + 1)) {
            if (state.owners[slot] == null) {
                return ClusterAnswer.refused(ClusterLines.slotUnassigned(slot));
            }
        }
        slots.forEach(slot -> take(state, slot, null));
        return ClusterAnswer.ok();
    }

    static ClusterAnswer flush(ClusterState state, FlushSlots record) {
        if (state.node(record.node()) == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.node()));
        }
        if (state.mode == PlacementMode.AUTO) {
            return ClusterAnswer.refused(ClusterLines.PLACED_BY_ITSELF);
        }
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            if (record.node().equals(state.owners[slot])) {
                take(state, slot, null);
            }
        }
        return ClusterAnswer.ok();
    }

    static ClusterAnswer setNode(ClusterState state, SetSlotNode record) {
        if (state.mode == PlacementMode.AUTO) {
            return ClusterAnswer.refused(ClusterLines.PLACED_BY_ITSELF);
        }
        ClusterNode target = state.node(record.node());
        if (target == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.node()));
        }
        if (target.isReplica()) {
            return ClusterAnswer.refused(ClusterLines.TARGET_NOT_PRIMARY);
        }
        String was = state.owners[record.slot()];
        if (!target.id().equals(was)) {
            take(state, record.slot(), target.id());
            if (state.mode == PlacementMode.NONE) {
                state.mode = PlacementMode.MANUAL;
            }
        }
        long epoch = target.configEpoch();
        if (record.importing() && (epoch == 0 || epoch != state.maxEpoch())) {
            epoch = state.newEpoch();
            state.put(state.node(target.id()).edit().configEpoch(epoch).done());
        }
        if (record.emptiedFollows() && was != null && !was.equals(target.id()) && !state.ownsSlots(was)) {
            RoleRules.follow(state, state.node(was), state.node(target.id()));
        }
        return ClusterAnswer.ok(epoch);
    }

    static ClusterAnswer beginMove(ClusterState state, BeginMove record) {
        ClusterNode source = state.node(record.source());
        ClusterNode target = state.node(record.target());
        if (source == null || target == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(source == null ? record.source() : record.target()));
        }
        if (!target.isPrimary() || source.id().equals(target.id())) {
            return ClusterAnswer.refused(ClusterLines.TARGET_NOT_PRIMARY);
        }
        SlotSet slots = record.slots();
        for (int slot = slots.next(0); slot >= 0; slot = slots.next(slot + 1)) {
            if (!source.id().equals(state.owners[slot])) {
                return ClusterAnswer.refused(ClusterLines.notOwner(slot, source.id()));
            }
            if (state.moves[slot] != null) {
                return ClusterAnswer.refused(ClusterLines.moving(slot));
            }
        }
        SlotMove move = new SlotMove(state.version, source.id(), target.id());
        slots.forEach(slot -> state.moves[slot] = move);
        return ClusterAnswer.ok(move.id());
    }

    static ClusterAnswer commitMove(ClusterState state, CommitMove record) {
        if (!isMove(state, record.moveId(), record.slots())) {
            return ClusterAnswer.refused(ClusterLines.NO_SUCH_MOVE);
        }
        record.slots().forEach(slot -> state.own(slot, state.moves[slot].target()));
        return ClusterAnswer.ok();
    }

    static ClusterAnswer abortMove(ClusterState state, AbortMove record) {
        if (!isMove(state, record.moveId(), record.slots())) {
            return ClusterAnswer.refused(ClusterLines.NO_SUCH_MOVE);
        }
        record.slots().forEach(slot -> state.moves[slot] = null);
        return ClusterAnswer.ok();
    }

    static ClusterAnswer setPlacement(ClusterState state, SetPlacement record) {
        if (record.mode() == PlacementMode.NONE) {
            return ClusterAnswer.refused(ClusterLines.MODE_NONE);
        }
        boolean wasNone = state.mode == PlacementMode.NONE;
        state.mode = record.mode();
        if (record.mode() == PlacementMode.AUTO && wasNone) {
            giveFreeSlotsToFirst(state);
        } else if (record.mode() == PlacementMode.MANUAL) {
            for (ClusterNode node : state.nodes.values().toArray(new ClusterNode[0])) {
                state.put(node.edit().leaving(false).done());
            }
        }
        return ClusterAnswer.ok();
    }

    /** A cluster that becomes auto before it has a mode is one node: it gets what nobody owns. */
    static void giveFreeSlotsToFirst(ClusterState state) {
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            if (state.owners[slot] == null) {
                state.own(slot, state.nodes.firstKey());
            }
        }
    }

    private static boolean isMove(ClusterState state, long moveId, SlotSet slots) {
        if (slots.isEmpty()) {
            return false;
        }
        for (int slot = slots.next(0); slot >= 0; slot = slots.next(slot + 1)) {
            SlotMove move = state.moves[slot];
            if (move == null || move.id() != moveId) {
                return false;
            }
        }
        return true;
    }

    private static void take(ClusterState state, int slot, String target) {
        String was = state.owners[slot];
        state.own(slot, target);
        if (was != null && state.node(was).lossVersion() != state.version) {
            state.lost(was);
        }
    }
}
