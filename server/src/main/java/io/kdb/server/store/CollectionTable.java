package io.kdb.server.store;

import java.util.Arrays;

/** Records whose value is a collection: growing them in place, and turning them into trees. Owner: the segment's lock. */
abstract class CollectionTable extends PreservingTable {
    /** A packed value keeps so much unused room, as a power of two of its length, when it grows. */
    private static final int ROOM_SHIFT = 3;

    CollectionTable(Segment segment, int index, int db) {
        super(segment, index, db);
    }

    /** A block with its header written and its slack noted; not in the table yet. */
    final int newRecord(long flags, int bytes, long hash) {
        int address = blocks.allocate(BlockAllocator.granules(bytes));
        if (address == 0) {
            throw new StoreFull();
        }
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at)
                | flags
                | (long) unpassed(hash) << Layout.MARK_SHIFT
                | (long) segment.keyspace.clock().initial() << Layout.LRU_SHIFT;
        setHeader(address, Layout.withSlack(header, page, at, Layout.blockBytes(header) - bytes));
        return address;
    }

    /** The record, or its copy where a running snapshot has still to pass it: its bytes may be changed. */
    final long own(long ref, long hash) {
        assertHeld();
        return segment.snapshots == 0 ? ref : ref(own((int) ref, hash));
    }

    /**
     * Gives a contiguous value another length, growth undefined, and makes it the caller's to write to.
     *
     * @param linked whether the record is in the table
     */
    final long stretch(long ref, long hash, int newLength, boolean linked) {
        int address = linked ? (int) own(ref, hash) : (int) ref;
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        int bytes = valueStart(header, page, at) + newLength;
        int have = Layout.blockBytes(header);
        if (bytes > have) {
            int room = Math.min(BlockAllocator.MAX_BYTES, bytes + (newLength >> ROOM_SHIFT));
            if (room < bytes) {
                throw new StoreFull();
            }
            int granules = BlockAllocator.granules(room);
            if (!blocks.extend(address, granules)) {
                return ref(enlarge(address, hash, granules, bytes, linked));
            }
        } else if (have - bytes >= 64 && have - bytes > bytes >> 1) {
            blocks.trim(address, BlockAllocator.granules(bytes + (newLength >> ROOM_SHIFT)));
        }
        header = Bytes.getLong(page, at);
        setHeader(address, Layout.withSlack(header, page, at, Layout.blockBytes(header) - bytes));
        return ref(address);
    }

    private int enlarge(int address, long hash, int granules, int bytes, boolean linked) {
        int larger = cloneRecord(address, hash, granules);
        if (larger == 0) {
            throw new StoreFull();
        }
        long header = header(larger);
        if (linked) {
            replace(address, hash, larger, (header & Layout.EXPIRY) != 0);
        }
        blocks.free(address);
        byte[] page = blocks.page(larger);
        int at = blocks.offset(larger);
        setHeader(larger, Layout.withSlack(header, page, at, Layout.blockBytes(header) - bytes));
        return larger;
    }

    /** Puts a descriptor of this length, all zeros, in the packed value's place; key, expiry and access bits stay. */
    final long toTree(long ref, long hash, int descriptorBytes, boolean linked) {
        assertHeld();
        int address = (int) ref;
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        int start = valueStart(header, page, at);
        long flags = (header & ~(BlockAllocator.OWN_BITS | Layout.SLACK | Layout.MARKS | Layout.LRU)) | Layout.TREE;
        int tree = newRecord(flags, start + descriptorBytes, hash);
        byte[] treePage = blocks.page(tree);
        int treeAt = blocks.offset(tree);
        System.arraycopy(page, at + 8, treePage, treeAt + 8, start - 8);
        if ((header & Layout.CHAINED_KEY) != 0
                && !chains.share(
                        page, at + start - Chains.HANDLE_BYTES, treePage, treeAt + start - Chains.HANDLE_BYTES)) {
            blocks.free(tree);
            throw new StoreFull();
        }
        Arrays.fill(treePage, treeAt + start, treeAt + start + descriptorBytes, (byte) 0);
        setLru(ref(tree), lru(ref));
        if (linked) {
            exchange(address, tree, hash);
        } else {
            freeRecord(address);
        }
        return ref(tree);
    }
}
