package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Random operations on a stream and on a model of tree maps give the same; what a snapshot has pinned stays as it was; when
 * all is freed, all memory is back.
 */
class StreamValueTest {
    private static final byte[] KEY = "stream".getBytes(ISO_8859_1);
    private static final long HASH = KeyHash.hash(KEY);

    /** What is pending in the model. */
    private record Pending(String consumer, long atMs, long times) {}

    private static final class Group {
        final Map<String, Long> consumers = new TreeMap<>();
        final TreeMap<StreamId, Pending> pending = new TreeMap<>(StreamId::compareTo);
        StreamId last = new StreamId();

        Group copy() {
            Group copy = new Group();
            copy.consumers.putAll(consumers);
            copy.pending.putAll(pending);
            copy.last = last;
            return copy;
        }
    }

    private static final class Model {
        final TreeMap<StreamId, List<String>> entries = new TreeMap<>(StreamId::compareTo);
        final TreeMap<String, Group> groups = new TreeMap<>();
        StreamId last = new StreamId();

        Model copy() {
            Model copy = new Model();
            copy.entries.putAll(entries);
            groups.forEach((name, group) -> copy.groups.put(name, group.copy()));
            copy.last = last;
            return copy;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    private record Pin(byte[] descriptor, Model model) {}

    private Keyspace keyspace;
    private Segment segment;
    private KeyTable table;
    private final StreamValue stream = new StreamValue();
    private final Model model = new Model();
    private final List<Pin> pins = new ArrayList<>();
    private Random random;
    private int longest;
    /** How much rarer groups and consumers are removed. */
    private int removals = 1;

    private void start(long maxBytes, int seed) {
        keyspace = new Keyspace(KeyspaceOptions.standalone()
                .withSegments(1)
                .withPageBytes(1 << 18)
                .withMaxPageBytes(maxBytes));
        keyspace.limits(
                new CollectionLimits(512, 64, -2, 512, 128, 64, seed % 4 == 0 ? 0 : 400, seed % 3 == 0 ? 0 : 7));
        segment = keyspace.segment(-1, HASH);
        segment.lock();
        table = keyspace.table(0, -1, HASH);
        random = new Random(seed);
        longest = seed % 5 == 0 ? 30_000 : 40;
        stream.create(table, 0, KEY, 0, KEY.length, HASH, KeyTable.NO_EXPIRY, null);
    }

    @AfterEach
    void unlock() {
        segment.unlock();
    }

    @RepeatedTest(20)
    void agreesWithTheModel(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        start(256 << 20, seed);
        int operations = longest > 1000 ? 1_500 : 12_000;
        for (int i = 0; i < operations; i++) {
            step();
            if (random.nextInt(200) == 0) {
                pin();
            } else if (random.nextInt(200) == 0) {
                unpin();
            }
            if (i % 500 == 0) {
                check(stream.view(), model);
            }
        }
        check(stream.view(), model);
        while (!pins.isEmpty()) {
            unpin();
        }
        table.delete(stream.ref());
        segment.trees.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.usedMemory(), "seed " + seed);
    }

    @RepeatedTest(10)
    void staysAsItWasWithoutMemory(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        start(1 << 18, seed);
        removals = 20;
        int full = 0;
        for (int i = 0; i < 20_000; i++) {
            try {
                step();
                if (random.nextInt(100) == 0) {
                    pin();
                }
            } catch (StoreFull e) {
                full++;
                if (full % 10 == 1) {
                    check(stream.view(), model);
                }
                while (!pins.isEmpty()) {
                    unpin();
                }
                segment.trees.freeSome(Long.MAX_VALUE);
                if (random.nextInt(4) == 0) {
                    trimSomehow();
                }
            }
        }
        check(stream.view(), model);
        while (!pins.isEmpty()) {
            unpin();
        }
        table.delete(stream.ref());
        segment.trees.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.usedMemory(), "seed " + seed);
        assertTrue(full > 20, "ran out of memory " + full + " times");
    }

