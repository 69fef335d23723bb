package io.kdb.server.store;

/** A list at its record. Owner: as {@link CollectionValue}. */
public final class ListValue extends CollectionValue {
    final PackedValue packed = new PackedValue(this);

    @Override
    public int type() {
        return ValueType.LIST;
    }

    @Override
    int newEncoding() {
        return Encoding.QUICKLIST;
    }

    @Override
    void opened() {}

    @Override
    public long size() {
        return packed.count();
    }
}
