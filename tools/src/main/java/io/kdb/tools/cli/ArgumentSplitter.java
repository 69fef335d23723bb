package io.kdb.tools.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Splits a command line into arguments with redis-cli's quoting. Stateless. */
public final class ArgumentSplitter {
    private ArgumentSplitter() {}

    /**
     * The arguments of {@code line}: separated by blanks; in double quotes {@code \n \r \t \b \a \xHH} are escapes, in
     * single quotes only {@code \'}. Null when a quote is not closed or is followed by anything but a blank.
     */
    public static List<byte[]> split(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        List<byte[]> arguments = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < bytes.length && isBlank(bytes[at])) {
                at++;
            }
            if (at == bytes.length) {
                return arguments;
            }
            ByteArrayOutputStream argument = new ByteArrayOutputStream();
            at = readArgument(bytes, at, argument);
            if (at < 0) {
                return null;
            }
            arguments.add(argument.toByteArray());
        }
    }

    /** Reads one argument from {@code at}; the index behind it, or -1 when its quotes do not match. */
    private static int readArgument(byte[] bytes, int from, ByteArrayOutputStream argument) {
        int at = from;
        while (at < bytes.length && !isBlank(bytes[at])) {
            byte c = bytes[at];
            if (c == '"' || c == '\'') {
                int end = c == '"'
                        ? readDoubleQuoted(bytes, at + 1, argument)
                        : readSingleQuoted(bytes, at + 1, argument);
                return end >= 0 && (end == bytes.length || isBlank(bytes[end])) ? end : -1;
            }
            argument.write(c);
            at++;
        }
        return at;
    }

    private static int readDoubleQuoted(byte[] bytes, int from, ByteArrayOutputStream argument) {
        int at = from;
        while (at < bytes.length) {
            byte c = bytes[at];
            if (c == '"') {
                return at + 1;
            }
            if (c != '\\' || at + 1 == bytes.length) {
                argument.write(c);
                at++;
            } else if (bytes[at + 1] == 'x'
                    && at + 3 < bytes.length
                    && Character.digit(bytes[at + 2], 16) >= 0
                    && Character.digit(bytes[at + 3], 16) >= 0) {
                argument.write(Character.digit(bytes[at + 2], 16) * 16 + Character.digit(bytes[at + 3], 16));
                at += 4;
            } else {
                argument.write(unescape(bytes[at + 1]));
                at += 2;
            }
        }
        return -1;
    }

    private static int readSingleQuoted(byte[] bytes, int from, ByteArrayOutputStream argument) {
        int at = from;
        while (at < bytes.length) {
            if (bytes[at] == '\\' && at + 1 < bytes.length && bytes[at + 1] == '\'') {
                argument.write('\'');
                at += 2;
            } else if (bytes[at] == '\'') {
                return at + 1;
            } else {
                argument.write(bytes[at]);
                at++;
            }
        }
        return -1;
    }

    private static int unescape(byte c) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> c;
        };
    }

    private static boolean isBlank(byte c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
