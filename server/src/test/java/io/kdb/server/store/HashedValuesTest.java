package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Random operations on hashes and sets, packed and in trees, do what java.util's do; in the end all memory is back. */
class HashedValuesTest {
    private static final int KEYS = 6;

    private final Map<String, Map<String, String>> hashes = new HashMap<>();
    private final Map<String, Set<String>> sets = new HashMap<>();
    private final HashValue hash = new HashValue();
    private final SetValue set = new SetValue();
    private Keyspace keyspace;
    private TestKeys keys;
    private Random random;
    private int longest;
    private int names;

    private void start(int seed, long maxBytes) {
        random = new Random(seed);
        keyspace = new Keyspace(KeyspaceOptions.standalone()
                .withSegments(2)
                .withPageBytes(1 << 18)
                .withMaxPageBytes(maxBytes));
        keyspace.limits(new CollectionLimits(
                random.nextBoolean() ? 512 : 10,
                random.nextBoolean() ? 64 : 20,
                -2,
                random.nextInt(3) == 0 ? 5_000 : random.nextBoolean() ? 512 : 10,
                128,
                64,
                4096,
                100));
        keys = new TestKeys(keyspace);
        longest = new int[] {8, 70, 600, 30_000}[seed % 4];
        names = seed % 4 == 3 ? 40 : new int[] {30, 400, 6_000}[random.nextInt(3)];
    }

    @RepeatedTest(24)
    void hashesAgreeWithMaps(RepetitionInfo repetition) {
        start(repetition.getCurrentRepetition(), 64 << 20);
        for (int i = 0; i < 25_000; i++) {
            keys.with(0, "k" + random.nextInt(KEYS), this::changeHash);
        }
        for (String key : List.copyOf(hashes.keySet())) {
            keys.with(0, key, (table, ref, k, h) -> checkHash(opened(hash, table, ref, h), hashes.get(key)));
            assertTrue(keys.delete(0, key));
        }
        checkAllIsFree();
    }

    @RepeatedTest(24)
    void setsAgreeWithSets(RepetitionInfo repetition) {
        start(repetition.getCurrentRepetition(), 64 << 20);
        for (int i = 0; i < 25_000; i++) {
            keys.with(0, "k" + random.nextInt(KEYS), this::changeSet);
        }
        for (String key : List.copyOf(sets.keySet())) {
            keys.with(0, key, (table, ref, k, h) -> checkSet(opened(set, table, ref, h), sets.get(key)));
            assertTrue(keys.delete(0, key));
        }
        checkAllIsFree();
    }

    /** What cannot be done for want of memory is not done at all. */
    @RepeatedTest(8)
    void staysAsItWasWithoutMemory(RepetitionInfo repetition) {
        start(repetition.getCurrentRepetition(), 1 << 18);
        longest = Math.min(longest, 600);
        names = 6_000;
        Snapshot snapshot = null;
        int full = 0;
        for (int i = 0; i < 30_000; i++) {
            if (snapshot == null && random.nextInt(200) == 0) {
                snapshot = keyspace.startSnapshot(() -> {});
            }
            try {
                keys.with(0, "h" + random.nextInt(KEYS), this::changeHash);
                keys.with(0, "s" + random.nextInt(KEYS), this::changeSet);
            } catch (StoreFull e) {
                full++;
                dropEmpty();
                if (full % 10 == 0) {
                    checkAll();
                }
                if (snapshot != null && random.nextInt(8) == 0) {
                    snapshot.close();
                    snapshot = null;
                }
                if (full % 40 == 0) {
                    String victim = "hs".charAt(random.nextInt(2)) + "" + random.nextInt(KEYS);
                    keys.delete(0, victim);
                    hashes.remove(victim);
                    sets.remove(victim);
                }
            }
        }
        assertTrue(full > 20, "ran out of memory " + full + " times");
        checkAll();
        if (snapshot != null) {
            snapshot.close();
        }
    }

    private void checkAll() {
        hashes.forEach(
                (key, model) -> keys.with(0, key, (table, ref, k, h) -> checkHash(opened(hash, table, ref, h), model)));
        sets.forEach(
                (key, model) -> keys.with(0, key, (table, ref, k, h) -> checkSet(opened(set, table, ref, h), model)));
    }

    /** As behind every command: what was made and stayed empty is taken away. */
    private void dropEmpty() {
        for (int i = 0; i < KEYS; i++) {
            String hashKey = "h" + i;
            String setKey = "s" + i;
            if (!hashes.containsKey(hashKey)) {
                keys.delete(0, hashKey);
            }
            if (!sets.containsKey(setKey)) {
                keys.delete(0, setKey);
            }
        }
    }

    private void checkAllIsFree() {
        for (int i = 0; i < keyspace.segmentCount(); i++) {
            Segment segment = keyspace.segment(i);
            segment.lock();
            while (segment.freeSome(Long.MAX_VALUE)) {}
            segment.unlock();
        }
        assertEquals(0, keyspace.usedMemory());
    }

    private static <V extends CollectionValue> V opened(V value, KeyTable table, long ref, long keyHash) {
        value.open(table, ref, keyHash, null);
        return value;
    }

