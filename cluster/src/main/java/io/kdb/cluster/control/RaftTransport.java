package io.kdb.cluster.control;

import java.io.IOException;

/** Carries the engine's calls between nodes. Thread-safe. */
interface RaftTransport {
    /** Takes the calls of other nodes; may wait, so it is not called on the bus thread. */
    interface Receiver {
        byte[] called(String from, byte[] request) throws IOException;
    }

    /** Calls a node and waits for its answer. */
    byte[] call(String nodeId, byte[] request) throws IOException;

    /** Who takes the calls; null: nobody. */
    void receiver(Receiver receiver);
}
