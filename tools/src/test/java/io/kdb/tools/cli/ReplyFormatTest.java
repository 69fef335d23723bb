package io.kdb.tools.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.tools.client.Reply;
import io.kdb.tools.client.Reply.Aggregate;
import io.kdb.tools.client.Reply.Bool;
import io.kdb.tools.client.Reply.Bulk;
import io.kdb.tools.client.Reply.Decimal;
import io.kdb.tools.client.Reply.Failure;
import io.kdb.tools.client.Reply.Int;
import io.kdb.tools.client.Reply.Kind;
import io.kdb.tools.client.Reply.Null;
import io.kdb.tools.client.Reply.Status;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The expected texts are what redis-cli 7.0.15 prints; {@code CliIT} compares with the program itself. */
class ReplyFormatTest {
    @Test
    void namesTypesOnATerminal() {
        assertEquals("OK\n", readable(new Status("OK")));
        assertEquals("(error) ERR no\n", readable(new Failure("ERR no")));
        assertEquals("(integer) -5\n", readable(new Int(-5)));
        assertEquals("(double) 3.141\n", readable(new Decimal("3.141")));
        assertEquals("(nil)\n", readable(new Null()));
        assertEquals("(true)\n", readable(new Bool(true)));
    }

    @Test
    void quotesStringsOnATerminal() {
        byte[] bytes = {'a', '"', '\\', '\n', 7, 0, (byte) 0xfe, 127};

        assertEquals("\"a\\\"\\\\\\n\\a\\x00\\xfe\\x7f\"\n", readable(new Bulk(bytes)));
    }

    @Test
    void indentsNestedArraysByTheWidthOfTheNumbersAbove() {
        Reply inner = Reply.array(List.of(Reply.bulk("x"), Reply.bulk("y")));
        List<Reply> ten = new ArrayList<>(List.of(inner));
        for (int i = 2; i <= 9; i++) {
            ten.add(new Int(i));
        }
        ten.add(inner);

        String text = readable(Reply.array(ten));

        assertTrue(text.startsWith(" 1) 1) \"x\"\n    2) \"y\"\n 2) (integer) 2\n"), text);
        assertTrue(text.endsWith("\n10) 1) \"x\"\n    2) \"y\"\n"), text);
    }

    @Test
    void pairsTheEntriesOfAMap() {
        Reply map = new Aggregate(Kind.MAP, List.of(Reply.bulk("a"), new Int(1), Reply.bulk("b"), new Null()));

        assertEquals("1# \"a\" => (integer) 1\n2# \"b\" => (nil)\n", readable(map));
        assertEquals("a 1\nb \n", raw(map));
    }

    @Test
    void namesEmptyAggregates() {
        assertEquals("(empty array)\n", readable(Reply.array(List.of())));
        assertEquals("(empty hash)\n", readable(new Aggregate(Kind.MAP, List.of())));
        assertEquals("(empty set)\n", readable(new Aggregate(Kind.SET, List.of())));
    }

    @Test
    void givesBytesAsTheyAreToAPipe() {
        assertEquals("a\"\n", raw(Reply.bulk("a\"")));
        assertEquals("\n", raw(new Null()));
        assertEquals("1\nx\n", raw(Reply.array(List.of(new Int(1), Reply.bulk("x")))));
        assertEquals("ERR no\n\n", raw(new Failure("ERR no")));
    }

    private static String readable(Reply reply) {
        return new String(ReplyFormat.READABLE.format(reply), StandardCharsets.ISO_8859_1);
    }

    private static String raw(Reply reply) {
        return new String(ReplyFormat.RAW.format(reply), StandardCharsets.ISO_8859_1);
    }
}