    private <V extends CollectionValue> V openedOrMade(V value, KeyTable table, long ref, byte[] key, long keyHash) {
        if (ref == 0) {
            value.create(table, 0, key, 0, key.length, keyHash, KeyTable.NO_EXPIRY, null);
        } else {
            value.open(table, ref, keyHash, null);
        }
        return value;
    }

    private Void changeHash(KeyTable table, long ref, byte[] key, long keyHash) {
        String name = new String(key, ISO_8859_1);
        Map<String, String> model = hashes.getOrDefault(name, new HashMap<>());
        openedOrMade(hash, table, ref, key, keyHash);
        String field = name();
        byte[] f = field.getBytes(ISO_8859_1);
        if (random.nextInt(3) > 0 || model.isEmpty()) {
            String value = random.nextBoolean() ? text() : Long.toString(random.nextLong() >> random.nextInt(64));
            byte[] v = value.getBytes(ISO_8859_1);
            assertEquals(!model.containsKey(field), hash.set(f, 0, f.length, v, 0, v.length));
            model.put(field, value);
            hashes.put(name, model);
            assertTrue(hash.find(f, 0, f.length));
            assertEquals(value, text(hash.value()));
        } else {
            if (random.nextBoolean()) {
                hash.seekIndex(random.nextInt(model.size()));
                field = text(hash.field());
                assertTrue(model.containsKey(field), field);
                hash.remove();
            } else if (hash.find(f, 0, f.length)) {
                assertEquals(model.get(field), text(hash.value()));
                hash.remove();
            } else {
                assertFalse(model.containsKey(field));
            }
            model.remove(field);
            if (hash.isEmpty()) {
                table.delete(hash.ref());
                hashes.remove(name);
            }
        }
        assertEquals(model.size(), hashes.containsKey(name) ? hash.size() : 0);
        if (hashes.containsKey(name) && random.nextInt(200) == 0) {
            checkHash(hash, model);
        }
        return null;
    }

    private Void checkHash(HashValue value, Map<String, String> model) {
        Map<String, String> all = new HashMap<>();
        for (boolean more = value.first(); more; more = value.next()) {
            all.put(text(value.field()), text(value.value()));
        }
        assertEquals(model, all);
        Set<String> scanned = new HashSet<>();
        long cursor = 0;
        do {
            cursor = value.scan(cursor, () -> scanned.add(text(value.field())));
        } while (cursor != 0);
        assertEquals(model.keySet(), scanned);
        return null;
    }

    private Void changeSet(KeyTable table, long ref, byte[] key, long keyHash) {
        String name = new String(key, ISO_8859_1);
        Set<String> model = sets.getOrDefault(name, new HashSet<>());
        openedOrMade(set, table, ref, key, keyHash);
        String member = random.nextInt(2_000) == 0 ? text() : number();
        byte[] m = member.getBytes(ISO_8859_1);
        if (random.nextInt(3) > 0 || model.isEmpty()) {
            boolean isInteger = member.matches("-?[1-9][0-9]{0,17}|0");
            assertEquals(
                    !model.contains(member),
                    isInteger && random.nextBoolean()
                            ? set.add(new Element().integer(Long.parseLong(member)))
                            : set.add(m, 0, m.length));
            model.add(member);
            sets.put(name, model);
            assertTrue(set.contains(new Element().bytes(m, 0, m.length)));
            set.seekIndex(set.indexOf(new Element().bytes(m, 0, m.length)));
            assertEquals(member, text(set.element()));
        } else {
            if (random.nextBoolean()) {
                set.seekIndex(random.nextInt(model.size()));
                member = text(set.element());
                assertTrue(model.contains(member), member);
                set.remove();
            } else if (set.find(m, 0, m.length)) {
                assertTrue(model.contains(member));
                set.remove();
            } else {
                assertFalse(model.contains(member));
            }
            model.remove(member);
            if (set.isEmpty()) {
                table.delete(set.ref());
                sets.remove(name);
            }
        }
        assertEquals(model.size(), sets.containsKey(name) ? set.size() : 0);
        if (sets.containsKey(name) && random.nextInt(200) == 0) {
            checkSet(set, model);
        }
        return null;
    }

    private Void checkSet(SetValue value, Set<String> model) {
        List<String> all = new ArrayList<>();
        for (boolean more = value.first(); more; more = value.next()) {
            all.add(text(value.element()));
        }
        assertEquals(model.size(), all.size());
        assertEquals(model, new HashSet<>(all));
        for (int i = 0; i < all.size(); i += 1 + all.size() / 20) {
            value.seekIndex(i);
            assertEquals(all.get(i), text(value.element()));
        }
        return null;
    }

    private static String text(Element element) {
        return new String(element.copy(), ISO_8859_1);
    }

    private String name() {
        int n = random.nextInt(names);
        return n % 3 == 0 ? Integer.toString(n) : "field" + n + "x".repeat(n % 17 == 0 ? n % 300 : 0);
    }

    private String number() {
        int n = random.nextInt(names);
        return Long.toString((long) n << (n % 7 == 0 ? 30 : 1));
    }

    private String text() {
        int length = random.nextInt(random.nextInt(4) == 0 ? longest : Math.min(longest, 30));
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return new String(bytes, ISO_8859_1);
    }
}
