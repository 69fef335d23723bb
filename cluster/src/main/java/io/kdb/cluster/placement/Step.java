package io.kdb.cluster.placement;

import io.kdb.cluster.topology.ClusterRecord;

/** What the reconciler wants done next. Immutable. */
public sealed interface Step {
    /** Submit this record. */
    record Propose(ClusterRecord record) implements Step {}

    /** Have the replica take over from its live primary, as CLUSTER FAILOVER sent to the replica does. */
    record HandOver(String primary, String replica) implements Step {}
}
