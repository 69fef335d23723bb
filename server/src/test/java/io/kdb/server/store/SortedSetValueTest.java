package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Random changes of sorted sets, packed and in trees, do what a map does; snapshots see them as they were. */
class SortedSetValueTest {
    private static final int KEYS = 6;

    private record Entry(String member, double score) {}

    private static final Comparator<Entry> ORDER =
            Comparator.comparingDouble((Entry e) -> e.score).thenComparing(e -> e.member);

    private final Map<String, Map<String, Double>> model = new HashMap<>();
    private final SortedSetValue set = new SortedSetValue();
    private Random random;
    private Keyspace keyspace;
    private TestKeys keys;
    /** How members and scores are made. */
    private int style;

    private void start(long seed, long maxBytes, CollectionLimits limits) {
        random = new Random(seed);
        style = (int) (seed % 4);
        keyspace = new Keyspace(KeyspaceOptions.standalone()
                .withSegments(2)
                .withPageBytes(1 << 18)
                .withMaxPageBytes(maxBytes));
        keyspace.limits(limits);
        keys = new TestKeys(keyspace);
    }

    private static CollectionLimits limits(long entries, long value) {
        CollectionLimits d = CollectionLimits.DEFAULT;
        return new CollectionLimits(
                d.hashEntries(),
                d.hashValue(),
                d.listSize(),
                d.setIntsetEntries(),
                entries,
                value,
                d.streamNodeBytes(),
                d.streamNodeEntries());
    }

    @RepeatedTest(16)
    void agreesWithAMap(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        start(
                seed,
                64 << 20,
                seed % 3 == 0 ? limits(0, 64) : seed % 3 == 1 ? limits(128, 64) : limits(100_000, 100_000));
        Snapshot snapshot = null;
        Map<String, List<Entry>> then = new HashMap<>();
        int operations = 12_000;
        for (int i = 0; i < operations; i++) {
            String key = "k" + random.nextInt(KEYS);
            boolean growing = i % (operations / 2) < operations / 3;
            keys.with(0, key, (table, ref, k, hash) -> edit(table, ref, k, hash, key, growing));
            if (i % 4_000 == 2_000) {
                snapshot = keyspace.startSnapshot(() -> {});
                then.clear();
                model.forEach((name, members) -> then.put(name, sorted(members)));
            } else if (i % 4_000 == 3_000) {
                assertEquals(then, seen(snapshot));
            }
        }
        for (String key : List.copyOf(model.keySet())) {
            assertTrue(keys.delete(0, key));
        }
        free();
        assertEquals(0, keyspace.usedMemory());
    }

    private void free() {
        for (int i = 0; i < 2; i++) {
            Segment segment = keyspace.segment(i);
            segment.lock();
            segment.freeSome(Long.MAX_VALUE);
            segment.unlock();
        }
    }

    @RepeatedTest(3)
    void staysAsItWasWithoutMemory(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        start(seed, 1 << 18, limits(128, 64));
        style = 1 + seed % 3;
        Snapshot snapshot = null;
        int full = 0;
        for (int i = 0; i < 30_000; i++) {
            String key = "k" + random.nextInt(KEYS);
            try {
                keys.with(0, key, (table, ref, k, hash) -> edit(table, ref, k, hash, key, random.nextInt(5) != 0));
                if (i % 1000 == 500 && snapshot == null) {
                    snapshot = keyspace.startSnapshot(() -> {});
                }
            } catch (StoreFull e) {
                full++;
                if (full % 5 == 1) {
                    checkAll();
                }
                if (snapshot != null) {
                    snapshot.close();
                    snapshot = null;
                }
                keys.with(0, key, (table, ref, k, hash) -> {
                    if (ref != 0) {
                        table.delete(ref, hash);
                        model.remove(key);
                    }
                    return true;
                });
                free();
            }
        }
        assertTrue(full > 5, "ran out of memory " + full + " times");
        checkAll();
    }

