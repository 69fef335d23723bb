package io.kdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OldGenerationWatchTest {
    private final AtomicLong bytes = new AtomicLong();
    private final Semaphore started = new Semaphore(0);
    private final Semaphore ended = new Semaphore(0);
    private final OldGenerationWatch watch = new OldGenerationWatch(bytes::get, 100, () -> {
        started.release();
        ended.acquireUninterruptibly();
    });
    private long nowMs;

    private void tick(long now) {
        bytes.set(now);
        nowMs += 1000;
        watch.tick(nowMs);
    }

    private boolean collects() throws InterruptedException {
        return started.tryAcquire(10, TimeUnit.SECONDS);
    }

    @Test
    void collectsAfterGrowthAndNotTwiceAtATime() throws InterruptedException {
        tick(100);
        tick(101);
        assertTrue(collects());
        tick(500);
        tick(1000);
        assertEquals(0, started.availablePermits());
    }

    @Test
    void growthCountsFromTheLeastSince() throws InterruptedException {
        tick(101);
        assertTrue(collects());
        bytes.set(90);
        ended.release();
        awaitIdle();
        tick(190);
        tick(40); // what a collection frees goes bit by bit
        tick(140);
        assertEquals(0, started.availablePermits());
        tick(141);
        assertTrue(collects());
    }

    /** The collecting thread takes what is left as its last step, and ends. */
    private static void awaitIdle() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("kdb-collect")) {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            }
        }
    }

    @Test
    void looksOnceASecond() throws InterruptedException {
        tick(0);
        bytes.set(1000);
        watch.tick(nowMs + 999);
        assertEquals(0, started.availablePermits());
        watch.tick(nowMs + 1000);
        assertTrue(collects());
    }
}
