package io.kdb.cluster.control;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The Raft groups on this node, as the generation protocol sees them: implemented by the Ratis adapter and by the
 * simulation. Owner of the caller's side: the control thread, on which every callback runs.
 */
interface GroupHost {

    /**
     * What this node knows of one of its groups now.
     *
     * @param leaderReady this node leads it and has applied everything of earlier terms
     * @param leaderId its leader, or null
     * @param term its current term, as durable as its vote
     */
    record Status(boolean leaderReady, String leaderId, long term) {}

    /** Outcome of {@link #submit}; null verdict: nothing is known of the entry, except that this node may not lead. */
    record Outcome(Verdict verdict) {
        static final Outcome UNKNOWN = new Outcome(null);
    }

    /** What the host tells the protocol. */
    interface Events {
        /** An entry was applied in an own group; for each group in log order. */
        void applied(GroupId id, Applied applied);

        /** The state of an own group was restored, at start or by a snapshot of its leader. */
        void restored(GroupId id, Facts facts);

        /** The leader of an own group may have changed. */
        void leaderChanged(GroupId id);
    }

    Set<GroupId> groups();

    /** Voters of an own group. */
    List<String> voters(GroupId id);

    /** Status of an own group; null when the group is not here or not running. */
    Status status(GroupId id);

    /** Whether this node leads that group, ready, and every other voter has stored something. */
    boolean full(GroupId id);

    /** Facts of an own group; null when the group is not here. */
    Facts facts(GroupId id);

    /**
     * Creates this node's member of a new group, durably, before {@code done} is called with true. Never to be repeated
     * for the same group: on a restarted, empty member it would succeed.
     *
     * @param preferred the voter that should lead it, or null
     */
    void add(GroupId id, List<String> voters, String preferred, Consumer<Boolean> done);

    /** Removes an own group and its data, in the background; unknown groups are ignored. */
    void remove(GroupId id);

    /** Submits an entry to an own group; the callback comes once, however late. */
    void submit(GroupId id, byte[] entry, Consumer<Outcome> done);

    /** What F carries on from an own group that is sealed. */
    byte[] carried(GroupId id);

    /** Size of what F would carry. */
    int carriedBytesCount(GroupId id);

    /** The application's state in an own group. */
    Image image(GroupId id);
}
