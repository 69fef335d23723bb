package io.kdb.server.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in byte arrays, at any offset. Stateless. */
final class Bytes {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static long getLong(byte[] a, int at) {
        return (long) LONG.get(a, at);
    }

    static void putLong(byte[] a, int at, long v) {
        LONG.set(a, at, v);
    }

    static int getInt(byte[] a, int at) {
        return (int) INT.get(a, at);
    }

    static void putInt(byte[] a, int at, int v) {
        INT.set(a, at, v);
    }

    static int getShort(byte[] a, int at) {
        return (short) SHORT.get(a, at) & 0xFFFF;
    }

    static void putShort(byte[] a, int at, int v) {
        SHORT.set(a, at, (short) v);
    }

    /** True when {@code length} bytes are the same; whole longs, or two ints, the last one overlapping. */
    static boolean same(byte[] a, int aAt, byte[] b, int bAt, int length) {
        if (length >= 8) {
            int last = length - 8;
            for (int i = 0; i < last; i += 8) {
                if (getLong(a, aAt + i) != getLong(b, bAt + i)) {
                    return false;
                }
            }
            return getLong(a, aAt + last) == getLong(b, bAt + last);
        }
        if (length >= 4) {
            int last = length - 4;
            return getInt(a, aAt) == getInt(b, bAt) && getInt(a, aAt + last) == getInt(b, bAt + last);
        }
        for (int i = 0; i < length; i++) {
            if (a[aAt + i] != b[bAt + i]) {
                return false;
            }
        }
        return true;
    }
}
