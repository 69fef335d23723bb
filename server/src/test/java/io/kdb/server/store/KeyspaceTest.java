package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.resp.Arguments;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class KeyspaceTest {
    private static final KeyspaceOptions SMALL =
            KeyspaceOptions.standalone().withSegments(4).withMaxPageBytes(64 << 20);

    private Keyspace keyspace = new Keyspace(SMALL);
    private TestKeys keys = new TestKeys(keyspace);

    private void use(KeyspaceOptions options) {
        keyspace = new Keyspace(options);
        keys = new TestKeys(keyspace);
    }

    @RepeatedTest(8)
    void scanShowsEveryKeyThatStays(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        Random random = new Random(seed);
        boolean cluster = seed % 2 == 0;
        use((cluster ? KeyspaceOptions.clustered() : SMALL).withSegments(1 << (seed % 3)));
        Set<String> stay = new HashSet<>();
        int before = seed < 5 ? 20_000 : 300;
        for (int i = 0; i < before; i++) {
            keys.set("k" + i, "v");
            if (i % 7 == 0) {
                stay.add("k" + i);
            }
        }
        Set<String> seen = new HashSet<>();
        long cursor = 0;
        int turn = 0;
        do {
            cursor = keyspace.database(0)
                    .scan(cursor, 10, (table, ref) -> seen.add(new String(table.key(ref), ISO_8859_1)));
            for (int i = 0; i < 100; i++) { // shrinks, then grows
                int n = random.nextInt(before);
                if (turn < 150 && n % 7 != 0) {
                    keys.delete(0, "k" + n);
                } else if (turn >= 150) {
                    keys.set("new" + random.nextInt(before * 2), "v");
                }
            }
            turn++;
        } while (cursor != 0);
        stay.removeAll(seen);
        assertEquals(Set.of(), stay, "seed " + seed);
    }

    @Test
    void cursorsOfNobodyAreHarmless() {
        keys.set("a", "1");
        Random random = new Random(5);
        for (int i = 0; i < 1000; i++) {
            keyspace.database(0).scan(random.nextLong(), 10, (table, ref) -> {});
        }
        assertEquals(0, keyspace.database(0).scan(-1L, Long.MAX_VALUE, (table, ref) -> {}));
    }

    @Test
    void answersFullAtTheHardMaximumAndRecovers() {
        use(SMALL.withMaxPageBytes(4 << 20).withSegments(2));
        Map<String, byte[]> model = new HashMap<>();
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 60_000; i++) {
            String key = "key" + i;
            byte[] value = new byte[random.nextInt(50) == 0 ? random.nextInt(60_000) : random.nextInt(400)];
            random.nextBytes(value);
            try {
                keys.set(0, key, value, i % 3 == 0 ? 5 : -1);
                model.put(key, value);
            } catch (StoreFull e) {
                refused++;
            }
        }
        assertTrue(refused > 0);
        assertTrue(keyspace.isNearlyFull());
        for (int i = 0; i < 2000; i++) { // every writer fails cleanly
            String key = "key" + random.nextInt(60_000);
            byte[] old = model.get(key);
            if (old == null) {
                continue;
            }
            try {
                int n = i;
                byte[] more = new byte[30_000];
                byte[] now = keys.with(0, key, (table, ref, k, hash) -> {
                    if (n % 2 == 0) {
                        table.setExpire(ref, 99);
                        return old;
                    }
                    table.append(ref, more, 0, more.length);
                    return java.util.Arrays.copyOf(old, old.length + more.length);
                });
                model.put(key, now);
            } catch (StoreFull e) {
                refused++;
            }
        }
        for (Map.Entry<String, byte[]> entry : model.entrySet()) {
            byte[] value = keys.with(0, entry.getKey(), (table, ref, k, hash) -> table.value(ref));
            assertArrayEquals(entry.getValue(), value, entry.getKey());
        }
        assertEquals(model.size(), keyspace.database(0).size());
        model.keySet().forEach(key -> assertTrue(keys.delete(0, key)));
        assertEquals(0, keyspace.usedMemory());
        assertFalse(keyspace.isNearlyFull());
    }

    @Test
    void keepsAValueOfAHundredMegabytesInPieces() {
        use(SMALL.withMaxPageBytes(160L << 20));
        byte[] part = new byte[1 << 20];
        new Random(3).nextBytes(part);
        byte[] key = "big".getBytes(ISO_8859_1);
        long hash = KeyHash.hash(key);
        Segment segment = keyspace.segment(0, hash);
        segment.lock();
        KeyTable table = keyspace.table(0, 0, hash);
        long ref = table.putString(0, key, 0, 3, hash, part, 0, 10, -1);
        for (int i = 0; i < 100; i++) {
            ref = table.append(ref, part, 0, part.length);
        }
        assertEquals(10 + (100L << 20), table.valueLength(ref));
        assertFalse(table.isContiguous(ref));
        byte[] read = new byte[part.length];
        for (int i = 0; i < 100; i += 9) {
            table.readValue(ref, 10 + ((long) i << 20), read, 0, read.length);
            assertArrayEquals(part, read);
        }
        Snapshot snapshot = keyspace.startSnapshot(() -> {});
        long before = keyspace.usedMemory();
        ref = table.write(ref, 50L << 20, new byte[100], 0, 100);
        assertTrue(keyspace.usedMemory() - before < 64 << 10, "only the written piece is copied");
        segment.unlock();
        long[] shown = new long[2];
        while (snapshot.step(record -> {
            shown[0] = record.valueLength();
            byte[] range = new byte[100];
            record.readValue(50L << 20, range, 0, 100);
            for (byte b : range) {
                shown[1] += b == 0 ? 1 : 0;
            }
        })) {
            Thread.onSpinWait();
        }
        assertEquals(10 + (100L << 20), shown[0]);
        assertTrue(shown[1] < 20, "the snapshot shows the old piece");
        segment.lock();
        table.readValue(ref, 50L << 20, read, 0, 100);
        assertArrayEquals(new byte[100], java.util.Arrays.copyOf(read, 100));
        table.delete(ref);
        segment.unlock();
        while (keyspace.freeSome(1_000_000)) {
            Thread.onSpinWait();
        }
        assertEquals(0, keyspace.usedMemory());
    }

    @Test
    void takesAnArgument() {
        Arguments args = Arguments.of("SET", "k", "12345");
        byte[] k = "k".getBytes(ISO_8859_1);
        keys.with(0, "k", (table, ref, key, hash) -> table.putString(ref, k, 0, 1, hash, args, 2, 77));
        assertEquals("12345", keys.get(0, "k"));
        int encoding = keys.with(0, "k", (table, ref, key, hash) -> table.encoding(ref));
        assertEquals(Encoding.INT, encoding);
    }

    @Test
    void swapsAndFlushesDatabases() {
        keys.set(1, "a", new byte[1], -1);
        keys.set(2, "b", new byte[2], 5);
        keyspace.swap(1, 2);
        assertNull(keys.get(1, "a"));
        assertEquals(1, keys.get(2, "a").length());
        assertEquals(1, keyspace.database(1).expiring());
        assertEquals(1, (int) keys.with(1, "b", (table, ref, k, hash) -> table.db()));
        keyspace.flush(1);
        assertEquals(0, keyspace.database(1).size());
        assertEquals(0, keyspace.database(1).expiring());
        assertEquals(1, keyspace.database(2).size());
        while (keyspace.freeSome(100_000)) {
            Thread.onSpinWait();
        }
        keyspace.flushAll();
        assertEquals(0, keyspace.usedMemory());
        assertEquals(0, keyspace.database(2).size());
    }

    @Test
    void listsAndDropsASlot() {
        use(KeyspaceOptions.clustered());
        Set<String> expected = new HashSet<>();
        for (int i = 0; expected.size() < 3; i++) {
            keys.set("k" + i, "v");
            if (TestKeys.slot("k" + i) % 4096 == 7) {
                expected.add("k" + i);
            }
        }
        Set<String> listed = new HashSet<>();
        int counted = 0;
        for (int slot = 7; slot < KeyspaceOptions.SLOTS; slot += 4096) {
            keyspace.database(0).slotKeys(slot, 10).forEach(key -> listed.add(new String(key, ISO_8859_1)));
            counted += keyspace.database(0).slotSize(slot);
        }
        assertEquals(expected, listed);
        assertEquals(3, counted);
        long before = keyspace.database(0).size();
        String gone = expected.iterator().next();
        keys.with(0, gone, (table, ref, k, hash) -> {
            keyspace.dropSlot(TestKeys.slot(gone));
            return ref;
        });
        assertNull(keys.get(0, gone));
        assertTrue(keyspace.database(0).size() < before);
    }

    @Test
    void copiesARecordBetweenTables() {
        keys.set(0, "from", new byte[50_000], 123);
        byte[] target = "to".getBytes(ISO_8859_1);
        long hash = KeyHash.hash(target);
        Segment other = keyspace.segment(0, hash);
        keys.with(0, "from", (table, ref, k, h) -> {
            boolean unlock = other.enter();
            KeyTable to = keyspace.table(3, 0, hash);
            to.copyFrom(table, ref, 0, target, 0, 2, hash, table.expireAt(ref));
            if (unlock) {
                other.unlock();
            }
            return ref;
        });
        assertEquals(50_000, keys.get(3, "to").length());
        assertEquals(123L, (long) keys.with(3, "to", (table, ref, k, h) -> table.expireAt(ref)));
    }

    @Test
    void refusesOddOptions() {
        assertThrows(IllegalArgumentException.class, () -> SMALL.withSegments(3));
        assertThrows(IllegalArgumentException.class, () -> new Keyspace(SMALL.withPageBytes(1000)));
    }

    @Test
    void encodesAsRedisDoes() {
        String[] ints = {"0", "-1", "9223372036854775807", "-9223372036854775808"};
        String[] texts = {"", "-", "-0", "01", "+1", "9223372036854775808", "-9223372036854775809", " 1", "1e3"};
        for (String text : ints) {
            assertEquals(Encoding.INT, Encoding.ofString(text.getBytes(ISO_8859_1), 0, text.length()), text);
        }
        for (String text : texts) {
            assertEquals(Encoding.EMBSTR, Encoding.ofString(text.getBytes(ISO_8859_1), 0, text.length()), text);
        }
        assertEquals(Encoding.EMBSTR, Encoding.ofString(new byte[44], 0, 44));
        assertEquals(Encoding.RAW, Encoding.ofString(new byte[45], 0, 45));
    }
}
