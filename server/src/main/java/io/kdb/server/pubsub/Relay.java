package io.kdb.server.pubsub;

/** Takes a message to the other nodes of a cluster. Thread-safe; what one thread hands in arrives in its order. */
@FunctionalInterface
public interface Relay {
    /** {@code shard}: to the nodes of this node's shard only, else to all. Best effort: a node that is away misses it. */
    void publish(boolean shard, byte[] channel, byte[] payload);
}
