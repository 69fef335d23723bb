package io.kdb.server.store;

/** Whoever keeps the address of a record that a {@link CollectionValue} changes. Owner: as the value's. */
public interface RecordHolder {
    /** The record lies here now. */
    void recordMoved(long ref);
}
