package io.kdb.server.persist;

import io.kdb.server.store.CollectionValue;
import java.io.IOException;

/**
 * Where a collection that is being read comes to be: a record that nobody sees until it is whole. Owner: the thread that reads.
 *
 * <p>The memory is the segment's, so every change of the value stands between {@link #lock} and {@link #unlock}; what is read
 * from the file is read outside, since that may wait.
 */
public abstract class NewValue {
    /** For whoever reads: a field, an element. */
    final PiecedBytes first = new PiecedBytes();

    /** For whoever reads: a field's value. */
    final PiecedBytes second = new PiecedBytes();

    private final DistinctHashes distinct = new DistinctHashes();
    private CollectionValue made;

    /** Takes the segment's lock, unless this thread has it. */
    protected abstract void lock();

    /** Lets go of it, if {@link #lock} took it. */
    protected abstract void unlock();

    /** Makes the value empty and detached, under the key it is for. */
    protected abstract void create(CollectionValue value);

    /** The value to be filled: a flyweight of the reader's, which it may use again for the next one. */
    final <V extends CollectionValue> V make(V value) {
        lock();
        try {
            create(value);
            made = value;
        } finally {
            unlock();
        }
        return value;
    }

    /** What {@link #make} made last, detached, whole once the reader has returned. */
    public final CollectionValue made() {
        return made;
    }

    /** Drops what was made, unless it has got its key. */
    public final void discard() {
        if (made != null) {
            lock();
            try {
                made.discard();
            } finally {
                unlock();
            }
            made = null;
        }
    }

    /** Hashes to be compared with each other, none yet. */
    final DistinctHashes distinct() {
        distinct.clear();
        return distinct;
    }

    /** The bytes, which were read, in one array: the first {@link PiecedBytes#length} of it. */
    static byte[] array(PiecedBytes bytes) {
        return bytes.isContiguous() ? bytes.piece(0) : bytes.toByteArray();
    }

    /** The number of elements that the file announces; it is believed as far as elements come. */
    static long count(RdbInput in) throws IOException {
        long count = in.readLength();
        if (count == 0) {
            throw new EmptyValueException(in.offset());
        }
        return count;
    }
}
