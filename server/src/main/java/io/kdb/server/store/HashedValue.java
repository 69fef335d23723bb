package io.kdb.server.store;

/**
 * A collection whose elements are found by their bytes: the common part of {@link HashValue} and {@link SetValue}. Owner: as
 * {@link CollectionValue}.
 *
 * <p>It stands on one element after {@link #find}, {@link #first}, {@link #next} or {@link #seekIndex}, and at each visit
 * of {@link #scan}, until the next change. The order of the elements is the listpack's or the intset's while the collection
 * is packed, and that of their hashes in a tree.
 */
public abstract class HashedValue extends CollectionValue implements Elements {
    /** A packed value in the encoding of large ones: a longer one is searched for longer than a tree. */
    static final int PACKED_TABLE_BYTES = 1024;

    final PackedValue packed = new PackedValue(this);
    final HashedTree tree;
    /** Whether the value is a tree, and {@link #tree} is it. */
    boolean inTree;
    /** In a listpack: where the current element's entry is; its value's follows it. */
    int at;

    private final Element element = new Element();
    private final int entries;

    /** {@code entriesOfElement} is how many entries of a listpack one element has. */
    HashedValue(int entriesOfElement, HashedKind kind) {
        entries = entriesOfElement;
        tree = new HashedTree(kind);
    }

    @Override
    public void touched(ElementTouch ahead) {
        tree.touched(ahead);
    }

    @Override
    void opened() {
        at = PackedValue.NONE;
        inTree = isTree();
        if (inTree) {
            openTree(0, tree);
        }
    }

    @Override
    public long size() {
        return inTree ? tree.size() : packed.count() / entries;
    }

    /** Stands on the element of these bytes, if there is one. */
    public boolean find(byte[] bytes, int offset, int length) {
        if (inTree) {
            return tree.find(bytes, offset, length);
        }
        at = packed.find(packed.first(), bytes, offset, length, entries - 1);
        return at != PackedValue.NONE;
    }

    /** Stands on the first element, if there is any. */
    @Override
    public boolean first() {
        if (inTree) {
            tree.begin();
            return tree.next();
        }
        at = packed.first();
        return at != PackedValue.NONE;
    }

    /** Goes to the next element; false when there is none: it then stands on none. */
    @Override
    public boolean next() {
        if (inTree) {
            return tree.next();
        }
        for (int i = 0; i < entries && at != PackedValue.NONE; i++) {
            at = packed.next(at);
        }
        return at != PackedValue.NONE;
    }

    /** Stands on the element of this index in the order of {@link #next}; it must exist. */
    @Override
    public void seekIndex(long index) {
        if (inTree) {
            tree.at(index);
        } else {
            at = packed.at(index * entries);
        }
    }

    /** The index of the element it stands on. */
    long index() {
        return inTree ? tree.rank() : packed.indexOf(at) / entries;
    }

    /**
     * Visits a few elements, standing on each, from a cursor on, and answers the cursor behind them: 0 at the end. An element
     * that is there from the first step to the last is visited. What is packed is visited at once.
     */
    @Override
    public long scan(long cursor, Runnable visit) {
        if (!inTree) {
            for (boolean more = first(); more; more = next()) {
                visit.run();
            }
            return 0;
        }
        long next = tree.scan(cursor);
        for (int i = 0; i < tree.entriesInLeaf(); i++) {
            tree.atInLeaf(i);
            visit.run();
        }
        return next;
    }

    /** The element it stands on: a hash's field, a set's member. */
    @Override
    public Element element() {
        return inTree ? tree.element(element) : packed.get(at, element);
    }

    /** Removes the element it stands on; it then stands on none. */
    public void remove() {
        if (!inTree) {
            packed.delete(at, entries);
            at = PackedValue.NONE;
            return;
        }
        own();
        try {
            tree.remove();
        } finally {
            saveTree(0, tree);
        }
    }

    /** Adds the element it stands on to {@link #tree}. */
    abstract void addToTree();

    /** Makes the packed value a tree; it then stands on no element. */
    final void toTree() {
        tree.create(trees());
        try {
            for (boolean more = first(); more; more = next()) {
                addToTree();
            }
            becomeTree(0, allTrees());
        } catch (StoreFull full) {
            tree.clear();
            throw full;
        }
        at = PackedValue.NONE;
        inTree = true;
    }

    /** {@link #tree}, and what other trees a value that is one has. */
    CountedTree[] allTrees() {
        return new CountedTree[] {tree};
    }
}
