package io.kdb.server.dispatch;

import java.util.Arrays;

/** A prefix that connections in broadcast mode asked for. Owner: {@link Tracking}; {@link #members} is swapped whole. */
final class Prefix implements Comparable<Prefix> {
    static final Session[] NOBODY = {};

    final byte[] bytes;
    volatile Session[] members = NOBODY;

    Prefix(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean starts(byte[] array, int offset, int length) {
        return startsWith(array, offset, length, bytes);
    }

    static boolean startsWith(byte[] array, int offset, int length, byte[] prefix) {
        return length >= prefix.length
                && Arrays.equals(array, offset, offset + prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public int compareTo(Prefix other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Prefix prefix && Arrays.equals(bytes, prefix.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
