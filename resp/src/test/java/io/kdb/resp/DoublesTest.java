package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoublesTest {
    private static final int NUMBERS = 20_000;
    private static final MathContext DIGITS_17 = new MathContext(17, RoundingMode.HALF_EVEN);

    static String write(double value) {
        byte[] to = new byte[Doubles.MAX_CHARS + 3];
        int end = Doubles.write(value, to, 2);
        return new String(to, 2, end - 2, StandardCharsets.ISO_8859_1);
    }

    private static String fixed(double value, int decimals) {
        byte[] to = new byte[400];
        return new String(to, 0, Doubles.writeFixed(value, decimals, to, 0), StandardCharsets.ISO_8859_1);
    }

    private static String human(double value) {
        byte[] to = new byte[400];
        return new String(to, 0, Doubles.writeHuman(value, to, 0), StandardCharsets.ISO_8859_1);
    }

    private static double parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Doubles.parse(bytes, 0, bytes.length);
    }

    private static double parseInRange(String text) {
        byte[] bytes = ("x" + text + "9").getBytes(StandardCharsets.ISO_8859_1);
        return Doubles.parseInRange(bytes, 1, text.length());
    }

    @ParameterizedTest
    @CsvSource({
        "-1.5e-7,-1.4999999999999999e-07", "0,0", "-0.0,-0", "5e-324,4.9406564584124654e-324",
                "1e-5,1.0000000000000001e-05",
        "0.0001,0.0001", "0.1,0.10000000000000001", "3.14,3.1400000000000001", "3.141,3.141",
                "12345678901234567,12345678901234568",
        "1e17,1e+17", "123456789012345678,1.2345678901234568e+17", "1e300,1.0000000000000001e+300", "1.5,1.5",
                "-100,-100",
        "99999999999999984,99999999999999984", "0.00012345,0.00012344999999999999", "1e22,1e+22",
                "1.7976931348623157e308,1.7976931348623157e+308"
    })
    void printsDoublesAsRedis(double value, String expected) {
        assertEquals(expected, write(value));
    }

    @Test
    void printsWhatIsNoNumber() {
        assertEquals("inf", write(Double.POSITIVE_INFINITY));
        assertEquals("-inf", write(Double.NEGATIVE_INFINITY));
        assertEquals("nan", write(Double.NaN));
    }

    @RepeatedTest(8)
    void printsAndReadsLikeExactArithmetic(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        for (int i = 0; i < NUMBERS; i++) {
            double value = number(random);
            if (!Double.isFinite(value)) {
                continue;
            }
            String text = write(value);
            assertEquals(model(value), text);
            assertEquals(Double.doubleToRawLongBits(value), Double.doubleToRawLongBits(parse(text)), text);
            String shortest = Double.toString(value);
            assertEquals(Double.doubleToRawLongBits(value), Double.doubleToRawLongBits(parse(shortest)), shortest);
            String other = random.nextLong() + "e" + (random.nextInt(640) - 330);
            assertEquals(Double.parseDouble(other), parse(other), other);
        }
    }

    @RepeatedTest(4)
    void printsDecimalsLikeExactArithmetic(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        for (int i = 0; i < NUMBERS; i++) {
            double value = random.nextBoolean() ? random.nextGaussian() * 100 : number(random);
            if (!(Math.abs(value) < 1e18)) {
                continue;
            }
            BigDecimal exact = new BigDecimal(value);
            String four = exact.setScale(4, RoundingMode.HALF_EVEN).toPlainString();
            assertEquals(four, fixed(value, 4).replaceFirst("^-(?=0.0000$)", ""));
            BigDecimal rounded = exact.setScale(17, RoundingMode.HALF_EVEN);
            String all =
                    rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
            assertEquals(all, human(value));
        }
    }

    private static double number(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextGaussian();
            case 2 -> random.nextInt(100_000) / 100.0;
            case 3 -> random.nextLong() * Math.pow(10, random.nextInt(40) - 20);
            case 4 -> random.nextInt() / (double) (1L << random.nextInt(62));
            default -> Math.nextUp(Math.pow(10, random.nextInt(600) - 300)) * (1 - random.nextInt(3) * 1.2e-16);
        };
    }

    /** The same by exact decimals. */
    private static String model(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e17) {
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

    @Test
    void readsWhatStrtodReads() {
        assertEquals(16, parse("0x10"));
        assertEquals(0.5, parse("0x.8"));
        assertEquals(-8, parse("-0x1P+3"));
        assertEquals(5, parse("+5"));
        assertEquals(0.5, parse(".5"));
        assertEquals(5, parse("5."));
        assertEquals(Double.NEGATIVE_INFINITY, parse("-Infinity"));
        assertEquals(Double.POSITIVE_INFINITY, parse("INF"));
        assertEquals(Double.POSITIVE_INFINITY, parse("1e400"));
        assertEquals(0, parse("1e-400"));
        assertEquals(Double.MIN_VALUE, parse("4.9e-324"));
        assertEquals(1.2345678901234568e29, parse("123456789012345678901234567890"));
        for (String no : "|+|-|.|1e|1e+|0x|0x1p|1 | 1|1d|1f|infinityx|.inf|nan|1_0|--1|1e5.0".split("\\|")) {
            assertEquals(Double.NaN, parse(no), no);
        }
    }

    @Test
    void refusesWhatLeavesTheRange() {
        for (String no : "1e400 -1e400 1e-400 0x1p-2000 0x1p2000 0xap-2000 1e99999999999".split(" ")) {
            assertEquals(Double.NaN, parseInRange(no), no);
        }
        for (String zero : "0 -0 0.000 0e5 0e99999999999 0x0 0x0p5".split(" ")) {
            assertEquals(0, Math.abs(parseInRange(zero)), zero);
        }
        assertEquals(Double.POSITIVE_INFINITY, parseInRange("inf"));
        assertEquals(Double.MIN_VALUE, parseInRange("4.9e-324"));
        assertEquals(1e308, parseInRange("1e308"));
    }
}
