package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;

/** Numbers in arguments and values, as strictly as Redis reads them. Stateless. */
public final class ArgumentNumbers {
    private ArgumentNumbers() {}

    /** A signed 64-bit decimal without leading zeros, sign '+', or spaces; else throws {@code otherwise}. */
    public static long integer(Arguments args, int i, CommandError otherwise) {
        return parse(args.array(i), args.offset(i), args.length(i), otherwise);
    }

    /** See {@link #integer}. */
    public static long parse(byte[] array, int from, int length, CommandError otherwise) {
        if (length == 0 || length > 20) {
            throw otherwise;
        }
        int at = from;
        int end = from + length;
        boolean negative = array[at] == '-';
        if (negative && ++at == end) {
            throw otherwise;
        }
        int first = array[at] - '0';
        if (first < 0 || first > 9 || first == 0 && (length > 1)) {
            throw otherwise;
        }
        long value = -first;
        while (++at < end) {
            int digit = array[at] - '0';
            if (digit < 0 || digit > 9 || value < Long.MIN_VALUE / 10) {
                throw otherwise;
            }
            value *= 10;
            if (value < Long.MIN_VALUE + digit) {
                throw otherwise;
            }
            value -= digit;
        }
        if (!negative && value == Long.MIN_VALUE) {
            throw otherwise;
        }
        return negative ? value : -value;
    }

    /** Whether these bytes are exactly what {@link Long#toString} gives for some long. */
    public static boolean isCanonicalInteger(byte[] array, int from, int length) {
        if (length == 0 || length > 20) {
            return false;
        }
        byte c = array[from];
        if ((c < '0' || c > '9') && c != '-') {
            return false;
        }
        try {
            parse(array, from, length, Errors.NOT_INTEGER);
            return true;
        } catch (CommandError notAnInteger) {
            return false;
        }
    }
}
