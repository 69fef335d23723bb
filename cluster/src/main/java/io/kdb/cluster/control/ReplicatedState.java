package io.kdb.cluster.control;

/**
 * A deterministic state machine whose operations the control plane replicates: the same operations in the same order give
 * the same answers and the same image on every node. Owner: whichever thread the control plane applies on; one instance
 * is never used by two threads at once.
 */
public interface ReplicatedState {

    /**
     * Applies one committed operation. Must be a pure function of the state and the operation, and must not throw: an
     * operation that makes no sense is answered as such.
     *
     * @return the answer for whoever submitted the operation; kept for retries, so it should be small
     */
    byte[] apply(byte[] op);

    /** The whole state as bytes; {@link #restore} of it on any node gives an equal state. */
    byte[] image();

    /** Replaces the whole state by an image. */
    void restore(byte[] image);
}
