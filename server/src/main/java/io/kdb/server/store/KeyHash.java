package io.kdb.server.store;

import java.security.SecureRandom;
import java.util.Random;

/**
 * The 64-bit hash of a key: folded 64x64 multiplications under seeds drawn once per process, so that nobody outside can
 * prepare colliding keys. Stateless after class loading. The low bits pick the bucket, bits 7 to 21 are the tag, the
 * highest bits pick the segment.
 *
 * <p>The property {@value #SEED} draws them from a number instead, so that a test which failed can be run again as it was.
 */
public final class KeyHash {
    private static final String SEED = "kdb.hash.seed";

    private static final long S0;
    private static final long S1;
    private static final long S2;

    static {
        Long seed = Long.getLong(SEED);
        Random random = seed == null ? new SecureRandom() : new Random(seed);
        S0 = random.nextLong() | 1;
        S1 = random.nextLong() | 1;
        S2 = random.nextLong() | 1;
    }

    private KeyHash() {}

    public static long hash(byte[] a, int offset, int length) {
        long x;
        long y;
        // Times a seed: else a length and the last bytes, which meet in one word, could make up for each other.
        long h = S0 ^ length * S2;
        int at = offset;
        int left = length;
        while (left > 16) {
            h = fold(Bytes.getLong(a, at) ^ S1, Bytes.getLong(a, at + 8) ^ h);
            at += 16;
            left -= 16;
        }
        if (left >= 8) {
            x = Bytes.getLong(a, at);
            y = Bytes.getLong(a, at + left - 8);
        } else if (left >= 4) {
            x = Bytes.getInt(a, at);
            y = Bytes.getInt(a, at + left - 4);
        } else if (left > 0) {
            x = (a[at] & 0xFF) | (a[at + (left >> 1)] & 0xFF) << 8 | (a[at + left - 1] & 0xFF) << 16;
            y = S2;
        } else {
            x = S1;
            y = S2;
        }
        return fold(fold(x ^ S1, y ^ h), S2);
    }

    public static long hash(byte[] key) {
        return hash(key, 0, key.length);
    }

    private static long fold(long a, long b) {
        return (a * b) ^ Math.multiplyHigh(a, b);
    }
}
