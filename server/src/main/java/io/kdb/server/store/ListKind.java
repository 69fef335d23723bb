package io.kdb.server.store;

/**
 * The leaves of a {@link ListTree}: a listpack, or, where the leaf refers to something, the address of one external element.
 * Immutable.
 */
final class ListKind extends LeafKind {
    static final ListKind LIST = new ListKind();

    private ListKind() {
        super(POSITIONAL, 0);
    }

    /** The external element of a leaf that has one. */
    static int external(byte[] page, int at) {
        return Bytes.getInt(page, at + TreeNode.BODY);
    }

    @Override
    void retain(Trees trees, byte[] page, int at) {
        trees.retain(external(page, at));
    }

    @Override
    void release(Trees trees, byte[] page, int at) {
        trees.release(external(page, at));
    }

    @Override
    void copy(Trees from, Trees to, byte[] page, int at) {
        int copy;
        try {
            copy = to.copyExternal(from, external(page, at));
        } catch (StoreFull full) {
            Bytes.putInt(page, at, TreeNode.flags(page, at) & ~TreeNode.REFERS);
            throw full;
        }
        Bytes.putInt(page, at + TreeNode.BODY, copy);
    }
}
