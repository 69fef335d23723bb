package io.kdb.server.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource({
        "*, abc, true",
        "'', '', true",
        "*, '', false",
        "a*, a, true",
        "a**, a, true",
        "?, a, true",
        "?, '', false",
        "a?c, abc, true",
        "a?c, ac, false",
        "*b*, abc, true",
        "*b, abc, false",
        "*bc, abbc, true",
        "[a-c]x, bx, true",
        "[c-a]x, bx, true",
        "[^a-c]x, bx, false",
        "[abc, c, true",
        "[a\\]]z, ]z, true",
        "\\*, *, true",
        "\\*, a, false",
        "a\\, a\\, true",
        "[a-], ], true",
        "*a*b*c, xaxbxc, true",
        "*a*b*c, xaxbxcx, false",
        "h[^e]llo, hallo, true",
        "h[^e]llo, hello, false",
        "[^, a, true",
        "[], a, false"
    })
    void matchesAsRedisDoes(String pattern, String text, boolean expected) {
        assertEquals(expected, Glob.matches(pattern, text, false));
    }

    @Test
    void ignoresCaseOnRequest() {
        assertTrue(Glob.matches("MAX[A-N]*", "maxmemory", true));
        assertFalse(Glob.matches("MAX*", "maxmemory", false));
    }

    @Test
    void abusivePatternsEndSoon() {
        String pattern = "a*".repeat(500) + "b";
        assertFalse(assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> Glob.matches(pattern, "a".repeat(50_000), false)));
        assertFalse(Glob.matches("*a".repeat(1001), "a".repeat(2000), false));
        assertTrue(Glob.matches("*a".repeat(1000), "a".repeat(2000), false));
    }
}
