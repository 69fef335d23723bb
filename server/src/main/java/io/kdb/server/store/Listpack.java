package io.kdb.server.store;

import io.kdb.resp.Numbers;
import io.kdb.resp.ReplyWriter;

/**
 * A listpack, Redis' byte format of a short sequence of strings and integers: total bytes (4), count (2), entries, 0xFF. An
 * entry is its encoding and data, and its length again behind them, so that one can walk backwards. Stateless; positions
 * are indexes into the array.
 *
 * @see <a href="https://github.com/antirez/listpack/blob/master/listpack.md">the specification</a>
 */
public final class Listpack {
    public static final int HEADER_BYTES = 6;
    /** Header and end. */
    public static final int EMPTY_BYTES = HEADER_BYTES + 1;

    private static final int UNKNOWN_COUNT = 0xFFFF;
    private static final int END = 0xFF;
    private static final int STRING_32 = 0xF0;
    private static final int INT_16 = 0xF1;
    private static final int INT_24 = 0xF2;
    private static final int INT_32 = 0xF3;
    private static final int INT_64 = 0xF4;

    private Listpack() {}

    /** Writes an empty listpack, {@link #EMPTY_BYTES} long. */
    public static void writeEmpty(byte[] a, int at) {
        header(a, at, EMPTY_BYTES, 0);
        a[at + HEADER_BYTES] = (byte) END;
    }

    /** Writes the header; a count of 65535 and more is noted as unknown, as in Redis. */
    public static void header(byte[] a, int at, int bytes, int count) {
        Bytes.putInt(a, at, bytes);
        Bytes.putShort(a, at + 4, Math.min(count, UNKNOWN_COUNT));
    }

    /** Writes the end mark. */
    public static void end(byte[] a, int at) {
        a[at] = (byte) END;
    }

    /** Total bytes, header and end included. */
    public static int bytes(byte[] a, int at) {
        return Bytes.getInt(a, at);
    }

    public static int count(byte[] a, int at) {
        int count = Bytes.getShort(a, at + 4);
        if (count != UNKNOWN_COUNT) {
            return count;
        }
        count = 0;
        for (int p = at + HEADER_BYTES; !isEnd(a, p); p = next(a, p)) {
            count++;
        }
        return count;
    }

    /** The header's count as it stands there: 65535 when it is unknown. */
    static int noted(byte[] a, int at) {
        return Bytes.getShort(a, at + 4);
    }

    /** The header's count after so many entries were added or removed. */
    static void addCount(byte[] a, int at, int by) {
        int count = Bytes.getShort(a, at + 4);
        if (count != UNKNOWN_COUNT) {
            Bytes.putShort(a, at + 4, Math.min(count + by, UNKNOWN_COUNT));
        } else if (by < 0) {
            Bytes.putShort(a, at + 4, Math.min(count(a, at), UNKNOWN_COUNT));
        }
    }

    public static boolean isEnd(byte[] a, int p) {
        return (a[p] & 0xFF) == END;
    }

    /** Bytes of the entry's encoding and data. */
    static int dataBytes(byte[] a, int p) {
        int b = a[p] & 0xFF;
        if (b < 0x80) {
            return 1;
        }
        if (b < 0xC0) {
            return 1 + (b & 0x3F);
        }
        if (b < 0xE0) {
            return 2;
        }
        if (b < 0xF0) {
            return 2 + ((b & 0x0F) << 8 | a[p + 1] & 0xFF);
        }
        return switch (b) {
            case STRING_32 -> 5 + Bytes.getInt(a, p + 1);
            case INT_16 -> 3;
            case INT_24 -> 4;
            case INT_32 -> 5;
            case INT_64 -> 9;
            default -> throw new IllegalStateException("listpack encoding: " + b);
        };
    }

    static int backBytes(int dataBytes) {
        return dataBytes <= 127 ? 1 : dataBytes < 16383 ? 2 : dataBytes < 2097151 ? 3 : dataBytes < 268435455 ? 4 : 5;
    }

    /** Bytes that the entry takes. */
    public static int entryBytes(byte[] a, int p) {
        int data = dataBytes(a, p);
        return data + backBytes(data);
    }

    /** The entry behind this one, or the end mark. */
    public static int next(byte[] a, int p) {
        return p + entryBytes(a, p);
    }

    /** The entry before this one or before the end mark, which must not be the first. */
    public static int previous(byte[] a, int p) {
        int length = 0;
        int shift = 0;
        int i = p - 1;
        while (true) {
            length |= (a[i] & 127) << shift;
            if (a[i] >= 0) {
                break;
            }
            shift += 7;
            i--;
        }
        return i - length;
    }

