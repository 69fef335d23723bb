package io.kdb.server.commands;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Counting, finding and combining bits in runs of bytes, eight bytes at a time. Stateless. Bit 0 is a byte's highest. */
final class Bits {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Bits() {}

    /** How many bits are set. */
    static long count(byte[] array, int from, int length) {
        long count = 0;
        int at = from;
        int end = from + length;
        for (; at + 8 <= end; at += 8) {
            count += Long.bitCount((long) LONG.get(array, at));
        }
        for (; at < end; at++) {
            count += Integer.bitCount(array[at] & 0xFF);
        }
        return count;
    }

    /** The first bit that is {@code one}, counted from the first byte's highest; -1: none. */
    static long find(byte[] array, int from, int length, boolean one) {
        long flip = one ? 0 : -1L;
        int at = from;
        int end = from + length;
        for (; at + 8 <= end; at += 8) {
            long word = (long) LONG.get(array, at) ^ flip;
            if (word != 0) {
                return (at - from) * 8L + Long.numberOfLeadingZeros(word);
            }
        }
        for (; at < end; at++) {
            int bits = (array[at] ^ (int) flip) & 0xFF;
            if (bits != 0) {
                return (at - from) * 8L + Integer.numberOfLeadingZeros(bits) - 24;
            }
        }
        return -1;
    }

    static void and(byte[] target, int at, byte[] source, int from, int length) {
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            LONG.set(target, at + i, (long) LONG.get(target, at + i) & (long) LONG.get(source, from + i));
        }
        for (; i < length; i++) {
            target[at + i] &= source[from + i];
        }
    }

    static void or(byte[] target, int at, byte[] source, int from, int length) {
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            LONG.set(target, at + i, (long) LONG.get(target, at + i) | (long) LONG.get(source, from + i));
        }
        for (; i < length; i++) {
            target[at + i] |= source[from + i];
        }
    }

    static void xor(byte[] target, int at, byte[] source, int from, int length) {
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            LONG.set(target, at + i, (long) LONG.get(target, at + i) ^ (long) LONG.get(source, from + i));
        }
        for (; i < length; i++) {
            target[at + i] ^= source[from + i];
        }
    }

    static void not(byte[] target, int length) {
        for (int i = 0; i < length; i++) {
            target[i] = (byte) ~target[i];
        }
    }
}
