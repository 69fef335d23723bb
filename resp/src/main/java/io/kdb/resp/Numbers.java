package io.kdb.resp;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers to and from bytes, exactly as Redis reads and prints them. Stateless. */
public final class Numbers {
    /** The longest decimal form of a long: sign and 19 digits. */
    public static final int MAX_LONG_CHARS = 20;

    private static final MathContext DIGITS_17 = new MathContext(17, RoundingMode.HALF_EVEN);
    /** Every integer of a smaller magnitude has at most 17 digits. */
    private static final double SHORT_INTEGER = 1e17;

    private static final long[] POWERS_OF_TEN = powersOfTen();

    private Numbers() {}

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
        while (rest <= -10) {
            long quotient = rest / 10;
            to[--i] = (byte) ('0' + (quotient * 10 - rest));
            rest = quotient;
        }
        to[--i] = (byte) ('0' - rest);
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

    /** {@code printf("%.17g")}: how Redis 7.0 replies with a double. */
    public static String format17g(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == Math.rint(value) && Math.abs(value) < SHORT_INTEGER) {
            return value == 0 && 1 / value < 0 ? "-0" : Long.toString((long) value);
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS_17).stripTrailingZeros();
        String digits = rounded.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - rounded.scale();
        StringBuilder out = new StringBuilder(24);
        if (value < 0) {
            out.append('-');
        }
        if (exponent < -4 || exponent >= 17) {
            out.append(digits.charAt(0));
            if (digits.length() > 1) {
                out.append('.').append(digits, 1, digits.length());
            }
            out.append('e').append(exponent < 0 ? '-' : '+');
            int magnitude = Math.abs(exponent);
            if (magnitude < 10) {
                out.append('0');
            }
            return out.append(magnitude).toString();
        }
        if (exponent < 0) {
            return out.append("0.")
                    .append("0".repeat(-exponent - 1))
                    .append(digits)
                    .toString();
        }
        if (digits.length() <= exponent + 1) {
            return out.append(digits)
                    .append("0".repeat(exponent + 1 - digits.length()))
                    .toString();
        }
        return out.append(digits, 0, exponent + 1)
                .append('.')
                .append(digits, exponent + 1, digits.length())
                .toString();
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
