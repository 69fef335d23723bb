package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SegmentLockTest {
    private long guarded;

    @RepeatedTest(5)
    void excludesAndLosesNoWakeUp() throws InterruptedException {
        SegmentLock lock = new SegmentLock();
        int threads = 6;
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int i = 0; i < 20_000; i++) {
                    lock.lock();
                    guarded++;
                    if (i % 64 == 0) {
                        for (int spin = 0; spin < 500; spin++) {
                            Thread.onSpinWait(); // the others run into the held lock and park
                        }
                    }
                    lock.unlock();
                }
            });
            thread.start();
            all.add(thread);
        }
        start.countDown();
        for (Thread thread : all) {
            thread.join();
        }
        assertEquals(threads * 20_000L, guarded);
        assertTrue(lock.tryLock());
    }

    @Test
    void knowsItsHolder() throws InterruptedException {
        SegmentLock lock = new SegmentLock();
        assertFalse(lock.isHeld());
        assertTrue(lock.enter());
        assertFalse(lock.enter(), "already held");
        assertTrue(lock.isHeld());
        boolean[] other = new boolean[2];
        Thread thread = new Thread(() -> {
            other[0] = lock.isHeld();
            other[1] = lock.tryLock();
        });
        thread.start();
        thread.join();
        assertFalse(other[0]);
        assertFalse(other[1]);
        lock.unlock();
        assertFalse(lock.isHeld());
    }
}
