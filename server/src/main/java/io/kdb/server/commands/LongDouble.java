package io.kdb.server.commands;

import io.kdb.resp.Numbers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The 80-bit floating point numbers of x86 (64 bits of significand), in which Redis computes INCRBYFLOAT: what it prints
 * depends on their rounding. A number is the BigDecimal that it exactly is. Stateless.
 */
final class LongDouble {
    /** A longer text is no number to Redis. */
    static final int MAX_CHARS = 5 * 1024 - 1;
    /** Stands for both infinities: what follows from either is the same error. */
    static final BigDecimal INFINITY = new BigDecimal(BigInteger.ZERO, Integer.MIN_VALUE);

    private static final int PRECISION = 64;
    private static final int MAX_EXPONENT = 16384;
    private static final int MIN_EXPONENT = -16445;
    /** Decimal exponents beyond this, in either direction, are infinity or zero whatever the digits. */
    private static final int MAX_DECIMAL_EXPONENT = 5 * 1024 + 5000;

    private LongDouble() {}

    @SuppressWarnings("ReferenceEquality") // one instance stands for infinity, whatever its digits
    static boolean isInfinite(BigDecimal number) {
        return number == INFINITY;
    }

    /**
     * What {@code strtold} reads from the whole text; null for what Redis does not take: an empty or too long text, spaces,
     * NaN, a number that overflows or that is not zero but becomes it.
     */
    static BigDecimal parse(byte[] array, int from, int length) {
        if (length == 0 || length > MAX_CHARS) {
            return null;
        }
        String text = new String(array, from, length, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        boolean negative = text.charAt(0) == '-';
        String digits = negative || text.charAt(0) == '+' ? text.substring(1) : text;
        if (digits.equals("inf") || digits.equals("infinity")) {
            return INFINITY;
        }
        BigDecimal exact = digits.startsWith("0x") ? hexadecimal(digits) : decimal(digits);
        if (exact == null) {
            return null;
        }
        BigDecimal rounded = round(exact);
        if (isInfinite(rounded) || rounded.signum() == 0 && exact.signum() != 0) {
            return null;
        }
        return negative ? rounded.negate() : rounded;
    }

    private static BigDecimal decimal(String text) {
        int e = text.indexOf('e');
        String digits = e < 0 ? text : text.substring(0, e);
        Long exponent = e < 0 ? Long.valueOf(0) : exponent(text, e + 1);
        BigInteger significand = significand(digits, 10);
        if (exponent == null || significand == null) {
            return null;
        }
        long scale = digits.length() - 1 - digits.indexOf('.');
        long power = exponent - (digits.indexOf('.') < 0 ? 0 : scale);
        if (significand.signum() == 0) {
            return BigDecimal.ZERO;
        }
        if (Math.abs(power) > MAX_DECIMAL_EXPONENT) {
            return power > 0 ? INFINITY : new BigDecimal(BigInteger.ONE, MAX_DECIMAL_EXPONENT);
        }
        return new BigDecimal(significand, (int) -power);
    }

    private static BigDecimal hexadecimal(String text) {
        int p = text.indexOf('p');
        String digits = text.substring(2, p < 0 ? text.length() : p);
        Long exponent = p < 0 ? Long.valueOf(0) : exponent(text, p + 1);
        BigInteger significand = significand(digits, 16);
        if (exponent == null || significand == null) {
            return null;
        }
        long scale = digits.length() - 1 - digits.indexOf('.');
        long power = exponent - (digits.indexOf('.') < 0 ? 0 : 4 * scale);
        if (significand.signum() == 0) {
            return BigDecimal.ZERO;
        }
        if (Math.abs(power) > 4 * MAX_DECIMAL_EXPONENT) {
            return power > 0 ? INFINITY : new BigDecimal(BigInteger.ONE, MAX_DECIMAL_EXPONENT);
        }
        return scaled(significand, (int) power);
    }

    /** The digits without their one point, as an integer; null when there are none, or other characters. */
    private static BigInteger significand(String digits, int radix) {
        int point = digits.indexOf('.');
        String plain = point < 0 ? digits : digits.substring(0, point) + digits.substring(point + 1);
        if (plain.isEmpty()) {
            return null;
        }
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c > 'f' || Character.digit(c, radix) < 0) {
                return null;
            }
        }
        return new BigInteger(plain, radix);
    }

    /** A decimal exponent of any length, cut to what decides; null when it is none. */
    private static Long exponent(String text, int from) {
        int at = from;
        boolean negative = at < text.length() && text.charAt(at) == '-';
        if (negative || at < text.length() && text.charAt(at) == '+') {
            at++;
        }
        if (at == text.length()) {
            return null;
        }
        long value = 0;
        for (; at < text.length(); at++) {
            int digit = text.charAt(at) - '0';
            if (digit < 0 || digit > 9) {
                return null;
            }
            value = Math.min(value * 10 + digit, 1 << 30);
        }
        return negative ? -value : value;
    }

    /** The nearest number that has a long double, the even one of two; {@link #INFINITY} beyond them. */
    static BigDecimal round(BigDecimal exact) {
        if (isInfinite(exact) || exact.signum() == 0) {
            return exact;
        }
        BigInteger numerator = exact.unscaledValue().abs();
        BigInteger denominator = BigInteger.ONE;
        if (exact.scale() > 0) {
            denominator = BigInteger.TEN.pow(exact.scale());
        } else {
            numerator = numerator.multiply(BigInteger.TEN.pow(-exact.scale()));
        }
        // The weight of the last bit: 64 below the highest one, but never less than what a denormal has.
        int exponent = numerator.bitLength() - denominator.bitLength() - PRECISION;
        if (floorShifted(numerator, denominator, exponent)[0].bitLength() > PRECISION) {
            exponent++;
        }
        exponent = Math.max(exponent, MIN_EXPONENT);
        BigInteger[] parts = floorShifted(numerator, denominator, exponent);
        BigInteger divisor = exponent > 0 ? denominator.shiftLeft(exponent) : denominator;
        int half = parts[1].shiftLeft(1).compareTo(divisor);
        BigInteger significand = parts[0];
        if (half > 0 || half == 0 && significand.testBit(0)) {
            significand = significand.add(BigInteger.ONE);
        }
        if (significand.bitLength() + exponent > MAX_EXPONENT) {
            return INFINITY;
        }
        BigDecimal magnitude = scaled(significand, exponent);
        return exact.signum() < 0 ? magnitude.negate() : magnitude;
    }

    /** A number that is not zero times a power of two, exactly; a half is five tenths, so no division is needed. */
    private static BigDecimal scaled(BigInteger number, int exponent) {
        int even = Math.min(number.getLowestSetBit(), Math.max(0, -exponent));
        int halvings = -exponent - even;
        return halvings <= 0
                ? new BigDecimal(number.shiftLeft(exponent))
                : new BigDecimal(
                        number.shiftRight(even).multiply(BigInteger.valueOf(5).pow(halvings)), halvings);
    }

    /** Quotient and remainder of numerator / denominator / 2^exponent. */
    private static BigInteger[] floorShifted(BigInteger numerator, BigInteger denominator, int exponent) {
        return exponent > 0
                ? numerator.divideAndRemainder(denominator.shiftLeft(exponent))
                : numerator.shiftLeft(-exponent).divideAndRemainder(denominator);
    }

    /** With up to 17 decimals and no trailing zeros: {@code %.17Lf} as Redis trims it. */
    static String format(BigDecimal number) {
        return Numbers.formatHuman(number);
    }
}
