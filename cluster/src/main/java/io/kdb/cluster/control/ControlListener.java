package io.kdb.cluster.control;

/**
 * What the control plane tells the node that owns it. All calls come in order on one thread (kdb-apply), which also owns
 * the state handed in; a call may take milliseconds, during which heartbeats and elections go on.
 */
public interface ControlListener {

    /** The first call of all: from here on the control plane may be used. */
    default void started(ControlPlane plane) {}

    /** An operation was applied to this node's state, which now stands at {@code index}. */
    void applied(ReplicatedState state, long generation, long index, byte[] op, byte[] answer);

    /** This node's state was replaced by an image and now stands at {@code index}; also the first call after a start. */
    void installed(ReplicatedState state, long generation, long index);

    /**
     * This node became, or ceased to be, the ready leader of the generation in force.
     *
     * @param term the leader's term within that generation
     */
    default void leadership(boolean leader, long generation, long term) {}
}
