package io.kdb.server.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class QuotedArgumentsTest {
    @Test
    void splitsLikeAShell() {
        assertEquals(
                List.of("set", "a b", "c'd", "\u0000\n"), QuotedArguments.split(" set \"a b\" 'c\\'d' \"\\x00\\n\" "));
        assertEquals(List.of(""), QuotedArguments.split("\"\""));
        assertEquals(List.of("ab c"), QuotedArguments.split("a\"b c\""));
        assertEquals(List.of(), QuotedArguments.split("   "));
    }

    @Test
    void refusesUnbalancedQuotes() {
        assertNull(QuotedArguments.split("\"a"));
        assertNull(QuotedArguments.split("'a"));
        assertNull(QuotedArguments.split("\"a\"b"));
    }

    @RepeatedTest(20)
    void quotingIsUndoneBySplitting(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) text.append((char) random.nextInt(256));
        assertEquals(List.of(text.toString()), QuotedArguments.split(QuotedArguments.quote(text.toString())));
    }
}
