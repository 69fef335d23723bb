package io.kdb.server.persist;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum of RDB files and DUMP payloads: CRC-64 with Jones' polynomial, reflected, no initial or final inversion.
 * Stateless; eight bytes a step ("slicing by 8").
 */
public final class Crc64 {
    private static final long REFLECTED_POLYNOMIAL = Long.reverse(0xad93d23594c935a9L);
    private static final long[] TABLE = new long[8 * 256];

    static {
        for (int value = 0; value < 256; value++) {
            long crc = value;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ REFLECTED_POLYNOMIAL;
            }
            TABLE[value] = crc;
        }
        for (int i = 256; i < TABLE.length; i++) {
            long before = TABLE[i - 256];
            TABLE[i] = TABLE[(int) before & 0xFF] ^ (before >>> 8);
        }
    }

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Crc64() {}

    /** The checksum of what {@code crc} is the checksum of (0 for nothing) followed by these bytes. */
    public static long update(long crc, byte[] bytes, int from, int length) {
        long[] table = TABLE;
        int at = from;
        int end = from + length;
        long sum = crc;
        for (; end - at >= 8; at += 8) {
            sum ^= (long) LONGS.get(bytes, at);
            sum = table[((int) sum & 0xFF) + 7 * 256]
                    ^ table[((int) (sum >>> 8) & 0xFF) + 6 * 256]
                    ^ table[((int) (sum >>> 16) & 0xFF) + 5 * 256]
                    ^ table[((int) (sum >>> 24) & 0xFF) + 4 * 256]
                    ^ table[((int) (sum >>> 32) & 0xFF) + 3 * 256]
                    ^ table[((int) (sum >>> 40) & 0xFF) + 2 * 256]
                    ^ table[((int) (sum >>> 48) & 0xFF) + 1 * 256]
                    ^ table[(int) (sum >>> 56)];
        }
        for (; at < end; at++) {
            sum = table[((int) sum ^ bytes[at]) & 0xFF] ^ (sum >>> 8);
        }
        return sum;
    }
}
