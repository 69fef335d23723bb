package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HotPathTest {
    private final Keyspace keyspace =
            new Keyspace(KeyspaceOptions.standalone().withSegments(4).withMaxPageBytes(64 << 20));
    private final KeyTouch touch = new KeyTouch(keyspace);
    private long sink;

    private void getAndSet(byte[] key, byte[] value, int rounds) {
        long before = 0;
        for (int i = 0; i < rounds; i++) {
            key[0] = (byte) (i % 100);
            long hash = KeyHash.hash(key, 0, key.length);
            touch.clear();
            touch.add(0, -1, hash);
            touch.add(0, -1, before);
            sink += touch.touch();
            before = hash;
            Segment segment = keyspace.segment(-1, hash);
            segment.lock();
            KeyTable table = keyspace.table(0, -1, hash);
            long ref = table.find(key, 0, key.length, hash);
            ref = table.putString(ref, key, 0, key.length, hash, value, 0, value.length, KeyTable.NO_EXPIRY);
            table.accessed(ref);
            sink += table.valueArray(ref)[table.valueOffset(ref)] + table.valueLength(ref);
            segment.unlock();
        }
    }

    @Test
    void getAndSetAllocateNothing() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] key = new byte[16];
        byte[] value = new byte[64];
        getAndSet(key, value, 50_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        getAndSet(key, value, 200_000);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 20_000, "bytes for 200,000 SETs and GETs: " + allocated + ", " + sink);
    }

    @Test
    void touchingWithoutLocksMeetsAnythingUnharmed() throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread toucher = new Thread(() -> {
            long sum = 0;
            KeyTouch touched = new KeyTouch(keyspace);
            int added = 0;
            for (long h = 1; !stop.get(); h = h * 0x9E3779B97F4A7C15L + 1) {
                touched.add(0, -1, h);
                if (++added % 16 == 0) {
                    sum += touched.touch();
                    touched.clear();
                }
            }
            sink += sum;
        });
        toucher.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
        toucher.start();
        TestKeys keys = new TestKeys(keyspace);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 30_000; i++) {
                keys.set("k" + i, "v" + i);
            }
            for (int i = 0; i < 30_000; i++) {
                keys.delete(0, "k" + i);
            }
            while (keyspace.pool().refill()) {
                Thread.onSpinWait();
            }
        }
        stop.set(true);
        toucher.join();
        assertEquals(null, failure.get());
    }

    @Test
    void aLongValueIsFreedInSlices() {
        byte[] key = {1};
        byte[] value = new byte[40 << 20];
        long hash = KeyHash.hash(key);
        Segment segment = keyspace.segment(-1, hash);
        segment.lock();
        KeyTable table = keyspace.table(0, -1, hash);
        long ref = table.putString(0, key, 0, 1, hash, value, 0, value.length, KeyTable.NO_EXPIRY);
        long about = keyspace.usedMemoryAbout();
        assertTrue(Math.abs(about - keyspace.usedMemory()) <= 4 * 4096, "within 4 KiB a segment");
        table.delete(ref);
        segment.unlock();
        assertTrue(keyspace.usedMemory() > 30 << 20, "DEL only noted it");
        int slices = 1;
        while (keyspace.freeSome(1)) {
            slices++;
        }
        assertTrue(slices >= 2, "slices " + slices);
        assertEquals(0, keyspace.usedMemory());
    }
}
