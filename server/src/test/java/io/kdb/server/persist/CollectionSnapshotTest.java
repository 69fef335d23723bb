package io.kdb.server.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.store.CollectionValue;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.KeyspaceOptions;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.Segment;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.Snapshot;
import io.kdb.server.store.SortedSetValue;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Whatever is written to collections meanwhile, a snapshot shows each as it was at its start; and all memory comes back. */
class CollectionSnapshotTest {
    private static final int KEYS = 60;

    private Keyspace keyspace;

    /** One thread's flyweights and writes. */
    private final class Writer {
        private final Random random;
        private final HashValue hash = new HashValue();
        private final SetValue set = new SetValue();
        private final ListValue list = new ListValue();
        private final SortedSetValue sortedSet = new SortedSetValue();

        Writer(long seed) {
            random = new Random(seed);
        }

        void write() {
            int number = random.nextInt(KEYS);
            byte[] key = ("key" + number + (number % 9 == 0 ? "k".repeat(5000) : "")).getBytes(ISO_8859_1);
            long hashOfKey = KeyHash.hash(key);
            Segment segment = keyspace.segment(-1, hashOfKey);
            segment.lock();
            try {
                KeyTable table = keyspace.table(0, -1, hashOfKey);
                long ref = table.find(key, 0, key.length, hashOfKey);
                if (ref != 0 && random.nextInt(600) == 0) {
                    table.delete(ref, hashOfKey);
                    return;
                }
                CollectionValue value = List.of(hash, set, list, sortedSet).get(number % 4);
                if (ref == 0) {
                    value.create(table, 0, key, 0, key.length, hashOfKey, KeyTable.NO_EXPIRY, null);
                } else {
                    value.open(table, ref, hashOfKey, null);
                }
                for (int i = 0; i < 20; i++) {
                    change(number % 4, number % 5 == 0 ? 5_000 : 200);
                }
                if (value.isEmpty()) {
                    table.delete(value.ref(), hashOfKey);
                } else if (random.nextInt(20) == 0) {
                    table.setExpire(value.ref(), random.nextBoolean() ? 1L << 50 : KeyTable.NO_EXPIRY);
                }
            } finally {
                segment.unlock();
            }
        }

        private void change(int type, int elements) {
            byte[] element = ("element " + random.nextInt(elements)).getBytes(ISO_8859_1);
            byte[] value = new byte[random.nextInt(random.nextInt(100) == 0 ? 30_000 : 40)];
            random.nextBytes(value);
            boolean add = random.nextInt(5) > 1;
            switch (type) {
                case 0 -> {
                    if (add) {
                        hash.set(element, 0, element.length, value, 0, value.length);
                    } else if (hash.find(element, 0, element.length)) {
                        hash.remove();
                    }
                }
                case 1 -> {
                    if (add) {
                        set.add(element, 0, element.length);
                    } else if (set.find(element, 0, element.length)) {
                        set.remove();
                    }
                }
                case 2 -> {
                    if (add) {
                        list.push(random.nextBoolean(), value, 0, value.length);
                    } else if (list.size() > elements / 2) {
                        list.removeRange(random.nextInt((int) list.size() - 2), 2);
                    }
                }
                default -> {
                    double score = random.nextInt(1000);
                    if (sortedSet.find(element, 0, element.length)) {
                        if (add && score != sortedSet.score()) {
                            sortedSet.rescore(element, 0, element.length, score);
                        } else {
                            sortedSet.delete(element, 0, element.length);
                        }
                    } else {
                        sortedSet.insert(element, 0, element.length, score);
                    }
                }
            }
        }
    }

    /** Every key's payload, as it is now; under all locks. */
    private Map<String, List<Byte>> imageOfNow() {
        Map<String, List<Byte>> image = new HashMap<>();
        DumpPayload payload = new DumpPayload(false);
        RecordView view = new RecordView();
        keyspace.database(0).forEach((table, ref) -> collect(view.show(table, ref), payload, image));
        return image;
    }

