package io.kdb.server.commands;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * XXH3 with 64 bits, without a seed: what DIGEST shows of a string. It reads the string a kilobyte at a time. Owner: the
 * running call. See https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
final class Xxh3 {
    /** Where the bytes come from. */
    interface Source {
        /** Copies {@code count} bytes from {@code position} on to the start of {@code target}. */
        void read(int position, byte[] target, int count);
    }

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long P32_1 = 0x9E3779B1L;
    private static final long P32_2 = 0x85EBCA77L;
    private static final long P32_3 = 0xC2B2AE3DL;
    private static final long P64_1 = 0x9E3779B185EBCA87L;
    private static final long P64_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long P64_3 = 0x165667B19E3779F9L;
    private static final long P64_4 = 0x85EBCA77C2B2AE63L;
    private static final long P64_5 = 0x27D4EB2F165667C5L;
    private static final long MIX_1 = 0x165667919E3779F9L;
    private static final long MIX_2 = 0x9FB21C651E98DF25L;

    private static final byte[] SECRET = HexFormat.of()
            .parseHex("b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                    + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                    + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                    + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                    + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                    + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

    private static final int SHORT = 240;
    private static final int STRIPE = 64;
    private static final int STRIPES = 16;
    private static final int BLOCK = STRIPE * STRIPES;
    private static final int LAST_SECRET = 192 - STRIPE;

    private Xxh3() {}

    static long hash(Source source, int length) {
        byte[] bytes = new byte[Math.min(Math.max(length, 1), BLOCK)];
        if (length > SHORT) {
            return ofLong(source, length, bytes);
        }
        source.read(0, bytes, length);
        if (length > 128) {
            return ofMiddle(bytes, length);
        } else if (length > 16) {
            return ofUpTo128(bytes, length);
        } else if (length > 8) {
            long low = get(bytes, 0) ^ get(SECRET, 24) ^ get(SECRET, 32);
            long high = get(bytes, length - 8) ^ get(SECRET, 40) ^ get(SECRET, 48);
            return avalanche(length + Long.reverseBytes(low) + high + fold(low, high));
        } else if (length > 3) {
            long word = (getInt(bytes, length - 4) & 0xFFFFFFFFL) + ((long) getInt(bytes, 0) << 32);
            long hash = word ^ get(SECRET, 8) ^ get(SECRET, 16);
            hash = (hash ^ Long.rotateLeft(hash, 49) ^ Long.rotateLeft(hash, 24)) * MIX_2;
            hash = (hash ^ (hash >>> 35) + length) * MIX_2;
            return hash ^ hash >>> 28;
        } else if (length > 0) {
            long word = (bytes[0] & 0xFFL) << 16
                    | (bytes[length >> 1] & 0xFFL) << 24
                    | bytes[length - 1] & 0xFFL
                    | (long) length << 8;
            return oldAvalanche(word ^ (getInt(SECRET, 0) ^ getInt(SECRET, 4)) & 0xFFFFFFFFL);
        }
        return oldAvalanche(get(SECRET, 56) ^ get(SECRET, 64));
    }

    private static long ofUpTo128(byte[] bytes, int length) {
        long sum = length * P64_1;
        for (int i = (length - 1) / 32; i >= 0; i--) {
            sum += mix(bytes, 16 * i, 32 * i) + mix(bytes, length - 16 * (i + 1), 32 * i + 16);
        }
        return avalanche(sum);
    }

    private static long ofMiddle(byte[] bytes, int length) {
        long sum = length * P64_1;
        for (int i = 0; i < 8; i++) {
            sum += mix(bytes, 16 * i, 16 * i);
        }
        sum = avalanche(sum);
        for (int i = 8; i < length / 16; i++) {
            sum += mix(bytes, 16 * i, 16 * (i - 8) + 3);
        }
        return avalanche(sum + mix(bytes, length - 16, 136 - 17));
    }

    private static long ofLong(Source source, int length, byte[] block) {
        long[] sums = {P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1};
        int at = 0;
        for (; length - 1 - at >= BLOCK; at += BLOCK) {
            source.read(at, block, BLOCK);
            for (int i = 0; i < STRIPES; i++) {
                accumulate(sums, block, i * STRIPE, i * 8);
            }
            for (int i = 0; i < 8; i++) {
                sums[i] = (sums[i] ^ sums[i] >>> 47 ^ get(SECRET, LAST_SECRET + 8 * i)) * P32_1;
            }
        }
        int left = length - at;
        source.read(at, block, left);
        for (int i = 0; i < (left - 1) / STRIPE; i++) {
            accumulate(sums, block, i * STRIPE, i * 8);
        }
        source.read(length - STRIPE, block, STRIPE);
        accumulate(sums, block, 0, LAST_SECRET - 7);
        long hash = length * P64_1;
        for (int i = 0; i < 4; i++) {
            hash += fold(sums[2 * i] ^ get(SECRET, 11 + 16 * i), sums[2 * i + 1] ^ get(SECRET, 19 + 16 * i));
        }
        return avalanche(hash);
    }

    private static void accumulate(long[] sums, byte[] bytes, int at, int secret) {
        for (int i = 0; i < 8; i++) {
            long data = get(bytes, at + 8 * i);
            long keyed = data ^ get(SECRET, secret + 8 * i);
            sums[i ^ 1] += data;
            sums[i] += (keyed & 0xFFFFFFFFL) * (keyed >>> 32);
        }
    }

    private static long mix(byte[] bytes, int at, int secret) {
        return fold(get(bytes, at) ^ get(SECRET, secret), get(bytes, at + 8) ^ get(SECRET, secret + 8));
    }

    /** The two halves of the unsigned product, xored. */
    private static long fold(long a, long b) {
        long high = Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
        return a * b ^ high;
    }

    private static long avalanche(long of) {
        long hash = (of ^ of >>> 37) * MIX_1;
        return hash ^ hash >>> 32;
    }

    private static long oldAvalanche(long of) {
        long hash = (of ^ of >>> 33) * P64_2;
        hash = (hash ^ hash >>> 29) * P64_3;
        return hash ^ hash >>> 32;
    }

    private static long get(byte[] array, int at) {
        return (long) LONG.get(array, at);
    }

    private static int getInt(byte[] array, int at) {
        return (int) INT.get(array, at);
    }
}
