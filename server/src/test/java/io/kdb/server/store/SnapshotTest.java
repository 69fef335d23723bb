package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Whatever is written meanwhile, a snapshot shows exactly what there was at its start. */
class SnapshotTest {
    private Keyspace keyspace;
    private int pinned;

    /** A key's image as text: database, expiry, encoding, value's length and hash. */
    private static String image(int db, long expireAt, int encoding, byte[] value) {
        return db + " " + expireAt + " " + encoding + " " + value.length + " " + java.util.Arrays.hashCode(value);
    }

    private Map<String, String> imageOfNow(BitSet slots) {
        Map<String, String> image = new HashMap<>();
        for (int db = 0; db < keyspace.databaseCount(); db++) {
            int number = db;
            keyspace.database(db).forEach((table, ref) -> {
                if (slots == null || slots.get(table.slot())) {
                    String key = number + ":" + new String(table.key(ref), ISO_8859_1);
                    String text = image(number, table.expireAt(ref), table.encoding(ref), table.value(ref));
                    assertNull(image.put(key, text));
                }
            });
        }
        return image;
    }

    private static void collect(RecordView record, Map<String, String> into) {
        byte[] value = new byte[(int) record.valueLength()];
        record.readValue(0, value, 0, value.length);
        String key = record.db() + ":" + new String(record.keyArray(), 0, record.keyLength(), ISO_8859_1);
        String text = image(record.db(), record.expireAtMs(), record.encoding(), value);
        assertNull(into.put(key, text), "shown twice: " + key);
    }

    private void randomWrite(Random random, int keys) {
        String key = "key" + random.nextInt(keys) + (random.nextInt(50) == 0 ? "z".repeat(5000) : "");
        byte[] k = key.getBytes(ISO_8859_1);
        long hash = KeyHash.hash(k);
        int slot = (key.hashCode() & 0x7FFFFFFF) % 512;
        int db = random.nextInt(keyspace.databaseCount());
        Segment segment = keyspace.segment(slot, hash);
        segment.lock();
        try {
            KeyTable table = keyspace.table(db, slot, hash);
            long ref = table.find(k, 0, k.length, hash);
            byte[] value = new byte[random.nextInt(300) == 0 ? random.nextInt(200_000) : random.nextInt(200)];
            random.nextBytes(value);
            int what = random.nextInt(10);
            if (ref == 0 || what < 3) {
                long expire = random.nextBoolean() ? -1 : random.nextInt(1000);
                table.put(ref, k, 0, k.length, hash, ValueType.STRING, what, value, 0, value.length, expire);
            } else if (what == 3) {
                table.append(ref, value, 0, value.length);
            } else if (what == 4 && table.valueLength(ref) >= value.length) {
                table.write(ref, table.valueLength(ref) - value.length, value, 0, value.length);
            } else if (what == 5) {
                table.setExpire(ref, random.nextBoolean() ? -1 : random.nextInt(1000));
            } else if (what == 6) {
                table.resize(ref, random.nextInt(20_000));
            } else if (what > 6) {
                table.delete(ref);
            }
        } finally {
            segment.unlock();
        }
    }

