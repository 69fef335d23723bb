package io.kdb.resp;

import java.util.Collections;
import java.util.List;

/** Bytes at the edge of the protocol, and what redis-server 7.0.15 makes of them. */
record MalformedRequest(String wire, List<List<String>> requests, String error) {
    private static final List<String> PING = List.of("PING");
    private static final String PING_LINE = "PING\r\n";

    private static MalformedRequest refused(String wire, String error) {
        return new MalformedRequest(wire, List.of(), "Protocol error: " + error);
    }

    private static MalformedRequest pings(String wire, int count) {
        return new MalformedRequest(wire, Collections.nCopies(count, PING), null);
    }

    private static MalformedRequest read(String wire, String... arguments) {
        return new MalformedRequest(wire, List.of(List.of(arguments)), null);
    }

    static List<MalformedRequest> all() {
        String longLine = "1".repeat(RespLimits.MAX_LINE_BYTES);
        return List.of(
                // What stands where the CR LF of a line or a bulk should is not looked at.
                pings("*1\r\n$4\r\nPINGxx" + PING_LINE, 2),
                pings("*1\rX$4\rYPINGxx" + PING_LINE, 2),
                pings("*-5\r\n" + PING_LINE, 1),
                pings("*-9223372036854775808\r\n*0\r\n" + PING_LINE, 1),
                pings("\r" + PING_LINE, 1),
                pings("\r\r\n" + PING_LINE, 1),
                pings("PING\r\r\n", 1),
                refused("*1\n$4\nPING\nPING\r\n", "invalid multibulk length"),
                refused("*01\r\n", "invalid multibulk length"),
                refused("*+1\r\n", "invalid multibulk length"),
                refused("*-0\r\n", "invalid multibulk length"),
                refused("*\r\n", "invalid multibulk length"),
                refused("* 1\r\n", "invalid multibulk length"),
                refused("*-9223372036854775809\r\n", "invalid multibulk length"),
                refused("*2147483648\r\n", "invalid multibulk length"),
                pings("*2147483647\r\n$4\r\nPING\r\n", 0),
                refused("*1\r\n+4\r\nPING\r\n", "expected '$', got '+'"),
                refused("*1\r\n\r\n", "expected '$', got ' '"),
                refused("*1\r\n\n4\r\n", "expected '$', got ' '"),
                refused("*1\r\n\u00ff\r\n", "expected '$', got '\u00ff'"),
                pings("*1\r\n+4", 0),
                pings("*1\r\n+4\r", 0),
                refused("*1\r\n$-1\r\n", "invalid bulk length"),
                refused("*1\r\n$536870913\r\n", "invalid bulk length"),
                pings("*1\r\n$536870912\r\n", 0),
                refused("*1\r\n$a\r\n", "invalid bulk length"),
                refused("*1\r\n$\r\n", "invalid bulk length"),
                refused("*1\r\n$04\r\n", "invalid bulk length"),
                // A NUL ends the search for a line's end, for ever.
                pings("\0\r\n" + PING_LINE, 0),
                pings("PI\0NG\r\n" + PING_LINE, 0),
                pings("*1\0\r\n" + PING_LINE, 0),
                refused("PI\0NG\r\n" + longLine, "too big inline request"),
                refused("*1\0\r\n" + longLine, "too big mbulk count string"),
                refused("*1\r\n$4\0\r\n" + longLine, "too big bulk count string"),
                pings("x" + longLine.substring(1), 0),
                refused("x" + longLine, "too big inline request"),
                pings("*" + longLine.substring(1), 0),
                refused("*" + longLine, "too big mbulk count string"),
                pings("*1\r\n$" + longLine.substring(1), 0),
                refused("*1\r\n$" + longLine, "too big bulk count string"),
                refused("*1\r\n+" + longLine, "too big bulk count string"),
                read("x" + longLine.substring(1) + "\n", "x" + longLine.substring(1)),
                read("xecho \"a b\"\r\n", "xecho", "a b"),
                read("xecho 'a\\'b'\r\n", "xecho", "a'b"),
                read("xecho \"\\x4g\\x41\\q\\n\\r\\t\\a\\b\\\\\\\"\"\r\n", "xecho", "x4gAq\n\r\t\u0007\b\\\""),
                read("xecho '\\n\\x41' \\n\r\n", "xecho", "\\n\\x41", "\\n"),
                read("xecho a\"b c\"\r\n", "xecho", "ab c"),
                read("xecho a\u000bb\r\n", "xecho", "a\u000bb"),
                read("\u000bxecho\u000b\r\n", "xecho\u000b"),
                read("xecho a\rb\r\n", "xecho", "a", "b"),
                read("xecho \"a\"\u000bx\r\n", "xecho", "a", "x"),
                read("xecho \"\" ''\r\n", "xecho", "", ""),
                read("\"\"\r\n", ""),
                refused("xecho \"a\r\n" + PING_LINE, "unbalanced quotes in request"),
                refused("xecho 'a\r\n", "unbalanced quotes in request"),
                refused("xecho \"a\"b\r\n", "unbalanced quotes in request"),
                refused("xecho 'a''b'\r\n", "unbalanced quotes in request"),
                refused("xecho \"abc\\\r\n", "unbalanced quotes in request"),
                new MalformedRequest(
                        "PING\r\n*1\r\n$4\r\nPING\r\nPING \"\r\nPING\r\n",
                        List.of(PING, PING),
                        "Protocol error: unbalanced quotes in request"));
    }

    @Override
    public String toString() {
        String shown = wire.length() > 40 ? wire.substring(0, 40) + "... (" + wire.length() + ")" : wire;
        return shown.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0");
    }
}
