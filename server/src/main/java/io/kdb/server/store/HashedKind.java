package io.kdb.server.store;

/** The leaves of a {@link HashedTree}: elements in the order of their hashes, with values or without. Immutable. */
class HashedKind extends LeafKind {
    static final HashedKind SET = new HashedKind(HASHED_SET, false);
    static final HashedKind MAP = new HashedKind(HASHED_MAP, true);

    final boolean hasValues;

    HashedKind(int number, boolean hasValues) {
        super(number, 8);
        this.hasValues = hasValues;
    }

    @Override
    void retain(Trees trees, byte[] page, int at) {
        for (int i = TreeNode.count(page, at) - 1; i >= 0; i--) {
            int p = HashedLeaf.entry(page, at, i);
            if (HashedLeaf.isExternal(page, p)) {
                trees.retain(HashedLeaf.external(page, p));
            }
            if (hasValues) {
                p += HashedLeaf.cellBytes(page, p);
                if (HashedLeaf.isExternal(page, p)) {
                    trees.retain(HashedLeaf.external(page, p));
                }
            }
        }
    }

    @Override
    void release(Trees trees, byte[] page, int at) {
        release(trees, page, at, 0);
    }

    private void release(Trees trees, byte[] page, int at, int from) {
        for (int i = TreeNode.count(page, at) - 1; i >= from; i--) {
            int p = HashedLeaf.entry(page, at, i);
            if (HashedLeaf.isExternal(page, p)) {
                trees.release(HashedLeaf.external(page, p));
            }
            if (hasValues) {
                p += HashedLeaf.cellBytes(page, p);
                if (HashedLeaf.isExternal(page, p)) {
                    trees.release(HashedLeaf.external(page, p));
                }
            }
        }
    }

    @Override
    void copy(Trees from, Trees to, byte[] page, int at) {
        for (int i = TreeNode.count(page, at) - 1; i >= 0; i--) {
            int element = HashedLeaf.entry(page, at, i);
            int value = hasValues ? element + HashedLeaf.cellBytes(page, element) : element;
            int copied = 0;
            try {
                if (HashedLeaf.isExternal(page, element)) {
                    copied = to.copyExternal(from, HashedLeaf.external(page, element));
                }
                if (value != element && HashedLeaf.isExternal(page, value)) {
                    Bytes.putInt(page, value + 1, to.copyExternal(from, HashedLeaf.external(page, value)));
                }
            } catch (StoreFull full) {
                if (copied != 0) {
                    to.release(copied);
                }
                release(to, page, at, i + 1);
                TreeNode.setCount(page, at, 0);
                throw full;
            }
            if (copied != 0) {
                Bytes.putInt(page, element + 1, copied);
            }
        }
    }
}
