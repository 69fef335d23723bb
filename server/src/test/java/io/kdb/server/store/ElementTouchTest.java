package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Elements that were touched ahead are found as if they had not been, whatever has become of the set meanwhile. */
class ElementTouchTest {
    private static final String KEY = "set";

    private final Keyspace keyspace = new Keyspace(KeyspaceOptions.standalone().withSegments(2));
    private final TestKeys keys = new TestKeys(keyspace);
    private final ElementTouch touch = new ElementTouch(keyspace);
    private final SetValue set = new SetValue();
    private final Set<String> model = new HashSet<>();

    @RepeatedTest(12)
    void findsWhatWasTouched(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        set.touched(touch);
        int names = new int[] {300, 4_000, 60_000}[random.nextInt(3)];
        int length = new int[] {3, 40, 300}[random.nextInt(3)];
        fill(names, length, random);
        for (int round = 0; round < 200; round++) {
            int count = 1 + random.nextInt(256);
            String[] members = new String[count];
            for (int i = 0; i < count; i++) {
                members[i] = member(random.nextInt(names), length);
            }
            byte[] window = String.join("", members).getBytes(ISO_8859_1);
            touch.clear();
            if (touch.at(0, TestKeys.slot(KEY), KeyHash.hash(KEY.getBytes(ISO_8859_1)))) {
                int at = 0;
                for (String member : members) {
                    touch.add(window, at, member.length());
                    at += member.length();
                }
                touch.touch();
            }
            if (random.nextBoolean()) {
                change(random, names, length, random.nextInt(2_000));
            }
            int at = 0;
            for (String member : members) {
                int from = at;
                at += member.length();
                boolean adds = random.nextInt(3) == 0;
                boolean removes = random.nextInt(3) == 0;
                keys.with(0, KEY, (table, ref, k, hash) -> {
                    set.open(table, ref, hash, null);
                    assertEquals(model.contains(member), set.find(window, from, member.length()), member);
                    if (adds) {
                        assertEquals(model.add(member), set.add(window, from, member.length()), member);
                    } else if (removes && set.size() > 1 && set.find(window, from, member.length())) {
                        set.remove();
                        model.remove(member);
                    }
                    return null;
                });
            }
        }
        keys.with(0, KEY, (table, ref, k, hash) -> {
            set.open(table, ref, hash, null);
            assertEquals(model.size(), set.size());
            return null;
        });
        touch.clear();
    }

    /** It takes no lock: what it reads is being changed by others. */
    @RepeatedTest(3)
    void touchesWhatChanges(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int names = 20_000;
        fill(names, 12, random);
        String[] kept = model.stream().limit(64).toArray(String[]::new);
        byte[] window = String.join("", kept).getBytes(ISO_8859_1);
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> changing = CompletableFuture.runAsync(() -> {
            Random other = new Random(-repetition.getCurrentRepetition());
            SetValue itsSet = new SetValue();
            Set<String> untouched = Set.of(kept);
            while (!done.get()) {
                String member = member(other.nextInt(names), 12);
                if (!untouched.contains(member)) {
                    keys.with(0, KEY, (table, ref, k, hash) -> {
                        itsSet.open(table, ref, hash, null);
                        byte[] bytes = member.getBytes(ISO_8859_1);
                        if (itsSet.find(bytes, 0, bytes.length)) {
                            itsSet.remove();
                        } else {
                            itsSet.add(bytes, 0, bytes.length);
                        }
                        return null;
                    });
                }
            }
        });
        set.touched(touch);
        for (int round = 0; round < 2_000 && !changing.isDone(); round++) {
            touch.clear();
            assertTrue(touch.at(0, TestKeys.slot(KEY), KeyHash.hash(KEY.getBytes(ISO_8859_1))));
            for (int i = 0; i < kept.length; i++) {
                touch.add(window, i * 12, 12);
            }
            touch.touch();
            for (int i = 0; i < kept.length; i++) {
                int from = i * 12;
                keys.with(0, KEY, (table, ref, k, hash) -> {
                    set.open(table, ref, hash, null);
                    assertTrue(set.find(window, from, 12));
                    return null;
                });
            }
        }
        assertFalse(changing.isDone(), "the other thread failed");
        done.set(true);
        changing.join();
    }

