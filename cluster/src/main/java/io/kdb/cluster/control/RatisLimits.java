package io.kdb.cluster.control;

/** Sizes that the engine's log imposes on the control plane. */
final class RatisLimits {
    /** Largest log entry, and most that one append message carries. */
    static final int MAX_ENTRY_BYTES = 2 << 20;
    /** Largest state that F carries into the next generation: it must fit one entry. */
    static final int MAX_CARRIED_BYTES = MAX_ENTRY_BYTES - (64 << 10);

    private RatisLimits() {}
}
