package io.kdb.cluster.control;

/**
 * The time limits of the control plane, all derived from the node timeout. Immutable.
 *
 * @param nodeTimeoutMs silence after which a node counts as failed
 */
record Timing(long nodeTimeoutMs) {
    static final long TICK_MS = 100;
    static final long HELLO_MS = 200;
    static final long ADD_LIMIT_MS = 1500;
    static final long ASK_MS = 25;
    static final long PING_LIMIT_MS = 500;
    static final long CARRY_REPEAT_MS = 100;
    static final long BACK_OFF_MS = 2000;
    static final long RESEND_MS = 400;
    static final long FOLLOWER_FORGOTTEN_MS = 2000;
    /** How long a wish of the planner must stay the same before it is acted on. */
    static final long PLAN_STABLE_MS = 400;
    /** A voter silent for that many node timeouts is replaced. */
    static final int REPLACE_AFTER_TIMEOUTS = 2;

    /** Lower bound of Raft's election timeout. */
    long electionMinMs() {
        return Math.max(100, nodeTimeoutMs * 15 / 100);
    }

    /** Upper bound of Raft's election timeout. */
    long electionMaxMs() {
        return Math.max(200, nodeTimeoutMs * 30 / 100);
    }

    /** How long a new group may take until it has a leader and every voter has stored something. */
    long fullLimitMs() {
        return Math.max(6000, electionMaxMs() * 4);
    }

    /** After that long without a hello, a node is not asked to vote. */
    static long freshMs() {
        return 3 * HELLO_MS;
    }

    /** How long one try of a forwarded operation may take before another node is tried under the same number. */
    long tryMs() {
        return Math.max(500, Math.min(electionMaxMs(), 1000));
    }

    long replaceAfterMs() {
        return REPLACE_AFTER_TIMEOUTS * nodeTimeoutMs;
    }
}
