package io.kdb.server.store;

/**
 * A collection whose elements are found by their bytes: the common part of {@link HashValue} and {@link SetValue}. Owner: as
 * {@link CollectionValue}.
 *
 * <p>It stands on one element after {@link #find}, {@link #first}, {@link #next}, {@link #seek} or {@link #seekIndex} has
 * answered true, until the next change. The order of the elements is the listpack's or the intset's while the collection is
 * packed, and that of their hashes' {@link #position} in a tree.
 */
public abstract class HashedValue extends CollectionValue implements Elements {
    /**
     * A packed value in the encoding of large ones would be searched for longer than a tree is from about this size on.
     */
    static final int PACKED_TABLE_BYTES = 1024;

    final PackedValue packed = new PackedValue(this);
    /** Where the current element's entry is; its value's follows it. */
    int at;

    private final Element element = new Element();
    private final int entries;

    /** {@code entriesOfElement} is how many entries of a listpack one element has. */
    HashedValue(int entriesOfElement) {
        entries = entriesOfElement;
    }

    @Override
    void opened() {
        at = PackedValue.NONE;
    }

    @Override
    public long size() {
        return packed.count() / entries;
    }

    /** Stands on the element of these bytes, if there is one. */
    public boolean find(byte[] bytes, int offset, int length) {
        at = packed.find(packed.first(), bytes, offset, length, entries - 1);
        return at != PackedValue.NONE;
    }

    /** Stands on the first element, if there is any. */
    @Override
    public boolean first() {
        at = packed.first();
        return at != PackedValue.NONE;
    }

    /** Goes to the next element; false when there is none: it then stands on none. */
    @Override
    public boolean next() {
        for (int i = 0; i < entries && at != PackedValue.NONE; i++) {
            at = packed.next(at);
        }
        return at != PackedValue.NONE;
    }

    /** Stands on the element of this index in the order of {@link #next}; it must exist. */
    @Override
    public void seekIndex(long index) {
        at = packed.at(index * entries);
    }

    /** Stands on the first element whose {@link #position} is not before this; in a packed collection on the first. */
    @Override
    public boolean seek(long position) {
        return first();
    }

    /** Where it stands, as a cursor for {@link #seek}: 0 in a packed collection, and where it stands on no element. */
    @Override
    public long position() {
        return 0;
    }

    /** The element it stands on: a hash's field, a set's member. */
    @Override
    public Element element() {
        return packed.get(at, element);
    }

    /** Removes the element it stands on; it then stands on none. */
    public void remove() {
        packed.delete(at, entries);
        at = PackedValue.NONE;
    }
}
