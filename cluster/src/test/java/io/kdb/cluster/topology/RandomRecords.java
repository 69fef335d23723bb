package io.kdb.cluster.topology;

import static io.kdb.cluster.topology.TestNodes.CLUSTER;
import static io.kdb.cluster.topology.TestNodes.id;

import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.Via;
import java.util.List;
import java.util.Random;

/** Records about a handful of nodes, most of them with a chance to be accepted. */
final class RandomRecords {
    /** How many kinds of record {@link #next} makes. */
    static final int KINDS = 28;

    private static final int NODES = 8;
    private final Random random;
    private long nowMs;

    RandomRecords(Random random) {
        this.random = random;
    }

    ClusterRecord next(ClusterState state) {
        return of(random.nextInt(KINDS), state);
    }

    ClusterRecord of(int kind, ClusterState state) {
        nowMs += random.nextInt(20_000);
        ClusterView view = state.view(null);
        return switch (kind) {
            case 0 -> new ClusterRecord.Found(CLUSTER, joiner(), nowMs);
            case 1 ->
                new ClusterRecord.NodeJoin(CLUSTER, joiner(), 1, random.nextBoolean() ? Via.MEET : Via.JOIN, nowMs);
            case 2 -> new ClusterRecord.NodeUpdate(any(), profile());
            case 3 -> new ClusterRecord.AcceptIncarnation(any(), random.nextInt(5));
            case 4 -> new ClusterRecord.Forget(any(), any(), nowMs);
            case 5 -> new ClusterRecord.Remove(any(), nowMs);
            case 6 -> new ClusterRecord.Reset(any(), 5);
            case 7 -> new ClusterRecord.Leave(any(), random.nextBoolean());
            case 8 -> new ClusterRecord.AddSlots(any(), slots(), random.nextBoolean());
            case 9 -> new ClusterRecord.DelSlots(slots());
            case 10 -> new ClusterRecord.FlushSlots(any());
            case 11 ->
                new ClusterRecord.SetSlotNode(
                        random.nextInt(Slot.COUNT), any(), random.nextBoolean(), random.nextBoolean());
            case 12 -> new ClusterRecord.BeginMove(ownedSlot(view), owner(view), any());
            case 13 -> new ClusterRecord.CommitMove(move(view), movingSlots(view));
            case 14 -> new ClusterRecord.AbortMove(move(view), movingSlots(view));
            case 15 -> new ClusterRecord.Replicate(any(), any());
            case 16 -> new ClusterRecord.FoundShard(any());
            case 17 -> failover(view);
            case 18 -> new ClusterRecord.CancelFailover(any(), random.nextInt(5));
            case 19 -> new ClusterRecord.MarkFailed(any(), nowMs);
            case 20 -> new ClusterRecord.MarkRecovered(any());
            case 21 -> new ClusterRecord.History(any(), "abc".repeat(random.nextInt(5)), random.nextInt());
            case 22 -> new ClusterRecord.InSync(any(), random.nextInt(3), List.of(any()));
            case 23 -> new ClusterRecord.SetConfigEpoch(any(), random.nextInt(20));
            case 24 -> new ClusterRecord.BumpEpoch(any());
            case 25 ->
                new ClusterRecord.SetPlacement(PlacementMode.values()[random.nextInt(10) == 0 ? 2 : random.nextInt(2)]);
            case 26 -> new ClusterRecord.SetReplicas(random.nextInt(120));
            default -> new ClusterRecord.SetReplicaAcks(random.nextInt(3));
        };
    }

    private ClusterRecord failover(ClusterView view) {
        ClusterNode old = view.node(any());
        List<ClusterNode> replicas = old == null ? List.of() : view.replicasOf(old.id());
        String next = replicas.isEmpty() ? any() : replicas.get(0).id();
        return new ClusterRecord.Failover(
                old == null ? any() : old.id(),
                old == null ? 0 : old.configEpoch(),
                next,
                Cause.values()[random.nextInt(3)],
                random.nextBoolean(),
                nowMs);
    }

    private String any() {
        return id(1 + random.nextInt(NODES));
    }

    private Joiner joiner() {
        int n = 1 + random.nextInt(NODES);
        SlotSet claimed = random.nextInt(3) == 0 ? slots() : SlotSet.EMPTY;
        return new Joiner(id(n), profile(), id(100 + n), random.nextInt(4), random.nextInt(4), claimed, claimed);
    }

    private NodeProfile profile() {
        int port = random.nextInt(60_000);
        String host = "host-é-" + random.nextInt(4);
        return new NodeProfile(
                new NodeAddress("::1", port, port + 1, random.nextBoolean() ? "" : host),
                host,
                "zone" + random.nextInt(2),
                "0.1.0",
                random.nextInt(1001),
                random.nextBoolean());
    }

    private SlotSet slots() {
        SlotSet.Builder slots = new SlotSet.Builder();
        int first = random.nextInt(Slot.COUNT);
        slots.add(new SlotSet.Range(first, Math.min(Slot.COUNT - 1, first + random.nextInt(400))));
        slots.add(random.nextInt(Slot.COUNT));
        return slots.build();
    }

    private String owner(ClusterView view) {
        for (ClusterNode node : view.nodes()) {
            if (view.slotCount(node.id()) > 0) {
                return node.id();
            }
        }
        return any();
    }

    private SlotSet ownedSlot(ClusterView view) {
        SlotSet owned = view.slotsOf(owner(view));
        int slot = owned.next(random.nextInt(Slot.COUNT));
        return SlotSet.of(slot < 0 ? 0 : slot);
    }

    private static long move(ClusterView view) {
        return view.movesInFlight().isEmpty() ? 1 : view.movesInFlight().get(0).id();
    }

    private static SlotSet movingSlots(ClusterView view) {
        SlotSet slots = view.slotsOfMove(move(view));
        return slots.isEmpty() ? SlotSet.of(1) : slots;
    }
}
