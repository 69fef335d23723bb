package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void assertWritten(long value) {
        String expected = Long.toString(value);
        byte[] to = new byte[24];
        int end = Numbers.write(value, to, 2);
        assertEquals(expected, new String(to, 2, end - 2, StandardCharsets.ISO_8859_1));
        assertEquals(expected.length(), Numbers.length(value));
        assertTrue(Numbers.isLong(to, 2, end - 2), expected);
        assertEquals(value, Numbers.parseLong(to, 2, end - 2));
    }

    @Test
    void writesAndReadsEveryMagnitude() {
        for (long p = 1; p > 0 && p <= 1_000_000_000_000_000_000L; p *= 10) {
            for (long d = -1; d <= 1; d++) {
                assertWritten(p + d);
                assertWritten(-p + d);
            }
            if (p == 1_000_000_000_000_000_000L) {
                break;
            }
        }
        assertWritten(Long.MIN_VALUE);
        assertWritten(Long.MAX_VALUE);
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            assertWritten(random.nextLong() >> random.nextInt(64));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+1",
                "01",
                "-0",
                "00",
                " 1",
                "1 ",
                "1a",
                "a",
                "9223372036854775808",
                "-9223372036854775809",
                "99999999999999999999",
                "18446744073709551616",
                "18446744073709551615",
                "--1",
                "1.0"
            })
    void refusesWhatRedisRefuses(String text) {
        assertFalse(Numbers.isLong(bytes(text), 0, text.length()));
    }

    // What redis-server 7.0.15 answers to ZRANGE ... WITHSCORES and C's printf prints.
    @ParameterizedTest
    @CsvSource({
        "3.1400,3.14",
        "5000,5000",
        "0.000000000000000001,0",
        "-0.000000000000000001,0",
        "1e3,1000",
        "0.1234567890123456789,0.12345678901234568"
    })
    void printsLongDoublesForHumans(BigDecimal value, String expected) {
        assertEquals(expected, Numbers.formatHuman(value));
    }
}
