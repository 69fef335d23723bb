package io.kdb.server.store;

/**
 * A hash table of addresses by linear hashing. Owner: the segment's lock.
 *
 * <p>A tag is the hash's bits 7 to
 * 21 under the highest bit, which says "has an expiry"; address 0 is an empty place, and a chain has no holes before its
 * last entry. The table grows by one bucket an insert when fuller than {@link #GROW_AT} and gives one back a removal when
 * emptier than {@link #SHRINK_AT}: splitting or merging one chain is all that an operation ever pays. An entry is always
 * in its home bucket's chain, so the cursor of SCAN, which counts the home bucket's bits from the highest down, misses
 * nothing that stays. Where a tag holds the bit that decides a split, no record is read.
 */
abstract class BucketTable extends Buckets {
    static final int EXPIRY_TAG = 0x8000;
    private static final int TAG_BITS = 15;
    private static final int TAG_MASK = (1 << TAG_BITS) - 1;
    /** Entries per bucket, in halves: above it the table grows. */
    private static final int GROW_AT = 13;
    /** Entries per bucket, in halves: below it the table shrinks. */
    private static final int SHRINK_AT = 5;

    /** The position behind every hash. */
    static final long END = 1L << 32;

    BucketTable(BlockAllocator blocks) {
        super(blocks);
    }

    /** The hash of an entry's key, read from its record. */
    abstract long hashOf(int address);

    abstract boolean keyEquals(int address, byte[] key, int offset, int length);

    public final int size() {
        return count;
    }

    static int tag(long hash) {
        return (int) (hash >>> TAG_FROM_BIT) & TAG_MASK;
    }

    /** The address whose record has this key, or 0. */
    final int lookup(byte[] key, int offset, int length, long hash) {
        if (count == 0) {
            return 0;
        }
        int bucket = bucketAddress(home(hash));
        int tag = tag(hash);
        do {
            byte[] page = blocks.page(bucket);
            int at = blocks.offset(bucket);
            for (long equal = equalTags(page, at, tag); equal != 0; equal &= equal - 1) {
                int address = Bytes.getInt(page, at + ADDRESSES_AT + 4 * place(equal));
                if (address != 0 && keyEquals(address, key, offset, length)) {
                    return address;
                }
            }
            bucket = Bytes.getInt(page, at);
        } while (bucket != 0);
        return 0;
    }

    /** An address of this hash of which the test is true; 0 when there is none. */
    final int lookup(long hash, java.util.function.IntPredicate test) {
        if (buckets == 0) {
            return 0;
        }
        for (int bucket = bucketAddress(home(hash)); bucket != 0; bucket = link(bucket)) {
            for (int place = 0; place < PLACES && address(bucket, place) != 0; place++) {
                int address = address(bucket, place);
                if ((tagAt(bucket, place) & ~EXPIRY_TAG) == tag(hash)
                        && hashOf(address) == hash
                        && test.test(address)) {
                    return address;
                }
            }
        }
        return 0;
    }

    /** Adds an address that is not in the table; false, with nothing changed, when memory is short. */
    final boolean insert(int address, long hash, boolean expires) {
        if (buckets == 0) {
            if (!addBucketSpace()) {
                return false;
            }
            buckets = 1;
            clearBucket(bucketAddress(0));
        }
        if (!append(bucketAddress(home(hash)), address, tag(hash) | (expires ? EXPIRY_TAG : 0))) {
            return false;
        }
        count++;
        if (2L * count > (long) GROW_AT * buckets) {
            split();
        }
        return true;
    }

    private boolean append(int chain, int address, int tag) {
        int bucket = chain;
        while (true) {
            byte[] page = blocks.page(bucket);
            int at = blocks.offset(bucket);
            int link = Bytes.getInt(page, at);
            if (link == 0) {
                for (int place = 0; place < PLACES; place++) {
                    if (Bytes.getInt(page, at + ADDRESSES_AT + place * 4) == 0) {
                        Bytes.putShort(page, at + TAGS_AT + place * 2, tag);
                        Bytes.putInt(page, at + ADDRESSES_AT + place * 4, address);
                        return true;
                    }
                }
                link = newOverflow();
                if (link == 0) {
                    return false;
                }
                Bytes.putInt(page, at, link);
            }
            bucket = link;
        }
    }