    private static void collect(RecordView view, DumpPayload payload, Map<String, List<Byte>> image) {
        byte[] bytes = payload.of(view).toByteArray();
        String key = new String(view.keyArray(), 0, view.keyLength(), ISO_8859_1) + view.expireAtMs();
        assertNull(image.put(
                key, List.of((byte) bytes.length, (byte) java.util.Arrays.hashCode(bytes), bytes[bytes.length - 1])));
    }

    @RepeatedTest(4)
    void showsThePointInTimeUnderConcurrentWrites(RepetitionInfo repetition) throws Exception {
        int seed = repetition.getCurrentRepetition();
        keyspace = new Keyspace(
                KeyspaceOptions.standalone().withSegments(seed % 2 == 0 ? 2 : 8).withMaxPageBytes(200L << 20));
        Writer first = new Writer(seed);
        for (int i = 0; i < 8_000; i++) {
            first.write();
        }
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> writers = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            Writer own = new Writer(seed * 10L + t);
            Thread writer = new Thread(() -> {
                while (!stop.get()) {
                    own.write();
                }
            });
            writer.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
            writer.start();
            writers.add(writer);
        }
        try {
            for (int round = 0; round < 4; round++) {
                Map<String, List<Byte>> then = new HashMap<>();
                Snapshot snapshot = keyspace.startSnapshot(() -> then.putAll(imageOfNow()));
                if (round == 2) {
                    snapshot.close();
                    continue;
                }
                Map<String, List<Byte>> seen = new HashMap<>();
                DumpPayload payload = new DumpPayload(false);
                while (snapshot.step(view -> collect(view, payload, seen))) {
                    Thread.onSpinWait();
                }
                assertEquals(then, seen);
            }
        } finally {
            stop.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
        }
        assertNull(failure.get(), () -> failure.get().toString());
        crossesAFile();
        deleteAll();
        assertEquals(0, keyspace.usedMemory(), "memory is back");
        assertEquals(0, keyspace.awaitsFreeing());
    }

    private void crossesAFile() throws IOException {
        Map<String, List<Byte>> now = imageOfNow();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        RdbWriter writer = new RdbWriter(file, true, true);
        writer.header(new RdbInfo(1, 1, 0, "c".repeat(40), 5), "7.0.15");
        writer.database(0, 1, 1);
        RecordView view = new RecordView();
        keyspace.database(0).forEach((table, ref) -> {
            view.show(table, ref);
            try {
                if (view.expireAtMs() != KeyTable.NO_EXPIRY) {
                    writer.expiry(view.expireAtMs());
                }
                writer.collection(view);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        writer.end();
        byte[] bytes = file.toByteArray();
        Keyspace other =
                new Keyspace(KeyspaceOptions.standalone().withSegments(4).withMaxPageBytes(200L << 20));
        new RdbReader(new ByteArrayInputStream(bytes), bytes.length, true, -1, new KeyspaceLoader(other)).read();
        assertEquals(now.size(), other.database(0).size());
        keyspace.database(0).forEach((table, ref) -> {
            byte[] key = table.key(ref);
            long hash = KeyHash.hash(key);
            Segment segment = other.segment(-1, hash);
            segment.lock();
            try {
                KeyTable copy = other.table(0, -1, hash);
                long found = copy.find(key, 0, key.length, hash);
                assertTrue(found != 0);
                assertEquals(table.type(ref), copy.type(found));

                assertEquals(table.expireAt(ref), copy.expireAt(found));
            } finally {
                segment.unlock();
            }
        });
        other.flushAll();
        assertEquals(0, other.usedMemory());
    }

    private void deleteAll() {
        List<byte[]> keys = new ArrayList<>();
        keyspace.database(0).forEach((table, ref) -> keys.add(table.key(ref)));
        for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i);
            long hash = KeyHash.hash(key);
            Segment segment = keyspace.segment(-1, hash);
            segment.lock();
            try {
                KeyTable table = keyspace.table(0, -1, hash);
                table.delete(table.find(key, 0, key.length, hash), hash);
            } finally {
                segment.unlock();
            }
            if (i == keys.size() / 2) {
                keyspace.flush(0);
                break;
            }
        }
        while (keyspace.freeSome(100_000)) {
            Thread.onSpinWait();
        }
    }
}
