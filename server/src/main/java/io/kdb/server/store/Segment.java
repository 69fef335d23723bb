package io.kdb.server.store;

import java.util.ArrayList;
import java.util.List;

/**
 * A share of the keyspace: one lock (this object), one allocator, its tables. Owner: its own lock; several are locked in the
 * order of their index.
 */
public final class Segment extends SegmentLock {
    final Keyspace keyspace;
    final BlockAllocator blocks;
    final Chains chains;
    final Trees trees;
    final FieldTtls fieldTtls = new FieldTtls();
    /** The snapshots that may have to keep something of this segment, as bits. */
    int snapshots;

    private final int index;
    private final KeyTable[] tables;
    private final List<KeyTable> dying = new ArrayList<>();
    private final SetAside[] setAsides = new SetAside[Snapshot.MAX];
    private final AddressList dismantled = new AddressList();
    private final AddressList late = new AddressList();
    private long random;
    private long awaitsFreeing;

    Segment(Keyspace keyspace, int index, int tableCount, long seed) {
        this.keyspace = keyspace;
        this.index = index;
        blocks = new BlockAllocator(keyspace.pool(), keyspace.usedMemoryTotal());
        chains = new Chains(blocks);
        trees = new Trees(this);
        tables = new KeyTable[tableCount];
        random = seed * 0x9E3779B97F4A7C15L + index | 1;
    }

    public int index() {
        return index;
    }

    /** Pseudo-random bits, for sampling. */
    int random() {
        assert isHeld() : "segment: not locked by this thread";
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (int) (random >>> 32);
    }

    /** The n-th table of this segment: made when first asked for. */
    KeyTable table(int n) {
        assert isHeld() : "segment: not locked by this thread";
        KeyTable table = tables[n];
        if (table == null) {
            table = new KeyTable(this, keyspace.tableIndex(index, n), keyspace.physicalDbOf(n));
            tables[n] = table;
        }
        return table;
    }

    /** The n-th table or null. */
    KeyTable tableIfMade(int n) {
        return tables[n];
    }

    int tableCount() {
        return tables.length;
    }

    void countKeys(PreservingTable table, int keys, int expiring) {
        keyspace.count(table.physicalDb(), index, keys, expiring);
    }

    /** Keeps a record that left its table for the snapshots that still need it. */
    void setAside(int address, int need, PreservingTable table) {
        long bytes = table.heldBytes(RecordTable.ref(address));
        for (int k = 0; k < Snapshot.MAX; k++) {
            if ((need & (1 << k)) != 0) {
                if (setAsides[k] == null) {
                    setAsides[k] = new SetAside();
                }
                setAsides[k].addresses.add(address);
                setAsides[k].tables.add(table.index());
                keyspace.snapshot(k).setAside(bytes);
            }
        }
    }

    /** What was set aside here for the snapshot of this index, or null. */
    SetAside setAside(int k) {
        return setAsides[k];
    }

    /** Takes the n-th table out of the keyspace; its memory is freed later, in slices. */
    void detach(int n) {
        assert isHeld() : "segment: not locked by this thread";
        KeyTable table = tables[n];
        if (table != null && table.size() > 0) {
            countKeys(table, -table.size(), -table.expiring());
            table.died();
            dying.add(table);
            fieldTtls.forget(table);
            tables[n] = null;
        }
    }

    /** Gives every block back at once, if nothing here is needed any more; else detaches all tables. */
    void clear() {
        assert isHeld() : "segment: not locked by this thread";
        for (int n = 0; n < tables.length; n++) {
            detach(n);
        }
        if (snapshots == 0) {
            dying.clear();
            late.clear();
            trees.forgetLate();
            freed(awaitsFreeing);
            fieldTtls.clear();
            for (int n = 0; n < tables.length; n++) {
                tables[n] = null;
            }
            blocks.reset();
        }
    }

    /** Frees a chain: a long one later, in slices, if there is memory for a note of it. */
    void free(byte[] page, int at) {
        if (Chains.pieces(page, at) > Chains.PIECES_PER_SLICE) {
            int block = blocks.allocate(BlockAllocator.granules(8L + Chains.HANDLE_BYTES));
            if (block != 0) {
                System.arraycopy(page, at, blocks.page(block), blocks.offset(block) + 8, Chains.HANDLE_BYTES);
                late.add(block);
                awaitsFreeing(Chains.length(page, at));
                return;
            }
        }
        chains.free(page, at);
    }

    /** Notes that so many bytes nobody owns any more will be free soon. */
    void awaitsFreeing(long bytes) {
        awaitsFreeing += bytes;
        keyspace.awaitsFreeing(bytes);
    }

    /** Notes that bytes were freed; an estimate, since it was not known what of them was shared. */
    private void freed(long bytes) {
        long part = late.size == 0 && !trees.hasLate() ? awaitsFreeing : Math.min(bytes, awaitsFreeing);
        if (part != 0) {
            awaitsFreeing(-part);
        }
    }

    List<KeyTable> dying() {
        return dying;
    }

    /**
     * Frees long values that were deleted, and records of detached tables, until the deadline; true when there are more that could be freed now. A table waits
     * for the snapshots that have still to pass it.
     */
    boolean freeSome(long deadlineNanos) {
        assert isHeld() : "segment: not locked by this thread";
        if (late.size == 0 && !trees.hasLate() && dying.isEmpty()) {
            freed(0); // what little there was went with another tree
            return false;
        }
        long before = blocks.usedBytes();
        boolean more = freeUntil(deadlineNanos);
        freed(before - blocks.usedBytes());
        return more;
    }

    private boolean freeUntil(long deadlineNanos) {
        while (late.size > 0) {
            int block = late.items[late.size - 1];
            if (chains.freeSome(blocks.page(block), blocks.offset(block) + 8)) {
                blocks.free(block);
                late.size--;
            }
            if (System.nanoTime() >= deadlineNanos) {
                return true;
            }
        }
        if (trees.freeSome(deadlineNanos)) {
            return true;
        }
        for (int i = dying.size() - 1; i >= 0; i--) {
            KeyTable table = dying.get(i);
            if (isAwaited(table)) {
                continue;
            }
            do {
                dismantled.clear();
                if (!table.dismantleBucket(dismantled)) {
                    dying.remove(i);
                    break;
                }
                for (int j = 0; j < dismantled.size; j++) {
                    table.freeRecord(dismantled.items[j]);
                }
            } while (System.nanoTime() < deadlineNanos && !trees.freeSome(deadlineNanos));
            if (System.nanoTime() >= deadlineNanos) {
                return !dying.isEmpty() || trees.hasLate();
            }
        }
        return false;
    }

    private boolean isAwaited(KeyTable table) {
        for (int k = 0; k < Snapshot.MAX; k++) {
            Snapshot snapshot = (snapshots & (1 << k)) == 0 ? null : keyspace.snapshot(k);
            if (snapshot != null && snapshot.preserves(table) && table.snapshotPosition(snapshot) != BucketTable.END) {
                return true;
            }
        }
        return false;
    }

    /** Records set aside for one snapshot: their addresses and their tables' indexes. */
    static final class SetAside {
        final AddressList addresses = new AddressList();
        final AddressList tables = new AddressList();
    }
}
