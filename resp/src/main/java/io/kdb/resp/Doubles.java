package io.kdb.resp;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Doubles to and from decimal text as C's printf and strtod do it, digit for digit, and without garbage but in rare cases.
 * Stateless.
 *
 * <p>Note: both directions multiply by a power of ten of 128 bits, whose error is known; where it could decide the last
 * digit or bit (one number in some 2^60, and true ties), BigDecimal or {@link Double#parseDouble} decide.
 */
public final class Doubles {
    /** The longest result of {@link #write}: sign, 17 digits, point, exponent of five characters. */
    public static final int MAX_CHARS = 24;

    private static final long DIGITS_17 = 10_000_000_000_000_000L;
    private static final long EXACT_INTEGER = 1L << 53;
    private static final double[] SMALL_POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };

    private Doubles() {}

    // ---- to text ----------------------------------------------------------------------------------------------

    /** {@code %.17g}, with {@code inf}, {@code -inf} and {@code nan}; answers the index after it. See {@link #MAX_CHARS}. */
    public static int write(double value, byte[] to, int at) {
        long bits = Double.doubleToRawLongBits(value);
        int i = at;
        if (bits < 0 && !Double.isNaN(value)) {
            to[i++] = '-';
        }
        double magnitude = Math.abs(value);
        if (magnitude < 1e17 && magnitude == (long) magnitude) {
            return Numbers.write((long) magnitude, to, i);
        }
        if (!(magnitude <= Double.MAX_VALUE)) {
            return letters(!Double.isNaN(value) ? "inf" : "nan", to, i);
        }
        return general(magnitude, to, i);
    }

    private static int letters(String word, byte[] to, int at) {
        for (int i = 0; i < word.length(); i++) {
            to[at + i] = (byte) word.charAt(i);
        }
        return at + word.length();
    }

    /** A positive number by its 17 digits. */
    private static int general(double magnitude, byte[] to, int at) {
        int binary = Math.max(Math.getExponent(magnitude), Double.MIN_EXPONENT - 1);
        long significand = Double.doubleToRawLongBits(magnitude) & (1L << 52) - 1;
        if (binary >= Double.MIN_EXPONENT) {
            significand |= 1L << 52;
        } else {
            binary++;
        }
        int zeros = Long.numberOfLeadingZeros(significand);
        significand <<= zeros;
        int exponent = binary - 52 - zeros; // magnitude = significand * 2^exponent
        int decimal = (int) ((exponent + 63) * 1233L >> 12); // at or below log10, or one above
        long digits = -1;
        for (decimal -= 1; ; decimal++) {
            digits = scaled(significand, exponent, 16 - decimal);
            if (digits < 0) {
                BigDecimal exact = new BigDecimal(magnitude);
                decimal = exact.precision() - 1 - exact.scale();
                digits = exact.movePointRight(16 - decimal)
                        .setScale(0, RoundingMode.HALF_EVEN)
                        .longValue();
            }
            if (digits < 10 * DIGITS_17) {
                break;
            }
            if (digits == 10 * DIGITS_17 && isRounded(significand, exponent, decimal)) {
                digits = DIGITS_17;
                decimal++;
                break;
            }
        }
        int count = 17;
        while (digits % 10 == 0) {
            digits /= 10;
            count--;
        }
        return place(digits, count, decimal, to, at);
    }

    /** Whether 17 nines were rounded up, rather than the number having 18 digits before the point. */
    private static boolean isRounded(long significand, int exponent, int decimal) {
        long next = scaled(significand, exponent, 15 - decimal);
        return next < 0 || next <= DIGITS_17;
    }

    /** The number times 10^q, rounded; -1 when that cannot be told. It is below 2^63. */
    private static long scaled(long significand, int exponent, int q) {
        long high = PowersOfTen.HIGH[q - PowersOfTen.MIN];
        long low = PowersOfTen.LOW[q - PowersOfTen.MIN];
        long middle = Math.multiplyHigh(significand, low) + (low & significand >> 63) + (significand & low >> 63);
        long top = Math.multiplyHigh(significand, high) + (high & significand >> 63) + (significand & high >> 63);
        long sum = significand * high + middle;
        if (Long.compareUnsigned(sum, middle) < 0) {
            top++;
        }
        int shift = -(exponent + PowersOfTen.exponent(q)) - 128; // of the top word
        if (shift <= 0 || shift >= 64) {
            return shift >= 64 ? 0 : Long.MAX_VALUE;
        }
        long whole = top >>> shift;
        long rest = top & (1L << shift) - 1;
        long half = 1L << shift - 1;
        if (rest == half && sum == 0 || rest == half - 1 && sum == -1) {
            return -1;
        }
        return rest >= half ? whole + 1 : whole;
    }

    /** Writes d.ddd * 10^decimal as %g does: with an exponent below 10^-4 and from 10^17 on. */
    private static int place(long digits, int count, int decimal, byte[] to, int at) {
        int i = at;
        if (decimal < -4 || decimal >= 17) {
            if (count == 1) {
                to[i++] = (byte) ('0' + digits);
            } else {
                int end = Numbers.write(digits, to, i + 1);
                to[i] = to[i + 1];
                to[i + 1] = '.';
                i = end;
            }
            to[i++] = 'e';
            to[i++] = (byte) (decimal < 0 ? '-' : '+');
            int magnitude = Math.abs(decimal);
            if (magnitude < 10) {
                to[i++] = '0';
            }
            return Numbers.write(magnitude, to, i);
        }
        if (decimal < 0) {
            to[i++] = '0';
            to[i++] = '.';
            for (int z = decimal + 1; z < 0; z++) {
                to[i++] = '0';
            }
            return Numbers.write(digits, to, i);
        }
        if (count <= decimal + 1) {
            i = Numbers.write(digits, to, i);
            for (int z = count; z <= decimal; z++) {
                to[i++] = '0';
            }
            return i;
        }
        int end = Numbers.write(digits, to, i + 1);
        System.arraycopy(to, i + 1, to, i, decimal + 1);
        to[i + decimal + 1] = '.';
        return end;
    }

    /** {@code %.nf} of up to 17 decimals; answers the index after it. A double below 10^17 needs 40 bytes at most. */
    public static int writeFixed(double value, int decimals, byte[] to, int at) {
        long scaled = scaledExactly(Math.abs(value), decimals);
        if (scaled < 0) {
            return letters(
                    new BigDecimal(value)
                            .setScale(decimals, RoundingMode.HALF_EVEN)
                            .toPlainString(),
                    to,
                    at);
        }
        int i = at;
        if (Double.doubleToRawLongBits(value) < 0) {
            to[i++] = '-';
        }
        long power = 1;
        for (int d = 0; d < decimals; d++) {
            power *= 10;
        }
        i = Numbers.write(scaled / power, to, i);
        if (decimals > 0) {
            to[i] = '.';
            long rest = scaled % power;
            for (int d = i + decimals; d > i; d--) {
                to[d] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
            i += decimals + 1;
        }
        return i;
    }

    /**
     * {@code %.17Lf} without trailing zeros and without the sign of a zero, as Redis prints coordinates; needs 40 bytes for a
     * double below 10^17.
     */
    public static int writeHuman(double value, byte[] to, int at) {
        int end = writeFixed(value, 17, to, at);
        while (to[end - 1] == '0') {
            end--;
        }
        if (to[end - 1] == '.') {
            end--;
        }
        if (end - at == 2 && to[at] == '-' && to[at + 1] == '0') {
            to[at] = '0';
            end--;
        }
        return end;
    }

    /** The magnitude times 10^decimals, rounded half to even; -1 when it does not fit. */
    private static long scaledExactly(double magnitude, int decimals) {
        if (!(magnitude < 1e18)) {
            return -1;
        }
        int exponent = Math.max(Math.getExponent(magnitude), Double.MIN_EXPONENT) - 52;
        long significand = Double.doubleToRawLongBits(magnitude) & (1L << 52) - 1;
        if (Math.getExponent(magnitude) >= Double.MIN_EXPONENT) {
            significand |= 1L << 52;
        }
        long power = 1;
        for (int d = 0; d < decimals; d++) {
            power *= 10;
        }
        long high = Math.multiplyHigh(significand, power);
        long low = significand * power;
        int shift = -exponent;
        if (shift <= 0) {
            return -1;
        }
        if (shift >= 126) {
            return 0;
        }
        long whole = shift >= 64 ? high >>> shift - 64 : high << 64 - shift | low >>> shift;
        if (shift < 64 && (high >>> shift != 0 || whole < 0)) {
            return -1;
        }
        long restHigh = shift > 64 ? high & (1L << shift - 64) - 1 : 0;
        long restLow = shift >= 64 ? low : low & (1L << shift) - 1;
        long halfHigh = shift > 64 ? 1L << shift - 65 : 0;
        long halfLow = shift > 64 ? 0 : 1L << shift - 1;
        int order = restHigh != halfHigh
                ? Long.compareUnsigned(restHigh, halfHigh)
                : Long.compareUnsigned(restLow, halfLow);
        return order > 0 || order == 0 && (whole & 1) != 0 ? whole + 1 : whole;
    }

    // ---- from text --------------------------------------------------------------------------------------------

    /**
     * What {@code strtod} makes of the whole text: decimal, hexadecimal, {@code inf}, {@code infinity}; too large is infinite,
     * too small is 0. NaN when it is anything else, or spells NaN.
     */
    public static double parse(byte[] text, int offset, int length) {
        int i = offset;
        int end = offset + length;
        boolean negative = false;
        if (i < end && (text[i] == '-' || text[i] == '+')) {
            negative = text[i++] == '-';
        }
        long significand = 0;
        int digits = 0;
        int kept = 0;
        int scale = 0;
        boolean point = false;
        for (; i < end; i++) {
            int c = text[i] - '0';
            if (c >= 0 && c <= 9) {
                digits++;
                if (kept < 19) {
                    significand = significand * 10 + c;
                    kept += kept > 0 || c > 0 ? 1 : 0;
                    scale -= point ? 1 : 0;
                } else {
                    return slow(text, offset, length);
                }
            } else if (text[i] == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        if (digits == 0) {
            return isInfinity(text, i, end) && !point ? signed(Double.POSITIVE_INFINITY, negative) : Double.NaN;
        }
        if (i < end) {
            int exponent = exponent(text, i, end);
            if (exponent == Integer.MIN_VALUE) {
                return slow(text, offset, length);
            }
            scale += exponent;
        }
        if (significand == 0) {
            return negative ? -0.0 : 0.0;
        }
        double value = number(significand, scale);
        return !Double.isNaN(value) ? signed(value, negative) : slow(text, offset, length);
    }

    /** As {@link #parse}, but NaN too for a number so large or small that it becomes infinite or 0: Redis' string2d. */
    public static double parseInRange(byte[] text, int offset, int length) {
        double value = parse(text, offset, length);
        if (value == 0 || Double.isInfinite(value)) {
            for (int i = offset; i < offset + length; i++) {
                int c = text[i] | 0x20;
                if (value == 0
                        ? text[i] >= '1' && text[i] <= '9' || isHexLetter(text, i, offset, length)
                        : isDigit(c)) {
                    return Double.NaN;
                }
                if (value == 0 && (c == 'e' || c == 'p')) {
                    break;
                }
            }
        }
        return value;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isHexLetter(byte[] text, int i, int offset, int length) {
        int c = text[i] | 0x20;
        int x = offset + (text[offset] == '-' || text[offset] == '+' ? 2 : 1);
        return c >= 'a' && c <= 'f' && x < offset + length && (text[x] | 0x20) == 'x';
    }

    private static double signed(double value, boolean negative) {
        return negative ? -value : value;
    }

    private static boolean isInfinity(byte[] text, int from, int end) {
        String word = end - from == 3 ? "inf" : "infinity";
        if (end - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if ((text[from + i] | 0x20) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** What stands from an 'e' to the end; MIN_VALUE when that is no short exponent. */
    private static int exponent(byte[] text, int from, int end) {
        int i = from + 1;
        boolean negative = i < end && text[i] == '-';
        if (negative || i < end && text[i] == '+') {
            i++;
        }
        if ((text[from] | 0x20) != 'e' || i == end || end - i > 4) {
            return Integer.MIN_VALUE;
        }
        int value = 0;
        for (; i < end; i++) {
            if (!isDigit(text[i])) {
                return Integer.MIN_VALUE;
            }
            value = value * 10 + (text[i] - '0');
        }
        return negative ? -value : value;
    }

    /** The double nearest to a positive significand (unsigned) times 10^q; NaN when that is not easy to tell. */
    private static double number(long significand, int q) {
        if (significand > 0 && significand <= EXACT_INTEGER && q >= -22 && q <= 22) {
            return q < 0 ? significand / SMALL_POWERS[-q] : significand * SMALL_POWERS[q];
        }
        if (q < -290 || q > 288) {
            return Double.NaN;
        }
        int zeros = Long.numberOfLeadingZeros(significand);
        long normal = significand << zeros;
        long high = PowersOfTen.HIGH[q - PowersOfTen.MIN];
        long low = PowersOfTen.LOW[q - PowersOfTen.MIN];
        long middle = Math.multiplyHigh(normal, low) + (low & normal >> 63) + (normal & low >> 63);
        long top = Math.multiplyHigh(normal, high) + (high & normal >> 63) + (normal & high >> 63);
        long sum = normal * high + middle;
        if (Long.compareUnsigned(sum, middle) < 0) {
            top++;
        }
        int exponent = PowersOfTen.exponent(q) - zeros + 128 + 11; // of the lowest of 53 bits
        if (top >= 0) {
            top = top << 1 | sum >>> 63;
            sum <<= 1; // its lowest bit is unknown, which the comparison below allows for
            exponent--;
        }
        long rest = top & 0x7FF;
        if (rest == 0x400 && Long.compareUnsigned(sum, 2) <= 0 || rest == 0x3FF && Long.compareUnsigned(sum, -4) >= 0) {
            return Double.NaN;
        }
        long bits = (top >>> 11) + (rest >= 0x400 ? 1 : 0);
        // 53 bits of significand, or 2^53; the exponent is far from both ends
        return Double.longBitsToDouble(((long) (exponent + 1075 - 1) << 52) + bits);
    }

    /** Everything else that strtod takes, by way of Java's own parser. */
    private static double slow(byte[] text, int offset, int length) {
        String word = new String(text, offset, length, StandardCharsets.ISO_8859_1);
        int first = word.startsWith("-") || word.startsWith("+") ? 1 : 0;
        boolean hexadecimal = word.startsWith("0x", first) || word.startsWith("0X", first);
        for (int i = 0; i < length; i++) {
            char c = word.charAt(i);
            boolean letter = hexadecimal ? "xXpPabcdefABCDEF".indexOf(c) >= 0 : c == 'e' || c == 'E';
            if (!isDigit(c) && !letter && c != '.' && c != '-' && c != '+') {
                return Double.NaN;
            }
        }
        if (hexadecimal && word.indexOf('p') < 0 && word.indexOf('P') < 0) {
            word += "p0";
        }
        try {
            return Double.parseDouble(word);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }
}
