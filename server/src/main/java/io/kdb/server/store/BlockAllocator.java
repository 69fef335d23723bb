package io.kdb.server.store;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands out blocks of a segment's spans: segregated free lists with immediate coalescing. Owner: the segment's lock.
 *
 * <p>Every block starts with a header of 8 bytes, of which this class owns the low 15 bits: size in granules, used,
 * previous block used. The rest is the block's user's and is 0 after {@link #allocate}. A free block keeps its list's
 * next address in the header's upper half, the previous one at +8, and its size again in its last 4 bytes. A span is
 * framed by its index in {@link #spans} (first granule) and a used block of size 0 (last granule), so coalescing never
 * leaves it; a span that is one free block goes back to the pool.
 */
final class BlockAllocator {
    static final int SIZE_MASK = 0x1FFF;
    static final int USED = 1 << 13;
    static final int PREVIOUS_USED = 1 << 14;
    /** The bits of a header that are this class's. */
    static final long OWN_BITS = 0x7FFF;
    /** The largest block: four of them fill a span. */
    static final int MAX_GRANULES = 2047;

    static final int MAX_BYTES = MAX_GRANULES << PagePool.GRANULE_SHIFT;

    /** What a segment may use or free before it adds that to the node's total: 4 KiB. */
    static final int REPORT_GRANULES = 512;

    private static final int EXACT = 64; // sizes below have a list each, above eight lists a doubling
    private static final int LISTS = EXACT + 56;

    private final PagePool pool;
    private final byte[][] pages;
    private final int pageShift;
    private final int pageMask;
    private final int[] heads = new int[LISTS];
    private long nonEmptyLow;
    private long nonEmptyHigh;
    private int[] spans = new int[4];
    private int spanCount;
    private final byte[] scratch = new byte[64];
    private long usedGranules;
    private long reportedGranules;
    private final AtomicLong total;

    BlockAllocator(PagePool pool, AtomicLong total) {
        this.total = total;
        this.pool = pool;
        pages = pool.pages();
        pageShift = pool.pageShift();
        pageMask = (1 << pageShift) - 1;
    }

    /** 64 bytes for whoever holds the segment's lock, for a moment. */
    byte[] scratch() {
        return scratch;
    }

    byte[] page(int address) {
        return pages[address >>> pageShift];
    }

    /** As {@link #page} for an address that may be nonsense. */
    byte[] pageOrNull(int address) {
        int index = address >>> pageShift;
        return index < pages.length ? pages[index] : null;
    }

    int offset(int address) {
        return (address & pageMask) << PagePool.GRANULE_SHIFT;
    }

    long usedBytes() {
        return usedGranules << PagePool.GRANULE_SHIFT;
    }

    static int granules(long bytes) {
        return (int) ((bytes + 7) >> PagePool.GRANULE_SHIFT);
    }

    int blockGranules(int address) {
        return (int) Bytes.getLong(page(address), offset(address)) & SIZE_MASK;
    }

    /** A block of at least this many granules (at most {@link #MAX_GRANULES}), or 0 when the pool is exhausted. */
    int allocate(int granules) {
        int want = Math.max(granules, 2);
        int list = fittingList(want);
        if (list < 0) {
            if (!addSpan()) {
                return 0;
            }
            list = fittingList(want);
        }
        int address = heads[list];
        byte[] page = page(address);
        int at = offset(address);
        int size = (int) Bytes.getLong(page, at) & SIZE_MASK;
        unlink(list, address, page, at);
        if (size - want >= 2) {
            putFree(address + want, size - want);
            size = want;
        } else {
            setPreviousUsed(address + size, true);
        }
        Bytes.putLong(page, at, size | USED | PREVIOUS_USED);
        used(size);
        return address;
    }

    /** As {@link #allocate}, with the granule behind the header at the start of a cache line. */
    int allocateAligned(int granules) {
        int address = allocate(granules + 9);
        if (address == 0) {
            return 0;
        }
        int front = (5 - address) & 7; // pages start 16 bytes into a line
        if (front == 1) {
            front = 9;
        }
        int block = address;
        if (front > 0) {
            block = splitUsed(address, front);
            free(address);
        }
        trim(block, granules);
        return block;
    }

    void free(int address) {
        byte[] page = page(address);
        int at = offset(address);
        long header = Bytes.getLong(page, at);
        assert (header & USED) != 0 : "block freed twice";
        int size = (int) header & SIZE_MASK;
        used(-size);
        int start = address;
        long next = Bytes.getLong(page, at + (size << PagePool.GRANULE_SHIFT));
        if ((next & USED) == 0) {
            int nextSize = (int) next & SIZE_MASK;
            unlink(listOf(nextSize), address + size, page, at + (size << PagePool.GRANULE_SHIFT));
            size += nextSize;
        }
        if ((header & PREVIOUS_USED) == 0) {
            int previousSize = Bytes.getInt(page, at - 4);
            start -= previousSize;
            unlink(listOf(previousSize), start, page, at - (previousSize << PagePool.GRANULE_SHIFT));
            size += previousSize;
        }
        if ((start & PagePool.SPAN_GRANULES - 1) == 1 && blockGranules(start + size) == 0) {
            dropSpan(start - 1);
            return;
        }
        setPreviousUsed(start + size, false);
        putFree(start, size);
    }

    /** Gives the block's end back when it is longer than this by a block or more. */
    void trim(int address, int granules) {
        int want = Math.max(granules, 2);
        if (blockGranules(address) - want >= 2) {
            free(splitUsed(address, want));
        }
    }

    /** Grows the block in place into a free block behind it; false when there is none, or it is too small. */
    boolean extend(int address, int granules) {
        byte[] page = page(address);
        int at = offset(address);
        long header = Bytes.getLong(page, at);
        int size = (int) header & SIZE_MASK;
        int nextAt = at + (size << PagePool.GRANULE_SHIFT);
        long next = Bytes.getLong(page, nextAt);
        int nextSize = (int) next & SIZE_MASK;
        if ((next & USED) != 0 || size + nextSize < granules) {
            return false;
        }
        unlink(listOf(nextSize), address + size, page, nextAt);
        int rest = size + nextSize - granules;
        int grown = granules;
        if (rest >= 2) {
            putFree(address + granules, rest);
        } else {
            grown += rest;
            setPreviousUsed(address + grown, true);
        }
        Bytes.putLong(page, at, (header & ~SIZE_MASK) | grown);
        used(grown - size);
        return true;
    }

    /** Returns every span at once: all blocks are gone. */
    void reset() {
        for (int i = 0; i < spanCount; i++) {
            pool.giveSpan(spans[i]);
        }
        spanCount = 0;
        spans = new int[4];
        Arrays.fill(heads, 0);
        nonEmptyLow = 0;
        nonEmptyHigh = 0;
        used(-usedGranules);
    }

    private void used(long granules) {
        usedGranules += granules;
        long unreported = usedGranules - reportedGranules;
        if (Math.abs(unreported) > REPORT_GRANULES) {
            reportedGranules = usedGranules;
            total.addAndGet(unreported << PagePool.GRANULE_SHIFT);
        }
    }

    private int splitUsed(int address, int granules) {
        byte[] page = page(address);
        int at = offset(address);
        long header = Bytes.getLong(page, at);
        int rest = ((int) header & SIZE_MASK) - granules;
        Bytes.putLong(page, at, (header & ~SIZE_MASK) | granules);
        Bytes.putLong(page, at + (granules << PagePool.GRANULE_SHIFT), rest | USED | PREVIOUS_USED);
        return address + granules;
    }

    private boolean addSpan() {
        int span = pool.takeSpan();
        if (span == PagePool.NONE) {
            return false;
        }
        if (spanCount == spans.length) {
            spans = Arrays.copyOf(spans, spanCount * 2);
        }
        byte[] page = page(span);
        int at = offset(span);
        int size = (pool.spanBytes(span) >> PagePool.GRANULE_SHIFT) - 2;
        Bytes.putLong(page, at, spanCount);
        spans[spanCount++] = span;
        Bytes.putLong(page, at + ((size + 1) << PagePool.GRANULE_SHIFT), USED);
        putFree(span + 1, size);
        return true;
    }

    private void dropSpan(int span) {
        int index = (int) Bytes.getLong(page(span), offset(span));
        assert spans[index] == span : "span not of this segment";
        int last = spans[--spanCount];
        spans[index] = last;
        Bytes.putLong(page(last), offset(last), index);
        pool.giveSpan(span);
    }

    private void putFree(int address, int size) {
        byte[] page = page(address);
        int at = offset(address);
        int list = listOf(size);
        int next = heads[list];
        Bytes.putLong(page, at, (long) next << 32 | PREVIOUS_USED | size);
        Bytes.putInt(page, at + 8, 0);
        Bytes.putInt(page, at + (size << PagePool.GRANULE_SHIFT) - 4, size);
        if (next != 0) {
            Bytes.putInt(page(next), offset(next) + 8, address);
        } else if (list < 64) {
            nonEmptyLow |= 1L << list;
        } else {
            nonEmptyHigh |= 1L << list;
        }
        heads[list] = address;
    }

    private void unlink(int list, int address, byte[] page, int at) {
        int next = (int) (Bytes.getLong(page, at) >>> 32);
        int previous = Bytes.getInt(page, at + 8);
        if (next != 0) {
            Bytes.putInt(page(next), offset(next) + 8, previous);
        }
        if (previous != 0) {
            Bytes.putInt(page(previous), offset(previous) + 4, next);
            return;
        }
        assert heads[list] == address : "free list is broken";
        heads[list] = next;
        if (next == 0) {
            if (list < 64) {
                nonEmptyLow &= ~(1L << list);
            } else {
                nonEmptyHigh &= ~(1L << list);
            }
        }
    }

    private void setPreviousUsed(int address, boolean used) {
        byte[] page = page(address);
        int at = offset(address);
        int low = Bytes.getInt(page, at);
        Bytes.putInt(page, at, used ? low | PREVIOUS_USED : low & ~PREVIOUS_USED);
    }

    private static int listOf(int size) {
        if (size < EXACT) {
            return size;
        }
        int log = 31 - Integer.numberOfLeadingZeros(size);
        return EXACT + (log - 6) * 8 + ((size >> (log - 3)) & 7);
    }

    /** A list whose first block is large enough; -1 when there is none. */
    private int fittingList(int size) {
        int own = listOf(size);
        if (own >= EXACT) {
            int head = heads[own];
            if (head != 0 && blockGranules(head) >= size) {
                return own;
            }
            own++;
        }
        if (own < 64) {
            long low = nonEmptyLow & -1L << own;
            if (low != 0) {
                return Long.numberOfTrailingZeros(low);
            }
            own = 64;
        }
        long high = own >= 128 ? 0 : nonEmptyHigh & -1L << own;
        return high != 0 ? 64 + Long.numberOfTrailingZeros(high) : -1;
    }
}
