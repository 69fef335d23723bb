package io.kdb.server.dispatch;

import io.kdb.resp.ReplyWriter;

/** What the gates and the commands ask of the replication. Thread-safe. */
public interface ReplicationLinks {
    /** {@code min-replicas-to-write} replicas lag no more than {@code min-replicas-max-lag}. */
    boolean hasEnoughReplicas();

    /** As a replica: connected to the primary and in sync with its stream. */
    boolean isLinkUp();

    /** Whether a replica has not yet confirmed everything that is in the log. */
    boolean hasLaggingReplicas();

    /** Whether every replica understands fields that expire. */
    boolean allKnowFieldExpiry();

    /** INFO's sync_full: full syncs that replicas asked for. */
    long fullSyncs();

    /** INFO's sync_partial_ok. */
    long partialSyncs();

    /** INFO's sync_partial_err. */
    long refusedPartialSyncs();

    /** Counts syncs from 0 again. */
    void resetSyncCounts();

    /** Appends INFO's replication fields, a line each, CRLF at each end. */
    void info(StringBuilder out);

    /** Writes the reply of ROLE. */
    void role(ReplyWriter reply);
}
