package io.kdb.server.store;

/** A set at its record. Owner: as {@link CollectionValue}. */
public final class SetValue extends CollectionValue {
    final PackedValue packed = new PackedValue(this);

    @Override
    public int type() {
        return ValueType.SET;
    }

    @Override
    int newEncoding() {
        return Encoding.LISTPACK;
    }

    @Override
    void opened() {}

    @Override
    public long size() {
        return packed.count();
    }
}