    public static boolean isInteger(byte[] a, int p) {
        int b = a[p] & 0xFF;
        return b < 0x80 || (b >= 0xC0 && b < 0xE0) || b >= INT_16;
    }

    /** The entry's number; it must be one by {@link #isInteger}. */
    public static long integer(byte[] a, int p) {
        int b = a[p] & 0xFF;
        if (b < 0x80) {
            return b;
        }
        if (b < 0xE0) {
            return ((b & 0x1F) << 8 | a[p + 1] & 0xFF) << 19 >> 19;
        }
        return switch (b) {
            case INT_16 -> (short) Bytes.getShort(a, p + 1);
            case INT_24 -> (a[p + 1] & 0xFF) | (a[p + 2] & 0xFF) << 8 | a[p + 3] << 16;
            case INT_32 -> Bytes.getInt(a, p + 1);
            default -> Bytes.getLong(a, p + 1);
        };
    }

    /** Where the entry's string lies; it must be one. */
    public static int stringOffset(byte[] a, int p) {
        int b = a[p] & 0xFF;
        return p + (b < 0xC0 ? 1 : b < 0xF0 ? 2 : 5);
    }

    public static int stringLength(byte[] a, int p) {
        int b = a[p] & 0xFF;
        return b < 0xC0 ? b & 0x3F : b < 0xF0 ? (b & 0x0F) << 8 | a[p + 1] & 0xFF : Bytes.getInt(a, p + 1);
    }

    /** Shows the entry. */
    public static Element get(byte[] a, int p, Element view) {
        return isInteger(a, p) ? view.integer(integer(a, p)) : view.bytes(a, stringOffset(a, p), stringLength(a, p));
    }

    /** Replies with the entry as a bulk; answers where the one behind it, or the end mark, is. */
    static int reply(byte[] a, int p, ReplyWriter reply) {
        if (isInteger(a, p)) {
            reply.bulk(integer(a, p));
            return next(a, p);
        }
        int start = stringOffset(a, p);
        int length = stringLength(a, p);
        reply.bulk(a, start, length);
        int end = start + length;
        return end + backBytes(end - p);
    }

    /** Whether the entry is this string; one that looks like a number may be kept as such. */
    public static boolean equal(byte[] a, int p, byte[] value, int offset, int length) {
        if (!isInteger(a, p)) {
            return stringLength(a, p) == length && Bytes.same(a, stringOffset(a, p), value, offset, length);
        }
        return Numbers.isLong(value, offset, length) && Numbers.parseLong(value, offset, length) == integer(a, p);
    }

    /**
     * The first entry from {@code p} on that is this string, or -1: looks at one, skips {@code skip}, and so on.
     */
    public static int find(byte[] a, int p, byte[] value, int offset, int length, int skip) {
        boolean number = Numbers.isLong(value, offset, length);
        long wanted = number ? Numbers.parseLong(value, offset, length) : 0;
        int at = p;
        while (!isEnd(a, at)) {
            if (!isInteger(a, at)) {
                if (stringLength(a, at) == length && Bytes.same(a, stringOffset(a, at), value, offset, length)) {
                    return at;
                }
            } else if (number && integer(a, at) == wanted) {
                return at;
            }
            at = next(a, at);
            for (int i = 0; i < skip && !isEnd(a, at); i++) {
                at = next(a, at);
            }
        }
        return -1;
    }

    /** The entry of this index, counted from the end when negative (-1 is the last), or -1 when there is none. */
    public static int at(byte[] a, int at, long index) {
        int count = count(a, at);
        long i = index < 0 ? count + index : index;
        if (i < 0 || i >= count) {
            return -1;
        }
        int p;
        if (i <= count / 2) {
            p = at + HEADER_BYTES;
            for (; i > 0; i--) {
                p = next(a, p);
            }
        } else {
            p = at + bytes(a, at) - 1;
            for (; i < count; i++) {
                p = previous(a, p);
            }
        }
        return p;
    }

    /** Bytes that an entry of this string takes. */
    public static int bytesOf(byte[] value, int offset, int length) {
        if (Numbers.isLong(value, offset, length)) {
            return bytesOf(Numbers.parseLong(value, offset, length));
        }
        return bytesOfString(length);
    }

    /** Bytes that an entry of this number takes. */
    public static int bytesOf(long value) {
        return (value >= 0 && value <= 127
                        ? 1
                        : value >= -4096 && value <= 4095
                                ? 2
                                : value == (short) value
                                        ? 3
                                        : value == value << 40 >> 40 ? 4 : value == (int) value ? 5 : 9)
                + 1;
    }

