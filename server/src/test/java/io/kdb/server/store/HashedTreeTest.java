package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Random operations on a tree and on a HashMap give the same; pinned trees stay; when all is freed, all memory is back. */
class HashedTreeTest {
    private static final class Pin {
        final byte[] descriptor = new byte[CountedTree.DESCRIPTOR_BYTES];
        final Map<String, String> content;

        Pin(Map<String, String> content) {
            this.content = content;
        }
    }

    private final HashedTree tree = new HashedTree(HashedKind.MAP);
    private final Map<String, String> model = new HashMap<>();
    private final List<String> keys = new ArrayList<>();
    private final List<Pin> pins = new ArrayList<>();
    private Keyspace keyspace;
    private Segment segment;
    private Random random;
    private int longest = 20;

    private void start(long maxBytes, long seed) {
        keyspace = new Keyspace(KeyspaceOptions.standalone()
                .withSegments(2)
                .withPageBytes(1 << 18)
                .withMaxPageBytes(maxBytes));
        segment = keyspace.segment(0);
        segment.lock();
        keyspace.segment(1).lock();
        random = new Random(seed);
        tree.create(segment.trees);
    }

    @AfterEach
    void unlock() {
        segment.unlock();
        keyspace.segment(1).unlock();
    }

    @RepeatedTest(12)
    void agreesWithAHashMap(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        start(64 << 20, seed);
        longest = seed % 3 == 0 ? 40_000 : seed % 3 == 1 ? 400 : 20;
        int operations = longest > 1000 ? 1_500 : 30_000;
        for (int i = 0; i < operations; i++) {
            boolean growing = i % (operations / 2) < operations / 3;
            step(growing);
            if (random.nextInt(operations / 20) == 0) {
                pin();
            } else if (random.nextInt(operations / 20) == 0) {
                unpin();
            }
            if (i % (operations / 10) == 0) {
                checkAll();
            }
        }
        checkAll();
        while (!pins.isEmpty()) {
            unpin();
        }
        copyToTheOtherSegment();
        while (!keys.isEmpty()) {
            remove(keys.size() - 1);
        }
        assertTrue(tree.isEmpty());
        assertEquals(0, tree.bytes());
        assertEquals(0, keyspace.usedMemory());
    }

