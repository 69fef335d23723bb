package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Eight bytes at a time give what one bit at a time gives, at every offset and length. */
class BitsTest {
    @RepeatedTest(20)
    void countsFindsAndCombinesAsBitByBit(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] one = new byte[200];
        byte[] two = new byte[200];
        random.nextBytes(one);
        random.nextBytes(two);
        if (random.nextBoolean()) {
            Arrays.fill(one, 0, random.nextInt(200), (byte) (random.nextBoolean() ? 0 : -1));
        }
        for (int from = 0; from < 20; from++) {
            int length = random.nextInt(180);
            long count = 0;
            long first = -1;
            long firstClear = -1;
            for (int i = 0; i < length * 8; i++) {
                boolean set = (one[from + i / 8] >> 7 - i % 8 & 1) == 1;
                count += set ? 1 : 0;
                first = set && first < 0 ? i : first;
                firstClear = !set && firstClear < 0 ? i : firstClear;
            }
            assertEquals(count, Bits.count(one, from, length));
            assertEquals(first, Bits.find(one, from, length, true));
            assertEquals(firstClear, Bits.find(one, from, length, false));
            combine(one, two, from, length);
        }
    }

    private static void combine(byte[] one, byte[] two, int from, int length) {
        byte[] and = one.clone();
        byte[] or = one.clone();
        byte[] xor = one.clone();
        byte[] not = one.clone();
        Bits.and(and, 3, two, from, length);
        Bits.or(or, 3, two, from, length);
        Bits.xor(xor, 3, two, from, length);
        Bits.not(not, length);
        byte[] expected = one.clone();
        for (int i = 0; i < length; i++) {
            expected[3 + i] &= two[from + i];
        }
        assertArrayEquals(expected, and);
        for (int i = 0; i < length; i++) {
            expected[3 + i] = (byte) (one[3 + i] | two[from + i]);
        }
        assertArrayEquals(expected, or);
        for (int i = 0; i < length; i++) {
            expected[3 + i] = (byte) (one[3 + i] ^ two[from + i]);
        }
        assertArrayEquals(expected, xor);
        expected = one.clone();
        for (int i = 0; i < length; i++) {
            expected[i] = (byte) (255 - (one[i] & 0xFF));
        }
        assertArrayEquals(expected, not);
    }
}
