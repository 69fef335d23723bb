package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Random operations on a keyspace and on a HashMap give the same; when all is deleted, all memory is back. */
class KeyTableModelTest {
    private static final class Entry {
        final byte[] value;
        final long expireAt;
        final int encoding;

        Entry(byte[] value, long expireAt, int encoding) {
            this.value = value;
            this.expireAt = expireAt;
            this.encoding = encoding;
        }
    }

    private final Map<String, Entry> model = new HashMap<>();
    private Keyspace keyspace;
    private Random random;

    @RepeatedTest(12)
    void agreesWithAHashMap(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        random = new Random(seed);
        boolean cluster = seed % 2 == 0;
        KeyspaceOptions options = cluster ? KeyspaceOptions.clustered() : KeyspaceOptions.standalone();
        keyspace = new Keyspace(options.withSegments(1 << (seed % 4))
                .withMaxPageBytes(96 << 20)
                .withPageBytes((128 << 10) << (seed % 3)));
        int keys = 1 << (4 + seed);
        for (int i = 0; i < 60_000; i++) {
            boolean shrinking = i / 10_000 % 2 == 1;
            step(("k" + random.nextInt(Math.min(keys, 20_000)) + pad()), shrinking, i);
            if (i % 5_000 == 0) {
                compareAll();
            }
        }
        compareAll();
        for (String key : model.keySet().toArray(new String[0])) {
            delete(key);
        }
        assertEquals(0, keyspace.database(0).size());
        assertEquals(0, keyspace.database(0).expiring());
        assertEquals(0, keyspace.usedMemory(), "memory is back, seed " + seed);
        assertEquals(keyspace.pool().pageBytesTotal(), keyspace.pool().freeSpanBytes());
    }

    private String pad() {
        int kind = random.nextInt(200);
        return kind == 0 ? "x".repeat(300) : kind == 1 ? "y".repeat(40_000) : "";
    }

    private byte[] value() {
        int kind = random.nextInt(400);
        int length = kind == 0 ? random.nextInt(150_000) : kind < 10 ? random.nextInt(20_000) : random.nextInt(120);
        byte[] value = new byte[length];
        random.nextBytes(value);
        return value;
    }

    private KeyTable lock(String key) {
        byte[] k = key.getBytes(ISO_8859_1);
        long hash = KeyHash.hash(k);
        int slot = (key.hashCode() & 0x7FFFFFFF) % KeyspaceOptions.SLOTS;
        keyspace.segment(slot, hash).lock();
        return keyspace.table(0, slot, hash);
    }

    private void step(String key, boolean shrinking, int i) {
        byte[] k = key.getBytes(ISO_8859_1);
        long hash = KeyHash.hash(k);
        KeyTable table = lock(key);
        long ref = table.find(k, 0, k.length, hash);
        Entry old = model.get(key);
        assertEquals(old != null, ref != 0, key);
        int what = random.nextInt(shrinking ? 20 : 10);
        if (what >= 10 && ref != 0) {
            table.delete(ref);
            model.remove(key);
        } else if (what < 4) {
            byte[] value = value();
            long expire = random.nextInt(3) == 0 ? 1_000_000 + i : random.nextBoolean() ? -1 : KeyTable.KEEP_TTL;
            int encoding = random.nextInt(3);
            table.put(ref, k, 0, k.length, hash, ValueType.STRING, encoding, value, 0, value.length, expire);
            long expected = expire != KeyTable.KEEP_TTL ? expire : old == null ? -1 : old.expireAt;
            model.put(key, new Entry(value, expected, encoding));
        } else if (ref != 0) {
            change(table, ref, key, old, what, i);
        }
        table.segment().unlock();
    }

    private void change(KeyTable table, long found, String key, Entry old, int what, int i) {
        long ref = found;
        if (what == 4) {
            byte[] more = value();
            ref = table.append(ref, more, 0, more.length);
            byte[] all = Arrays.copyOf(old.value, old.value.length + more.length);
            System.arraycopy(more, 0, all, old.value.length, more.length);
            model.put(key, new Entry(all, old.expireAt, old.encoding));
        } else if (what == 5) {
            int length = random.nextInt(old.value.length * 2 + 10);
            ref = table.resize(ref, length);
            model.put(key, new Entry(Arrays.copyOf(old.value, length), old.expireAt, old.encoding));
        } else if (what == 6 && old.value.length > 0) {
            int at = random.nextInt(old.value.length);
            byte[] part = new byte[random.nextInt(old.value.length - at + 1)];
            random.nextBytes(part);
            ref = table.write(ref, at, part, 0, part.length);
            byte[] all = old.value.clone();
            System.arraycopy(part, 0, all, at, part.length);
            model.put(key, new Entry(all, old.expireAt, old.encoding));
        } else if (what >= 7) {
            long expire = what == 9 ? -1 : 2_000_000 + i;
            ref = table.setExpire(ref, expire);
            model.put(key, new Entry(old.value, expire, old.encoding));
        }
        compare(table, ref, key);
    }

    private void delete(String key) {
        byte[] k = key.getBytes(ISO_8859_1);
        KeyTable table = lock(key);
        table.delete(table.find(k, 0, k.length, KeyHash.hash(k)));
        table.segment().unlock();
    }

    private void compare(KeyTable table, long ref, String key) {
        Entry expected = model.get(key);
        assertNotNull(expected, () -> "not in the model: " + key.length() + " " + key);
        assertEquals(key, new String(table.key(ref), ISO_8859_1));
        assertArrayEquals(expected.value, table.value(ref));
        assertEquals(expected.expireAt, table.expireAt(ref));
        assertEquals(expected.encoding, table.encoding(ref));
        assertEquals(ValueType.STRING, table.type(ref));
    }

    private void compareAll() {
        int[] seen = new int[2];
        keyspace.database(0).forEach((table, ref) -> {
            compare(table, ref, new String(table.key(ref), ISO_8859_1));
            seen[0]++;
            seen[1] += table.expireAt(ref) == KeyTable.NO_EXPIRY ? 0 : 1;
        });
        assertEquals(model.size(), seen[0]);
        assertEquals(model.size(), keyspace.database(0).size());
        assertEquals(seen[1], keyspace.database(0).expiring());
        assertTrue(model.isEmpty() || keyspace.database(0).random((table, ref) -> table.key(ref)));
        assertEquals(seen[1] > 0, keyspace.database(0).randomExpiring((table, ref) -> {
            assertTrue(table.expireAt(ref) != KeyTable.NO_EXPIRY);
        }));
    }
}
