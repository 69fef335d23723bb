package io.kdb.cluster.topology;

import java.util.Map;
import java.util.TreeMap;

/**
 * The state in bytes and back: nodes by id, owners as runs, moves by their id, bans by id, so that equal states have equal
 * bytes. Some 250 bytes a node. Stateless.
 */
final class ClusterImage {
    private static final int VERSION = 1;
    private static final int LEAST_NODE_BYTES = 100;
    private static final int RUN_BYTES = 4;
    private static final int LEAST_MOVE_BYTES = 50;
    private static final int LEAST_BAN_BYTES = 30;

    private ClusterImage() {}

    static byte[] write(ClusterState state) {
        WireWriter out = new WireWriter().u8(VERSION).optionalId(state.clusterId);
        out.i64(state.version).i64(state.currentEpoch).choice(state.mode);
        out.u16(state.replicas).u16(state.replicaAcks);
        out.u16(state.nodes.size());
        Map<String, Integer> numbers = new TreeMap<>();
        for (ClusterNode node : state.nodes.values()) {
            node.write(out);
            numbers.put(node.id(), numbers.size() + 1);
        }
        writeOwners(state, out, numbers);
        writeMoves(state, out);
        out.u16(state.forgotten.size());
        for (ForgottenNode node : state.forgotten.values()) {
            out.id(node.id()).i64(node.untilMs()).ids(node.askedOf());
        }
        return out.toBytes();
    }

    static ClusterState read(byte[] image) {
        WireReader in = new WireReader(image);
        in.version(VERSION);
        ClusterState state = new ClusterState();
        state.clusterId = in.optionalId();
        state.version = in.u63();
        state.currentEpoch = in.u63();
        state.mode = in.oneOf(PlacementMode.values());
        state.replicas = in.u16();
        state.replicaAcks = in.u16();
        String[] ids = readNodes(state, in);
        readOwners(state, in, ids);
        readMoves(state, in);
        int forgotten = in.count(LEAST_BAN_BYTES);
        for (int i = 0; i < forgotten; i++) {
            ForgottenNode node = new ForgottenNode(in.id(), in.u63(), in.ids());
            state.forgotten.put(node.id(), node);
        }
        in.end();
        return state;
    }

    private static String[] readNodes(ClusterState state, WireReader in) {
        int count = in.count(LEAST_NODE_BYTES);
        String[] ids = new String[count];
        for (int i = 0; i < count; i++) {
            ClusterNode node = ClusterNode.read(in);
            if (i > 0 && ids[i - 1].compareTo(node.id()) >= 0) {
                throw in.malformed("node: " + node.id() + " (expected: ascending)");
            }
            ids[i] = node.id();
            state.put(node);
        }
        for (ClusterNode node : state.nodes.values()) {
            if (node.primaryId() != null && !state.nodes.containsKey(node.primaryId())) {
                throw in.malformed("primary: " + node.primaryId() + " (expected: a node)");
            }
        }
        return ids;
    }

    private static void writeOwners(ClusterState state, WireWriter out, Map<String, Integer> numbers) {
        int runs = 0;
        for (int slot = 0; slot < Slot.COUNT; slot = endOfRun(state, slot)) {
            runs++;
        }
        out.u16(runs);
        for (int slot = 0; slot < Slot.COUNT; ) {
            int end = endOfRun(state, slot);
            String owner = state.owners[slot];
            out.u16(end - slot).u16(owner == null ? 0 : numbers.get(owner));
            slot = end;
        }
    }

    private static int endOfRun(ClusterState state, int from) {
        int end = from + 1;
        while (end < Slot.COUNT && sameOwner(state.owners[end], state.owners[from])) {
            end++;
        }
        return end;
    }

    private static boolean sameOwner(String one, String other) {
        return one == null ? other == null : one.equals(other);
    }

    private static void readOwners(ClusterState state, WireReader in, String[] ids) {
        int runs = in.count(RUN_BYTES);
        int slot = 0;
        for (int i = 0; i < runs; i++) {
            int length = in.u16();
            int number = in.u16();
            if (length == 0 || length > Slot.COUNT - slot || number > ids.length) {
                throw in.malformed("owner: " + length + " slots of node " + number + " (expected: within the table)");
            }
            for (int end = slot + length; slot < end; slot++) {
                state.owners[slot] = number == 0 ? null : ids[number - 1];
            }
        }
        if (slot != Slot.COUNT) {
            throw in.malformed("slots: " + slot + " (expected: " + Slot.COUNT + ")");
        }
    }

    private static void writeMoves(ClusterState state, WireWriter out) {
        Map<Long, SlotMove> moves = new TreeMap<>();
        Map<Long, SlotSet.Builder> slots = new TreeMap<>();
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            SlotMove move = state.moves[slot];
            if (move != null) {
                moves.put(move.id(), move);
                slots.computeIfAbsent(move.id(), id -> new SlotSet.Builder()).add(slot);
            }
        }
        out.u16(moves.size());
        for (SlotMove move : moves.values()) {
            out.i64(move.id()).id(move.source()).id(move.target());
            out.slots(slots.get(move.id()).build());
        }
    }

    private static void readMoves(ClusterState state, WireReader in) {
        int count = in.count(LEAST_MOVE_BYTES);
        for (int i = 0; i < count; i++) {
            SlotMove move = new SlotMove(in.u63(), in.id(), in.id());
            if (!state.nodes.containsKey(move.source()) || !state.nodes.containsKey(move.target())) {
                throw in.malformed("move: " + move.id() + " (expected: between two nodes)");
            }
            in.slots().forEach(slot -> state.moves[slot] = move);
        }
    }
}