    /** Writes an entry, as a number where the string is one; answers the position behind it. */
    public static int write(byte[] a, int p, byte[] value, int offset, int length) {
        if (Numbers.isLong(value, offset, length)) {
            return write(a, p, Numbers.parseLong(value, offset, length));
        }
        int start = beginString(a, p, length);
        System.arraycopy(value, offset, a, start, length);
        return writeBack(a, start + length, start + length - p);
    }

    /** Bytes that an entry of a string of so many bytes, which is no number, takes. */
    public static int bytesOfString(int length) {
        int data = length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
        return data + backBytes(data);
    }

    /** Writes what stands before a string's bytes in its entry; answers the position behind it. */
    public static int beginString(byte[] a, int p, int length) {
        if (length < 64) {
            a[p] = (byte) (0x80 | length);
            return p + 1;
        }
        if (length < 4096) {
            a[p] = (byte) (0xE0 | length >> 8);
            a[p + 1] = (byte) length;
            return p + 2;
        }
        a[p] = (byte) STRING_32;
        Bytes.putInt(a, p + 1, length);
        return p + 5;
    }

    /** Writes what stands behind the {@code dataBytes} of an entry; answers the position behind it. */
    public static int endString(byte[] a, int p, int dataBytes) {
        return writeBack(a, p, dataBytes);
    }

    /** Writes an entry that is a number; answers the position behind it. */
    public static int write(byte[] a, int p, long value) {
        int end = p + bytesOf(value) - 1;
        switch (end - p) {
            case 1 -> a[p] = (byte) value;
            case 2 -> {
                a[p] = (byte) (0xC0 | value >> 8 & 0x1F);
                a[p + 1] = (byte) value;
            }
            case 3 -> {
                a[p] = (byte) INT_16;
                Bytes.putShort(a, p + 1, (int) value);
            }
            case 4 -> {
                a[p] = (byte) INT_24;
                Bytes.putShort(a, p + 1, (int) value);
                a[p + 3] = (byte) (value >> 16);
            }
            case 5 -> {
                a[p] = (byte) INT_32;
                Bytes.putInt(a, p + 1, (int) value);
            }
            default -> {
                a[p] = (byte) INT_64;
                Bytes.putLong(a, p + 1, value);
            }
        }
        a[end] = (byte) (end - p);
        return end + 1;
    }

    private static int writeBack(byte[] a, int p, int dataBytes) {
        int bytes = backBytes(dataBytes);
        for (int i = 0; i < bytes; i++) {
            int part = dataBytes >>> 7 * (bytes - 1 - i) & 127;
            a[p + i] = (byte) (i == 0 ? part : part | 128);
        }
        return p + bytes;
    }

    /**
     * Whether these bytes are one whole listpack in which every entry is sound and the count is true: for what comes from
     * outside. Nothing beyond {@code length} is read.
     */
    public static boolean isValid(byte[] a, int at, int length) {
        if (length < EMPTY_BYTES || bytes(a, at) != length || !isEnd(a, at + length - 1)) {
            return false;
        }
        int end = at + length - 1;
        int p = at + HEADER_BYTES;
        int count = 0;
        while (p < end) {
            long data = claimedBytes(a, p, end);
            if (data < 0 || p + data >= end) {
                return false;
            }
            int back = backBytes((int) data);
            int next = p + (int) data + back;
            if (next > end || !backIsRight(a, next, (int) data, back)) {
                return false;
            }
            p = next;
            count++;
        }
        int noted = Bytes.getShort(a, at + 4);
        return p == end && (noted == UNKNOWN_COUNT || noted == count);
    }

    /** {@link #dataBytes} of what may be nonsense; -1 when it is, or when the length itself does not fit. */
    private static long claimedBytes(byte[] a, int p, int end) {
        int b = a[p] & 0xFF;
        if (b >= 0xE0 && b < 0xF0) {
            return p + 2 > end ? -1 : dataBytes(a, p);
        }
        if (b == STRING_32) {
            return p + 5 > end ? -1 : 5 + Integer.toUnsignedLong(Bytes.getInt(a, p + 1));
        }
        return b > INT_64 ? -1 : dataBytes(a, p);
    }

    private static boolean backIsRight(byte[] a, int next, int data, int back) {
        for (int i = 0; i < back; i++) {
            int part = data >>> 7 * i & 127;
            if (a[next - 1 - i] != (byte) (i == back - 1 ? part : part | 128)) {
                return false;
            }
        }
        return true;
    }
}
