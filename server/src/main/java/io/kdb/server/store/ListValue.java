package io.kdb.server.store;

/**
 * A list at its record, with a place in it from which one walks. Owner: as {@link CollectionValue}.
 *
 * <p>A place is found by {@link #seek} and moved by {@link #forward} and {@link #backward}; every change but {@link #remove}
 * makes it void.
 */
public final class ListValue extends CollectionValue {
    final PackedValue packed = new PackedValue(this);
    private final Element element = new Element();
    private int at;

    @Override
    public int type() {
        return ValueType.LIST;
    }

    @Override
    int newEncoding() {
        return Encoding.QUICKLIST;
    }

    @Override
    void opened() {
        at = PackedValue.NONE;
    }

    @Override
    public long size() {
        return packed.count();
    }

    // ---- the ends ---------------------------------------------------------------------------------------------

    /** Adds an element at the head or at the tail. */
    public void push(boolean head, byte[] value, int offset, int length) {
        if (head) {
            packed.prepend(value, offset, length);
        } else {
            packed.append(value, offset, length);
        }
    }

    /** Removes so many elements, which must be there, from this index on. */
    public void removeRange(long from, long count) {
        if (count > 0) {
            packed.delete(packed.at(from), (int) count);
        }
    }

    // ---- the place --------------------------------------------------------------------------------------------

    /** Goes to an element by its index, counted from the end when negative; false when there is none. */
    public boolean seek(long index) {
        at = packed.at(index);
        return isAt();
    }

    /** Whether the place is an element. */
    public boolean isAt() {
        return at != PackedValue.NONE;
    }

    /** Goes to the next element; false behind the last. */
    public boolean forward() {
        at = packed.next(at);
        return isAt();
    }

    /** Goes to the element before; false before the first. */
    public boolean backward() {
        at = packed.previous(at);
        return isAt();
    }

    /** The element here; the view is this list's own. */
    public Element element() {
        return packed.get(at, element);
    }

    /** Whether the element here is this string. */
    public boolean isEqual(byte[] value, int offset, int length) {
        return packed.equal(at, value, offset, length);
    }

    /** Puts an element before this one. */
    public void insertBefore(byte[] value, int offset, int length) {
        packed.insert(at, value, offset, length);
    }

    /** Puts an element behind this one. */
    public void insertAfter(byte[] value, int offset, int length) {
        int next = packed.next(at);
        if (next == PackedValue.NONE) {
            packed.append(value, offset, length);
        } else {
            packed.insert(next, value, offset, length);
        }
    }

    /** Puts another element in this one's place. */
    public void replace(byte[] value, int offset, int length) {
        packed.replace(at, value, offset, length);
    }

    /** Removes the element here; the place is then the one behind it, or the one before it. */
    public void remove(boolean goForward) {
        int next = packed.delete(at);
        at = goForward ? next : next == PackedValue.NONE ? packed.last() : packed.previous(next);
    }
}
