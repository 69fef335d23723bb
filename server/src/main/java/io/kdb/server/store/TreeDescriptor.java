package io.kdb.server.store;

/**
 * The value of a record whose collection is a tree: how many trees (1), 7 bytes for the collection's own use, the trees'
 * descriptors, and whatever else the collection keeps. Stateless.
 */
final class TreeDescriptor {
    private static final int TREES_AT = 8;

    private TreeDescriptor() {}

    /** Bytes of a descriptor of so many trees, nothing behind them. */
    static int bytes(int trees) {
        return TREES_AT + trees * CountedTree.DESCRIPTOR_BYTES;
    }

    static int count(byte[] page, int descriptor) {
        return page[descriptor];
    }

    static void setCount(byte[] page, int descriptor, int trees) {
        page[descriptor] = (byte) trees;
    }

    /** Where the i-th tree's own descriptor lies. */
    static int tree(int descriptor, int i) {
        return descriptor + TREES_AT + i * CountedTree.DESCRIPTOR_BYTES;
    }

    /** Bytes that all trees take. */
    static long held(byte[] page, int descriptor) {
        long sum = 0;
        for (int i = count(page, descriptor) - 1; i >= 0; i--) {
            sum += CountedTree.bytesOf(page, tree(descriptor, i));
        }
        return sum;
    }

    /** One more owner of every tree. */
    static void retain(Trees trees, byte[] page, int descriptor) {
        for (int i = count(page, descriptor) - 1; i >= 0; i--) {
            int root = CountedTree.rootOf(page, tree(descriptor, i));
            if (root != 0) {
                trees.retain(root);
            }
        }
    }

    /** One owner less of every tree. */
    static void dispose(Trees trees, byte[] page, int descriptor) {
        for (int i = count(page, descriptor) - 1; i >= 0; i--) {
            int at = tree(descriptor, i);
            trees.dispose(CountedTree.rootOf(page, at), CountedTree.bytesOf(page, at));
        }
    }

    /**
     * Puts copies in place of the trees, which are those of another segment.
     *
     * @throws StoreFull with nothing kept
     */
    static void copy(Trees from, Trees to, byte[] page, int descriptor) {
        int trees = count(page, descriptor);
        for (int i = 0; i < trees; i++) {
            int at = tree(descriptor, i);
            int root = CountedTree.rootOf(page, at);
            if (root != 0) {
                try {
                    Bytes.putInt(page, at, to.copyFrom(from, root));
                } catch (StoreFull full) {
                    setCount(page, descriptor, i);
                    dispose(to, page, descriptor);
                    throw full;
                }
            }
        }
    }
}
