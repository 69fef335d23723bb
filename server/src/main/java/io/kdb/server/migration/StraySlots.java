package io.kdb.server.migration;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotMove;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.server.dispatch.Node;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ObjIntConsumer;

/**
 * Finds keys of slots that another node owns: what a move has left behind when a failover or a restart cut it short. Only
 * in an auto cluster; in a manual one such keys are the operator's. Owner: the move thread.
 *
 * <p>Note: this node's own view is no proof, it may be old. So the owner is asked: it answers with the version of its view
 * if it serves the slots, and a copy here goes only once this node has applied as much and still does not own them.
 */
final class StraySlots {
    private static final long ASK_LIMIT_MS = 1000;

    private final Node node;
    private final MoveCluster cluster;
    private final MoveThread thread;

    StraySlots(Node node, MoveCluster cluster, MoveThread thread) {
        this.node = node;
        this.cluster = cluster;
        this.thread = thread;
    }

    /** Asks the owners of what does not belong here; {@code drop} is then told of a set of slots and where to begin. */
    void search(ObjIntConsumer<SlotSet> drop) {
        ClusterView view = cluster.view();
        if (view.mode() != PlacementMode.AUTO
                || node.isReplica()
                || !cluster.mayServe()
                || node.keyspace().database(0).size() == 0) {
            return;
        }
        Map<String, SlotSet.Builder> byOwner = new HashMap<>();
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            ClusterNode owner = view.owner(slot);
            if (owner != null
                    && isStray(view, slot)
                    && node.keyspace().database(0).slotSize(slot) > 0) {
                byOwner.computeIfAbsent(owner.id(), id -> new SlotSet.Builder()).add(slot);
            }
        }
        byOwner.forEach((owner, slots) -> ask(owner, slots.build(), drop));
    }

    private static boolean isStray(ClusterView view, int slot) {
        SlotMove move = view.move(slot);
        return view.myself() != null
                && view.myself().isPrimary()
                && !view.iOwn(slot)
                && (move == null || !move.target().equals(view.myself().id()));
    }

    private void ask(String owner, SlotSet slots, ObjIntConsumer<SlotSet> drop) {
        byte[] message = new byte[MoveMessage.HEADER_BYTES + Slot.COUNT / 8];
        slots.forEach(slot -> message[MoveMessage.HEADER_BYTES + slot / 8] |= (byte) (1 << slot % 8));
        MoveMessage.encode(MoveMessage.Type.OWNED, 0, cluster.view().version(), message);
        var unused = cluster.ask(owner, message, ASK_LIMIT_MS)
                .whenComplete((answer, failure) -> thread.execute(() -> {
                    if (failure == null && answer.length == Long.BYTES) {
                        answered(ByteBuffer.wrap(answer).getLong(), slots, drop);
                    }
                }));
    }

    private void answered(long version, SlotSet slots, ObjIntConsumer<SlotSet> drop) {
        ClusterView view = cluster.view();
        if (view.version() >= version) {
            SlotSet.Builder still = new SlotSet.Builder();
            slots.forEach(slot -> {
                if (isStray(view, slot)) {
                    still.add(slot);
                }
            });
            SlotSet gone = still.build();
            drop.accept(gone, gone.next(0));
        }
    }

    /** The owner's side: the version of its view, or nothing when it does not serve all of these slots. */
    byte[] owned(MoveMessage question) {
        ClusterView view = cluster.view();
        byte[] bits = question.bytes();
        if (bits.length != MoveMessage.HEADER_BYTES + Slot.COUNT / 8
                || view.version() < question.number()
                || !cluster.mayServe()) {
            return new byte[0];
        }
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            if ((bits[MoveMessage.HEADER_BYTES + slot / 8] & 1 << slot % 8) != 0 && !view.iOwn(slot)) {
                return new byte[0];
            }
        }
        return ByteBuffer.allocate(Long.BYTES).putLong(view.version()).array();
    }
}
