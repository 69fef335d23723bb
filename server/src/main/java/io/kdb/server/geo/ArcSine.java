package io.kdb.server.geo;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * The arc sine, rounded correctly but for one case in thousands of millions. Owner: one thread.
 *
 * <p>Note: Java's own is off by a last bit in one case of thirty, and Redis stores distances with all their digits. Its sine and
 * cosine are as near to the C library's as exact ones would be. Here a step of Newton's improves Java's result, with a sine of
 * some 100 bits, as a sum of two doubles, by its Taylor series.
 */
final class ArcSine {
    private static final double SPLIT = (1 << 27) + 1;
    private static final double QUARTER_TURN = 1.5707963267948966;
    private static final double QUARTER_TURN_LOW = 6.123233995736766e-17;
    private static final int TERMS = 14;
    /** Above this the sine is too flat. */
    private static final double STEEP = 0.9;
    /** 1/(2n+1)! with the series' signs, as a sum of two doubles. */
    private static final double[] HIGH = new double[TERMS];

    private static final double[] LOW = new double[TERMS];

    static {
        BigDecimal factorial = BigDecimal.ONE;
        for (int n = 0; n < TERMS; n++) {
            factorial = n == 0 ? factorial : factorial.multiply(BigDecimal.valueOf(2L * n * (2 * n + 1)));
            BigDecimal exact = BigDecimal.ONE.divide(factorial, new MathContext(60));
            exact = n % 2 == 0 ? exact : exact.negate();
            HIGH[n] = exact.doubleValue();
            LOW[n] = exact.subtract(new BigDecimal(HIGH[n])).doubleValue();
        }
    }

    // the last result
    private double high;
    private double low;

    /** The number from -pi/2 to pi/2 whose sine is x, from -1 to 1. */
    double of(double x) {
        if (Math.abs(x) > STEEP) {
            return ofSteep(x);
        }
        double near = Math.asin(x);
        sine(near);
        double error = x - high - low;
        return near + error / Math.sqrt((1 - x) * (1 + x));
    }

    /** By asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2)). */
    private double ofSteep(double x) {
        double magnitude = Math.abs(x);
        if (!(magnitude < 1)) {
            return magnitude == 1 ? Math.copySign(QUARTER_TURN, x) : Double.NaN;
        }
        double half = (1 - magnitude) / 2; // exact
        double root = Math.sqrt(half);
        multiply(root, root);
        double rootLow = (half - high - low) / (2 * root);
        double near = Math.asin(root);
        sine(near);
        double error = root - high - low + rootLow;
        double nearLow = error / Math.sqrt((1 - root) * (1 + root));
        double sum = QUARTER_TURN - 2 * near;
        double rest = QUARTER_TURN - sum - 2 * near;
        return Math.copySign(sum + (rest + QUARTER_TURN_LOW - 2 * nearLow), x);
    }

    private void sine(double x) {
        multiply(x, x);
        double square = high;
        double squareLow = low;
        double sum = HIGH[TERMS - 1];
        double sumLow = LOW[TERMS - 1];
        for (int n = TERMS - 2; n >= 0; n--) {
            multiply(sum, sumLow, square, squareLow);
            add(high, low, HIGH[n], LOW[n]);
            sum = high;
            sumLow = low;
        }
        multiply(sum, sumLow, x, 0);
    }

    /** The exact product. */
    private void multiply(double a, double b) {
        double product = a * b;
        double wideA = SPLIT * a;
        double highA = wideA - (wideA - a);
        double lowA = a - highA;
        double wideB = SPLIT * b;
        double highB = wideB - (wideB - b);
        double lowB = b - highB;
        low = highA * highB - product + highA * lowB + lowA * highB + lowA * lowB;
        high = product;
    }

    private void multiply(double a, double aLow, double b, double bLow) {
        multiply(a, b);
        double rest = low + (a * bLow + aLow * b);
        double sum = high + rest;
        low = rest - (sum - high);
        high = sum;
    }

    private void add(double a, double aLow, double b, double bLow) {
        double sum = a + b;
        double part = sum - a;
        double error = a - (sum - part) + (b - part) + aLow + bLow;
        high = sum + error;
        low = error - (high - sum);
    }
}