    /** What pops will take is added, from either end, beside elements that are named. */
    @RepeatedTest(12)
    void addsWhatPopsWillTake(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        SortedSetValue sorted = new SortedSetValue();
        sorted.touched(touch);
        int size = new int[] {200, 3_000, 60_000}[random.nextInt(3)];
        TreeSet<String> left = new TreeSet<>();
        keys.with(0, KEY, (table, ref, k, hash) -> {
            sorted.create(table, ref, k, 0, k.length, hash, KeyTable.NO_EXPIRY, null);
            return null;
        });
        for (int i = 0; i < size; i++) {
            String member = member(random.nextInt(1_000_000), 7);
            if (left.add(member)) {
                byte[] bytes = member.getBytes(ISO_8859_1);
                keys.with(0, KEY, (table, ref, k, hash) -> {
                    sorted.open(table, ref, hash, null);
                    sorted.insert(bytes, 0, bytes.length, 1);
                    return null;
                });
            }
        }
        boolean fresh = true;
        while (left.size() > 130) {
            boolean last = random.nextBoolean();
            int pops = 1 + random.nextInt(100);
            String named = left.stream().skip(random.nextInt(100)).findFirst().orElseThrow();
            byte[] window = ("absent." + named).getBytes(ISO_8859_1);
            touch.clear();
            assertTrue(touch.at(0, TestKeys.slot(KEY), KeyHash.hash(KEY.getBytes(ISO_8859_1))));
            touch.add(window, 0, 7);
            touch.addFromEnd(last, pops);
            int added = touch.count();
            touch.add(window, 7, 7);
            assertTrue(added > 1 && added <= pops + 1, "added: " + added);
            assertTrue(!fresh || added == pops + 1, "added: " + added);
            Iterator<String> expected = last ? left.descendingIterator() : left.iterator();
            for (int i = 1; i < added; i++) {
                assertEquals(KeyHash.hash(expected.next().getBytes(ISO_8859_1)), touch.hash(i));
            }
            touch.touch();
            keys.with(0, KEY, (table, ref, k, hash) -> {
                sorted.open(table, ref, hash, null);
                assertFalse(sorted.find(window, 0, 7));
                assertTrue(sorted.find(window, 7, 7), named);
                if (last) {
                    sorted.deleteRange(sorted.size() - pops, sorted.size());
                } else {
                    sorted.deleteRange(0, pops);
                }
                return null;
            });
            for (int i = 0; i < pops; i++) {
                String gone = last ? left.pollLast() : left.pollFirst();
                assertNotNull(gone);
                keys.with(0, KEY, (table, ref, k, hash) -> {
                    sorted.open(table, ref, hash, null);
                    assertFalse(sorted.find(gone.getBytes(ISO_8859_1), 0, 7), gone);
                    return null;
                });
            }
            fresh = false;
        }
        touch.clear();
    }

    private static String member(int number, int length) {
        return String.format("%0" + length + "d", number % (int) Math.min(1_000_000, Math.pow(10, length)));
    }

    @Test
    void findsCollectionsInOverflowBuckets() {
        int count = 60_000;
        for (int i = 0; i < count; i++) {
            keys.set("key:" + i, "value");
        }
        int lost = 0;
        for (int i = 0; i < count; i++) {
            String key = "key:" + i;
            lost += keyspace.recordAbout(0, TestKeys.slot(key), KeyHash.hash(key.getBytes(ISO_8859_1))) == 0 ? 1 : 0;
        }
        assertEquals(0, lost, "keys that were not found ahead, of " + count);
    }

    private void fill(int names, int length, Random random) {
        keys.with(0, KEY, (table, ref, k, hash) -> {
            set.create(table, ref, k, 0, k.length, hash, KeyTable.NO_EXPIRY, null);
            return null;
        });
        change(random, names, length, names);
    }

    /** Adds and removes members, told by arrays of their own. */
    private void change(Random random, int names, int length, int times) {
        for (int i = 0; i < times; i++) {
            String member = member(random.nextInt(names), length);
            byte[] bytes = member.getBytes(ISO_8859_1);
            boolean removes = random.nextInt(4) == 0;
            keys.with(0, KEY, (table, ref, k, hash) -> {
                set.open(table, ref, hash, null);
                if (!removes) {
                    assertEquals(model.add(member), set.add(bytes, 0, bytes.length));
                } else if (set.size() > 1 && set.find(bytes, 0, bytes.length)) {
                    set.remove();
                    model.remove(member);
                }
                return null;
            });
        }
    }
}
