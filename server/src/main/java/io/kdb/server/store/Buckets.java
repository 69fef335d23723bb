package io.kdb.server.store;

import java.util.Arrays;

/**
 * The buckets of a table: 64 bytes each, in chunks, with overflow buckets. Owner: the segment's lock.
 *
 * <p>A bucket is a link to an overflow bucket, ten tags of 16 bits, ten addresses. Chunks of up to 128 buckets are blocks of
 * the segment; only the last one is smaller, and grows in steps.
 */
abstract class Buckets {
    private static final int BUCKET_SHIFT = 6;
    static final int PLACES = 10;
    static final int TAGS_AT = 4;
    static final int ADDRESSES_AT = 24;
    static final int TAG_FROM_BIT = 7;
    private static final long TAGS = 0x7FFF7FFF7FFF7FFFL;
    private static final long ONES = 0x0001000100010001L;
    private static final int CHUNK_SHIFT = 7;
    private static final int CHUNK = 1 << CHUNK_SHIFT;
    private static final int BUCKET_GRANULES = 1 << (BUCKET_SHIFT - PagePool.GRANULE_SHIFT);

    /** As many buckets of a chain are looked at without a lock. */
    private static final int LONGEST_CHAIN = 4;

    static final int NO_SPARE = -1;
    private static final int[] NO_CHUNKS = {};

    final BlockAllocator blocks;
    private int[] chunks = NO_CHUNKS; // addresses of the first bucket of each
    int buckets;
    int lowMask; // a power of two - 1: buckets is above it, and at most twice it + 1
    private int lastCapacity; // buckets that the last chunk has room for
    int count;

    final int home(long hash) {
        int high = (int) hash & ((lowMask << 1) | 1);
        return high < buckets ? high : high & lowMask;
    }

    final int bucketAddress(int bucket) {
        return chunks[bucket >>> CHUNK_SHIFT] + (bucket & (CHUNK - 1)) * BUCKET_GRANULES;
    }

    final int newOverflow() {
        int block = blocks.allocate(1 + BUCKET_GRANULES);
        if (block == 0) {
            return 0;
        }
        clearBucket(block + 1);
        return block + 1;
    }

    final void clearBucket(int bucket) {
        int at = blocks.offset(bucket);
        Arrays.fill(blocks.page(bucket), at, at + 64, (byte) 0);
    }

    final void freeOverflow(int bucket) {
        blocks.free(bucket - 1);
    }

    final boolean addBucketSpace() {
        int used = lastUsed();
        if (used < lastCapacity) {
            return true;
        }
        boolean fresh = used == 0 || used == CHUNK;
        int capacity = CHUNK;
        if (fresh) {
            capacity = buckets == 0 ? 1 : 16;
        } else {
            capacity = Math.min(CHUNK, lastCapacity + Math.max(1, Math.min(16, lastCapacity / 4)));
        }
        int block = capacity >= 16
                ? blocks.allocateAligned(1 + capacity * BUCKET_GRANULES)
                : blocks.allocate(1 + capacity * BUCKET_GRANULES);
        if (block == 0) {
            return false;
        }
        int last = chunkCount() - 1;
        if (fresh) {
            last++;
            if (last == chunks.length) {
                chunks = Arrays.copyOf(chunks, Math.max(1, last * 2));
            }
        } else {
            System.arraycopy(
                    blocks.page(chunks[last]),
                    blocks.offset(chunks[last]),
                    blocks.page(block),
                    blocks.offset(block) + 8,
                    used * 64);
            blocks.free(chunks[last] - 1);
        }
        chunks[last] = block + 1;
        lastCapacity = capacity;
        return true;
    }

    private int chunkCount() {
        return (buckets + CHUNK - 1) >>> CHUNK_SHIFT;
    }

    private int lastUsed() {
        int used = buckets & (CHUNK - 1);
        return used == 0 && buckets > 0 ? CHUNK : used;
    }

