package io.kdb.server.store;

/**
 * The structure of an {@link IdTree} and the path to one of its entries, for reading. Owner: as the tree's.
 */
abstract class IdTreePath {
    private static final int MAX_WORDS = 4;
    static final int MAX_HEIGHT = 12;

    final KeyedKind kind;
    final int words;
    final int keyBytes;
    private final int valueBytes;

    Trees trees;
    BlockAllocator blocks;
    int root;
    int height;
    long size;
    long bytes;
    byte[] descriptorPage;
    int descriptor;
    final long[] key = new long[MAX_WORDS];

    // The path to the entry where a search ended: node and entry index by level, 0 being the leaf's.
    final int[] path = new int[MAX_HEIGHT];
    final int[] index = new int[MAX_HEIGHT];

    IdTreePath(KeyedKind kind, int words, int valueBytes) {
        this.kind = kind;
        this.words = words;
        this.keyBytes = 8 * words;
        this.valueBytes = valueBytes;
    }

    /** Opens the tree whose descriptor, of {@link CountedTree#DESCRIPTOR_BYTES}, lies here; changes are noted there at once. */
    void open(Trees where, byte[] page, int at) {
        if (trees != where) {
            trees = where;
            blocks = where.blocks;
        }
        moved(page, at);
        root = Bytes.getInt(page, at);
        height = Bytes.getInt(page, at + 4);
        size = Bytes.getLong(page, at + 8);
        bytes = Bytes.getLong(page, at + 16);
    }

    /** The descriptor, unchanged, lies here now. */
    void moved(byte[] page, int at) {
        if (descriptorPage != page) {
            descriptorPage = page;
        }
        descriptor = at;
    }

    boolean isEmpty() {
        return root == 0;
    }

    /** Entries. */
    long size() {
        return size;
    }

    // ---- nodes ------------------------------------------------------------------------------------------------

    final int count(int node) {
        return TreeNode.count(blocks.page(node), blocks.offset(node));
    }

    final int entryBytes(int level) {
        return level == 0 ? keyBytes + valueBytes : kind.separatorBytes + TreeNode.CHILD_BYTES;
    }

    final int at(int node, int level, int i) {
        return blocks.offset(node) + TreeNode.BODY + i * entryBytes(level);
    }

    final int child(int node, int i) {
        return Bytes.getInt(blocks.page(node), at(node, 1, i) + kind.separatorBytes);
    }

    // ---- searching --------------------------------------------------------------------------------------------

    final void key(long k0, long k1, long k2, long k3) {
        key[0] = k0;
        key[1] = k1;
        key[2] = k2;
        key[3] = k3;
    }

    final int compare(byte[] page, int at) {
        for (int w = 0; w < words; w++) {
            long word = Bytes.getLong(page, at + 8 * w);
            if (word != key[w]) {
                return Long.compareUnsigned(word, key[w]);
            }
        }
        return 0;
    }

    /** The last entry whose key is at most the one sought, or -1. */
    final int floor(int node, int level) {
        byte[] page = blocks.page(node);
        int size = entryBytes(level);
        int start = at(node, level, 0);
        int count = count(node);
        // What comes in order is sought at the end.
        if (count > 0 && compare(page, start + (count - 1) * size) <= 0) {
            return count - 1;
        }
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(page, start + middle * size) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /** Goes to the last entry whose key is at most this; false when there is none (then the position is before the first). */
    boolean seekFloor(long k0, long k1, long k2, long k3) {
        if (root == 0) {
            return false;
        }
        key(k0, k1, k2, k3);
        int node = root;
        for (int level = height; level > 0; level--) {
            path[level] = node;
            index[level] = Math.max(0, floor(node, level));
            node = child(node, index[level]);
        }
        path[0] = node;
        index[0] = floor(node, 0);
        return index[0] >= 0 || previousLeaf();
    }

    /** Goes to the entry of exactly this key; false when there is none. */
    boolean seek(long k0, long k1, long k2, long k3) {
        return seekFloor(k0, k1, k2, k3) && compare(blocks.page(path[0]), at(path[0], 0, index[0])) == 0;
    }

    /** Goes to the first entry whose key is at least this; false when there is none. */
    boolean seekCeiling(long k0, long k1, long k2, long k3) {
        if (root == 0) {
            return false;
        }
        if (seekFloor(k0, k1, k2, k3)) {
            return compare(blocks.page(path[0]), at(path[0], 0, index[0])) == 0 || next();
        }
        return seekFirst();
    }

    boolean seekFirst() {
        if (root == 0) {
            return false;
        }
        descend(root, height, false);
        return true;
    }

    boolean seekLast() {
        if (root == 0) {
            return false;
        }
        descend(root, height, true);
        return true;
    }

    private void descend(int from, int fromLevel, boolean last) {
        int node = from;
        for (int level = fromLevel; ; level--) {
            path[level] = node;
            index[level] = last ? count(node) - 1 : 0;
            if (level == 0) {
                return;
            }
            node = child(node, index[level]);
        }
    }

    /** Goes to the next entry; false, staying where it is, when there is none. */
    boolean next() {
        if (index[0] + 1 < count(path[0])) {
            index[0]++;
            return true;
        }
        for (int level = 1; level <= height; level++) {
            if (index[level] + 1 < count(path[level])) {
                index[level]++;
                descend(child(path[level], index[level]), level - 1, false);
                return true;
            }
        }
        return false;
    }

    boolean previous() {
        if (index[0] > 0) {
            index[0]--;
            return true;
        }
        return previousLeaf();
    }

    private boolean previousLeaf() {
        for (int level = 1; level <= height; level++) {
            if (index[level] > 0) {
                index[level]--;
                descend(child(path[level], index[level]), level - 1, true);
                return true;
            }
        }
        return false;
    }

    /** A word of the key where the last search ended. */
    long keyWord(int w) {
        return Bytes.getLong(blocks.page(path[0]), at(path[0], 0, index[0]) + 8 * w);
    }

    /** The array that the value of the entry lies in, at {@link #valueOffset}. */
    byte[] valueArray() {
        return blocks.page(path[0]);
    }

    int valueOffset() {
        return at(path[0], 0, index[0]) + keyBytes;
    }

    /** The address that is the entry's value. */
    int address() {
        return Bytes.getInt(valueArray(), valueOffset());
    }
}
