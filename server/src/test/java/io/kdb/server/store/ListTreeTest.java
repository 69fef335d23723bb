package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Random operations on a list tree and on an ArrayList give the same; pinned trees stay; at the end all memory is back. */
class ListTreeTest {
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    private record Pin(byte[] descriptor, List<String> content) {}

    private final ListTree tree = new ListTree();
    private final List<String> model = new ArrayList<>();
    private final List<Pin> pins = new ArrayList<>();
    private final Element view = new Element();
    private Keyspace keyspace;
    private Segment segment;
    private Random random;
    private int longest = 20;
    private boolean growing;
    /** One in so many removals of a range removes all behind it. */
    private int wipes = 400;

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
        tree.maxEntries(seed % 4 == 3 ? 5 : Integer.MAX_VALUE);
    }

    @AfterEach
    void unlock() {
        segment.unlock();
        keyspace.segment(1).unlock();
    }

    @RepeatedTest(16)
    void agreesWithAnArrayList(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        start(256 << 20, seed);
        longest = seed % 3 == 0 ? 40_000 : seed % 3 == 1 ? 1_500 : 30;
        int operations = longest > 2_000 ? 3_000 : 20_000;
        for (int i = 0; i < operations; i++) {
            step(i % (operations / 2) < operations / 3);
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
        wipes = 40;
        while (!model.isEmpty()) {
            removeSome();
        }
        segment.trees.freeSome(Long.MAX_VALUE);
        assertTrue(tree.isEmpty());
        assertEquals(0, tree.bytes());
        assertEquals(0, keyspace.usedMemory());
    }

    @RepeatedTest(6)
    void staysAsItWasWithoutMemory(RepetitionInfo repetition) {
        start(1 << 18, repetition.getCurrentRepetition());
        tree.maxEntries(Integer.MAX_VALUE);
        wipes = Integer.MAX_VALUE;
        longest = repetition.getCurrentRepetition() % 2 == 0 ? 6_000 : 1_990;
        byte[] filler = "a filler of thirty characters ".getBytes(ISO_8859_1);
        for (int i = 0; i < 6_500; i++) {
            tree.push(false, filler, 0, filler.length);
            model.add(string(filler));
        }
        int full = 0;
        for (int i = 0; i < 60_000 && full < 2_000; i++) {
            try {
                step(random.nextInt(4) != 0);
                if (random.nextInt(500) == 0) {
                    pin();
                }
            } catch (StoreFull e) {
                full++;
                if (full % 20 == 1) {
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
        while (!pins.isEmpty()) {
            unpin();
        }
        tree.clear();
        segment.trees.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.usedMemory());
    }

    @RepeatedTest(8)
    void cutsLongRanges(RepetitionInfo repetition) {
        start(256 << 20, repetition.getCurrentRepetition());
        tree.maxEntries(repetition.getCurrentRepetition() % 2 == 0 ? 5 : 100);
        longest = 2_500;
        for (int i = 0; i < 150_000; i++) {
            byte[] value = random.nextInt(100) == 0 ? text() : bytes(Integer.toString(i));
            tree.push(false, value, 0, value.length);
            model.add(string(value));
        }
        int cuts = 0;
        while (model.size() > 20_000) {
            int count = 16_384 + random.nextInt(Math.min(60_000, model.size() - 16_384));
            int from = random.nextInt(3) == 0 ? 0 : random.nextInt(model.size() - count + 1);
            from = random.nextInt(3) == 0 ? model.size() - count : from;
            if (random.nextBoolean()) {
                pin();
            }
            tree.removeRange(from, count);
            model.subList(from, from + count).clear();
            cuts++;
            segment.trees.freeSome(random.nextBoolean() ? System.nanoTime() : Long.MAX_VALUE);
            for (int i = 0; i < 200 && !model.isEmpty(); i++) {
                step(true);
            }
            checkContent();
            if (random.nextBoolean()) {
                unpin();
            }
        }
        assertTrue(cuts > 0);
        while (!pins.isEmpty()) {
            unpin();
        }
        segment.trees.freeSome(Long.MAX_VALUE);
        double share = (double) tree.bytes() / keyspace.usedMemory();
        assertTrue(model.isEmpty() || share > 0.75 && share < 1.33, "of the memory it says " + share);
        tree.clear();
        segment.trees.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.usedMemory());
    }

    @RepeatedTest(8)
    void cutsNothingWithoutMemory(RepetitionInfo repetition) {
        start(1 << 19, repetition.getCurrentRepetition());
        tree.maxEntries(Integer.MAX_VALUE);
        int full = 0;
        for (int i = 0; full == 0; i++) {
            byte[] value = bytes(Integer.toString(i % 100));
            try {
                tree.push(false, value, 0, value.length);
                model.add(string(value));
            } catch (StoreFull e) {
                full++;
            }
        }
        pin();
        assertTrue(model.size() > 22_000, "elements: " + model.size());
        assertThrows(StoreFull.class, () -> tree.removeRange(1 + random.nextInt(1_000), 20_000));
        checkContent();
        unpin();
        checkAll();
        tree.removeRange(1_000, 20_000);
        model.subList(1_000, 21_000).clear();
        segment.trees.freeSome(Long.MAX_VALUE);
        checkContent();
        tree.clear();
        segment.trees.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.usedMemory());
    }

    @Test
    void takesLittleMemory() {
        start(256 << 20, 1);
        byte[] value = "element:00000001".getBytes(ISO_8859_1);
        for (int i = 0; i < 1_000_000; i++) {
            tree.push(i % 2 == 0, value, 0, value.length);
        }
        double each = keyspace.usedMemory() / 1_000_000.0;
        assertTrue(each < 18.2, "bytes per element: " + each);
    }

    private void step(boolean grow) {
        growing = grow;
        int dice = random.nextInt(20);
        if (model.isEmpty() || dice < (growing ? 10 : 3)) {
            boolean head = random.nextBoolean();
            byte[] value = text();
            tree.push(head, value, 0, value.length);
            model.add(head ? 0 : model.size(), string(value));
        } else if (dice < 13) {
            int i = random.nextInt(model.size());
            byte[] value = text();
            boolean before = random.nextBoolean();
            assertTrue(tree.goTo(random.nextBoolean() ? i : i - model.size()));
            tree.insert(before, value, 0, value.length);
            model.add(before ? i : i + 1, string(value));
            assertEquals(string(value), string(tree.element(view).copy()));
        } else if (dice < 15) {
            int i = random.nextInt(model.size());
            byte[] value = text();
            assertTrue(tree.goTo(i));
            assertTrue(tree.isEqual(bytes(model.get(i)), 0, model.get(i).length()));
            tree.replace(value, 0, value.length);
            model.set(i, string(value));
        } else if (dice < 19) {
            removeOne();
        } else {
            removeSome();
        }
        assertEquals(model.size(), tree.size());
    }

    private void removeOne() {
        int dice = random.nextInt(4);
        int i = dice == 0 ? 0 : dice == 1 ? model.size() - 1 : random.nextInt(model.size());
        boolean forward = random.nextBoolean();
        tree.goTo(i);
        tree.remove(forward);
        model.remove(i);
        int now = forward ? i : i - 1;
        assertEquals(now >= 0 && now < model.size(), tree.isAt());
        if (tree.isAt()) {
            assertEquals(model.get(now), string(tree.element(view).copy()));
        }
    }

    private void removeSome() {
        int from = random.nextInt(4) == 0 ? 0 : random.nextInt(model.size());
        int most = model.size() - from;
        int count = random.nextInt(wipes) == 0 ? most : 1 + random.nextInt(Math.min(most, growing ? 10 : 50));
        tree.removeRange(from, count);
        model.subList(from, from + count).clear();
        segment.trees.freeSome(Long.MAX_VALUE);
    }

    private byte[] text() {
        int length = random.nextInt(random.nextInt(8) == 0 ? longest : Math.min(longest, 40));
        StringBuilder text =
                new StringBuilder(Integer.toString(random.nextInt(30_000), random.nextBoolean() ? 10 : 36));
        while (text.length() < length) {
            text.append((char) ('a' + length % 26));
        }
        return bytes(text.toString());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static String string(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    private void pin() {
        if (pins.size() < 5) {
            byte[] descriptor = new byte[CountedTree.DESCRIPTOR_BYTES];
            tree.save(descriptor, 0);
            int root = CountedTree.rootOf(descriptor, 0);
            if (root != 0) {
                segment.trees.retain(root);
            }
            pins.add(new Pin(descriptor, new ArrayList<>(model)));
        }
    }

    private void unpin() {
        if (!pins.isEmpty()) {
            Pin pin = pins.remove(random.nextInt(pins.size()));
            assertEquals(pin.content, content(opened(segment, pin.descriptor)));
            segment.trees.dispose(CountedTree.rootOf(pin.descriptor, 0), CountedTree.bytesOf(pin.descriptor, 0));
            segment.trees.freeSome(Long.MAX_VALUE);
        }
    }

    private static ListTree opened(Segment where, byte[] descriptor) {
        ListTree other = new ListTree();
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
        ListTree copy = opened(keyspace.segment(1), descriptor);
        assertEquals(model, content(copy));
        copy.clear();
        others.freeSome(Long.MAX_VALUE);
        assertEquals(0, keyspace.segment(1).blocks.usedBytes());
    }

    private List<String> content(ListTree of) {
        List<String> content = new ArrayList<>();
        for (boolean more = of.goTo(0); more; more = of.forward()) {
            content.add(string(of.element(view).copy()));
        }
        assertFalse(of.isAt());
        return content;
    }

    private void checkAll() {
        checkContent();
        if (pins.isEmpty() && longest < 10_000) { // of chains only the bytes are counted
            assertEquals(tree.bytes(), keyspace.usedMemory());
        }
    }

    private void checkContent() {
        assertEquals(model, content(tree));
        int i = model.size();
        for (boolean more = tree.goTo(-1); more; more = tree.backward()) {
            assertEquals(model.get(--i), string(tree.element(view).copy()));
        }
        assertEquals(0, i);
        for (int index = 0; index < model.size(); index += 1 + random.nextInt(20)) {
            assertTrue(tree.goTo(index));
            assertEquals(model.get(index), string(tree.element(view).copy()));
        }
        assertFalse(tree.goTo(model.size()));
    }
}
