package io.kdb.server.store;

/** A stream at its record. Owner: as {@link CollectionValue}. */
public final class StreamValue extends CollectionValue {
    final PackedValue packed = new PackedValue(this);

    @Override
    public int type() {
        return ValueType.STREAM;
    }

    @Override
    int newEncoding() {
        return Encoding.STREAM;
    }

    @Override
    void opened() {}

    @Override
    public long size() {
        return packed.count();
    }
}
