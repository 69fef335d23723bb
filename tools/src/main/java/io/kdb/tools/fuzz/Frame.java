package io.kdb.tools.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One reply or push as it came: the type's character, its bytes or its elements (a map's: key, value, key, value). Null
 * strings and null arrays are types of their own. Immutable.
 *
 * <p>Note: it is read by code of its own, not by kdb's decoders, because it judges them.
 */
record Frame(char type, String text, List<Frame> elements) {
    static final char NULL_BULK = 'n';
    static final char NULL_ARRAY = 'N';
    private static final int SHORT = 60;

    /** The frame in these bytes, which are whole. */
    static Frame parse(byte[] bytes, int from) {
        return new Parser(bytes, from).next();
    }

    /** Walks over the bytes of one frame. Owner: {@link #parse}. */
    private static final class Parser {
        private final byte[] bytes;
        private int at;

        Parser(byte[] bytes, int from) {
            this.bytes = bytes;
            this.at = from;
        }

        Frame next() {
            char type = (char) bytes[at++];
            String line = line();
            switch (type) {
                case '$', '=', '!':
                    if (line.equals("-1")) {
                        return new Frame(NULL_BULK, "", List.of());
                    }
                    int length = Integer.parseInt(line);
                    at += length + 2;
                    return new Frame(type, latin(at - length - 2, length), List.of());
                case '*', '~', '>', '%':
                    if (line.equals("-1")) {
                        return new Frame(NULL_ARRAY, "", List.of());
                    }
                    int count = Integer.parseInt(line) * (type == '%' ? 2 : 1);
                    List<Frame> elements = new ArrayList<>();
                    for (int i = 0; i < count; i++) {
                        elements.add(next());
                    }
                    return new Frame(type, "", List.copyOf(elements));
                default:
                    return new Frame(type, line, List.of());
            }
        }

        private String line() {
            int start = at;
            while (bytes[at] != '\n') {
                at++;
            }
            return latin(start, at++ - start - 1);
        }

        private String latin(int from, int length) {
            return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        }
    }

    /** The same with all elements in one order, whatever theirs is. */
    Frame sorted() {
        return new Frame(
                type,
                text,
                elements.stream().map(Frame::sorted).sorted(Frame::compare).toList());
    }

    /** Any total order; it need not mean anything. */
    private static int compare(Frame one, Frame two) {
        int order = Character.compare(one.type, two.type);
        order = order != 0 ? order : one.text.compareTo(two.text);
        for (int i = 0; order == 0 && i < one.elements.size() && i < two.elements.size(); i++) {
            order = compare(one.elements.get(i), two.elements.get(i));
        }
        return order != 0 ? order : Integer.compare(one.elements.size(), two.elements.size());
    }

    /** For people, and for comparing. */
    String notation() {
        return switch (type) {
            case '+', '-' -> type + text;
            case ':' -> text;
            case NULL_BULK -> "nil";
            case NULL_ARRAY -> "nil-array";
            case '$' -> quoted(text);
            case '*', '~', '>', '%' ->
                elements.stream().map(Frame::notation).collect(Collectors.joining(", ", type + "[", "]"));
            default -> type + quoted(text);
        };
    }

    static String quoted(String text) {
        if (text.length() > SHORT && text.chars().allMatch(c -> c == text.charAt(0))) {
            return quoted(text.substring(0, 1)) + "*" + text.length();
        }
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 127) {
                out.append(c);
            } else {
                out.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
            }
        }
        return out.append('"').toString();
    }
}