    private void checkAll() {
        for (int i = 0; i < KEYS; i++) {
            String key = "k" + i;
            Map<String, Double> members = model.get(key);
            keys.with(0, key, (table, ref, k, hash) -> {
                assertEquals(members == null, ref == 0);
                if (ref != 0) {
                    set.open(table, ref, hash, null);
                    assertEquals(sorted(members), content());
                }
                return true;
            });
        }
    }

    private static List<Entry> sorted(Map<String, Double> members) {
        List<Entry> entries = new ArrayList<>();
        members.forEach((member, score) -> entries.add(new Entry(member, score)));
        entries.sort(ORDER);
        return entries;
    }

    private List<Entry> content() {
        List<Entry> entries = new ArrayList<>();
        for (boolean more = set.first(); more; more = set.next()) {
            entries.add(here());
        }
        return entries;
    }

    private Entry here() {
        return new Entry(new String(set.element().copy(), ISO_8859_1), set.scoreHere());
    }

    private Map<String, List<Entry>> seen(Snapshot snapshot) {
        Map<String, List<Entry>> seen = new HashMap<>();
        boolean more = true;
        while (more) {
            more = snapshot.step(record -> seen.put(
                    new String(record.keyArray(), 0, record.keyLength(), ISO_8859_1),
                    record.isTree() ? ofTrees(record) : ofListpack(record)));
        }
        return seen;
    }

    private static List<Entry> ofTrees(RecordView record) {
        SortedSetValue then = new SortedSetValue();
        then.open(record);
        List<Entry> entries = new ArrayList<>();
        for (boolean more = then.first(); more; more = then.next()) {
            entries.add(new Entry(new String(then.element().copy(), ISO_8859_1), then.scoreHere()));
        }
        return entries;
    }

