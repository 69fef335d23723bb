package io.kdb.server.store;

/** Is shown the records of a snapshot, each exactly once, in no promised order. */
@FunctionalInterface
public interface SnapshotVisitor {
    /**
     * The view is good during the call only, which may hold a segment's lock: copy or encode into memory, no I/O.
     */
    void record(RecordView record);

    /**
     * A record whose value is read without the lock ({@link RecordView#isPinned}). A visitor that does not want all of it at
     * once answers false, and the next {@link Snapshot#step} shows it again.
     */
    default boolean pinned(RecordView record) {
        record(record);
        return true;
    }
}