    @RepeatedTest(6)
    void showsThePointInTimeUnderConcurrentWrites(RepetitionInfo repetition) throws InterruptedException {
        int seed = repetition.getCurrentRepetition();
        boolean cluster = seed % 2 == 0;
        keyspace = new Keyspace((cluster ? KeyspaceOptions.clustered() : KeyspaceOptions.standalone())
                .withSegments(seed < 4 ? 2 : 16)
                .withDatabases(3)
                .withMaxPageBytes(256L << 20));
        Random random = new Random(seed);
        int keys = seed < 3 ? 200 : 3_000;
        for (int i = 0; i < 10_000; i++) {
            randomWrite(random, keys);
        }
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> writers = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            Random own = new Random(seed * 10L + t);
            int range = keys + t * 2000; // one grows the tables
            Thread writer = new Thread(() -> {
                while (!stop.get()) {
                    randomWrite(own, range);
                }
            });
            writer.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
            writer.start();
            writers.add(writer);
        }
        try {
            for (int round = 0; round < 4; round++) {
                snapshotTwice(random, cluster, round == 3);
            }
        } finally {
            stop.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
        }
        assertNull(failure.get(), "seed " + seed);
        assertTrue(pinned > 0 || keys == 200, "no record was pinned");
        drop();
    }

    private void drop() {
        keyspace.database(0);
        List<byte[]> all = new ArrayList<>();
        for (int db = 0; db < keyspace.databaseCount(); db++) {
            all.clear();
            int number = db;
            keyspace.database(db).forEach((table, ref) -> all.add(table.key(ref)));
            for (byte[] key : all) {
                long hash = KeyHash.hash(key);
                int slot = (new String(key, ISO_8859_1).hashCode() & 0x7FFFFFFF) % 512;
                keyspace.segment(slot, hash).lock();
                KeyTable table = keyspace.table(number, slot, hash);
                long ref = table.find(key, 0, key.length, hash);
                assertEquals(0, KeyTable.marks(table.header((int) ref)), "marks are taken off");
                table.delete(ref);
                keyspace.segment(slot, hash).unlock();
            }
        }
        while (keyspace.freeSome(1_000_000)) {
            Thread.onSpinWait();
        }
        assertEquals(0, keyspace.usedMemory(), "memory is back");
    }

    /** Takes a pinned record only when it is shown for the third time, and nothing else in between. */
    private static final class InParts implements SnapshotVisitor {
        private final Map<String, String> seen;
        private RecordView begun;
        private int times;
        private int taken;

        InParts(Map<String, String> seen) {
            this.seen = seen;
        }

        @Override
        public void record(RecordView record) {
            assertNull(begun, "another record is shown in between");
            collect(record, seen);
        }

        @Override
        public boolean pinned(RecordView record) {
            if (begun == null) {
                begun = record;
                times = 0;
            }
            assertSame(begun, record);
            if (++times < 3) {
                return false;
            }
            begun = null;
            taken++;
            collect(record, seen);
            return true;
        }
    }

    /** Two overlapping snapshots; the images to compare with are made under all locks, at the point. */
    private void snapshotTwice(Random random, boolean cluster, boolean abandon) {
        BitSet slots = null;
        if (cluster) {
            slots = new BitSet();
            slots.set(100, 400);
        }
        Map<String, String> expected1 = new HashMap<>();
        Map<String, String> expected2 = new HashMap<>();
        Map<String, String> seen1 = new HashMap<>();
        Map<String, String> seen2 = new HashMap<>();
        Snapshot first = keyspace.startSnapshot(() -> expected1.putAll(imageOfNow(null)));
        for (int i = random.nextInt(20); i > 0; i--) {
            first.step(record -> collect(record, seen1));
        }
        BitSet some = slots;
        InParts parts = new InParts(seen2);
        Snapshot second = keyspace.startSnapshot(some, () -> expected2.putAll(imageOfNow(some)));
        boolean more1 = true;
        boolean more2 = true;
        while (more1 || more2) {
            if (more1) {
                more1 = first.step(record -> collect(record, seen1));
            }
            if (more2 && abandon) {
                second.close();
                more2 = false;
            } else if (more2) {
                more2 = second.step(parts);
            }
        }
        assertEquals(expected1, seen1);
        if (!abandon) {
            assertEquals(expected2, seen2);
            pinned += parts.taken;
        }
        assertEquals(0, first.setAsideBytes());
        assertEquals(0, second.setAsideBytes());
        first.close();
        second.close();
    }

    @RepeatedTest(4)
    void survivesFlushAndSwap(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        keyspace = new Keyspace(
                KeyspaceOptions.standalone().withSegments(4).withDatabases(3).withMaxPageBytes(128L << 20));
        for (int i = 0; i < 10_000; i++) {
            randomWrite(random, 5000);
        }
        Map<String, String> expected = imageOfNow(null);
        Map<String, String> seen = new HashMap<>();
        Snapshot snapshot = keyspace.startSnapshot(() -> {});
        int step = 0;
        boolean more = true;
        while (more) {
            more = snapshot.step(record -> collect(record, seen));
            for (int i = 0; i < 100; i++) {
                randomWrite(random, 5000);
            }
            step++;
            if (step == 2) {
                keyspace.swap(0, 2);
                keyspace.flush(1);
            } else if (step == 4) {
                keyspace.flushAll();
                assertEquals(0, keyspace.database(2).size());
            }
            keyspace.freeSome(50_000);
        }
        assertTrue(step > 4, "the flush came in between");
        assertEquals(expected, seen);
        drop();
    }

    @Test
    void tellsWritersToWaitBeyondTheLimit() {
        keyspace = new Keyspace(
                KeyspaceOptions.standalone().withSegments(2).withDatabases(1).withSetAsideLimit(100_000));
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            randomWrite(random, 3000);
        }
        Snapshot snapshot = keyspace.startSnapshot(() -> {});
        int writes = 0;
        while (!keyspace.writersMustWait()) {
            randomWrite(random, 3000);
            assertTrue(++writes < 100_000);
        }
        assertTrue(snapshot.setAsideBytes() > 100_000);
        int[] seen = new int[1];
        while (snapshot.step(record -> seen[0]++)) {
            Thread.onSpinWait();
        }
        assertTrue(!keyspace.writersMustWait());
        assertTrue(seen[0] > 0);
    }
}