    /** Takes an address out; the chain's last entry fills its place. */
    final void remove(int address, long hash) {
        int bucket = bucketAddress(home(hash));
        int holeBucket = 0;
        int hole = 0;
        int previous = 0;
        while (true) {
            byte[] page = blocks.page(bucket);
            int at = blocks.offset(bucket);
            if (holeBucket == 0) {
                for (int place = 0; place < PLACES; place++) {
                    if (Bytes.getInt(page, at + ADDRESSES_AT + place * 4) == address) {
                        holeBucket = bucket;
                        hole = place;
                        break;
                    }
                }
            }
            int link = Bytes.getInt(page, at);
            if (link == 0) {
                break;
            }
            previous = bucket;
            bucket = link;
        }
        assert holeBucket != 0 : "remove: address not in its home chain";
        byte[] page = blocks.page(bucket);
        int at = blocks.offset(bucket);
        int last = PLACES - 1;
        while (Bytes.getInt(page, at + ADDRESSES_AT + last * 4) == 0) {
            last--;
        }
        byte[] holePage = blocks.page(holeBucket);
        int holeAt = blocks.offset(holeBucket);
        Bytes.putShort(holePage, holeAt + TAGS_AT + hole * 2, Bytes.getShort(page, at + TAGS_AT + last * 2));
        Bytes.putInt(holePage, holeAt + ADDRESSES_AT + hole * 4, Bytes.getInt(page, at + ADDRESSES_AT + last * 4));
        Bytes.putShort(page, at + TAGS_AT + last * 2, 0);
        Bytes.putInt(page, at + ADDRESSES_AT + last * 4, 0);
        if (last == 0 && previous != 0) {
            Bytes.putInt(blocks.page(previous), blocks.offset(previous), 0);
            freeOverflow(bucket);
        }
        count--;
        if (count == 0) {
            freeAll();
        } else if (2L * count < (long) SHRINK_AT * buckets && buckets > 1) {
            merge();
        }
    }

    /** Puts another address, and whether it expires, in an address' place. */
    final void replace(int address, long hash, int by, boolean expires) {
        int bucket = bucketAddress(home(hash));
        while (bucket != 0) {
            byte[] page = blocks.page(bucket);
            int at = blocks.offset(bucket);
            for (int place = 0; place < PLACES; place++) {
                if (Bytes.getInt(page, at + ADDRESSES_AT + place * 4) == address) {
                    Bytes.putInt(page, at + ADDRESSES_AT + place * 4, by);
                    Bytes.putShort(page, at + TAGS_AT + place * 2, tag(hash) | (expires ? EXPIRY_TAG : 0));
                    return;
                }
            }
            bucket = Bytes.getInt(page, at);
        }
        assert false : "replace: address not in its home chain";
    }

    /** Grows by one bucket, which takes its share of its sibling's chain; does nothing when memory is short. */
    private void split() {
        int sibling = buckets & lowMask;
        int bit = Integer.numberOfTrailingZeros(lowMask + 1);
        if (buckets == 2 * (lowMask + 1)) {
            sibling = 0;
            bit++;
        }
        int movers = countMovers(bucketAddress(sibling), bit);
        int spare = spareBuckets(Math.max(0, movers - 1) / PLACES);
        if (spare == NO_SPARE || !addBucketSpace()) {
            freeSpares(spare);
            return;
        }
        int added = buckets++;
        clearBucket(bucketAddress(added));
        if (buckets > 2 * (lowMask + 1)) {
            lowMask = (lowMask << 1) | 1;
        }
        spread(bucketAddress(sibling), bucketAddress(added), bit, spare);
    }

    private int countMovers(int chain, int bit) {
        int movers = 0;
        for (int bucket = chain; bucket != 0; bucket = link(bucket)) {
            for (int place = 0; place < PLACES && address(bucket, place) != 0; place++) {
                movers += hashBit(bit, tagAt(bucket, place), address(bucket, place)) ? 1 : 0;
            }
        }
        return movers;
    }

    private void spread(int from, int to, int bit, int firstSpare) {
        int spare = firstSpare;
        int keepBucket = from;
        int keepPlace = 0;
        int moveBucket = to;
        int movePlace = 0;
        for (int bucket = from; bucket != 0; bucket = link(bucket)) {
            for (int place = 0; place < PLACES; place++) {
                int address = address(bucket, place);
                if (address == 0) {
                    break;
                }
                int tag = tagAt(bucket, place);
                if (hashBit(bit, tag, address)) {
                    if (movePlace == PLACES) {
                        int next = spare;
                        spare = link(spare);
                        setLink(next, 0);
                        setLink(moveBucket, next);
                        moveBucket = next;
                        movePlace = 0;
                    }
                    set(bucket, place, 0, 0);
                    set(moveBucket, movePlace++, tag, address);
                } else {
                    if (keepPlace == PLACES) {
                        keepBucket = link(keepBucket);
                        keepPlace = 0;
                    }
                    set(bucket, place, 0, 0);
                    set(keepBucket, keepPlace++, tag, address);
                }
            }
        }
        freeSpares(link(keepBucket));
        setLink(keepBucket, 0);
    }

