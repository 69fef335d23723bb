package io.kdb.cluster.topology;

import java.nio.charset.StandardCharsets;

/**
 * The slot of a key: CRC16 (XMODEM) of the key, or of its hash tag, modulo 16384. Stateless.
 *
 * @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model">Redis cluster
 *     specification</a>
 */
public final class Slot {
    /** How many slots there are. */
    public static final int COUNT = 16384;

    private static final int POLYNOMIAL = 0x1021;
    private static final char[] CRC = new char[256];

    static {
        for (int i = 0; i < 256; i++) {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
            }
            CRC[i] = (char) crc;
        }
    }

    private Slot() {}

    /** The slot of the key in {@code key[off, off + len)}. */
    public static int of(byte[] key, int off, int len) {
        int end = off + len;
        int open = indexOf(key, off, end, (byte) '{');
        if (open >= 0) {
            int close = indexOf(key, open + 1, end, (byte) '}');
            if (close > open + 1) {
                return crc16(key, open + 1, close) & (COUNT - 1);
            }
        }
        return crc16(key, off, end) & (COUNT - 1);
    }

    public static int of(byte[] key) {
        return of(key, 0, key.length);
    }

    public static int of(String key) {
        return of(key.getBytes(StandardCharsets.UTF_8));
    }

    public static boolean isValid(long slot) {
        return slot >= 0 && slot < COUNT;
    }

    private static int indexOf(byte[] bytes, int from, int to, byte wanted) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static int crc16(byte[] bytes, int from, int to) {
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc = ((crc << 8) & 0xffff) ^ CRC[(crc >>> 8) ^ (bytes[i] & 0xff)];
        }
        return crc;
    }
}
