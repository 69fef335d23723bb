package io.kdb.server.store;

/** A hash at its record. Owner: as {@link CollectionValue}. */
public final class HashValue extends CollectionValue {
    final PackedValue packed = new PackedValue(this);

    @Override
    public int type() {
        return ValueType.HASH;
    }

    @Override
    int newEncoding() {
        return Encoding.LISTPACK;
    }

    @Override
    void opened() {}

    @Override
    public long size() {
        return packed.count() / 2;
    }
}
