package io.kdb.cluster.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The control state as of one version, seen by one node. Immutable; swapped whole in an exclusive section, so a batch of
 * commands sees one view.
 *
 * <p>For the request path, in O(1) and without allocation: {@link #owner}, {@link #iOwn}, {@link #iReplicate},
 * {@link #move}, {@link #myself}. A node may serve a slot when {@code iOwn(slot)} and its lease runs; a slot on the move is
 * served by its source until the source itself closes it.
 */
public final class ClusterView {
    /** A primary and those that copy it. */
    public record Shard(ClusterNode primary, List<ClusterNode> replicas) {
        public String id() {
            return primary.shardId();
        }
    }

    /** How many slots a node owns. Not changed once the view is made. */
    private static final class Owned {
        private final ClusterNode node;
        private int count;

        Owned(ClusterNode node) {
            this.node = node;
        }
    }

    private final String clusterId;
    private final long version;
    private final long currentEpoch;
    private final PlacementMode mode;
    private final int replicas;
    private final int replicaAcks;
    private final List<ClusterNode> nodes;
    private final Map<String, ClusterNode> byId;
    private final List<Shard> shards;
    private final Map<String, List<ClusterNode>> replicasOf;
    private final Map<String, Owned> owned = new HashMap<>();
    /** Made whole when first asked for; a race makes it twice. */
    private volatile Map<String, SlotSet> slotsOf;

    private final Map<Long, SlotSet> slotsOfMove;
    private final List<SlotMove> inFlight;
    private final ClusterNode[] owners = new ClusterNode[Slot.COUNT];
    private final SlotMove[] moves;
    private final ClusterNode myself;
    private final ClusterNode myPrimary;
    private final int slotsAssigned;
    private final int slotsFailed;

    ClusterView(ClusterState state, String myId) {
        clusterId = state.clusterId;
        version = state.version;
        currentEpoch = state.currentEpoch;
        mode = state.mode;
        replicas = state.replicas;
        replicaAcks = state.replicaAcks;
        nodes = List.copyOf(state.nodes.values());
        byId = new HashMap<>(nodes.size() * 2);
        replicasOf = new HashMap<>();
        for (ClusterNode node : nodes) {
            byId.put(node.id(), node);
            if (node.isReplica() && node.primaryId() != null) {
                replicasOf
                        .computeIfAbsent(node.primaryId(), id -> new ArrayList<>())
                        .add(node);
            }
        }
        replicasOf.replaceAll((id, list) -> Collections.unmodifiableList(list));
        List<Shard> found = new ArrayList<>();
        for (ClusterNode node : nodes) {
            if (node.isPrimary()) {
                found.add(new Shard(node, replicasOf(node.id())));
            }
        }
        shards = Collections.unmodifiableList(found);
        myself = byId.get(myId);
        myPrimary = myself == null || myself.primaryId() == null ? null : byId.get(myself.primaryId());

        Owned owner = null;
        int assigned = 0;
        int failed = 0;
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            String id = state.owners[slot];
            if (id == null) {
                continue;
            }
            if (owner == null || !id.equals(owner.node.id())) {
                owner = owned.get(id);
                if (owner == null) {
                    owner = new Owned(byId.get(id));
                    owned.put(id, owner);
                }
            }
            owners[slot] = owner.node;
            owner.count++;
            assigned++;
            failed += owner.node.failed() ? 1 : 0;
        }
        slotsAssigned = assigned;
        slotsFailed = failed;

        moves = Arrays.copyOf(state.moves, Slot.COUNT);
        List<SlotMove> begun = new ArrayList<>();
        Map<Long, SlotSet.Builder> moving = new HashMap<>();
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            SlotMove move = moves[slot];
            if (move != null) {
                if (!moving.containsKey(move.id())) {
                    moving.put(move.id(), new SlotSet.Builder());
                    begun.add(move);
                }
                moving.get(move.id()).add(slot);
            }
        }
        slotsOfMove = new HashMap<>();
        moving.forEach((id, slots) -> slotsOfMove.put(id, slots.build()));
        inFlight = Collections.unmodifiableList(begun);
    }

    // ---- the request path ----

    /** The primary that owns the slot, or null: nobody does. */
    public ClusterNode owner(int slot) {
        return owners[slot];
    }

    @SuppressWarnings("ReferenceEquality") // a view holds each node once
    public boolean iOwn(int slot) {
        return myself != null && owners[slot] == myself;
    }

    /** Whether both slots have the same owner, or none. */
    @SuppressWarnings("ReferenceEquality") // a view holds each node once
    public boolean sameOwner(int slot, int other) {
        return owners[slot] == owners[other];
    }

    /** Whether this node is a replica of the slot's owner: READONLY connections may read here. */
    @SuppressWarnings("ReferenceEquality") // a view holds each node once
    public boolean iReplicate(int slot) {
        return myPrimary != null && owners[slot] == myPrimary;
    }

    /** The hand-over that this slot is in, or null. */
    public SlotMove move(int slot) {
        return moves[slot];
    }

    /** This node, or null while it is no member. */
    public ClusterNode myself() {
        return myself;
    }

    public boolean isMyself(ClusterNode node) {
        return myself != null && myself.id().equals(node.id());
    }

    /** The primary this node copies, or null. */
    public ClusterNode myPrimary() {
        return myPrimary;
    }

    /** Every slot has an owner that is not failed: what cluster-require-full-coverage asks for. */
    public boolean coversAllSlots() {
        return slotsAssigned == Slot.COUNT && slotsFailed == 0;
    }

    // ---- everything else ----

    public String clusterId() {
        return clusterId;
    }

    /** How many records the state has applied; a later view of the same history has a higher one. */
    public long version() {
        return version;
    }

    public long currentEpoch() {
        return currentEpoch;
    }

    public PlacementMode mode() {
        return mode;
    }

    /** How many replicas the planner gives a shard. */
    public int replicas() {
        return replicas;
    }

    /** The durability dial. */
    public int replicaAcks() {
        return replicaAcks;
    }

    /** All members, by id. */
    public List<ClusterNode> nodes() {
        return nodes;
    }

    public ClusterNode node(String id) {
        return byId.get(id);
    }

    /** The primaries, by id, each with its replicas. Also those without slots. */
    public List<Shard> shards() {
        return shards;
    }

    public List<ClusterNode> replicasOf(String primaryId) {
        return replicasOf.getOrDefault(primaryId, List.of());
    }

    public SlotSet slotsOf(String nodeId) {
        Map<String, SlotSet> all = slotsOf;
        if (all == null) {
            Map<String, SlotSet.Builder> sets = new HashMap<>();
            for (int slot = 0; slot < Slot.COUNT; slot++) {
                if (owners[slot] != null) {
                    sets.computeIfAbsent(owners[slot].id(), id -> new SlotSet.Builder())
                            .add(slot);
                }
            }
            Map<String, SlotSet> built = new HashMap<>();
            sets.forEach((id, slots) -> built.put(id, slots.build()));
            slotsOf = built;
            all = built;
        }
        return all.getOrDefault(nodeId, SlotSet.EMPTY);
    }

    public int slotCount(String nodeId) {
        Owned slots = owned.get(nodeId);
        return slots == null ? 0 : slots.count;
    }

    /** The moves that have begun, one for each id. */
    public List<SlotMove> movesInFlight() {
        return inFlight;
    }

    /** The slots that are still in this move; empty once it has ended. */
    public SlotSet slotsOfMove(long moveId) {
        return slotsOfMove.getOrDefault(moveId, SlotSet.EMPTY);
    }

    public int slotsAssigned() {
        return slotsAssigned;
    }

    public int slotsFailed() {
        return slotsFailed;
    }

    /** How many primaries own slots. */
    public int size() {
        return owned.size();
    }

    /** A node's epoch as CLUSTER shows it: a replica's is its primary's. */
    public long epochOf(ClusterNode node) {
        ClusterNode primary = node.primaryId() == null ? null : byId.get(node.primaryId());
        return primary == null ? node.configEpoch() : primary.configEpoch();
    }
}
