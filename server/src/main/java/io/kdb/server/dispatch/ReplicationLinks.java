package io.kdb.server.dispatch;

/** What the gates ask of the replication. Thread-safe. */
public interface ReplicationLinks {
    /** {@code min-replicas-to-write} replicas lag no more than {@code min-replicas-max-lag}. */
    boolean hasEnoughReplicas();

    /** As a replica: connected to the primary and in sync with its stream. */
    boolean isLinkUp();
}
