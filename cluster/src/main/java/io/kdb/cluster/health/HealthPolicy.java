package io.kdb.cluster.health;

/**
 * The times of failure detection, all derived from the node timeout. Immutable.
 *
 * @param nodeTimeoutMs cluster-node-timeout
 * @param validityFactor cluster-replica-validity-factor: how many node timeouts a replica's data may be old, 0 for any age
 * @param replPingPeriodMs repl-ping-replica-period
 */
public record HealthPolicy(long nodeTimeoutMs, int validityFactor, long replPingPeriodMs) {
    private static final long SHORTEST_MS = 5;
    private static final long LONGEST_HEARTBEAT_MS = 200;

    public HealthPolicy {
        if (nodeTimeoutMs < 1) {
            throw new IllegalArgumentException("nodeTimeoutMs: " + nodeTimeoutMs + " (expected: at least 1)");
        }
    }

    /** How often a node reports itself, and how often the table and the controller tick. */
    public long heartbeatMs() {
        return Math.max(SHORTEST_MS, Math.min(LONGEST_HEARTBEAT_MS, nodeTimeoutMs / 10));
    }

    /** How long a lease runs, by its holder's clock, from when the request was sent. */
    public long leaseMs() {
        return nodeTimeoutMs / 2;
    }

    public long leaseRenewMs() {
        return Math.max(1, nodeTimeoutMs / 8);
    }

    /** How long the granter takes a lease to run: both clocks may be 1 % off, one fast and one slow. */
    public long guardedLeaseMs() {
        return leaseMs() + leaseMs() / 40 + 2;
    }

    /** A node heard within this time counts for a promotion at once; else it is waited for. */
    long freshMs() {
        return Math.max(heartbeatMs() * 2, nodeTimeoutMs / 4);
    }

    /** The oldest data a replica may have to be promoted, by Redis' rule. */
    long oldestDataMs() {
        return validityFactor == 0 ? Long.MAX_VALUE : replPingPeriodMs + nodeTimeoutMs * validityFactor + nodeTimeoutMs;
    }
}
