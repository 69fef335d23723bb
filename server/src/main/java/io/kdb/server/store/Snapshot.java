package io.kdb.server.store;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The keyspace, or some slots of it, at one point in time, read while it changes. Owner: the snapshot's thread; writers meet
 * it under their segment's lock.
 *
 * <p>The thread goes table by table and, in a table, by {@link BucketTable#position}, the order of SCAN's cursor: growing
 * and shrinking never move an entry from before the position to behind it. Whoever changes a record that is not yet passed
 * puts a new one in its place and sets the old one aside; the new one carries this snapshot's mark, which says "not of the
 * snapshot" until the thread passes it and takes the mark off. So every snapshot leaves the records without its mark, and
 * its number can be used again; {@link #close} before the end goes on to the end for that reason alone.
 */
public final class Snapshot implements AutoCloseable {
    /** How many can run at once: a record has a mark bit for each. */
    public static final int MAX = 4;

    /** How long a lock is held at a time. */
    static final long SLICE_NANOS = 200_000;

    /** Values above it are read without the lock, their pieces held by a second owner. */
    private static final int PINNED_ABOVE = 64 << 10;

    private final Keyspace keyspace;
    private final int index;
    private final long id;
    private final BitSet slots;
    private final int[] logicalDbs;
    private final long limit;
    private final AtomicLong setAsideBytes = new AtomicLong();
    private final AddressList group = new AddressList();
    private final RecordView view = new RecordView();
    /** Records to be shown without the lock; the visitor may have seen part of the last one. */
    private final List<RecordView> pinned = new ArrayList<>();

    private volatile boolean closing;
    private int table;
    private int drained;
    private boolean ended;

    Snapshot(Keyspace keyspace, int index, long id, BitSet slots, int[] logicalDbs) {
        this.keyspace = keyspace;
        this.index = index;
        this.id = id;
        this.slots = slots == null ? null : (BitSet) slots.clone();
        this.logicalDbs = logicalDbs;
        limit = keyspace.options().setAsideLimitBytes();
    }

    int index() {
        return index;
    }

    long id() {
        return id;
    }

    /** True when the records of this table have to be kept as they were. */
    boolean preserves(PreservingTable keys) {
        return !closing && covers(keys.index());
    }

    private boolean covers(int tableIndex) {
        return slots == null || slots.get(tableIndex);
    }

    void setAside(long bytes) {
        long now = setAsideBytes.addAndGet(bytes);
        if (now > limit && now - bytes <= limit) {
            keyspace.updateWritersMustWait();
        }
    }

    private void takenBack(long bytes) {
        long now = setAsideBytes.addAndGet(-bytes);
        if (now <= limit && now + bytes > limit) {
            keyspace.updateWritersMustWait();
        }
    }

    boolean isOverLimit() {
        return !closing && setAsideBytes.get() > limit;
    }

    /** Bytes that writers have set aside and this snapshot has not yet read. */
    public long setAsideBytes() {
        return setAsideBytes.get();
    }

    /** Reads on for a slice of time; false once every record has been shown. */
    public boolean step(SnapshotVisitor visitor) {
        long deadline = System.nanoTime() + SLICE_NANOS;
        if (!showPinned(visitor)) {
            return true;
        }
        if (setAsideBytes.get() > limit / 2) {
            for (int i = 0; i < keyspace.segmentCount() && isTimeLeft(deadline); i++) {
                drain(keyspace.segment(drained++ & (keyspace.segmentCount() - 1)), visitor, deadline);
            }
        }
        if (!pinned.isEmpty()) {
            return true;
        }
        while (table < keyspace.tableCount()) {
            if (!covers(table) || readTable(visitor, deadline)) {
                table++;
            }
            if (!isTimeLeft(deadline)) {
                return true;
            }
        }
        return drainAll(visitor, deadline);
    }

    private boolean isTimeLeft(long deadline) {
        return pinned.isEmpty() && System.nanoTime() < deadline;
    }

    private boolean drainAll(SnapshotVisitor visitor, long deadline) {
        for (int i = 0; i < keyspace.segmentCount(); i++) {
            if (!drain(keyspace.segment(i), visitor, deadline) || !pinned.isEmpty()) {
                return true;
            }
        }
        if (!ended) {
            ended = true;
            keyspace.endSnapshot(index);
        }
        return false;
    }

    /** Reads the current table; false when the time is up first. */
    private boolean readTable(SnapshotVisitor visitor, long deadline) {
        Segment segment = keyspace.segmentOfTable(table);
        boolean unlock = segment.enter();
        try {
            KeyTable live = segment.tableIfMade(keyspace.placeOfTable(table));
            if (live != null && !readKeys(live, visitor, deadline)) {
                return false;
            }
            for (KeyTable dead : segment.dying()) {
                if (dead.index() == table && !readKeys(dead, visitor, deadline)) {
                    return false;
                }
            }
            return true;
        } finally {
            leave(segment, unlock, visitor);
        }
    }

    private boolean readKeys(KeyTable keys, SnapshotVisitor visitor, long deadline) {
        long position = keys.snapshotPosition(this);
        while (position != BucketTable.END) {
            group.clear();
            long next = keys.positionGroup(position, group);
            for (int i = 0; i < group.size; i++) {
                pass(keys, group.items[i], position, visitor);
            }
            position = next;
            keys.setSnapshotPosition(this, position);
            if (System.nanoTime() >= deadline) {
                return position == BucketTable.END;
            }
        }
        return true;
    }

    private void pass(KeyTable keys, int address, long position, SnapshotVisitor visitor) {
        long header = keys.header(address);
        long mark = 1L << (Layout.MARK_SHIFT + index);
        if ((header & mark) != 0) {
            keys.setHeader(address, header & ~mark);
        } else if (!closing && BucketTable.position(keys.hashOf(address)) >= position) {
            show(keys, address, table, visitor);
        }
    }

    private void show(PreservingTable reader, int address, int tableIndex, SnapshotVisitor visitor) {
        boolean cluster = keyspace.isCluster();
        int place = keyspace.placeOfTable(tableIndex);
        int db = cluster ? 0 : logicalDbs[place];
        int slot = cluster ? tableIndex : -1;
        long ref = RecordTable.ref(address);
        if (reader.isTree(ref) || reader.valueLength(ref) > PINNED_ABOVE) {
            RecordView large = new RecordView();
            large.set(reader, address, db, slot);
            if (large.pin()) {
                pinned.add(large);
                return;
            }
        }
        view.set(reader, address, db, slot);
        visitor.record(view);
    }

    /** Lets go of the segment, and shows the large values that were pinned in it. */
    private void leave(Segment segment, boolean unlock, SnapshotVisitor visitor) {
        if (unlock) {
            segment.unlock();
        }
        showPinned(visitor);
    }

    /** Shows what is pinned, and unpins it; false when the visitor wants to go on another time. */
    private boolean showPinned(SnapshotVisitor visitor) {
        while (!pinned.isEmpty()) {
            RecordView large = pinned.get(pinned.size() - 1);
            boolean isSeen = true;
            try {
                isSeen = closing || visitor.pinned(large);
            } finally {
                if (isSeen) {
                    pinned.remove(pinned.size() - 1);
                    large.unpin();
                }
            }
            if (!isSeen) {
                return false;
            }
        }
        return true;
    }

    /** Shows and lets go of what was set aside in a segment; false when the time is up first. */
    private boolean drain(Segment segment, SnapshotVisitor visitor, long deadline) {
        boolean unlock = segment.enter();
        try {
            Segment.SetAside aside = segment.setAside(index);
            if (aside == null) {
                return true;
            }
            while (aside.addresses.size > 0) {
                int address = aside.addresses.items[--aside.addresses.size];
                int tableIndex = aside.tables.items[--aside.tables.size];
                KeyTable reader = segment.table(keyspace.placeOfTable(tableIndex));
                takenBack(reader.heldBytes(RecordTable.ref(address)));
                if (!closing) {
                    show(reader, address, tableIndex, visitor);
                }
                long header = reader.header(address) & ~(1L << (Layout.MARK_SHIFT + index));
                reader.setHeader(address, header);
                if (KeyTable.marks(header) == 0) {
                    reader.freeRecord(address);
                }
                if (System.nanoTime() >= deadline) {
                    return aside.addresses.size == 0;
                }
            }
            return true;
        } finally {
            leave(segment, unlock, visitor);
        }
    }

    /** Ends the snapshot; before its end, lets go of what was set aside and takes the marks off. Idempotent. */
    @Override
    public void close() {
        closing = true;
        keyspace.updateWritersMustWait();
        while (step(record -> {})) {
            Thread.onSpinWait();
        }
    }
}
