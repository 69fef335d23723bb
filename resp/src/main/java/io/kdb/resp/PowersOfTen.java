package io.kdb.resp;

import java.math.BigInteger;

/**
 * The powers of ten from 10^{@value #MIN} to 10^{@value #MAX}, cut to 128 bits: the power q is
 * {@code (HIGH[q - MIN] * 2^64 + LOW[q - MIN] + less than 1) * 2^exponent(q)}, unsigned, top bit set. Constants.
 */
final class PowersOfTen {
    static final int MIN = -360;
    static final int MAX = 360;
    static final long[] HIGH = new long[MAX - MIN + 1];
    static final long[] LOW = new long[MAX - MIN + 1];

    static {
        for (int q = MIN; q <= MAX; q++) {
            BigInteger power = BigInteger.TEN.pow(Math.abs(q));
            int shift = exponent(q);
            BigInteger bits;
            if (q < 0) {
                bits = BigInteger.ONE.shiftLeft(-shift).divide(power);
            } else {
                bits = shift >= 0 ? power.shiftRight(shift) : power.shiftLeft(-shift);
            }
            HIGH[q - MIN] = bits.shiftRight(64).longValue();
            LOW[q - MIN] = bits.longValue();
        }
    }

    private PowersOfTen() {}

    /** The binary weight of the lowest of the 128 bits. */
    static int exponent(int q) {
        // 217706/65536 is just above log2(10), exact enough for |q| < 600.
        return (q * 217706 >> 16) - 127;
    }
}
