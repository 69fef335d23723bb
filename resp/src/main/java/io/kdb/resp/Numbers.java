package io.kdb.resp;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Numbers to and from bytes, exactly as Redis reads and prints them. Stateless. */
public final class Numbers {
    /** The longest decimal form of a long: sign and 19 digits. */
    public static final int MAX_LONG_CHARS = 20;

    private static final long[] POWERS_OF_TEN = powersOfTen();

    /** The two digits of every number below 100. */
    private static final byte[] PAIRS = pairs();

    private Numbers() {}

    private static byte[] pairs() {
        byte[] pairs = new byte[200];
        for (int i = 0; i < 100; i++) {
            pairs[2 * i] = (byte) ('0' + i / 10);
            pairs[2 * i + 1] = (byte) ('0' + i % 10);
        }
        return pairs;
    }

    private static long[] powersOfTen() {
        long[] powers = new long[19];
        long p = 1;
        for (int i = 0; i < powers.length; i++) {
            powers[i] = p;
            p *= 10;
        }
        return powers;
    }

    /** How many characters {@link #write} makes of it. */
    public static int length(long value) {
        if (value < 0) {
            return value == Long.MIN_VALUE ? MAX_LONG_CHARS : 1 + length(-value);
        }
        // 1233/4096 is just above log10(2): the number of digits is this or one less.
        int digits = (((64 - Long.numberOfLeadingZeros(value | 1)) * 1233) >>> 12) + 1;
        return digits > 1 && value < POWERS_OF_TEN[digits - 1] ? digits - 1 : digits;
    }

    /** Writes the decimal form and returns the index after it; needs up to {@link #MAX_LONG_CHARS} bytes. */
    public static int write(long value, byte[] to, int at) {
        if (value >= 0 && value < 10) {
            to[at] = (byte) ('0' + value);
            return at + 1;
        }
        int end = at + length(value);
        int i = end;
        // Negative throughout, because -Long.MIN_VALUE does not exist.
        long rest = value < 0 ? value : -value;
        while (rest <= -100) {
            long quotient = rest / 100;
            int pair = 2 * (int) (quotient * 100 - rest);
            to[--i] = PAIRS[pair + 1];
            to[--i] = PAIRS[pair];
            rest = quotient;
        }
        if (rest <= -10) {
            to[--i] = PAIRS[1 - 2 * (int) rest];
            to[--i] = PAIRS[-2 * (int) rest];
        } else {
            to[--i] = (byte) ('0' - rest);
        }
        if (value < 0) {
            to[--i] = '-';
        }
        return end;
    }

    /**
     * Whether the bytes are an integer as Redis' {@code string2ll} takes it: no sign but '-', no leading zero, no space,
     * within 64 bits.
     */
    public static boolean isLong(byte[] bytes, int offset, int length) {
        if (length == 0 || length > MAX_LONG_CHARS) {
            return false;
        }
        int i = offset;
        int end = offset + length;
        boolean negative = bytes[i] == '-';
        if (negative && ++i == end) {
            return false;
        }
        if (bytes[i] == '0') {
            return length == 1;
        }
        int digits = end - i;
        if (digits > 19) {
            return false;
        }
        long value = 0;
        for (; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            value = value * 10 + digit;
        }
        // 19 digits make at most 9999999999999999999 < 2^64: an overflow shows as a negative number.
        return value >= 0 || (negative && value == Long.MIN_VALUE);
    }

    /** The integer; its bytes must be such that {@link #isLong}. */
    public static long parseLong(byte[] bytes, int offset, int length) {
        boolean negative = bytes[offset] == '-';
        long value = 0;
        for (int i = negative ? offset + 1 : offset, end = offset + length; i < end; i++) {
            value = value * 10 + (bytes[i] - '0');
        }
        return negative ? -value : value;
    }

    /**
     * {@code printf("%.17Lf")} without trailing zeros: Redis' human form of a long double (INCRBYFLOAT, GEOPOS). A result
     * that rounds to zero is {@code 0}, never {@code -0}.
     */
    public static String formatHuman(BigDecimal value) {
        BigDecimal rounded = value.setScale(17, RoundingMode.HALF_EVEN);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
}
