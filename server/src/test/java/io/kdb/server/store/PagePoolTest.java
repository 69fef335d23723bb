package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PagePoolTest {
    @Test
    void leavesASmallHeapRoomForTheRest() {
        assertEquals((96 - 24) << 20, PagePool.shareOf(96 << 20));
        assertEquals(20 << 20, PagePool.shareOf(40 << 20));
        assertEquals(13L << 30, PagePool.shareOf(16L << 30));
    }
}
