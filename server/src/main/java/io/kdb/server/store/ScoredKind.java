package io.kdb.server.store;

/** The leaves of a {@link ScoredTree}: members in the order of their scores. Immutable. */
final class ScoredKind extends LeafKind {
    static final ScoredKind INSTANCE = new ScoredKind();

    private ScoredKind() {
        super(SCORED, 16);
    }

    @Override
    void retain(Trees trees, byte[] page, int at) {
        for (int i = TreeNode.count(page, at) - 1; i >= 0; i--) {
            int external = ScoredLeaf.external(page, ScoredLeaf.entry(page, at, i));
            if (external != 0) {
                trees.retain(external);
            }
        }
    }

    @Override
    void release(Trees trees, byte[] page, int at) {
        release(trees, page, at, 0);
    }

    private static void release(Trees trees, byte[] page, int at, int from) {
        for (int i = TreeNode.count(page, at) - 1; i >= from; i--) {
            int external = ScoredLeaf.external(page, ScoredLeaf.entry(page, at, i));
            if (external != 0) {
                trees.release(external);
            }
        }
    }

    /** A long member is copied for itself here, no longer shared with the tree of members. */
    @Override
    void copy(Trees from, Trees to, byte[] page, int at) {
        for (int i = TreeNode.count(page, at) - 1; i >= 0; i--) {
            int entry = ScoredLeaf.entry(page, at, i);
            int external = ScoredLeaf.external(page, entry);
            if (external == 0) {
                continue;
            }
            try {
                Bytes.putInt(page, ScoredLeaf.cell(entry) + 1, to.copyExternal(from, external));
            } catch (StoreFull full) {
                release(to, page, at, i + 1);
                TreeNode.setCount(page, at, 0);
                throw full;
            }
        }
    }
}