    private static List<Entry> ofListpack(RecordView record) {
        byte[] value = new byte[(int) record.valueLength()];
        record.readValue(0, value, 0, value.length);
        assertTrue(Listpack.isValid(value, 0, value.length));
        List<Entry> entries = new ArrayList<>();
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(value, p); p = Listpack.next(value, p)) {
            int member = p;
            p = Listpack.next(value, p);
            String text = Listpack.isInteger(value, member)
                    ? Long.toString(Listpack.integer(value, member))
                    : new String(
                            value,
                            Listpack.stringOffset(value, member),
                            Listpack.stringLength(value, member),
                            ISO_8859_1);
            entries.add(new Entry(text, PackedSortedSet.score(value, p)));
        }
        return entries;
    }

    private String member() {
        int n = random.nextInt(800);
        return switch (style) {
            case 0 -> "m" + n;
            case 1 -> random.nextBoolean() ? Integer.toString(n) : "a common prefix of members " + n;
            case 2 -> "x".repeat(n % 300) + (char) (n % 256);
            default -> n % 50 == 0 ? n + "y".repeat(20_000 + n) : "\0".repeat(n % 12) + n % 7;
        };
    }

    private double score() {
        return switch (random.nextInt(8)) {
            case 0 -> Double.POSITIVE_INFINITY;
            case 1 -> -random.nextInt(3);
            case 2 -> random.nextGaussian();
            case 3 -> random.nextInt(100) / 4.0;
            default -> style == 1 ? 0 : random.nextInt(1000);
        };
    }

    private boolean edit(KeyTable table, long ref, byte[] key, long hash, String name, boolean growing) {
        Map<String, Double> members = model.get(name);
        if (ref == 0) {
            members = new HashMap<>();
            set.create(table, 0, key, 0, key.length, hash, KeyTable.NO_EXPIRY, null);
        } else {
            set.open(table, ref, hash, null);
        }
        try {
            change(members, growing);
        } finally {
            if (members.isEmpty()) {
                assertTrue(set.isEmpty());
                table.delete(set.ref(), hash);
                model.remove(name);
            } else {
                model.put(name, members);
            }
        }
        assertEquals(members.size(), members.isEmpty() ? 0 : set.size());
        if (!members.isEmpty() && random.nextInt(40) == 0) {
            check(sorted(members));
        }
        return true;
    }

    private void change(Map<String, Double> members, boolean growing) {
        int what = random.nextInt(10);
        byte[] member = member().getBytes(ISO_8859_1);
        String text = new String(member, ISO_8859_1);
        boolean isThere = set.find(member, 0, member.length);
        assertEquals(members.containsKey(text), isThere);
        if (isThere) {
            assertEquals(members.get(text), set.score());
        }
        if (what < (growing ? 8 : 4)) {
            put(members, member, text, isThere);
        } else if (what < 9) {
            if (isThere) {
                set.delete(member, 0, member.length);
                members.remove(text);
            }
        } else if (random.nextInt(20) == 0 && !members.isEmpty()) {
            deleteSome(members);
        }
    }

    private void put(Map<String, Double> members, byte[] member, String text, boolean isThere) {
        double score = score() + 0.0;
        if (!isThere) {
            set.insert(member, 0, member.length, score);
        } else if (score != members.get(text)) {
            set.rescore(member, 0, member.length, score);
        }
        members.put(text, score);
    }

    private void deleteSome(Map<String, Double> members) {
        List<Entry> sorted = sorted(members);
        int from = random.nextInt(sorted.size());
        int to = Math.min(sorted.size(), from + random.nextInt(30));
        long before = set.size();
        try {
            set.deleteRange(from, to);
        } finally {
            // Out of memory, the first ones may be gone; the command logs how many.
            int gone = (int) (before - set.size());
            sorted.subList(from, from + gone).forEach(entry -> members.remove(entry.member));
        }
    }

    private void check(List<Entry> sorted) {
        assertEquals(sorted, content());
        int size = sorted.size();
        int rank = random.nextInt(size);
        Entry entry = sorted.get(rank);
        byte[] member = entry.member.getBytes(ISO_8859_1);
        assertTrue(set.find(member, 0, member.length));
        assertEquals(rank, set.rank());
        set.seekIndex(rank);
        for (int i = rank; i >= 0; i--) {
            assertEquals(sorted.get(i), here());
            assertEquals(i > 0, set.previous());
        }
        checkRange(sorted, entry.score, sorted.get(random.nextInt(size)).score + random.nextInt(2));
        checkLexRange(sorted);
        checkScan(sorted);
    }

    private void checkRange(List<Entry> sorted, double min, double max) {
        boolean minOut = random.nextBoolean();
        boolean maxOut = random.nextBoolean();
        set.range(new ScoreRange(min, minOut, max, maxOut));
        long within = sorted.stream()
                .filter(e -> (minOut ? e.score > min : e.score >= min) && (maxOut ? e.score < max : e.score <= max))
                .count();
        assertEquals(within, set.rangeTo() - set.rangeFrom());
        if (within > 0) {
            long below = sorted.stream()
                    .filter(e -> minOut ? e.score <= min : e.score < min)
                    .count();
            assertEquals(below, set.rangeFrom());
        }
    }

    /** Only where all scores are the same is it said what is within. */
    private void checkLexRange(List<Entry> sorted) {
        byte[] min = member().getBytes(ISO_8859_1);
        byte[] max = member().getBytes(ISO_8859_1);
        boolean minOut = random.nextBoolean();
        LexRange range = new LexRange(
                LexRange.Bound.of(minOut, min, 0, min.length),
                random.nextInt(3) == 0 ? LexRange.Bound.LAST : LexRange.Bound.of(false, max, 0, max.length));
        set.range(range, random.nextBoolean());
        if (sorted.get(0).score == sorted.get(sorted.size() - 1).score) {
            String low = new String(min, ISO_8859_1);
            String high = range.max().open() > 0 ? "\uffff" : new String(max, ISO_8859_1);
            long within = sorted.stream()
                    .filter(e -> e.member.compareTo(low) >= (minOut ? 1 : 0) && e.member.compareTo(high) <= 0)
                    .count();
            assertEquals(within, set.rangeTo() - set.rangeFrom());
        }
    }

    private void checkScan(List<Entry> sorted) {
        Set<Entry> scanned = new HashSet<>();
        long cursor = 0;
        do {
            cursor = set.scan(cursor, () -> assertTrue(scanned.add(here())));
        } while (cursor != 0);
        assertEquals(new HashSet<>(sorted), scanned);
    }

    @Test
    void ordersMembersOfOneScoreByTheirBytes() {
        start(1, 64 << 20, CollectionLimits.DEFAULT);
        keys.with(0, "k", (table, ref, k, hash) -> {
            set.create(table, 0, k, 0, k.length, hash, KeyTable.NO_EXPIRY, null);
            List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                String member = "a prefix longer than a separator:" + random.nextInt(1_000_000);
                byte[] bytes = member.getBytes(ISO_8859_1);
                if (!set.find(bytes, 0, bytes.length)) {
                    set.insert(bytes, 0, bytes.length, 0);
                    entries.add(new Entry(member, 0));
                }
            }
            entries.sort(ORDER);
            assertEquals(entries, content());
            for (int i = 0; i < 200; i++) {
                checkLexRange(entries, random.nextInt(entries.size()), random.nextInt(entries.size()));
            }
            table.delete(set.ref(), hash);
            return true;
        });
        free();
        assertEquals(0, keyspace.usedMemory());
    }

    private void checkLexRange(List<Entry> entries, int from, int to) {
        byte[] min = entries.get(from).member.getBytes(ISO_8859_1);
        byte[] max = entries.get(to).member.getBytes(ISO_8859_1);
        set.range(
                new LexRange(LexRange.Bound.of(false, min, 0, min.length), LexRange.Bound.of(true, max, 0, max.length)),
                false);
        assertEquals(Math.max(0, to - from), set.rangeTo() - set.rangeFrom());
        if (from < to) {
            assertEquals(from, set.rangeFrom());
        }
    }

    @RepeatedTest(4)
    void keepsTheRestWhenMostGoes(RepetitionInfo repetition) {
        start(repetition.getCurrentRepetition(), 64 << 20, limits(128, 64));
        keys.with(0, "k", (table, ref, k, hash) -> {
            set.create(table, 0, k, 0, k.length, hash, KeyTable.NO_EXPIRY, null);
            Map<String, Double> members = new HashMap<>();
            model.put("k", members);
            for (int i = 0; i < 10_000; i++) {
                byte[] member = (random.nextInt(50) == 0 ? "long".repeat(70) + i : "m" + i).getBytes(ISO_8859_1);
                put(members, member, new String(member, ISO_8859_1), set.find(member, 0, member.length));
            }
            while (!set.isEmpty()) {
                List<Entry> sorted = sorted(members);
                int most = sorted.size();
                int kept = random.nextInt(1 + most / 2);
                int from = random.nextInt(1 + kept);
                int to = most - kept + from;
                set.deleteRange(from, to);
                sorted.subList(from, to).forEach(entry -> members.remove(entry.member));
                assertEquals(members.size(), set.size());
                if (!members.isEmpty()) {
                    check(sorted(members));
                    change(members, true);
                }
            }
            table.delete(set.ref(), hash);
            return true;
        });
        model.clear();
        free();
        assertEquals(0, keyspace.usedMemory());
    }

    @Test
    void takesLittleMemory() {
        start(1, 256 << 20, CollectionLimits.DEFAULT);
        int members = 300_000;
        keys.with(0, "k", (table, ref, k, hash) -> {
            set.create(table, 0, k, 0, k.length, hash, KeyTable.NO_EXPIRY, null);
            for (int i = 0; i < members; i++) {
                byte[] member = String.format("member:%09d", i).getBytes(ISO_8859_1);
                set.insert(member, 0, member.length, random.nextDouble());
            }
            assertFalse(set.isEmpty());
            return true;
        });
        double perMember = keyspace.usedMemory() / (double) members;
        assertTrue(perMember < 75, perMember + " bytes a member of 16 bytes");
    }
}
