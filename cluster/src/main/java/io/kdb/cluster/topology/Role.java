package io.kdb.cluster.topology;

/** What a node is in its shard. Redis prints {@code master} and {@code slave} where its replies are frozen. */
public enum Role {
    PRIMARY,
    REPLICA
}
