package io.kdb.server.store;

/**
 * A sorted set of integers as Redis lays it out: the width of a number (2, 4 or 8) and their count, each in 4 bytes, then
 * the numbers; all little-endian. Stateless: whoever calls owns the array, and every method but {@link #validate} believes
 * what it says.
 *
 * <p>All numbers have the width of the widest that was ever added. Writers need the room first: {@link #bytesWith}.
 */
public final class Intset {
    public static final int HEADER_BYTES = 8;

    private Intset() {}

    /** Writes an empty set. */
    public static void clear(byte[] array, int at) {
        Bytes.putInt(array, at, 2);
        Bytes.putInt(array, at + 4, 0);
    }

    public static int size(byte[] array, int at) {
        return Bytes.getInt(array, at + 4);
    }

    /** Bytes that the set takes. */
    public static int bytes(byte[] array, int at) {
        return HEADER_BYTES + size(array, at) * Bytes.getInt(array, at);
    }

    /** Bytes that the set takes once one more number, this one, is in it. */
    public static int bytesWith(byte[] array, int at, long value) {
        return HEADER_BYTES + (size(array, at) + 1) * Math.max(Bytes.getInt(array, at), width(value));
    }

    private static int width(long value) {
        return value == (short) value ? 2 : value == (int) value ? 4 : 8;
    }

    /** The number of this index. */
    public static long get(byte[] array, int at, int index) {
        return get(array, at, index, Bytes.getInt(array, at));
    }

    private static long get(byte[] array, int at, int index, int width) {
        int from = at + HEADER_BYTES + index * width;
        return switch (width) {
            case 2 -> (short) Bytes.getShort(array, from);
            case 4 -> Bytes.getInt(array, from);
            default -> Bytes.getLong(array, from);
        };
    }

    private static void put(byte[] array, int at, int index, int width, long value) {
        int to = at + HEADER_BYTES + index * width;
        switch (width) {
            case 2 -> Bytes.putShort(array, to, (int) value);
            case 4 -> Bytes.putInt(array, to, (int) value);
            default -> Bytes.putLong(array, to, value);
        }
    }

    /** The index of the number; {@code -(where it would be) - 1} when it is not in the set. */
    public static int find(byte[] array, int at, long value) {
        int width = Bytes.getInt(array, at);
        int low = 0;
        int high = size(array, at) - 1;
        if (high >= 0 && value > get(array, at, high, width)) {
            return -high - 2; // numbers are often added in order
        }
        while (low <= high) {
            int middle = low + high >>> 1;
            long found = get(array, at, middle, width);
            if (found < value) {
                low = middle + 1;
            } else if (found > value) {
                high = middle - 1;
            } else {
                return middle;
            }
        }
        return -low - 1;
    }

    /** Adds a number that is not in the set, where {@link #find} said; the room for {@link #bytesWith} is there. */
    public static void insert(byte[] array, int at, int index, long value) {
        int width = Bytes.getInt(array, at);
        int size = size(array, at);
        if (width(value) > width) {
            int wider = width(value);
            // It is smaller or larger than all others. From the end, as the numbers grow into each other.
            int shift = value < 0 ? 1 : 0;
            for (int i = size - 1; i >= 0; i--) {
                put(array, at, i + shift, wider, get(array, at, i, width));
            }
            width = wider;
            Bytes.putInt(array, at, width);
        } else {
            int from = at + HEADER_BYTES + index * width;
            System.arraycopy(array, from, array, from + width, (size - index) * width);
        }
        put(array, at, index, width, value);
        Bytes.putInt(array, at + 4, size + 1);
    }

    /** Takes the number of this index out; the set's bytes are then fewer. */
    public static void remove(byte[] array, int at, int index) {
        int width = Bytes.getInt(array, at);
        int size = size(array, at);
        int from = at + HEADER_BYTES + (index + 1) * width;
        System.arraycopy(array, from, array, from - width, (size - index - 1) * width);
        Bytes.putInt(array, at + 4, size - 1);
    }

    /** Whether these bytes, from a stranger, are a set that is not empty: width, length, order. */
    public static boolean validate(byte[] array, int at, int length) {
        if (length < HEADER_BYTES) {
            return false;
        }
        int width = Bytes.getInt(array, at);
        long size = Bytes.getInt(array, at + 4) & 0xFFFFFFFFL;
        if (width != 2 && width != 4 && width != 8 || size == 0 || HEADER_BYTES + size * width != length) {
            return false;
        }
        for (int i = 1; i < size; i++) {
            if (get(array, at, i - 1, width) >= get(array, at, i, width)) {
                return false;
            }
        }
        return true;
    }
}