    @RepeatedTest(6)
    void staysAsItWasWithoutMemory(RepetitionInfo repetition) {
        start(1 << 18, repetition.getCurrentRepetition());
        longest = repetition.getCurrentRepetition() % 2 == 0 ? 400 : 30;
        int full = 0;
        for (int i = 0; i < 30_000; i++) {
            try {
                step(random.nextInt(3) != 0);
                if (random.nextInt(500) == 0) {
                    pin();
                }
            } catch (StoreFull e) {
                full++;
                if (full % 50 == 1) {
                    checkAll();
                }
                while (!pins.isEmpty()) {
                    unpin();
                }
                segment.trees.freeSome(Long.MAX_VALUE);
            }
        }
        assertTrue(full > 20, "ran out of memory " + full + " times");
        checkAll();
        for (Pin pin : pins) {
            drop(pin);
        }
        tree.clear();
        segment.trees.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.usedMemory());
    }

    @RepeatedTest(4)
    void scansWhatStays(RepetitionInfo repetition) {
        start(64 << 20, repetition.getCurrentRepetition());
        for (int i = 0; i < 5_000; i++) {
            step(true);
        }
        Set<String> stays = new HashSet<>(model.keySet());
        Set<String> seen = new HashSet<>();
        Element view = new Element();
        long cursor = 0;
        do {
            cursor = tree.scan(cursor);
            for (int i = 0; i < tree.entriesInLeaf(); i++) {
                tree.atInLeaf(i);
                seen.add(new String(tree.element(view).copy(), ISO_8859_1));
            }
            for (int i = 0; i < 100; i++) {
                step(repetition.getCurrentRepetition() % 2 == 0);
                stays.retainAll(model.keySet());
            }
        } while (cursor != 0);
        assertTrue(seen.containsAll(stays));
    }

    @Test
    void takesLittleMemory() {
        start(256 << 20, 1);
        byte[] value = "12345678".getBytes(ISO_8859_1);
        for (int i = 0; i < 400_000; i++) {
            byte[] key = ("field:" + i).getBytes(ISO_8859_1);
            assertFalse(tree.find(key, 0, key.length));
            tree.add(value, 0, value.length);
        }
        double each = keyspace.usedMemory() / 400_000.0;
        assertTrue(each < 34, "bytes per field: " + each);
    }

    private void step(boolean growing) {
        int dice = random.nextInt(10);
        if (keys.isEmpty() || dice < (growing ? 6 : 3)) {
            String key = text();
            String value = text();
            byte[] k = key.getBytes(ISO_8859_1);
            byte[] v = value.getBytes(ISO_8859_1);
            boolean known = model.containsKey(key);
            assertEquals(known, tree.find(k, 0, k.length));
            if (known) {
                tree.setValue(v, 0, v.length);
            } else {
                tree.add(v, 0, v.length);
                keys.add(key);
            }
            model.put(key, value);
            assertEquals(value, new String(tree.value(new Element()).copy(), ISO_8859_1));
        } else if (dice < 8) {
            remove(random.nextInt(keys.size()));
        } else {
            String key = keys.get(random.nextInt(keys.size()));
            byte[] k = key.getBytes(ISO_8859_1);
            assertTrue(tree.find(k, 0, k.length));
            assertEquals(model.get(key), new String(tree.value(new Element()).copy(), ISO_8859_1));
            String value = text();
            tree.setValue(value.getBytes(ISO_8859_1), 0, value.length());
            model.put(key, value);
        }
        assertEquals(model.size(), tree.size());
    }

    private void remove(int i) {
        String key = keys.get(i);
        byte[] k = key.getBytes(ISO_8859_1);
        assertTrue(tree.find(k, 0, k.length));
        tree.remove();
        keys.set(i, keys.get(keys.size() - 1));
        keys.remove(keys.size() - 1);
        model.remove(key);
    }

    private String text() {
        int length = random.nextInt(random.nextInt(8) == 0 ? longest : Math.min(longest, 30));
        StringBuilder text = new StringBuilder();
        text.append(Integer.toString(random.nextInt(30_000), 36));
        while (text.length() < length) {
            text.append((char) ('a' + length % 26));
        }
        return text.toString();
    }

    private void pin() {
        if (pins.size() < 5) {
            Pin pin = new Pin(new HashMap<>(model));
            tree.save(pin.descriptor, 0);
            int root = CountedTree.rootOf(pin.descriptor, 0);
            if (root != 0) {
                segment.trees.retain(root);
            }
            pins.add(pin);
        }
    }

    private void unpin() {
        if (!pins.isEmpty()) {
            Pin pin = pins.remove(random.nextInt(pins.size()));
            assertEquals(pin.content, content(opened(segment, pin.descriptor)));
            drop(pin);
        }
    }

    private void drop(Pin pin) {
        segment.trees.dispose(CountedTree.rootOf(pin.descriptor, 0), CountedTree.bytesOf(pin.descriptor, 0));
        segment.trees.freeSome(Long.MAX_VALUE);
    }

    private HashedTree opened(Segment where, byte[] descriptor) {
        HashedTree other = new HashedTree(HashedKind.MAP);
        other.open(where.trees, descriptor, 0);
        return other;
    }

    private void copyToTheOtherSegment() {
        byte[] descriptor = new byte[CountedTree.DESCRIPTOR_BYTES];
        tree.save(descriptor, 0);
        Trees others = keyspace.segment(1).trees;
        if (!tree.isEmpty()) {
            Bytes.putInt(descriptor, 0, others.copyFrom(segment.trees, CountedTree.rootOf(descriptor, 0)));
        }
        HashedTree copy = opened(keyspace.segment(1), descriptor);
        assertEquals(model, content(copy));
        copy.clear();
        others.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.segment(1).blocks.usedBytes());
    }

    private Map<String, String> content(HashedTree of) {
        Map<String, String> content = new HashMap<>();
        Element view = new Element();
        of.begin();
        while (of.next()) {
            String key = new String(of.element(view).copy(), ISO_8859_1);
            String value = new String(of.value(view).copy(), ISO_8859_1);
            assertNull(content.put(key, value));
        }
        return content;
    }

    private void checkAll() {
        assertEquals(model, content(tree));
        Set<String> seen = new HashSet<>();
        Element view = new Element();
        long cursor = 0;
        do {
            cursor = tree.scan(cursor);
            for (int i = 0; i < tree.entriesInLeaf(); i++) {
                tree.atInLeaf(i);
                assertTrue(seen.add(new String(tree.element(view).copy(), ISO_8859_1)));
            }
        } while (cursor != 0);
        assertEquals(model.keySet(), seen);
        seen.clear();
        for (long rank = 0; rank < tree.size(); rank++) {
            tree.at(rank);
            assertTrue(seen.add(new String(tree.element(view).copy(), ISO_8859_1)));
        }
        assertEquals(model.keySet(), seen);
        if (pins.isEmpty() && longest < 1000) { // of chains only the bytes are counted
            assertEquals(tree.bytes(), keyspace.usedMemory());
        }
    }
}
