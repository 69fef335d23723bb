package io.kdb.tools.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One command and how its replies are compared. Immutable.
 *
 * @param words one byte per char
 * @param pushed its only answers are pushes (SUBSCRIBE in RESP3)
 * @param unit the same for commands that make no sense without each other; {@link #ALONE} for all others
 */
public record Step(List<String> words, Tolerance tolerance, boolean pushed, int unit) {
    static final int ALONE = 0;

    static Step of(String... words) {
        return new Step(List.of(words), Tolerance.EXACT, false, ALONE);
    }

    /** EXEC, or what drops a transaction. */
    boolean endsTransaction() {
        return words.get(0).equals("EXEC")
                || words.get(0).equals("DISCARD")
                || words.get(0).equals("RESET");
    }

    void writeTo(ByteArrayOutputStream out) {
        write(out, "*" + words.size() + "\r\n");
        for (String word : words) {
            write(out, "$" + word.length() + "\r\n");
            write(out, word);
            write(out, "\r\n");
        }
    }

    private static void write(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** As redis-cli would take it. */
    @Override
    public String toString() {
        return words.stream().map(Frame::quoted).collect(Collectors.joining(" "));
    }
}
