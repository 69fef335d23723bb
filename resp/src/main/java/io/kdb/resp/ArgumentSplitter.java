package io.kdb.resp;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line into arguments as Redis' {@code sdssplitargs} does: {@code "..."} with {@code \n \r \t \b \a \xHH}
 * escapes, {@code '...'} where only {@code \'} is one, a closing quote followed by a space or the end. Stateless.
 */
public final class ArgumentSplitter {
    private ArgumentSplitter() {}

    /** The arguments, or null when a quote is unbalanced. A NUL byte ends the line. */
    public static List<byte[]> split(byte[] line, int from, int to) {
        List<byte[]> arguments = new ArrayList<>();
        byte[] scratch = new byte[to - from];
        int pos = skipBlanks(line, from, to);
        while (at(line, pos, to) != 0) {
            long end = argument(line, pos, to, scratch);
            if (end < 0) {
                return null;
            }
            byte[] argument = new byte[(int) (end >>> 32)];
            System.arraycopy(scratch, 0, argument, 0, argument.length);
            arguments.add(argument);
            pos = skipBlanks(line, (int) end, to);
        }
        return arguments;
    }

    /** One argument into scratch; its length in the upper half, the index after it in the lower; -1: unbalanced. */
    private static long argument(byte[] line, int from, int to, byte[] scratch) {
        int pos = from;
        int length = 0;
        byte quote = 0;
        for (; ; pos++) {
            byte b = at(line, pos, to);
            if (quote == 0) {
                if (b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == 0) {
                    return ((long) length << 32) | pos;
                }
                if (b == '"' || b == '\'') {
                    quote = b;
                } else {
                    scratch[length++] = b;
                }
            } else if (b == 0) {
                return -1;
            } else if (b == quote) {
                byte next = at(line, pos + 1, to);
                if (next != 0 && !isSpace(next)) {
                    return -1;
                }
                return ((long) length << 32) | (pos + 1);
            } else if (b == '\\' && quote == '"' && isHexEscape(line, pos, to)) {
                scratch[length++] =
                        (byte) ((Character.digit(line[pos + 2], 16) << 4) | Character.digit(line[pos + 3], 16));
                pos += 3;
            } else if (b == '\\' && quote == '"' && at(line, pos + 1, to) != 0) {
                scratch[length++] = escaped(line[++pos]);
            } else if (b == '\\' && quote == '\'' && at(line, pos + 1, to) == '\'') {
                scratch[length++] = line[++pos];
            } else {
                scratch[length++] = b;
            }
        }
    }

    private static boolean isHexEscape(byte[] line, int pos, int to) {
        return at(line, pos + 1, to) == 'x' && isHex(at(line, pos + 2, to)) && isHex(at(line, pos + 3, to));
    }

    private static boolean isHex(byte b) {
        return b >= 0 && Character.digit(b, 16) >= 0;
    }

    private static byte escaped(byte b) {
        return switch (b) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> b;
        };
    }

    /** The byte, or NUL past the end: what a C string shows. */
    private static byte at(byte[] line, int pos, int to) {
        return pos < to ? line[pos] : 0;
    }

    static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    private static int skipBlanks(byte[] line, int from, int to) {
        int pos = from;
        while (pos < to && isSpace(line[pos])) {
            pos++;
        }
        return pos;
    }
}
