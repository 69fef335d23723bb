package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class IntsetTest {
    private static final int AT = 3;

    private byte[] array = new byte[AT + Intset.HEADER_BYTES];

    private void add(long value) {
        int found = Intset.find(array, AT, value);
        if (found < 0) {
            array = Arrays.copyOf(array, AT + Intset.bytesWith(array, AT, value));
            Intset.insert(array, AT, -found - 1, value);
        }
    }

    @RepeatedTest(20)
    void isASortedSet(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        TreeSet<Long> model = new TreeSet<>();
        Intset.clear(array, AT);
        for (int step = 0; step < 2000; step++) {
            long value = random.nextInt(120) - 60;
            if (step > 700) {
                value <<= random.nextInt(step > 1400 ? 60 : 28);
            }
            if (random.nextInt(3) == 0) {
                int found = Intset.find(array, AT, value);
                assertEquals(model.remove(value), found >= 0);
                if (found >= 0) {
                    Intset.remove(array, AT, found);
                }
            } else {
                add(value);
                model.add(value);
            }
            assertEquals(model.size(), Intset.size(array, AT));
        }
        int i = 0;
        for (long value : model) {
            assertEquals(value, Intset.get(array, AT, i));
            assertEquals(i++, Intset.find(array, AT, value));
        }
        assertTrue(Intset.validate(array, AT, Intset.bytes(array, AT)));
    }

    @Test
    void growsInWidthAtBothEnds() {
        Intset.clear(array, AT);
        add(1);
        add(-32769);
        add(Long.MAX_VALUE);
        add(Long.MIN_VALUE);
        assertEquals(Long.MIN_VALUE, Intset.get(array, AT, 0));
        assertEquals(-32769, Intset.get(array, AT, 1));
        assertEquals(1, Intset.get(array, AT, 2));
        assertEquals(Long.MAX_VALUE, Intset.get(array, AT, 3));
    }

    @Test
    void isLaidOutAsRedisDoes() {
        Intset.clear(array, AT);
        add(5);
        add(70000);
        assertArrayEquals(
                HexFormat.of().parseHex("0400000002000000" + "05000000" + "70110100"),
                Arrays.copyOfRange(array, AT, AT + Intset.bytes(array, AT)));
    }

    @Test
    void refusesWhatIsNoSet() {
        for (String bad : new String[] {
            "",
            "02000000",
            "0200000000000000", // empty
            "0300000001000000010000", // width
            "02000000010000000100ff", // too long
            "020000000200000001", // too short
            "0200000002000000" + "0100" + "0100", // twice
            "0200000002000000" + "0200" + "0100", // order
            "02000000ffffffff" + "0100"
        }) {
            byte[] bytes = HexFormat.of().parseHex(bad);
            assertFalse(Intset.validate(bytes, 0, bytes.length), bad);
        }
    }
}
