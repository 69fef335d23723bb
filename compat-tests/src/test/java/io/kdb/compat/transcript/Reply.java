package io.kdb.compat.transcript;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One reply as it came: the type's character, its bytes or its elements (a map's: key, value, key, value). The three nulls
 * are types of their own: {@link #NULL_BULK}, {@link #NULL_ARRAY} and RESP3's {@code _}. Immutable.
 *
 * <p>Note: it is read by code of its own, not by kdb's decoders, because it judges them.
 */
record Reply(char type, String text, List<Reply> elements) {
    static final char NULL_BULK = 'n';
    static final char NULL_ARRAY = 'N';
    private static final int SHORT = 100;

    static Reply of(char type, String text) {
        return new Reply(type, text, List.of());
    }

    /** The next reply, text as ISO-8859-1. */
    static Reply read(InputStream in) throws IOException {
        String line = line(in);
        char type = line.charAt(0);
        String rest = line.substring(1);
        return switch (type) {
            case '+', '-', ':', ',', '#', '(', '_' -> of(type, rest);
            case '$', '=' -> rest.equals("-1") ? of(NULL_BULK, "") : of(type, bulk(in, Integer.parseInt(rest)));
            case '*', '~', '>' ->
                rest.equals("-1") ? of(NULL_ARRAY, "") : new Reply(type, "", elements(in, Integer.parseInt(rest)));
            case '%' -> new Reply(type, "", elements(in, 2 * Integer.parseInt(rest)));
            default -> throw new IOException("reply: " + line + " (expected: a RESP type)");
        };
    }

    private static List<Reply> elements(InputStream in, int count) throws IOException {
        List<Reply> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add(read(in));
        }
        return List.copyOf(elements);
    }

    private static String bulk(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length + 2);
        if (bytes.length < length + 2 || bytes[length] != '\r' || bytes[length + 1] != '\n') {
            throw new EOFException("bulk: " + bytes.length + " bytes (expected: " + length + " and a line end)");
        }
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("connection: closed (expected: a reply)");
            }
            line.append((char) c);
        }
        line.setLength(line.length() - 1);
        return line.toString();
    }

    /** The reply in a transcript's notation. */
    String notation() {
        if ((type == '+' || type == '-') && isPlain(text)) {
            return type + text;
        }
        return nested();
    }

    private String nested() {
        return switch (type) {
            case '+', '-' -> type + quoted(text);
            case ':' -> text;
            case ',' -> "double(" + text + ")";
            case '(' -> "big(" + text + ")";
            case '#' -> text.equals("t") ? "true" : "false";
            case '_' -> "null";
            case NULL_BULK -> "nil";
            case NULL_ARRAY -> "nil-array";
            case '$' -> quoted(text);
            case '=' -> "verbatim(" + quoted(text) + ")";
            case '*' -> list("[", "]");
            case '~' -> list("~[", "]");
            case '>' -> list(">[", "]");
            default -> list("{", "}");
        };
    }

    private String list(String open, String close) {
        StringBuilder out = new StringBuilder(open);
        for (int i = 0; i < elements.size(); i++) {
            out.append(i == 0 ? "" : type == '%' && i % 2 == 1 ? ": " : ", ");
            out.append(elements.get(i).nested());
        }
        return out.append(close).toString();
    }

    private static boolean isPlain(String text) {
        return !text.startsWith("\"")
                && text.strip().equals(text)
                && text.chars().allMatch(c -> c >= ' ' && c < 127);
    }

    static String quoted(String text) {
        if (text.length() > SHORT && text.chars().allMatch(c -> c == text.charAt(0))) {
            return quoted(text.substring(0, 1)) + "*" + text.length();
        }
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '"', '\\' -> out.append('\\').append(c);
                default -> {
                    if (c >= ' ' && c < 127) {
                        out.append(c);
                    } else {
                        out.append(String.format("\\x%02x", (int) c));
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
