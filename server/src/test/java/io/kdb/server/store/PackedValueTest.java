package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Random edits of packed values do what a list does, while snapshots see them as they were. */
class PackedValueTest {
    private static final int KEYS = 40;

    private final Map<String, List<String>> model = new HashMap<>();
    private final ListValue list = new ListValue();
    private Random random;

    @RepeatedTest(6)
    void agreesWithAList(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        Keyspace keyspace =
                new Keyspace(KeyspaceOptions.standalone().withSegments(2).withMaxPageBytes(32 << 20));
        TestKeys keys = new TestKeys(keyspace);
        Snapshot snapshot = null;
        Map<String, List<String>> then = new HashMap<>();
        for (int i = 0; i < 30_000; i++) {
            String key = "k" + random.nextInt(KEYS) + "y".repeat(random.nextInt(KEYS) == 0 ? 300 : 0);
            keys.with(0, key, (table, ref, k, hash) -> edit(table, ref, k, hash, key));
            if (i % 5_000 == 2_000) {
                snapshot = keyspace.startSnapshot(() -> {});
                then.clear();
                model.forEach((name, values) -> then.put(name, new ArrayList<>(values)));
            } else if (i % 5_000 == 3_000) {
                finish(snapshot, then);
            }
        }
        for (String key : List.copyOf(model.keySet())) {
            assertTrue(keys.delete(0, key));
        }
        assertEquals(0, keyspace.usedMemory());
    }

    private void finish(Snapshot snapshot, Map<String, List<String>> then) {
        Map<String, List<String>> seen = new HashMap<>();
        boolean more = true;
        while (more) {
            more = snapshot.step(view -> {
                assertEquals(ValueType.LIST, view.type());
                byte[] value = new byte[(int) view.valueLength()];
                view.readValue(0, value, 0, value.length);
                assertTrue(Listpack.isValid(value, 0, value.length));
                List<String> values = new ArrayList<>();
                for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(value, p); p = Listpack.next(value, p)) {
                    values.add(
                            Listpack.isInteger(value, p)
                                    ? Long.toString(Listpack.integer(value, p))
                                    : new String(
                                            value,
                                            Listpack.stringOffset(value, p),
                                            Listpack.stringLength(value, p),
                                            ISO_8859_1));
                }
                seen.put(new String(view.keyArray(), 0, view.keyLength(), ISO_8859_1), values);
            });
        }
        assertEquals(then, seen);
    }

    private boolean edit(KeyTable table, long ref, byte[] key, long hash, String name) {
        List<String> values = model.get(name);
        if (ref == 0) {
            list.create(table, 0, key, 0, key.length, hash, KeyTable.NO_EXPIRY, null);
            values = new ArrayList<>();
            model.put(name, values);
        } else {
            list.open(table, ref, hash, null);
        }
        PackedValue packed = list.packed;
        int i = random.nextInt(values.size() + 1);
        String value =
                switch (random.nextInt(4)) {
                    case 0 -> Integer.toString(random.nextInt(200));
                    case 1 -> Long.toString(random.nextLong() >> random.nextInt(64));
                    case 2 -> "v".repeat(random.nextInt(150));
                    default -> Integer.toHexString(random.nextInt());
                };
        byte[] bytes = value.getBytes(ISO_8859_1);
        boolean small = packed.bytes() < CollectionValue.PACKED_LIMIT_BYTES - 200;
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                if (small) {
                    if (i < values.size()) {
                        packed.insert(packed.at(i), bytes, 0, bytes.length);
                    } else {
                        packed.append(bytes, 0, bytes.length);
                    }
                    values.add(i, value);
                }
            }
            case 2 -> {
                if (small && i < values.size()) {
                    long number = random.nextLong() >> random.nextInt(64);
                    packed.replace(packed.at(i - values.size()), number);
                    values.set(i, Long.toString(number));
                }
            }
            case 3 -> {
                if (small && i < values.size()) {
                    packed.replace(packed.at(i), bytes, 0, bytes.length);
                    values.set(i, value);
                }
            }
            case 4 -> {
                if (i < values.size()) {
                    int n = 1 + random.nextInt(3);
                    int next = packed.delete(packed.at(i), n);
                    values.subList(i, Math.min(values.size(), i + n)).clear();
                    assertEquals(i == values.size() ? PackedValue.NONE : packed.at(i), next);
                }
            }
            default -> {
                if (random.nextInt(60) == 0) {
                    table.delete(list.ref(), hash);
                    model.remove(name);
                    return true;
                }
                table.setExpire(list.ref(), random.nextBoolean() ? 1L << 50 : KeyTable.NO_EXPIRY);
                return true;
            }
        }
        check(packed, values);
        return true;
    }

    private void check(PackedValue packed, List<String> values) {
        assertTrue(Listpack.isValid(packed.array(), packed.offset(), packed.bytes()));
        assertEquals(packed.bytes(), list.table.valueLength(list.ref()));
        assertEquals(values.size(), packed.count());
        Element view = new Element();
        int p = packed.first();
        for (String value : values) {
            assertEquals(value, new String(packed.get(p, view).copy(), ISO_8859_1));
            assertTrue(view.equalTo(value.getBytes(ISO_8859_1), 0, value.length()));
            p = packed.next(p);
        }
        assertEquals(PackedValue.NONE, p);
        p = packed.last();
        for (int i = values.size() - 1; i >= 0; i--) {
            assertTrue(packed.equal(
                    p, values.get(i).getBytes(ISO_8859_1), 0, values.get(i).length()));
            p = packed.previous(p);
        }
        assertEquals(PackedValue.NONE, p);
    }

    @Test
    void staysAsItWasWithoutMemory() {
        Keyspace keyspace = new Keyspace(KeyspaceOptions.standalone()
                .withSegments(1)
                .withPageBytes(1 << 17)
                .withMaxPageBytes(1 << 17));
        TestKeys keys = new TestKeys(keyspace);
        byte[] value = "x".repeat(100).getBytes(ISO_8859_1);
        assertThrows(StoreFull.class, () -> {
            for (int i = 0; ; i++) {
                keys.with(0, "k" + i, (table, ref, k, hash) -> {
                    list.create(table, 0, k, 0, k.length, hash, KeyTable.NO_EXPIRY, null);
                    for (int n = 0; n < 60; n++) {
                        list.packed.append(value, 0, value.length);
                    }
                    return true;
                });
            }
        });
        assertTrue(Listpack.isValid(list.packed.array(), list.packed.offset(), list.packed.bytes()));
    }
}
