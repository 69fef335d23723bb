package io.kdb.server.store;

/** A sorted set at its record. Owner: as {@link CollectionValue}. */
public final class SortedSetValue extends CollectionValue {
    final PackedValue packed = new PackedValue(this);

    @Override
    public int type() {
        return ValueType.ZSET;
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