    @RepeatedTest(6)
    void removesManyPendingEntriesAtOnce(RepetitionInfo repetition) {
        start(256 << 20, repetition.getCurrentRepetition());
        for (int g = 0; g < 4; g++) {
            byte[] name = ("group" + g).getBytes(ISO_8859_1);
            stream.group().create(name, 0, name.length, new StreamId(), StreamView.UNKNOWN);
            Group group = new Group();
            model.groups.put("group" + g, group);
            int consumers = 1 + random.nextInt(3);
            for (int i = g == 3 ? 5 : 9_000 + random.nextInt(2_000); i > 0; i--) {
                deliver(group, "consumer" + random.nextInt(consumers), new StreamId(random.nextInt(100_000), i));
            }
        }
        check(stream.view(), model);
        for (String name : List.of("group1", "group3", "group0", "group2")) {
            pin();
            byte[] bytes = name.getBytes(ISO_8859_1);
            assertTrue(stream.group().find(bytes, 0, bytes.length));
            if (random.nextBoolean()) {
                deleteConsumer(model.groups.get(name), "consumer0");
                check(stream.view(), model);
                assertTrue(stream.group().find(bytes, 0, bytes.length));
            }
            stream.group().destroy();
            model.groups.remove(name);
            check(stream.view(), model);
            if (random.nextBoolean()) {
                unpin();
            }
        }
        while (!pins.isEmpty()) {
            unpin();
        }
        table.delete(stream.ref());
        segment.trees.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.usedMemory());
    }

    private void deliver(Group group, String name, StreamId id) {
        byte[] bytes = name.getBytes(ISO_8859_1);
        long consumer = stream.group().consumer(bytes, 0, bytes.length);
        if (consumer == 0) {
            consumer = stream.group().createConsumer(bytes, 0, bytes.length, 1);
            group.consumers.put(name, 1L);
        }
        stream.group().setPending(id, consumer, 7, 1);
        group.pending.put(id, new Pending(name, 7, 1));
    }

    private void deleteConsumer(Group group, String name) {
        byte[] bytes = name.getBytes(ISO_8859_1);
        long consumer = stream.group().consumer(bytes, 0, bytes.length);
        int before = group.pending.size();
        group.pending.values().removeIf(pending -> pending.consumer().equals(name));
        assertEquals(before - group.pending.size(), stream.group().deleteConsumer(consumer));
        group.consumers.remove(name);
    }

    // ---- operations -------------------------------------------------------------------------------------------

    private void step() {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5, 6, 7 -> append();
            case 8, 9 -> delete();
            case 10 -> {
                if (random.nextInt(30) == 0) {
                    trim(random.nextInt(300));
                } else if (random.nextInt(10) == 0) {
                    trimBelow();
                }
            }
            case 11 -> group();
            case 12, 13, 14, 15, 16 -> deliver();
            default -> acknowledge();
        }
    }

    private String text(int max) {
        int length = random.nextInt(random.nextInt(10) == 0 ? max : Math.min(max, 20));
        if (random.nextInt(3) == 0) {
            return Long.toString(random.nextLong() >> random.nextInt(64));
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }

    private void append() {
        StreamId id = new StreamId().set(model.last);
        if (random.nextInt(4) == 0) {
            id.set(id.ms() + 1 + random.nextInt(1000), random.nextInt(3));
        } else {
            id.increment();
        }
        int pairs = 1 + random.nextInt(3);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            words.add(random.nextInt(5) == 0 ? text(10) : "field" + i);
            words.add(text(longest));
        }
        stream.append(id, Arguments.of(words.toArray(new String[0])), 0, pairs);
        model.entries.put(id, words);
        model.last = id;
    }

    private StreamId someId() {
        if (model.entries.isEmpty() || random.nextInt(10) == 0) {
            return new StreamId(random.nextInt(5000), random.nextInt(5));
        }
        long span = model.last.ms() + 1;
        StreamId near = new StreamId((long) (random.nextDouble() * span), random.nextInt(3));
        StreamId found = model.entries.ceilingKey(near);
        return found == null ? near : found;
    }

    private void delete() {
        StreamId id = someId();
        boolean deleted = stream.delete(id);
        assertEquals(model.entries.remove(id) != null, deleted);
    }

    private void trim(int length) {
        long removed = stream.trim(null, length, false, 0);
        assertEquals(Math.max(0, model.entries.size() - length), removed);
        while (model.entries.size() > length) {
            model.entries.pollFirstEntry();
        }
    }

    /** Marking entries may need memory, taking nodes away needs none. */
    private void trimSomehow() {
        try {
            trim(random.nextInt(20));
        } catch (StoreFull e) {
            trim(0);
        }
    }

    private void trimBelow() {
        StreamId id = someId();
        Map<StreamId, List<String>> below = model.entries.headMap(id);
        assertEquals(below.size(), stream.trim(id, 0, false, 0));
        below.clear();
    }

    private String groupName() {
        return "g" + random.nextInt(4) + (random.nextInt(20) == 0 && longest > 1000 ? "x".repeat(20_000) : "");
    }

    private void group() {
        String name = groupName();
        byte[] bytes = name.getBytes(ISO_8859_1);
        boolean exists = stream.group().find(bytes, 0, bytes.length);
        assertEquals(model.groups.containsKey(name), exists);
        if (!exists) {
            stream.group().create(bytes, 0, bytes.length, new StreamId(), StreamView.UNKNOWN);
            model.groups.put(name, new Group());
        } else if (random.nextInt(30 * removals) == 0) {
            stream.group().destroy();
            model.groups.remove(name);
        }
    }

    /** Points the stream's group at one; its model, or null. */
    private Group someGroup() {
        String name = groupName();
        byte[] bytes = name.getBytes(ISO_8859_1);
        return stream.group().find(bytes, 0, bytes.length) ? model.groups.get(name) : null;
    }

    private void deliver() {
        Group group = someGroup();
        if (group == null) {
            return;
        }
        String name = "consumer" + random.nextInt(random.nextInt(10) == 0 ? 50 : 3);
        byte[] bytes = name.getBytes(ISO_8859_1);
        long consumer = stream.group().consumer(bytes, 0, bytes.length);
        assertEquals(group.consumers.containsKey(name), consumer != 0);
        long now = random.nextInt(1_000_000);
        if (consumer == 0) {
            consumer = stream.group().createConsumer(bytes, 0, bytes.length, now);
        } else {
            stream.group().seenMs(consumer, now);
        }
        group.consumers.put(name, now);
        if (random.nextInt(60 * removals) == 0) {
            long expected = group.pending.values().stream()
                    .filter(pending -> pending.consumer().equals(name))
                    .count();
            assertEquals(expected, stream.group().deleteConsumer(consumer));
            group.pending.values().removeIf(pending -> pending.consumer().equals(name));
            group.consumers.remove(name);
            return;
        }
        StreamId id = someId();
        long times = random.nextInt(9);
        stream.group().setPending(id, consumer, now, times);
        group.pending.put(new StreamId(id.ms(), id.seq()), new Pending(name, now, times));
        if (id.compareTo(group.last) > 0) {
            stream.group().setLastId(id);
            group.last = id;
        }
    }

    private void acknowledge() {
        Group group = someGroup();
        if (group == null) {
            return;
        }
        StreamId id = someId();
        if (!group.pending.isEmpty() && random.nextBoolean()) {
            id = group.pending.firstKey();
        }
        boolean removed = stream.group().removePending(id);
        assertEquals(group.pending.remove(id) != null, removed);
    }

    // ---- snapshots --------------------------------------------------------------------------------------------

    private void pin() {
        byte[] descriptor = table.value(stream.ref());
        TreeDescriptor.retain(segment.trees, descriptor, 0);
        pins.add(new Pin(descriptor, model.copy()));
    }

    private void unpin() {
        if (!pins.isEmpty()) {
            Pin pin = pins.remove(random.nextInt(pins.size()));
            StreamView view = new StreamView();
            view.open(segment.trees, pin.descriptor(), 0);
            check(view, pin.model());
            TreeDescriptor.dispose(segment.trees, pin.descriptor(), 0);
        }
    }

    // ---- checks -----------------------------------------------------------------------------------------------

    private void check(StreamView view, Model expected) {
        assertEquals(expected.entries.size(), view.length());
        StreamCursor cursor = new StreamCursor();
        StreamId min = new StreamId();
        StreamId max = new StreamId(-1, -1);
        checkEntries(cursor.open(view, min, max, false), expected.entries);
        checkEntries(cursor.open(view, min, max, true), expected.entries.descendingMap());
        if (!expected.entries.isEmpty()) {
            assertEquals(expected.entries.firstKey(), view.firstId(new StreamId()));
            StreamId from = new StreamId(random.nextInt((int) expected.last.ms() + 1), 0);
            StreamId to = new StreamId(from.ms() + random.nextInt(2000), 1);
            boolean reverse = random.nextBoolean();
            Map<StreamId, List<String>> part = expected.entries.subMap(from, true, to, true);
            assertEquals(part.size(), cursor.open(view, from, to, reverse).count(Long.MAX_VALUE));
            assertEquals(
                    Math.min(3, part.size()),
                    cursor.open(view, from, to, reverse).count(3));
            checkEntries(cursor.open(view, from, to, false), part);
        }
        assertEquals(expected.groups.size(), view.groupCount());
        StreamGroup group = new StreamGroup(null, view);
        List<String> names = new ArrayList<>();
        group.names().forEach(name -> names.add(new String(name, ISO_8859_1)));
        assertEquals(new ArrayList<>(expected.groups.keySet()), names);
        expected.groups.forEach((name, itsModel) -> {
            byte[] bytes = name.getBytes(ISO_8859_1);
            assertTrue(group.find(bytes, 0, bytes.length));
            checkGroup(group, itsModel);
        });
    }

    private static void checkEntries(StreamCursor cursor, Map<StreamId, List<String>> expected) {
        expected.forEach((id, words) -> {
            assertTrue(cursor.next());
            assertEquals(id, cursor.id());
            List<String> actual = new ArrayList<>();
            cursor.forEach(part -> actual.add(new String(part.copy(), ISO_8859_1)));
            assertEquals(words, actual);
        });
        assertFalse(cursor.next());
    }

    private static void checkGroup(StreamGroup group, Group expected) {
        assertEquals(expected.last, group.lastId(new StreamId()));
        assertEquals(expected.pending.size(), group.pendingCount());
        assertEquals(expected.consumers.size(), group.consumerCount());
        StreamId next = new StreamId();
        for (Map.Entry<StreamId, Pending> pending : expected.pending.entrySet()) {
            assertTrue(group.findPendingFrom(0, next));
            assertEquals(pending.getKey(), group.pendingId());
            assertEquals(pending.getValue().atMs(), group.deliveredMs());
            assertEquals(pending.getValue().times(), group.deliveries());
            next.set(group.pendingId()).increment();
            assertEquals(
                    pending.getValue().consumer(),
                    new String(group.consumerName(group.pendingConsumer()).copy(), ISO_8859_1));
        }
        assertFalse(group.findPendingFrom(0, next));
        expected.consumers.forEach((name, seen) -> {
            byte[] bytes = name.getBytes(ISO_8859_1);
            long consumer = group.consumer(bytes, 0, bytes.length);
            assertEquals(seen, group.seenMs(consumer));
            long count = 0;
            StreamId at = new StreamId();
            while (group.findPendingFrom(consumer, at)) {
                assertEquals(name, expected.pending.get(group.pendingId()).consumer());
                at.set(group.pendingId()).increment();
                count++;
            }
            assertEquals(count, group.pendingCount(consumer));
            assertEquals(
                    count,
                    expected.pending.values().stream()
                            .filter(pending -> pending.consumer().equals(name))
                            .count());
        });
    }
}