    /** Gives the last bucket back to its sibling's chain; does nothing when memory is short. */
    private void merge() {
        int spare = newOverflow();
        if (spare == 0) {
            return;
        }
        int last = buckets - 1;
        int sibling = last & (last > lowMask ? lowMask : lowMask >>> 1);
        int tail = bucketAddress(sibling);
        while (link(tail) != 0) {
            tail = link(tail);
        }
        int place = 0;
        while (place < PLACES && address(tail, place) != 0) {
            place++;
        }
        int source = bucketAddress(last);
        boolean home = true;
        while (source != 0) {
            byte[] copy = blocks.scratch();
            System.arraycopy(blocks.page(source), blocks.offset(source), copy, 0, 64);
            if (!home) { // its entries are in the copy, so it can serve as the tail's next bucket
                setLink(source, spare);
                spare = source;
            }
            for (int i = 0; i < PLACES && Bytes.getInt(copy, ADDRESSES_AT + i * 4) != 0; i++) {
                if (place == PLACES) {
                    int next = spare;
                    spare = link(spare);
                    clearBucket(next);
                    setLink(tail, next);
                    tail = next;
                    place = 0;
                }
                set(tail, place++, Bytes.getShort(copy, TAGS_AT + i * 2), Bytes.getInt(copy, ADDRESSES_AT + i * 4));
            }
            home = false;
            source = Bytes.getInt(copy, 0);
        }
        freeSpares(spare);
        dropLastBucket();
    }

    private void freeAll() {
        while (buckets > 0) {
            int last = bucketAddress(buckets - 1);
            freeSpares(link(last));
            dropLastBucket();
        }
    }

    /** Takes the last bucket of a table that is given up; its addresses are added to the list. False when none is left. */
    final boolean dismantleBucket(AddressList into) {
        if (buckets == 0) {
            return false;
        }
        int before = into.size;
        collect(buckets - 1, into, false);
        count -= into.size - before;
        freeSpares(link(bucketAddress(buckets - 1)));
        dropLastBucket();
        return true;
    }

    private boolean hashBit(int bit, int tag, int address) {
        int inTag = bit - TAG_FROM_BIT;
        if (inTag >= 0 && inTag < TAG_BITS) {
            return ((tag >>> inTag) & 1) != 0;
        }
        return ((hashOf(address) >>> bit) & 1) != 0;
    }

    /** Adds the addresses of a bucket's chain, or only those that expire. */
    final void collect(int bucket, AddressList into, boolean volatileOnly) {
        for (int b = bucketAddress(bucket); b != 0; b = link(b)) {
            for (int place = 0; place < PLACES; place++) {
                int address = address(b, place);
                if (address == 0) {
                    break;
                }
                if (!volatileOnly || (tagAt(b, place) & EXPIRY_TAG) != 0) {
                    into.add(address);
                }
            }
        }
    }

    /** Fills the list from a random chain; of keys that expire when asked to. False when the table has none. */
    final boolean randomChain(int random, AddressList into, boolean volatileOnly) {
        into.clear();
        int start = (int) (((random & 0xFFFFFFFFL) * buckets) >>> 32);
        for (int i = 0; i < buckets && into.size == 0; i++) {
            int bucket = start + i;
            collect(bucket < buckets ? bucket : bucket - buckets, into, volatileOnly);
        }
        return into.size > 0;
    }

    private void collectGroup(int group, AddressList into, boolean volatileOnly) {
        collect(group, into, volatileOnly);
        if (group + lowMask + 1 < buckets) {
            collect(group + lowMask + 1, into, volatileOnly);
        }
    }

    /**
     * Adds the entries at a cursor and answers the next cursor, 0 at the end. The cursor counts the home bucket's bits from
     * the highest down, so it stays good while the table grows and shrinks.
     */
    final int scanGroup(int cursor, AddressList into, boolean volatileOnly) {
        if (count == 0) {
            return 0;
        }
        collectGroup(cursor & lowMask, into, volatileOnly);
        return Integer.reverse(Integer.reverse(cursor | ~lowMask) + 1);
    }

    /** Where the snapshot meets this hash: its low 32 bits reversed, so that a bucket and its later splits are neighbours. */
    static long position(long hash) {
        return Integer.reverse((int) hash) & 0xFFFFFFFFL;
    }

    /** Adds the entries of the group that holds this position; answers the position where the next group begins. */
    final long positionGroup(long position, AddressList into) {
        if (count == 0) {
            return END;
        }
        int bits = Integer.bitCount(lowMask);
        collectGroup(Integer.reverse((int) position) & lowMask, into, false);
        return ((position >>> (32 - bits)) + 1) << (32 - bits);
    }
}
