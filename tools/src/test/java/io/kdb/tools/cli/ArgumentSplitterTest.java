package io.kdb.tools.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentSplitterTest {
    @Test
    void splitsAtBlanks() {
        assertEquals(List.of("set", "a", "b"), split("  set a\t b  "));
        assertEquals(List.of(), split("   "));
    }

    @Test
    void unescapesInDoubleQuotes() {
        assertEquals(
                List.of("a b", "\n\r\t\b\u0007\"\\", "\u00fe\u0000z"),
                split("\"a b\" \"\\n\\r\\t\\b\\a\\\"\\\\\" \"\\xfe\\x00z\""));
    }

    @Test
    void keepsBackslashesInSingleQuotes() {
        assertEquals(List.of("a\\n'b"), split("'a\\n\\'b'"));
    }

    @Test
    void joinsAQuoteToWhatStandsBeforeIt() {
        assertEquals(List.of("ab c"), split("a\"b c\""));
    }

    @Test
    void refusesQuotesThatDoNotMatch() {
        assertNull(ArgumentSplitter.split("set a \"b"));
        assertNull(ArgumentSplitter.split("set a 'b"));
        assertNull(ArgumentSplitter.split("set \"a\"b"));
    }

    private static List<String> split(String line) {
        return ArgumentSplitter.split(line).stream()
                .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
                .toList();
    }
}
