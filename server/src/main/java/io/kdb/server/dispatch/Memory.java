package io.kdb.server.dispatch;

/** The memory gate: maxmemory and the heap's own end. Thread-safe. */
public interface Memory {
    /** Cheap: whether {@link #makeRoom} could have anything to do or to refuse. */
    boolean isLimited();

    /** Evicts until below the limit; false when that is not possible: commands that need memory are refused. */
    boolean makeRoom();
}
