package io.kdb.tools.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What counts as a difference and what does not; a fuzzer that overlooks everything finds nothing. */
class ToleranceTest {
    private static Frame frame(String bytes) {
        return Frame.parse(bytes.getBytes(StandardCharsets.ISO_8859_1), 0);
    }

    private static boolean alike(Tolerance tolerance, String redis, String kdb) {
        return tolerance.alike(frame(redis), frame(kdb));
    }

    @Test
    void exactMeansEveryByteAndEveryNull() {
        assertTrue(alike(Tolerance.EXACT, "$1\r\na\r\n", "$1\r\na\r\n"));
        assertFalse(alike(Tolerance.EXACT, "$1\r\na\r\n", "$1\r\nb\r\n"));
        assertFalse(alike(Tolerance.EXACT, "$1\r\na\r\n", "+a\r\n"));
        assertFalse(alike(Tolerance.EXACT, "$-1\r\n", "*-1\r\n"));
        assertFalse(alike(Tolerance.EXACT, "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n"));
    }

    @Test
    void unorderedForgivesOrderOnly() {
        assertTrue(alike(Tolerance.UNORDERED, "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n"));
        assertFalse(alike(Tolerance.UNORDERED, "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:2\r\n"));
        assertFalse(alike(Tolerance.UNORDERED, "*2\r\n:1\r\n:2\r\n", "*1\r\n:2\r\n"));
    }

    @Test
    void pairsStayTogether() {
        assertTrue(alike(Tolerance.PAIRS, "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n"));
        assertFalse(alike(Tolerance.PAIRS, "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "*4\r\n:1\r\n:4\r\n:3\r\n:2\r\n"));
        assertTrue(alike(Tolerance.PAIRS, "%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n"));
    }

    @Test
    void timesMayBeReadApartButNotBeAbsent() {
        assertTrue(alike(Tolerance.TIMED, ":1000000\r\n", ":1000900\r\n"));
        assertFalse(alike(Tolerance.TIMED, ":-1\r\n", ":1000\r\n"));
        assertFalse(alike(Tolerance.TIMED, ":1000000\r\n", ":2000000\r\n"));
    }

    @Test
    void shapesKeepErrorsApart() {
        assertTrue(alike(Tolerance.SHAPE, "$1\r\na\r\n", "$1\r\nb\r\n"));
        assertFalse(alike(Tolerance.SHAPE, "-ERR a\r\n", "-ERR b\r\n"));
        assertFalse(alike(Tolerance.SHAPE, "*1\r\n:1\r\n", "*2\r\n:1\r\n:2\r\n"));
    }

    @Test
    void aRoundFollowsFromItsSeed() {
        for (CommandFamily family : Families.all()) {
            assertEquals(words(family.name()), words(family.name()), family.name());
        }
    }

    private static String words(String family) {
        CommandFamily fresh = Families.named(java.util.List.of(family)).get(0);
        Dice dice = new Dice(7, false, java.util.List.of("a"));
        Script script = new Script(dice);
        for (int i = 0; i < 200; i++) {
            fresh.add(dice, script);
        }
        return script.steps().toString();
    }
}