    final void dropLastBucket() {
        buckets--;
        int used = lastUsed();
        if (used == 0 || used == CHUNK) {
            int chunk = chunkCount();
            blocks.free(chunks[chunk] - 1);
            chunks[chunk] = 0;
            lastCapacity = used;
        } else if (lastCapacity > used * 2 || lastCapacity > used + 32) {
            lastCapacity = used + Math.min(16, used / 4);
            blocks.trim(chunks[chunkCount() - 1] - 1, 1 + lastCapacity * BUCKET_GRANULES);
        }
        if (buckets <= lowMask) {
            lowMask >>>= 1;
        }
        if (buckets == 0) {
            chunks = NO_CHUNKS;
        }
    }

    /** So many overflow buckets, linked; NO_SPARE when memory is short. */
    final int spareBuckets(int need) {
        int spare = 0;
        for (int i = 0; i < need; i++) {
            int bucket = newOverflow();
            if (bucket == 0) {
                freeSpares(spare);
                return NO_SPARE;
            }
            setLink(bucket, spare);
            spare = bucket;
        }
        return spare;
    }

    final void freeSpares(int first) {
        int spare = first == NO_SPARE ? 0 : first;
        while (spare != 0) {
            int next = link(spare);
            freeOverflow(spare);
            spare = next;
        }
    }

    final int link(int bucket) {
        return Bytes.getInt(blocks.page(bucket), blocks.offset(bucket));
    }

    final void setLink(int bucket, int link) {
        Bytes.putInt(blocks.page(bucket), blocks.offset(bucket), link);
    }

    final int address(int bucket, int place) {
        return Bytes.getInt(blocks.page(bucket), blocks.offset(bucket) + ADDRESSES_AT + place * 4);
    }

    /** The places of a bucket with this tag: a bit each, which {@link #place} tells; empty places may be among them. */
    static long equalTags(byte[] page, int at, int tag) {
        long pattern = tag * ONES;
        long first = equalLanes(Bytes.getLong(page, at + TAGS_AT) ^ pattern);
        long second = equalLanes(Bytes.getLong(page, at + TAGS_AT + 8) ^ pattern);
        long third = equalLanes(Bytes.getInt(page, at + TAGS_AT + 16) ^ pattern) & 0xFFFFFFFFL;
        return first >>> 15 | second >>> 14 | third >>> 13;
    }

    /** The highest bit of each 16 that are 0 but for the highest. */
    private static long equalLanes(long different) {
        return ~((different & TAGS) + TAGS) & ~TAGS;
    }

    /** The place of the lowest bit that {@link #equalTags} has set. */
    static int place(long equal) {
        int bit = Long.numberOfTrailingZeros(equal);
        return (bit & 15) * 4 + (bit >>> 4);
    }

    final int tagAt(int bucket, int place) {
        return Bytes.getShort(blocks.page(bucket), blocks.offset(bucket) + TAGS_AT + place * 2);
    }

    final void set(int bucket, int place, int tag, int address) {
        byte[] page = blocks.page(bucket);
        int at = blocks.offset(bucket);
        Bytes.putShort(page, at + TAGS_AT + place * 2, tag);
        Bytes.putInt(page, at + ADDRESSES_AT + place * 4, address);
    }

    Buckets(BlockAllocator blocks) {
        this.blocks = blocks;
    }

    /** Without a lock: the address beside the tag in the bucket's chain, 0 when there is none; it may be nonsense. */
    static int addressAbout(BlockAllocator blocks, int home, int tag) {
        int bucket = home;
        for (int i = 0; i < LONGEST_CHAIN && bucket != 0; i++) {
            byte[] page = blocks.pageOrNull(bucket);
            int at = blocks.offset(bucket);
            if (page == null || at > page.length - 64) {
                return 0;
            }
            for (long equal = equalTags(page, at, tag); equal != 0; equal &= equal - 1) {
                int address = Bytes.getInt(page, at + ADDRESSES_AT + 4 * place(equal));
                if (address != 0) {
                    return address;
                }
            }
            bucket = Bytes.getInt(page, at);
        }
        return 0;
    }

    /** Without a lock: the bucket's address, 0 when there is none; it may be nonsense. */
    final int bucketAbout(long hash) {
        int[] directory = chunks;
        int home = home(hash);
        int chunk = home >>> CHUNK_SHIFT;
        return chunk >= directory.length || count == 0 ? 0 : directory[chunk] + (home & (CHUNK - 1)) * BUCKET_GRANULES;
    }
}
