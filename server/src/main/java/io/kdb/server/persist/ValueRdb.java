package io.kdb.server.persist;

import io.kdb.server.store.RecordView;
import java.io.IOException;

/**
 * How collections of one type lie in RDB files and DUMP payloads: written as Redis 7.0 writes them, read in every form that it
 * reads. Owner: the thread that reads or writes; each keeps its own, since they keep flyweights.
 */
abstract class ValueRdb {
    /** The number that says in which form {@link #write} writes this record: one of {@link RdbFormat}'s TYPE. */
    abstract int form(RecordView record);

    /** Writes the value. The record may be a pinned one, of any size, and the output may wait. */
    abstract void write(RecordView record, RdbOutput out) throws IOException;

    /**
     * Reads a value in this form, one of those that {@link ValueRdbs} knows to be this type's, into {@code target}.
     *
     * @throws RdbException when the bytes are not what the form says; {@link EmptyValueException} when it has no elements
     */
    abstract void read(int form, RdbInput in, NewValue target) throws IOException;
}
