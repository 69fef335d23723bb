package io.kdb.cluster.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class SlotTest {
    /** CLUSTER KEYSLOT of a real Redis 7.0.15. */
    @Test
    void agreesWithRedis() {
        assertEquals(12739, Slot.of("123456789"));
        assertEquals(12182, Slot.of("foo"));
        assertEquals(5061, Slot.of("bar"));
        assertEquals(0, Slot.of(""));
    }

    @Test
    void hashesTheTagOnly() {
        assertEquals(Slot.of("user1000"), Slot.of("{user1000}.following"));
        assertEquals(Slot.of("bar"), Slot.of("foo{bar}{zap}"));
        assertEquals(Slot.of("{bar"), Slot.of("foo{{bar}}zap"));
    }

    @Test
    void hashesTheWholeKeyWhenTheTagIsEmptyOrOpen() {
        byte[] key = "xfoo{}{bar}y".getBytes(StandardCharsets.US_ASCII);
        assertEquals(8363, Slot.of(key, 1, key.length - 2));
        assertEquals(15278, Slot.of("foo{bar"));
        assertTrue(Slot.of("foo}bar{") != Slot.of("bar"));
    }

    @RepeatedTest(20)
    void aSlotSetIsTheRangesItPrints(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        BitSet model = new BitSet(Slot.COUNT);
        SlotSet.Builder builder = new SlotSet.Builder();
        for (int i = random.nextInt(200); i > 0; i--) {
            int first = random.nextInt(Slot.COUNT);
            int last = Math.min(Slot.COUNT - 1, first + random.nextInt(300));
            builder.add(new SlotSet.Range(first, last));
            model.set(first, last + 1);
        }
        SlotSet set = builder.build();
        SlotSet.Builder again = new SlotSet.Builder();
        set.ranges().forEach(again::add);
        assertEquals(set, again.build());
        assertEquals(model.cardinality(), set.count());
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            assertEquals(model.get(slot), set.contains(slot));
            assertEquals(model.nextSetBit(slot), set.next(slot));
        }
    }

    @Test
    void refusesSlotsThatDoNotExist() {
        assertThrows(IllegalArgumentException.class, () -> SlotSet.of(Slot.COUNT));
        assertThrows(IllegalArgumentException.class, () -> SlotSet.of(-1));
        assertThrows(IllegalArgumentException.class, () -> SlotSet.range(5, 4));
    }
}
