package io.kdb.server.store;

/** The leaves of an {@link IdTree}. Immutable. */
final class KeyedKind extends LeafKind {
    /** Keys of two words; the value is the address of a block of {@link StreamBlocks}. */
    static final KeyedKind ADDRESSES = new KeyedKind(KEYED, 16, true);
    /** Keys of up to four words; what the value is concerns nobody else. */
    static final KeyedKind WIDE = new KeyedKind(KEYED_WIDE, 32, false);

    private static final int KEY_BYTES = 16;
    private static final int ENTRY_BYTES = KEY_BYTES + 4;

    final boolean refers;

    private KeyedKind(int number, int separatorBytes, boolean refers) {
        super(number, separatorBytes);
        this.refers = refers;
    }

    private static int addressAt(int at, int i) {
        return at + TreeNode.BODY + i * ENTRY_BYTES + KEY_BYTES;
    }

    @Override
    void retain(Trees trees, byte[] page, int at) {
        for (int i = TreeNode.count(page, at) - 1; i >= 0; i--) {
            trees.retain(Bytes.getInt(page, addressAt(at, i)));
        }
    }

    @Override
    void release(Trees trees, byte[] page, int at) {
        for (int i = TreeNode.count(page, at) - 1; i >= 0; i--) {
            trees.release(Bytes.getInt(page, addressAt(at, i)));
        }
    }

    @Override
    void copy(Trees from, Trees to, byte[] page, int at) {
        int count = TreeNode.count(page, at);
        for (int i = 0; i < count; i++) {
            try {
                int copy = StreamBlocks.copy(from, Bytes.getInt(page, addressAt(at, i)), to);
                Bytes.putInt(page, addressAt(at, i), copy);
            } catch (StoreFull full) {
                TreeNode.setCount(page, at, i);
                throw full;
            }
        }
    }
}
