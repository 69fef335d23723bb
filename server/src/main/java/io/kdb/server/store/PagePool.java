package io.kdb.server.store;

import java.util.concurrent.locks.LockSupport;

/**
 * The node's pages: large byte arrays, cut into spans of 64 KiB that segments borrow and give back. Thread-safe (its
 * monitor); the array of pages is read without it, because whoever got an address got it after the page was stored.
 *
 * <p>An address counts granules of 8 bytes over all pages, so 32 bits reach 32 GiB. Pages are 16 bytes shorter than a
 * power of two: with the array's header a page fills one G1 region exactly. The lowest page with a free span serves
 * first, so that the highest ones run empty and can go. What a load gives back and soon takes again stays: to make a page
 * costs the kernel and the JVM a zeroing each, so only those go that nobody wanted for ten seconds.
 */
public final class PagePool {
    public static final int SPAN_BYTES = 1 << 16;
    static final int GRANULE_SHIFT = 3;
    static final int SPAN_GRANULES = SPAN_BYTES >> GRANULE_SHIFT;
    static final int HEADER_BYTES = 16;
    static final int NONE = -1;
    private static final long RETRY_NS = 1_000_000_000L;
    /** As long as jemalloc, Redis' allocator, keeps what is free (its dirty_decay_ms). */
    private static final long KEEP_NS = 10_000_000_000L;

    private static final long SMALLEST_REST_BYTES = 24 << 20;

    private final byte[][] pages;
    private final long[] freeSpans;
    private final long[] pagesWithFree;
    private final int pageShift;
    private final int pageBytes;
    private final int spansPerPage;
    private final long allSpans;
    private final int maxPages;
    private int highest; // pages[highest..] are null
    private int pageCount;
    private int freeSpanCount;
    /** The fewest since {@link #keptSinceNanos}, less those that went since. */
    private int fewestFreeSpans;

    private long keptSinceNanos = System.nanoTime();
    /** What the pages and what is taken beside them may have of the heap; the rest is for small objects and collections. */
    private final long heapBytes = shareOf(Runtime.getRuntime().maxMemory());
    /** Heap taken beside the pages. */
    private long lentBytes;

    private boolean heapExhausted;
    private long exhaustedNanos;
    private volatile long availableSpans; // free ones, and those of pages that may still be made
    private volatile Thread filler;
    private volatile boolean closed;

    /**
     * @param pageBytes a power of two from 128 KiB to 4 MiB, the size of a heap region (the page is 16 B shorter)
     * @param maxBytes hard maximum of all pages
     */
    public PagePool(int pageBytes, long maxBytes) {
        if (Integer.bitCount(pageBytes) != 1 || pageBytes < 2 * SPAN_BYTES || pageBytes > 64 * SPAN_BYTES) {
            throw new IllegalArgumentException(
                    "page size: " + pageBytes + " (expected: a power of two from 131072 to 4194304)");
        }
        this.pageBytes = pageBytes;
        pageShift = Integer.numberOfTrailingZeros(pageBytes) - GRANULE_SHIFT;
        spansPerPage = pageBytes / SPAN_BYTES;
        allSpans = spansPerPage == 64 ? -1L : (1L << spansPerPage) - 1;
        maxPages = (int) Math.max(1, Math.min(maxBytes / pageBytes, 1L << (32 - pageShift)));
        pages = new byte[maxPages][];
        freeSpans = new long[maxPages];
        pagesWithFree = new long[(maxPages + 63) / 64];
        availableSpans = (long) maxPages * spansPerPage;
    }

    byte[][] pages() {
        return pages;
    }

    /** How far an address is shifted right to give its page's index. */
    int pageShift() {
        return pageShift;
    }

    /** The first address of a span, or NONE at the hard maximum. Makes a page itself when the filler was too slow. */
    int takeSpan() {
        int span = takeFree();
        while (span == NONE) {
            byte[] page = newPage();
            if (page == null) {
                return NONE;
            }
            addPage(page);
            span = takeFree();
        }
        return span;
    }

    private synchronized int takeFree() {
        for (int w = 0; w < pagesWithFree.length; w++) {
            long word = pagesWithFree[w];
            if (word != 0) {
                int p = w * 64 + Long.numberOfTrailingZeros(word);
                int s = Long.numberOfTrailingZeros(freeSpans[p]);
                freeSpans[p] &= ~(1L << s);
                if (freeSpans[p] == 0) {
                    pagesWithFree[w] &= ~(1L << p);
                }
                freeSpanCount--;
                fewestFreeSpans = Math.min(fewestFreeSpans, freeSpanCount);
                available();
                if (freeSpanCount < reserveSpans() / 2) {
                    LockSupport.unpark(filler);
                }
                return (p << pageShift) + s * SPAN_GRANULES;
            }
        }
        return NONE;
    }

    synchronized void giveSpan(int address) {
        int p = address >>> pageShift;
        int s = (address & ((1 << pageShift) - 1)) / SPAN_GRANULES;
        assert (freeSpans[p] & (1L << s)) == 0 : "span given twice";
        freeSpans[p] |= 1L << s;
        pagesWithFree[p >> 6] |= 1L << p;
        freeSpanCount++;
        available();
    }

    /** Bytes that the block area of this span has: the last one of a page is 16 bytes shorter. */
    int spanBytes(int address) {
        boolean last = (address & ((1 << pageShift) - 1)) == (spansPerPage - 1) * SPAN_GRANULES;
        return last ? SPAN_BYTES - HEADER_BYTES : SPAN_BYTES;
    }

