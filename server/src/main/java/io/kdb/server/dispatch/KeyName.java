package io.kdb.server.dispatch;

/** A key in a database, as a map key; also a reusable probe over somebody else's bytes. Owner: whoever holds the map's lock. */
final class KeyName {
    private static final byte[] NONE = {};

    private byte[] array = NONE;
    private int offset;
    private int length;
    private int db;
    private int hash;

    KeyName at(int keyDb, byte[] bytes, int from, int size) {
        db = keyDb;
        if (array != bytes) {
            array = bytes;
        }
        offset = from;
        length = size;
        int h = keyDb;
        for (int i = from, end = from + size; i < end; i++) {
            h = h * 31 + bytes[i];
        }
        hash = h;
        return this;
    }

    /** Lets go of the bytes that it stood over. */
    void forget() {
        array = NONE;
        offset = 0;
        length = 0;
    }

    /** A copy that owns its bytes. */
    KeyName own() {
        return new KeyName().at(db, bytes(), 0, length);
    }

    byte[] bytes() {
        return java.util.Arrays.copyOfRange(array, offset, offset + length);
    }

    byte[] array() {
        return array;
    }

    int offset() {
        return offset;
    }

    int length() {
        return length;
    }

    int db() {
        return db;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyName that
                && hash == that.hash
                && db == that.db
                && java.util.Arrays.equals(
                        array, offset, offset + length, that.array, that.offset, that.offset + that.length);
    }
}
