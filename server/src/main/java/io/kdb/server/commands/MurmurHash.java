package io.kdb.server.commands;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** MurmurHash64A of Austin Appleby, public domain: what decides where an element lies in a HyperLogLog. Stateless. */
final class MurmurHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long MULTIPLIER = 0xc6a4a7935bd1e995L;
    private static final int SHIFT = 47;

    private MurmurHash() {}

    static long hash(byte[] array, int from, int length, long seed) {
        long hash = seed ^ length * MULTIPLIER;
        int at = from;
        for (int left = length; left >= 8; left -= 8) {
            long word = (long) LONG.get(array, at) * MULTIPLIER;
            word = (word ^ word >>> SHIFT) * MULTIPLIER;
            hash = (hash ^ word) * MULTIPLIER;
            at += 8;
        }
        int rest = length & 7;
        if (rest > 0) {
            for (int i = rest - 1; i >= 0; i--) {
                hash ^= (array[at + i] & 0xFFL) << 8 * i;
            }
            hash *= MULTIPLIER;
        }
        hash = (hash ^ hash >>> SHIFT) * MULTIPLIER;
        return hash ^ hash >>> SHIFT;
    }
}