    /** All but 3/16, at least 24 MB of which a small heap needs for the same classes and threads, though never more than half. */
    static long shareOf(long heap) {
        return heap - Math.min(heap / 2, Math.max(heap / 16 * 3, SMALLEST_REST_BYTES));
    }

    private byte[] newPage() {
        synchronized (this) {
            if (pageCount >= maxPages || isExhausted() || (pageCount + 1L) * pageBytes + lentBytes > heapBytes) {
                return null;
            }
            pageCount++; // reserved; stored by addPage
        }
        try {
            return new byte[pageBytes - HEADER_BYTES];
        } catch (OutOfMemoryError e) {
            // The one place that asks the heap for memory in bulk: the maximum was set too high. Serve what there is.
            synchronized (this) {
                pageCount--;
                heapExhausted = true;
                exhaustedNanos = System.nanoTime();
                available();
            }
            return null;
        }
    }

    /** Whether the heap refused a page within the last second: what filled it may be gone by then. */
    private boolean isExhausted() {
        if (heapExhausted && System.nanoTime() - exhaustedNanos > RETRY_NS) {
            heapExhausted = false;
        }
        return heapExhausted;
    }

    /**
     * Counts heap that is taken beside the pages, so that both together fit, without free ones if need be; false, with
     * nothing counted, if they would not.
     */
    public synchronized boolean lend(long bytes) {
        if (!makeRoom(bytes)) {
            return false;
        }
        lentBytes += bytes;
        return true;
    }

    /** As {@link #lend}, for what cannot be refused; negative when it is given back. */
    public synchronized void lent(long bytes) {
        makeRoom(bytes);
        lentBytes += bytes;
    }

    /** Lets free pages go, but not the reserve, until so many bytes more fit; false if they do not fit even then. */
    private boolean makeRoom(long bytes) {
        while (pageCount * (long) pageBytes + lentBytes + bytes > heapBytes) {
            if (freeSpanCount < reserveSpans() + spansPerPage || !dropEmptyPage()) {
                return false;
            }
        }
        return true;
    }

    private synchronized void addPage(byte[] page) {
        int p = 0;
        while (pages[p] != null) {
            p++;
        }
        pages[p] = page;
        highest = Math.max(highest, p + 1);
        freeSpans[p] = allSpans;
        pagesWithFree[p >> 6] |= 1L << p;
        freeSpanCount += spansPerPage;
        available();
    }

    private void available() {
        availableSpans = freeSpanCount + (heapExhausted ? 0L : (long) (maxPages - pageCount) * spansPerPage);
    }

    private int reserveSpans() {
        return Math.min(64, 2 + pageCount / 32) * spansPerPage;
    }

    /** Fills the reserve, or lets empty pages go that were free long enough: one step, true when there was something to do. */
    public boolean refill() {
        return refill(System.nanoTime());
    }

    /** As {@link #refill()}, at this time of {@link System#nanoTime}'s. */
    boolean refill(long nowNanos) {
        if (isShort()) {
            byte[] page = newPage();
            if (page != null) {
                addPage(page);
            }
            return page != null;
        }
        return dropUnused(nowNanos);
    }

    private synchronized boolean isShort() {
        return freeSpanCount < reserveSpans();
    }

    private synchronized boolean dropUnused(long nowNanos) {
        if (nowNanos - keptSinceNanos < KEEP_NS) {
            return false;
        }
        if (fewestFreeSpans >= 3 * reserveSpans() + spansPerPage && dropEmptyPage()) {
            return true;
        }
        keptSinceNanos = nowNanos;
        fewestFreeSpans = freeSpanCount;
        return false;
    }

    private synchronized boolean dropEmptyPage() {
        for (int p = highest - 1; p >= 0; p--) {
            if (pages[p] != null && freeSpans[p] == allSpans) {
                pages[p] = null;
                freeSpans[p] = 0;
                pagesWithFree[p >> 6] &= ~(1L << p);
                pageCount--;
                freeSpanCount -= spansPerPage;
                fewestFreeSpans -= spansPerPage;
                heapExhausted = false;
                available();
                return true;
            }
        }
        return false;
    }

    /** Starts the daemon thread that keeps pages ready, off the I/O threads. */
    public void startFiller() {
        Thread thread = new Thread(this::fill, "kdb-pages");
        thread.setDaemon(true);
        filler = thread;
        thread.start();
    }

    public void close() {
        closed = true;
        LockSupport.unpark(filler);
    }

    private void fill() {
        while (!closed) {
            if (!refill()) {
                LockSupport.parkNanos(this, RETRY_NS);
            }
        }
    }

    /** Bytes of all spans that can still be borrowed. */
    public long availableBytes() {
        return availableSpans * SPAN_BYTES;
    }

    public synchronized long pageBytesTotal() {
        return (long) pageCount * pageBytes;
    }

    /** Heap of the pages, and what is lent of the rest. */
    public synchronized long heapTaken() {
        return (long) pageCount * pageBytes + lentBytes;
    }

    /** What pages and loans may take together. */
    public long heapBytes() {
        return heapBytes;
    }

    public synchronized long freeSpanBytes() {
        return (long) freeSpanCount * SPAN_BYTES;
    }

    public long maxBytes() {
        return (long) maxPages * pageBytes;
    }
}
