package io.kdb.cluster.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The replicated state machine: nodes, roles, slot owners, moves, epochs and settings. The same records in the same order
 * give the same state, the same answers and the same image on every node. Owner: the thread that applies committed
 * records (one at a time).
 *
 * <p>What a record may do stands in {@link MembershipRules}, {@link SlotRules} and {@link RoleRules}; a rule checks all
 * before it changes anything, so a refused record leaves only the version counted up. Bytes that are no record are refused
 * too, never thrown.
 */
public final class ClusterState {
    /** How many nodes a cluster can have. */
    public static final int MAX_NODES = 4096;
    /** How long nodes not yet asked answer OK to FORGET of a node already gone. */
    public static final long FORGET_BAN_MS = 60_000;
    /** The most replicas a shard can be asked to have. */
    public static final int MAX_REPLICAS = 100;

    /** The highest config epoch that can be set by hand: leaves room to count up. */
    static final long MAX_SET_EPOCH = Long.MAX_VALUE / 2;

    String clusterId;
    long version;
    long currentEpoch;
    PlacementMode mode = PlacementMode.NONE;
    int replicas = 1;
    int replicaAcks;
    final TreeMap<String, ClusterNode> nodes = new TreeMap<>();
    final TreeMap<String, ForgottenNode> forgotten = new TreeMap<>();
    final String[] owners = new String[Slot.COUNT];
    final SlotMove[] moves = new SlotMove[Slot.COUNT];

    /** Applies a committed record and returns the encoded {@link ClusterAnswer}. Never throws on bad bytes. */
    public byte[] apply(byte[] record) {
        ClusterRecord decoded;
        try {
            decoded = ClusterRecord.decode(record);
        } catch (MalformedRecord e) {
            version++;
            return ClusterAnswer.refused("ERR Malformed cluster record: " + e.getMessage())
                    .encode();
        }
        return apply(decoded).encode();
    }

    public ClusterAnswer apply(ClusterRecord record) {
        version++;
        if (clusterId == null && !(record instanceof ClusterRecord.Found)) {
            return ClusterAnswer.refused(ClusterLines.NOT_FOUNDED);
        }
        return RecordTypes.apply(this, record);
    }

    /** The whole state in bytes: equal states have equal images. */
    public byte[] image() {
        return ClusterImage.write(this);
    }

    /** Becomes the state of this image; throws MalformedRecord, and is then unchanged. */
    public void restore(byte[] image) {
        ClusterState read = ClusterImage.read(image);
        clusterId = read.clusterId;
        version = read.version;
        currentEpoch = read.currentEpoch;
        mode = read.mode;
        replicas = read.replicas;
        replicaAcks = read.replicaAcks;
        nodes.clear();
        nodes.putAll(read.nodes);
        forgotten.clear();
        forgotten.putAll(read.forgotten);
        System.arraycopy(read.owners, 0, owners, 0, Slot.COUNT);
        System.arraycopy(read.moves, 0, moves, 0, Slot.COUNT);
    }

    /** The immutable picture of now, as seen by the node {@code myId} (which need not be a member). */
    public ClusterView view(String myId) {
        return new ClusterView(this, myId);
    }

    /** The cluster's id, or null before it is founded. */
    public String clusterId() {
        return clusterId;
    }

    /** How many records were applied, refused ones included. */
    public long version() {
        return version;
    }

    public SortedMap<String, ForgottenNode> forgotten() {
        return Collections.unmodifiableSortedMap(forgotten);
    }

    // ---- what the rules share ----

    ClusterNode node(String id) {
        return nodes.get(id);
    }

    void put(ClusterNode node) {
        nodes.put(node.id(), node);
    }

    boolean ownsSlots(String id) {
        for (String owner : owners) {
            if (id.equals(owner)) {
                return true;
            }
        }
        return false;
    }

    List<ClusterNode> replicasOf(String id) {
        List<ClusterNode> found = new ArrayList<>();
        for (ClusterNode node : nodes.values()) {
            if (node.isReplicaOf(id)) {
                found.add(node);
            }
        }
        return found;
    }

    /** Sets the owner, null for nobody, with the very string that the nodes map holds, and ends a move of the slot. */
    void own(int slot, String id) {
        owners[slot] = id == null ? null : nodes.get(id).id();
        moves[slot] = null;
    }

    void dropMovesOf(String id) {
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            SlotMove move = moves[slot];
            if (move != null && (move.source().equals(id) || move.target().equals(id))) {
                moves[slot] = null;
            }
        }
    }

    /** Notes that slots were taken from this node without its own doing. */
    void lost(String id) {
        ClusterNode node = nodes.get(id);
        if (node != null) {
            put(node.edit().lossVersion(version).done());
        }
    }

    long maxEpoch() {
        long max = currentEpoch;
        for (ClusterNode node : nodes.values()) {
            max = Math.max(max, node.configEpoch());
        }
        return max;
    }

    /** A config epoch that nobody has had. */
    long newEpoch() {
        currentEpoch = maxEpoch() + 1;
        return currentEpoch;
    }

    /** Takes a node out of everything: its slots belong to nobody, its replicas have no primary. */
    void removeNode(String id) {
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            if (id.equals(owners[slot])) {
                own(slot, null);
            }
        }
        dropMovesOf(id);
        nodes.remove(id);
        Collection<ClusterNode> rest = new ArrayList<>(nodes.values());
        for (ClusterNode node : rest) {
            if (node.isReplicaOf(id)) {
                put(node.edit().orphaned().done());
            } else if (node.inSync().contains(id)) {
                List<String> inSync = new ArrayList<>(node.inSync());
                inSync.remove(id);
                put(node.edit().inSync(inSync).done());
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClusterState state && Arrays.equals(image(), state.image());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(image());
    }
}
