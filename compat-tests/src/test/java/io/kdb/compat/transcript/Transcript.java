package io.kdb.compat.transcript;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A text file of commands and replies. It starts on an empty server, whose state it may change as it likes. Immutable.
 *
 * <p>Lines:
 * <ul>
 *   <li>{@code # text}: a comment; empty lines separate.
 *   <li>{@code > SET key "a\r\n\x00"}: a command. Words stand bare or in double quotes, with the escapes
 *       {@code \n \r \t \\ \" \xHH}; {@code "ab"*1000} is a word of 2,000 characters.
 *   <li>{@code >> BLPOP key 0}: a command whose reply is not read here.
 *   <li>{@code < reply}: reads one reply and compares it. A line that starts with a space continues the one before.
 *   <li>{@code <~ reply}: the same, where the order of arrays' elements does not matter.
 *   <li>{@code <? reply}: the same, where the reply differs from run to run: {@code _} is anything, {@code 90..100} an integer
 *       within, {@code now-100..now+100} likewise around the present in ms since 1970 and {@code now-s+9..now-s+11} in
 *       seconds, {@code "abc"...} a bulk that starts so and {@code ..."abc"...} one that contains it. Every {@code <} line may use them; the mark says that a recorder must
 *       leave the line alone.
 *   <li>{@code @b > PING}, {@code @b < +PONG}: on another connection, opened when first named.
 *   <li>{@code = closed}: reads the connection's end.
 * </ul>
 *
 * <p>Replies: {@code +OK} and {@code -ERR text} to the end of the line (inside of others {@code +OK} and
 * {@code -"ERR text"}); {@code 5}; {@code "bulk"}; {@code nil} and {@code nil-array} for RESP2's nulls, {@code null} for
 * RESP3's; {@code [1, "a"]}; RESP3's map {@code {"key": 1}} and set {@code ~["a"]}, both in any order, push {@code >["a"]},
 * {@code double(1.5)}, {@code big(123)}, {@code true}, {@code verbatim("txt:abc")}.
 */
record Transcript(String name, List<Step> steps) {
    enum Kind {
        /** A comment, an empty line or a reply that was merged with the line before it. */
        TEXT,
        SEND,
        SEND_ONLY,
        EXPECT,
        EXPECT_CLOSED
    }

    /** One line, and what it means. */
    record Step(
            int line, String source, Kind kind, String connection, List<String> words, String mark, Pattern reply) {}

    static Transcript load(Path file) throws IOException {
        List<Step> steps = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            int number = i + 1;
            StringBuilder line = new StringBuilder(lines.get(i));
            while (line.length() > 0 && i + 1 < lines.size() && lines.get(i + 1).startsWith(" ")) {
                line.append('\n').append(lines.get(++i));
            }
            try {
                steps.add(step(number, line.toString()));
            } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
                throw new IOException(file + ":" + number + ": " + e.getMessage(), e);
            }
        }
        return new Transcript(file.getFileName().toString(), List.copyOf(steps));
    }

    private static Step step(int number, String line) {
        if (line.isBlank() || line.startsWith("#")) {
            return new Step(number, line, Kind.TEXT, "", List.of(), "", null);
        }
        String connection = "";
        String rest = line;
        if (line.startsWith("@")) {
            int space = line.indexOf(' ');
            connection = line.substring(1, space);
            rest = line.substring(space + 1);
        }
        int space = rest.indexOf(' ');
        String mark = rest.substring(0, space);
        String text = rest.substring(space + 1).strip();
        return switch (mark) {
            case ">" -> new Step(number, line, Kind.SEND, connection, new Scanner(text).words(), mark, null);
            case ">>" -> new Step(number, line, Kind.SEND_ONLY, connection, new Scanner(text).words(), mark, null);
            case "<", "<~", "<?" ->
                new Step(
                        number, line, Kind.EXPECT, connection, List.of(), mark, Pattern.parse(text, mark.equals("<~")));
            case "=" -> new Step(number, line, Kind.EXPECT_CLOSED, connection, List.of(), mark, null);
            default -> throw new IllegalArgumentException("line: " + line + " (expected: # > >> < <~ <? or =)");
        };
    }
}
