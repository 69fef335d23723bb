package io.kdb.server.store;

/**
 * Where a table stands in its segment, and how its records are kept for the snapshots that have still to pass them. Owner: the
 * segment's lock.
 */
abstract class PreservingTable extends RecordTable {
    final Segment segment;
    int expiring;

    private final int index;
    private final int db;
    private final long born;
    private long diedAt = Long.MAX_VALUE;
    private long[] snapshotPosition;
    private long[] snapshotId;

    PreservingTable(Segment segment, int index, int db) {
        super(segment.blocks, segment.chains);
        this.segment = segment;
        this.index = index;
        this.db = db;
        born = segment.keyspace.generation();
    }

    public final Segment segment() {
        return segment;
    }

    /** The slot in cluster mode, else the segment's number and the physical database's. */
    final int index() {
        return index;
    }

    final int physicalDb() {
        return db;
    }

    /** The database's number now; 0 in cluster mode. */
    public final int db() {
        return segment.keyspace.logical(db);
    }

    /** The slot, or -1 outside cluster mode. */
    public final int slot() {
        return segment.keyspace.isCluster() ? index : -1;
    }

    /** Keys with an expiry. */
    public final int expiring() {
        return expiring;
    }

    final void assertHeld() {
        assert segment.isHeld() : "segment: not locked by this thread";
    }

    final boolean writeKey(byte[] page, int at, long flags, byte[] key, int offset, int length) {
        int start = at + Layout.keyStart(flags);
        if ((flags & Layout.CHAINED_KEY) != 0) {
            return chains.create(page, start, length) && chains.write(page, start, 0, key, offset, length);
        }
        if ((flags & Layout.LONG_KEY) != 0) {
            Bytes.putInt(page, start - 4, length);
        }
        System.arraycopy(key, offset, page, start, length);
        return true;
    }

    final void freeKey(byte[] page, int at, long header) {
        if ((header & Layout.CHAINED_KEY) != 0) {
            chains.free(page, at + Layout.keyStart(header));
        }
    }

    /** Puts a new record in an old one's place and disposes of that. */
    final void exchange(int old, int address, long hash) {
        boolean expires = (header(address) & Layout.EXPIRY) != 0;
        boolean expired = (header(old) & Layout.EXPIRY) != 0;
        replace(old, hash, address, expires);
        if (expires != expired) {
            expiring += expires ? 1 : -1;
            segment.countKeys(this, 0, expires ? 1 : -1);
        }
        dispose(old, hash);
    }

    final void dispose(int address, long hash) {
        int need = unpassed(hash) & ~marks(header(address));
        if (need == 0) {
            freeRecord(address);
        } else {
            setHeader(address, (header(address) & ~Layout.MARKS) | ((long) need << Layout.MARK_SHIFT));
            segment.setAside(address, need, this);
        }
    }

    final void freeRecord(int address) {
        long header = header(address);
        if ((header & (Layout.CHAINED | Layout.CHAINED_KEY | Layout.TREE)) != 0) {
            byte[] page = blocks.page(address);
            int at = blocks.offset(address);
            if ((header & Layout.TREE) != 0) {
                TreeDescriptor.dispose(segment.trees, page, at + valueStart(header, page, at));
            } else if ((header & Layout.CHAINED) != 0) {
                segment.free(page, at + valueStart(header, page, at));
            }
            freeKey(page, at, header);
        }
        blocks.free(address);
    }

    static int marks(long header) {
        return (int) (header >>> Layout.MARK_SHIFT) & 15;
    }

    /** The record itself, or a copy in its place while a snapshot has still to pass the original. */
    final int own(int address, long hash) {
        if (segment.snapshots == 0 || (unpassed(hash) & ~marks(header(address))) == 0) {
            return address;
        }
        long header = header(address);
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        int size = (int) header & BlockAllocator.SIZE_MASK;
        int copy = cloneRecord(address, hash, size);
        if (copy == 0) {
            throw new StoreFull();
        }
        byte[] copyPage = blocks.page(copy);
        int copyAt = blocks.offset(copy);
        if ((header & Layout.CHAINED_KEY) != 0) {
            int start = Layout.keyStart(header);
            if (!chains.share(page, at + start, copyPage, copyAt + start)) {
                blocks.free(copy);
                throw new StoreFull();
            }
        }
        if ((header & Layout.CHAINED) != 0) {
            int start = valueStart(header, page, at);
            if (!chains.share(page, at + start, copyPage, copyAt + start)) {
                freeKey(copyPage, copyAt, header);
                blocks.free(copy);
                throw new StoreFull();
            }
        }
        if ((header & Layout.TREE) != 0) {
            TreeDescriptor.retain(segment.trees, page, at + valueStart(header, page, at));
        }
        exchange(address, copy, hash);
        return copy;
    }

    /** A larger or equal block with the same bytes, handles included; 0 when memory is short. Slack is noted anew. */
    final int cloneRecord(int address, long hash, int granules) {
        int copy = blocks.allocate(granules);
        if (copy == 0) {
            return 0;
        }
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        int used = Layout.blockBytes(header) - Layout.slack(header, page, at);
        byte[] copyPage = blocks.page(copy);
        int copyAt = blocks.offset(copy);
        long own = Bytes.getLong(copyPage, copyAt) & BlockAllocator.OWN_BITS;
        System.arraycopy(page, at + 8, copyPage, copyAt + 8, used - 8);
        long now = own | (header & ~BlockAllocator.OWN_BITS) | ((long) unpassed(hash) << Layout.MARK_SHIFT);
        setHeader(copy, Layout.withSlack(now, copyPage, copyAt, Layout.blockBytes(now) - used));
        return copy;
    }

    /** The snapshots, as bits, that have still to pass this hash. */
    final int unpassed(long hash) {
        int active = segment.snapshots;
        if (active == 0) {
            return 0;
        }
        int bits = 0;
        long position = position(hash);
        for (int k = 0; k < Snapshot.MAX; k++) {
            Snapshot snapshot = (active & (1 << k)) == 0 ? null : segment.keyspace.snapshot(k);
            if (snapshot != null && snapshot.preserves(this) && position >= snapshotPosition(snapshot)) {
                bits |= 1 << k;
            }
        }
        return bits;
    }

    /** How far a snapshot has come in this table; END for one that does not contain it. */
    final long snapshotPosition(Snapshot snapshot) {
        if (born >= snapshot.id() || diedAt < snapshot.id()) {
            return END;
        }
        if (snapshotPosition == null) {
            snapshotPosition = new long[Snapshot.MAX];
            snapshotId = new long[Snapshot.MAX];
        }
        int k = snapshot.index();
        if (snapshotId[k] != snapshot.id()) {
            snapshotId[k] = snapshot.id();
            snapshotPosition[k] = 0;
        }
        return snapshotPosition[k];
    }

    final void setSnapshotPosition(Snapshot snapshot, long position) {
        if (snapshotPosition(snapshot) != END) {
            snapshotPosition[snapshot.index()] = position;
        }
    }

    /** The table was flushed: snapshots from now on do not contain it. */
    final void died() {
        diedAt = segment.keyspace.generation();
    }

    final void expiryChanged(int address, long hash, boolean expires) {
        replace(address, hash, address, expires);
        expiring += expires ? 1 : -1;
        segment.countKeys(this, 0, expires ? 1 : -1);
    }
}
