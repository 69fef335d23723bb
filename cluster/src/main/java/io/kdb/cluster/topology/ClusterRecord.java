package io.kdb.cluster.topology;

import java.util.List;

/**
 * A change of the control state, proposed by anyone and judged when it is applied: accepted or refused, alike on every
 * node. {@link RecordTypes} has each one's wire form and rule. All are immutable.
 *
 * <p>"From FAILOVER" and the like names the CLUSTER subcommand that the record serves; refusals then carry Redis' line.
 * Texts typed by a user that are no {@link NodeId} must be refused before a record is made of them.
 */
public sealed interface ClusterRecord {
    /** How {@link #encode} wrote it: longer bytes are refused unread. */
    int MAX_BYTES = 128 * 1024;

    default byte[] encode() {
        return RecordTypes.encode(this);
    }

    /** Reads a record back; throws MalformedRecord. */
    static ClusterRecord decode(byte[] bytes) {
        return RecordTypes.decode(bytes);
    }

    /** How a node came: it decides the placement mode of a cluster that has none. */
    enum Via {
        MEET,
        JOIN
    }

    /** What made a replica take over. */
    enum Cause {
        /** The controller found the primary silent or restarted without its data. */
        AUTOMATIC,
        /** CLUSTER FAILOVER: the primary closed its slots and the replica has its offset. */
        MANUAL,
        /** CLUSTER FAILOVER FORCE or TAKEOVER: the controller waited for the primary's lease to end. */
        FORCED
    }

    // ---- membership ----

    /** A node founds a cluster of one; the first record of every history. */
    record Found(String clusterId, Joiner node, long nowMs) implements ClusterRecord {}

    /**
     * A lone node joins. Refused: another cluster's id, a node of a real cluster ({@code joinerClusterSize} > 1), a
     * forgotten node under its ban, a claim to a slot or keys of a slot that the cluster owns. A member that joins again
     * in the same incarnation is accepted unchanged; in a higher one (RESET SOFT) it starts anew. The first JOIN makes a
     * cluster without a mode auto and gives its one node all slots; the first MEET makes it manual.
     */
    record NodeJoin(String clusterId, Joiner node, int joinerClusterSize, Via via, long nowMs)
            implements ClusterRecord {}

    /** Address, host, zone, version, weight or failover setting of a node changed. */
    record NodeUpdate(String id, NodeProfile profile) implements ClusterRecord {}

    /**
     * The controller accepts a process start: this node's data is (or need not be) complete. Never sent by the node
     * itself: a primary that came back empty would get a lease. Ends the moves of the node: the process that ran them is
     * gone.
     */
    record AcceptIncarnation(String id, long incarnation) implements ClusterRecord {}

    /** From FORGET; {@code askedOf} is the node that got the command. The id is banned for 60 s. */
    record Forget(String id, String askedOf, long nowMs) implements ClusterRecord {}

    /** From the reconciler: a drained or lost node is removed. Banned for 60 s like a forgotten one. */
    record Remove(String id, long nowMs) implements ClusterRecord {}

    /** From RESET: the node has left by itself; its id may come back in a higher incarnation. */
    record Reset(String id, long incarnation) implements ClusterRecord {}

    /** From {@code kdb cluster leave} (true), or taken back (false). Only in auto. */
    record Leave(String id, boolean leaving) implements ClusterRecord {}

    // ---- slots ----

    /** From ADDSLOTS(RANGE); {@code planned} when the planner homes slots that nobody owns. */
    record AddSlots(String node, SlotSet slots, boolean planned) implements ClusterRecord {}

    /** From DELSLOTS(RANGE). */
    record DelSlots(SlotSet slots) implements ClusterRecord {}

    /** From FLUSHSLOTS: takes all slots of the node. */
    record FlushSlots(String node) implements ClusterRecord {}

    /**
     * From SETSLOT NODE; idempotent.
     *
     * @param importing the target had the slot marked as importing: its config epoch is raised, as in Redis. Value of
     *     the answer: that epoch
     * @param emptiedFollows cluster-allow-replica-migration: an owner that loses its last slot becomes the target's replica
     */
    record SetSlotNode(int slot, String node, boolean importing, boolean emptiedFollows) implements ClusterRecord {}

    /** Whole slots start to move. Value of the answer: the id of the move. */
    record BeginMove(SlotSet slots, String source, String target) implements ClusterRecord {}

    /**
     * The hand-over of some or all slots of a move; proposed once the target has everything and the source has closed
     * them. Refused when the move is no more (aborted, or a failover of either side ended it): the target drops its copy.
     */
    record CommitMove(long moveId, SlotSet slots) implements ClusterRecord {}

    /** Ends a move without effect for these slots; the source may serve again once it has applied this. */
    record AbortMove(long moveId, SlotSet slots) implements ClusterRecord {}

    // ---- roles ----

    /** From REPLICATE, and from the reconciler: the node becomes (or moves as) a replica of the primary. */
    record Replicate(String node, String primary) implements ClusterRecord {}

    /** From the reconciler: a replica becomes a primary without slots in a shard of its own. */
    record FoundShard(String node) implements ClusterRecord {}

    /**
     * The replica becomes the primary, in a new epoch (value of the answer), with all slots; the old primary and its
     * other replicas follow it; moves of either end. Refused unless {@code oldEpoch} is still the old primary's.
     *
     * @param oldFailed mark the old primary failed in the same step
     */
    record Failover(String oldPrimary, long oldEpoch, String newPrimary, Cause cause, boolean oldFailed, long nowMs)
            implements ClusterRecord {}

    /**
     * A primary that closed its slots for a manual failover takes itself back: it gets a new config epoch (value of the
     * answer), so that the Failover which may still be on its way is refused.
     */
    record CancelFailover(String primary, long epoch) implements ClusterRecord {}

    /** The node was not heard of for the node timeout. */
    record MarkFailed(String id, long nowMs) implements ClusterRecord {}

    /** The node is heard again. */
    record MarkRecovered(String id) implements ClusterRecord {}

    /** The replication id of a primary's history, so that a restart of everything can tell whose data is the newest. */
    record History(String id, String replId, long replOffset) implements ClusterRecord {}

    /** The in-sync replicas of a primary, whole. */
    record InSync(String primary, long epoch, List<String> replicas) implements ClusterRecord {
        public InSync {
            replicas = List.copyOf(replicas);
        }
    }

    // ---- epochs and settings ----

    /** From SET-CONFIG-EPOCH. */
    record SetConfigEpoch(String node, long epoch) implements ClusterRecord {}

    /** From BUMPEPOCH. Text of the answer: {@code BUMPED n} or {@code STILL n}, the status reply. */
    record BumpEpoch(String node) implements ClusterRecord {}

    /** From {@code kdb cluster placement}. A lone node without a mode that becomes auto gets all slots. */
    record SetPlacement(PlacementMode mode) implements ClusterRecord {}

    /** cluster-replicas: how many replicas the planner gives each shard. */
    record SetReplicas(int replicas) implements ClusterRecord {}

    /** replica-acks, the durability dial. */
    record SetReplicaAcks(int replicaAcks) implements ClusterRecord {}
}
