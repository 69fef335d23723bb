package io.kdb.cluster.control;

import java.util.concurrent.CompletableFuture;

/** Takes what other nodes send on one kind of the cluster bus. Called on the bus thread: it must never wait. */
@FunctionalInterface
public interface BusHandler {
    /**
     * Takes one message. The bytes belong to the handler.
     *
     * @param from id of the sender, as authenticated by its connection
     * @return the answer to a request; ignored, and may be null, for a message that was only sent. A failed future is the
     *     failed request of the other side, by its message alone.
     */
    CompletableFuture<byte[]> received(String from, byte[] payload);
}
