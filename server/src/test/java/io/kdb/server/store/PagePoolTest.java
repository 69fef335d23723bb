package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PagePoolTest {
    private static final int PAGE_BYTES = 2 * PagePool.SPAN_BYTES;
    /** As many as are kept for the next who wants some: three times the reserve, which is two. */
    private static final int KEPT = 6;

    private final PagePool pool = new PagePool(PAGE_BYTES, 100L * PAGE_BYTES);
    private long now = System.nanoTime();

    /** Takes so many pages and gives them back. */
    private void use(int pages) {
        int[] spans = new int[2 * pages];
        for (int i = 0; i < spans.length; i++) {
            spans[i] = pool.takeSpan();
        }
        for (int span : spans) {
            pool.giveSpan(span);
        }
    }

    private void refillAfter(long seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
        while (pool.refill(now)) {
            // There may be more to do.
        }
    }

    @Test
    void keepsWhatIsWantedAgainWithinTenSeconds() {
        for (int i = 0; i < 10; i++) {
            use(30);
            refillAfter(9);
            assertEquals(30L * PAGE_BYTES, pool.pageBytesTotal());
        }
    }

    @Test
    void letsGoWhatNobodyWantedForTenSeconds() {
        use(30);
        refillAfter(11);
        assertEquals(30L * PAGE_BYTES, pool.pageBytesTotal(), "it was wanted");
        use(20);
        refillAfter(11);
        assertEquals((20L + KEPT) * PAGE_BYTES, pool.pageBytesTotal());
        refillAfter(11);
        assertEquals(KEPT * (long) PAGE_BYTES, pool.pageBytesTotal());
        refillAfter(11);
        assertEquals(KEPT * (long) PAGE_BYTES, pool.pageBytesTotal());
    }

    @Test
    void freePagesGoWhenTheirMemoryIsWantedForSomethingElse() {
        use(30);
        assertTrue(pool.lend(pool.heapBytes() - 20L * PAGE_BYTES));
        assertEquals(20L * PAGE_BYTES, pool.pageBytesTotal());
        assertFalse(pool.lend(20L * PAGE_BYTES));
        assertEquals(2L * PAGE_BYTES, pool.pageBytesTotal(), "the reserve stays");
        pool.lent(20L * PAGE_BYTES - pool.heapBytes());
        assertTrue(pool.lend(pool.heapBytes() - 2L * PAGE_BYTES));
    }

    @Test
    void freePagesGoForALoanThatCannotBeRefused() {
        use(30);
        pool.lent(pool.heapBytes() - 20L * PAGE_BYTES);
        assertEquals(20L * PAGE_BYTES, pool.pageBytesTotal());
        pool.lent(1000L * PAGE_BYTES);
        assertEquals(2L * PAGE_BYTES, pool.pageBytesTotal(), "the reserve stays");
    }

    @Test
    void leavesASmallHeapRoomForTheRest() {
        assertEquals((96 - 24) << 20, PagePool.shareOf(96 << 20));
        assertEquals(20 << 20, PagePool.shareOf(40 << 20));
        assertEquals(13L << 30, PagePool.shareOf(16L << 30));
    }
}
