package io.kdb.cluster.control;

import java.util.Collection;
import java.util.List;

/**
 * All that the generation protocol needs of the world besides {@link GroupHost}: clock, links, durable note, this node's
 * view. Implemented by the control plane and by the simulation. Owner: the control thread.
 */
interface Environment {
    String self();

    /** Monotonic. */
    long nowMs();

    /** Sends one message, or loses it; never waits. */
    void send(String nodeId, byte[] message);

    /** Runs a task later on the control thread. */
    void schedule(long delayMs, Runnable task);

    /** A number in [0, bound). */
    int random(int bound);

    /** Returns once the note is on disk. */
    void write(Note note);

    /** Nodes of the cluster by the application's state; empty while it does not know. */
    List<Member> members();

    /** Ids of all nodes of this cluster with which the bus has, or had, a link. */
    Collection<String> peers();

    /** Hands an operation to this node's view; they come without gaps. */
    void deliver(long generation, long index, byte[] op);

    /** Replaces this node's view. */
    void deliver(Image image);

    /** Runs a task after everything handed to the view so far was applied there. */
    void afterDelivered(Runnable task);

    /** This node became or ceased to be the leader of the generation in force. */
    void leadership(boolean leader, long generation, long term);
}
