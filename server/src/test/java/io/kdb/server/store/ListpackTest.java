package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ListpackTest {
    private static byte[] of(String... values) {
        byte[] a = new byte[200_000];
        Listpack.writeEmpty(a, 0);
        int p = Listpack.HEADER_BYTES;
        for (String value : values) {
            byte[] bytes = value.getBytes(ISO_8859_1);
            int end = Listpack.write(a, p, bytes, 0, bytes.length);
            assertEquals(end - p, Listpack.bytesOf(bytes, 0, bytes.length), value);
            p = end;
        }
        Listpack.end(a, p);
        Listpack.header(a, 0, p + 1, values.length);
        return java.util.Arrays.copyOf(a, p + 1);
    }

    private static byte[] bytes(int... values) {
        byte[] a = new byte[values.length];
        for (int i = 0; i < a.length; i++) {
            a[i] = (byte) values[i];
        }
        return a;
    }

    @Test
    void encodesAsRedis() {
        // taken from DUMP of a list of these in redis-server 7.0.15
        assertArrayEquals(
                bytes(
                        36, 0, 0, 0, 8, 0, // header
                        0x7f, 1, 0xc0, 0x80, 2, 0xdf, 0xff, 2, 0xf1, 0, 0x10, 3, 0xf2, 0, 0x80, 0, 4, 0xf3, 0, 0, 0x80,
                        0, 5, 0x82, 'a', 'b', 3, 0x80, 1, 0xff),
                of("127", "128", "-1", "4096", "32768", "8388608", "ab", ""));
    }

    @Test
    void walksBothWays() {
        String[] values = {
            "0",
            "-4096",
            "4095",
            "-32768",
            "32767",
            "-8388608",
            "8388607",
            "-2147483648",
            "2147483647",
            "2147483648",
            "-9223372036854775808",
            "9223372036854775807",
            "9223372036854775808",
            "007",
            "-0",
            "+1",
            "",
            "x".repeat(63),
            "y".repeat(64),
            "z".repeat(4095),
            "w".repeat(4096),
            "v".repeat(16380),
            "u".repeat(20000)
        };
        byte[] a = of(values);
        assertTrue(Listpack.isValid(a, 0, a.length));
        int p = Listpack.HEADER_BYTES;
        List<Integer> positions = new ArrayList<>();
        for (String value : values) {
            byte[] bytes = value.getBytes(ISO_8859_1);
            assertTrue(Listpack.equal(a, p, bytes, 0, bytes.length), value);
            assertEquals(p, Listpack.find(a, Listpack.HEADER_BYTES, bytes, 0, bytes.length, 0));
            positions.add(p);
            p = Listpack.next(a, p);
        }
        assertTrue(Listpack.isEnd(a, p));
        for (int i = values.length - 1; i >= 0; i--) {
            p = Listpack.previous(a, p);
            assertEquals(positions.get(i), p);
            assertEquals(p, Listpack.at(a, 0, i));
            assertEquals(p, Listpack.at(a, 0, i - values.length));
        }
        assertEquals(-1, Listpack.at(a, 0, values.length));
        assertEquals(-1, Listpack.at(a, 0, -values.length - 1));
    }

    @RepeatedTest(5)
    void refusesOrStaysInsideWhenMutated(RepetitionInfo info) {
        Random random = new Random(info.getCurrentRepetition());
        byte[] good = of("1", "hello", "x".repeat(100), "-77777", "y".repeat(5000), "9999999999");
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                bad[random.nextInt(random.nextBoolean() ? 140 : bad.length)] = (byte) random.nextInt();
            }
            int length = random.nextInt(10) == 0 ? random.nextInt(bad.length) : bad.length;
            if (Listpack.isValid(bad, 0, length)) {
                int count = 0;
                for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(bad, p); p = Listpack.next(bad, p)) {
                    count++;
                }
                assertEquals(count, Listpack.count(bad, 0));
            }
        }
    }

    @Test
    void seesWrongCounts() {
        byte[] a = of("1", "2");
        a[4] = 3;
        assertFalse(Listpack.isValid(a, 0, a.length));
        a[4] = (byte) 0xff;
        a[5] = (byte) 0xff;
        assertTrue(Listpack.isValid(a, 0, a.length));
        assertEquals(2, Listpack.count(a, 0));
    }
}
