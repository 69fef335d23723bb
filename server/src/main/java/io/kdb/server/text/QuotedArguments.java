package io.kdb.server.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines of arguments with shell-like quoting, as in redis.conf and inline requests: {@code "a\x00b\n"} with escapes,
 * {@code 'a b'} with {@code \'} only. Strings hold one byte per char (ISO-8859-1). Stateless, thread-safe.
 */
public final class QuotedArguments {
    private static final String HEX = "0123456789abcdef";

    private QuotedArguments() {}

    /** The arguments, or null when quotes are unbalanced or a closing quote is not followed by a space. */
    public static List<String> split(String line) {
        List<String> arguments = new ArrayList<>();
        int i = 0;
        while (true) {
            while (i < line.length() && isSpace(line.charAt(i))) i++;
            if (i == line.length() || line.charAt(i) == 0) return arguments;
            StringBuilder argument = new StringBuilder();
            i = one(line, i, argument);
            if (i < 0) return null;
            arguments.add(argument.toString());
        }
    }

    /** Reads one argument and returns the index after it, or -1. A quote may also begin inside a word. */
    private static int one(String line, int i, StringBuilder out) {
        while (i < line.length()) {
            char c = line.charAt(i);
            if (isSpace(c) || c == 0) return i;
            if (c == '"' || c == '\'') {
                i = quoted(line, i + 1, c, out);
                if (i < 0 || (i < line.length() && !isSpace(line.charAt(i)))) return -1;
                return i;
            }
            out.append(c);
            i++;
        }
        return i;
    }

    private static int quoted(String line, int i, char quote, StringBuilder out) {
        for (; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == quote) return i + 1;
            if (c == '\\' && quote == '\'' && i + 1 < line.length() && line.charAt(i + 1) == '\'') {
                out.append('\'');
                i++;
            } else if (c == '\\' && quote == '"' && i + 1 < line.length()) {
                i = escape(line, i + 1, out);
            } else {
                out.append(c);
            }
        }
        return -1;
    }

    /** Reads what follows a backslash; returns the index of its last char. */
    private static int escape(String line, int i, StringBuilder out) {
        char c = line.charAt(i);
        if (c == 'x' && i + 2 < line.length()) {
            int high = Character.digit(line.charAt(i + 1), 16);
            int low = Character.digit(line.charAt(i + 2), 16);
            if (high >= 0 && low >= 0) {
                out.append((char) (high * 16 + low));
                return i + 2;
            }
        }
        out.append(
                switch (c) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    case 'b' -> '\b';
                    case 'a' -> '\u0007';
                    default -> c;
                });
        return i;
    }

    /** The argument in double quotes with everything unprintable escaped; {@link #split} gives it back. */
    public static String quote(String argument) {
        StringBuilder out = new StringBuilder(argument.length() + 2).append('"');
        for (int i = 0; i < argument.length(); i++) {
            char c = argument.charAt(i);
            switch (c) {
                case '\\', '"' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\u0007' -> out.append("\\a");
                default -> {
                    if (c >= ' ' && c < 127) out.append(c);
                    else out.append("\\x").append(HEX.charAt(c >> 4 & 15)).append(HEX.charAt(c & 15));
                }
            }
        }
        return out.append('"').toString();
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
