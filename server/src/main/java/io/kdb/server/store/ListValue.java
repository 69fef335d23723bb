package io.kdb.server.store;

import io.kdb.resp.ReplyWriter;

/**
 * A list at its record, with a place in it from which one walks. Owner: as {@link CollectionValue}.
 *
 * <p>A place is found by {@link #seek} and moved by {@link #forward} and {@link #backward}; every change but {@link #remove}
 * makes it void.
 */
public final class ListValue extends CollectionValue {
    /** list-max-listpack-size -1: 4 KB; the others allow more than a node here ever has. */
    private static final int SMALLEST_CLASS = -1;

    private static final int SMALLEST_CLASS_BYTES = 4096;

    final PackedValue packed = new PackedValue(this);
    private final ListTree tree = new ListTree();
    private final Element element = new Element();
    private boolean large;
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
        large = isTree();
        if (large) {
            openTree(0, tree);
            if (table != null) {
                tree.maxEntries(maxEntries());
            }
        }
    }

    private int maxEntries() {
        int limit = limits().listSize();
        return limit > 0 ? limit : Integer.MAX_VALUE;
    }

    @Override
    public long size() {
        return large ? tree.size() : packed.count();
    }

    // ---- the form ---------------------------------------------------------------------------------------------

    /** Makes the list a tree if its listpack would be too long with this element added. */
    private void widenFor(byte[] value, int offset, int length, int replacedBytes) {
        if (large) {
            own();
            return;
        }
        int limit = limits().listSize() == SMALLEST_CLASS ? SMALLEST_CLASS_BYTES : PACKED_LIMIT_BYTES;
        if (length > ListPlace.MAX_INLINE
                || packed.bytes() + Listpack.bytesOf(value, offset, length) - replacedBytes > limit
                || replacedBytes == 0 && packed.count() >= maxEntries()) {
            int place = at;
            int index = 0;
            for (int p = packed.first(); place != PackedValue.NONE && p != place; p = packed.next(p)) {
                index++;
            }
            toTree();
            if (place != PackedValue.NONE) {
                tree.goTo(index);
            }
        }
    }

    private void toTree() {
        tree.create(trees());
        tree.maxEntries(maxEntries());
        try {
            for (int p = packed.first(); p != PackedValue.NONE; p = packed.next(p)) {
                Element next = packed.get(p, element);
                tree.push(false, next.array(), next.offset(), next.length());
            }
            becomeTree(0, tree);
        } catch (StoreFull full) {
            tree.clear();
            throw full;
        }
        large = true;
    }

    private void saved() {
        saveTree(0, tree);
    }

    // ---- the ends ---------------------------------------------------------------------------------------------

    /** Adds an element at the head or at the tail. */
    public void push(boolean head, byte[] value, int offset, int length) {
        at = PackedValue.NONE;
        widenFor(value, offset, length, 0);
        if (large) {
            try {
                tree.push(head, value, offset, length);
            } finally {
                saved();
            }
        } else if (head) {
            packed.prepend(value, offset, length);
        } else {
            packed.append(value, offset, length);
        }
    }

    /** Removes so many elements, which must be there, from this index on. */
    public void removeRange(long from, long count) {
        if (count == 0) {
            return;
        }
        if (!large) {
            packed.delete(packed.at(from), (int) count);
            return;
        }
        own();
        try {
            tree.removeRange(from, count);
        } finally {
            saved();
        }
    }

    // ---- the place --------------------------------------------------------------------------------------------

    /** Goes to an element by its index, counted from the end when negative; false when there is none. */
    public boolean seek(long index) {
        if (large) {
            return tree.goTo(index);
        }
        at = packed.at(index);
        return isAt();
    }

    /** Whether the place is an element. */
    public boolean isAt() {
        return large ? tree.isAt() : at != PackedValue.NONE;
    }

    /** Goes to the next element; false behind the last. */
    public boolean forward() {
        if (large) {
            return tree.forward();
        }
        at = packed.next(at);
        return isAt();
    }

    /** Goes to the element before; false before the first. */
    public boolean backward() {
        if (large) {
            return tree.backward();
        }
        at = packed.previous(at);
        return isAt();
    }

    /** The element here; the view is this list's own. */
    public Element element() {
        return large ? tree.element(element) : packed.get(at, element);
    }

    /** Replies with so many elements, which must be there, each a bulk, from here on; the place is then behind them. */
    public void reply(ReplyWriter reply, long count) {
        if (large) {
            tree.reply(reply, count);
        } else {
            at = packed.reply(at, count, reply);
        }
    }

    /** Whether the element here is this string. */
    public boolean isEqual(byte[] value, int offset, int length) {
        return large ? tree.isEqual(value, offset, length) : packed.equal(at, value, offset, length);
    }

    /** Puts an element before this one, or behind it. */
    public void insert(boolean before, byte[] value, int offset, int length) {
        widenFor(value, offset, length, 0);
        if (large) {
            try {
                tree.insert(before, value, offset, length);
            } finally {
                saved();
            }
            return;
        }
        int place = before ? at : packed.next(at);
        if (place == PackedValue.NONE) {
            packed.append(value, offset, length);
        } else {
            packed.insert(place, value, offset, length);
        }
    }

    /** Puts another element in this one's place. */
    public void replace(byte[] value, int offset, int length) {
        widenFor(value, offset, length, large ? 0 : Listpack.entryBytes(packed.array(), packed.offset() + at));
        if (large) {
            try {
                tree.replace(value, offset, length);
            } finally {
                saved();
            }
        } else {
            packed.replace(at, value, offset, length);
        }
    }

    /** Removes the element here; the place is then the one behind it, or the one before it. */
    public void remove(boolean goForward) {
        if (large) {
            own();
            try {
                tree.remove(goForward);
            } finally {
                saved();
            }
            return;
        }
        int next = packed.delete(at);
        at = goForward ? next : next == PackedValue.NONE ? packed.last() : packed.previous(next);
    }

    // ---- node by node, for those who write the whole list -----------------------------------------------------

    /** How many nodes there are; it looks at all of them. */
    public long nodeCount() {
        long count = 0;
        for (boolean more = firstNode(); more; more = nextNode()) {
            count++;
        }
        return count;
    }

    /** Goes to the first node, and its first element; false when the list is empty. */
    public boolean firstNode() {
        if (large) {
            return tree.toFirstLeaf();
        }
        at = packed.first();
        return isAt();
    }

    /** Goes to the next node, and its first element; false behind the last. */
    public boolean nextNode() {
        return large && tree.toLeafBehind();
    }

    /** Whether the node is one long element, {@link #element}, and no listpack. */
    public boolean isSingleNode() {
        return large && tree.isPlainLeaf();
    }

    /** The array that the node's listpack lies in. */
    public byte[] nodeArray() {
        return large ? tree.packArray() : packed.array();
    }

    public int nodeOffset() {
        return large ? tree.packOffset() : packed.offset();
    }

    public int nodeBytes() {
        return Listpack.bytes(nodeArray(), nodeOffset());
    }
}
