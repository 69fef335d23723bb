package io.kdb.server.store;

/**
 * The path from a counted tree's root to one of its leaves, and how one goes from leaf to leaf: the reading half of
 * {@link CountedTree}. Owner: as that. Nothing here changes the tree or takes a lock.
 */
abstract class TreePath {
    /** Root (4), height (4), entries (8), bytes of all blocks (8). */
    static final int DESCRIPTOR_BYTES = 24;

    static final int MAX_HEIGHT = 10;

    final LeafKind kind;
    /** Bytes of a child in an inner node, separator included. */
    final int stride;
    /** Where in them the child's address lies. */
    final int childAt;

    Trees trees;
    BlockAllocator blocks;
    int root;
    int height;
    long size;
    long bytes;

    /** The node of each level; the leaf's is {@link #height}. */
    final int[] node = new int[MAX_HEIGHT + 1];
    /** The child by which the path leaves the node of each level above the leaf's. */
    final int[] index = new int[MAX_HEIGHT + 1];

    TreePath(LeafKind kind) {
        this.kind = kind;
        childAt = kind.separatorBytes;
        stride = kind.separatorBytes + TreeNode.CHILD_BYTES;
    }

    // ---- the whole tree ---------------------------------------------------------------------------------------

    /** An empty tree; it has no block yet. */
    final void create(Trees where) {
        in(where);
        root = 0;
        height = 0;
        size = 0;
        bytes = 0;
    }

    final void open(Trees where, byte[] page, int descriptor) {
        in(where);
        root = Bytes.getInt(page, descriptor);
        height = Bytes.getInt(page, descriptor + 4);
        size = Bytes.getLong(page, descriptor + 8);
        bytes = Bytes.getLong(page, descriptor + 16);
    }

    private void in(Trees where) {
        if (trees != where) {
            trees = where;
            blocks = where.blocks;
        }
    }

    final void save(byte[] page, int descriptor) {
        Bytes.putInt(page, descriptor, root);
        Bytes.putInt(page, descriptor + 4, height);
        Bytes.putLong(page, descriptor + 8, size);
        Bytes.putLong(page, descriptor + 16, bytes);
    }

    static int rootOf(byte[] page, int descriptor) {
        return Bytes.getInt(page, descriptor);
    }

    static long bytesOf(byte[] page, int descriptor) {
        return Bytes.getLong(page, descriptor + 16);
    }

    /** Entries, as the leaves count them. */
    final long size() {
        return size;
    }

    /** Bytes of all nodes and external elements, as if none were shared. */
    final long bytes() {
        return bytes;
    }

    final boolean isEmpty() {
        return root == 0;
    }

    // ---- the path ---------------------------------------------------------------------------------------------

    /**
     * The child to go to for what is being looked for.
     *
     * @param first where the node's first child lies, of {@code count}; see {@link #separator}
     */
    abstract int route(byte[] page, int first, int count);

    /** Where the separator of child {@code i} lies. */
    final int separator(int first, int i) {
        return first + i * stride;
    }

    final int child(byte[] page, int first, int i) {
        return Bytes.getInt(page, first + i * stride + childAt);
    }

    final int entriesBelow(byte[] page, int first, int i) {
        return Bytes.getInt(page, first + i * stride + childAt + 4);
    }

    /** The leaf at the path's end. */
    final int leaf() {
        return node[height];
    }

    /** Goes to the leaf that {@link #route} leads to; answers it, 0 when the tree is empty. */
    final int descend() {
        int n = root;
        for (int level = 0; level < height; level++) {
            byte[] page = blocks.page(n);
            int at = blocks.offset(n);
            int i = route(page, at + TreeNode.BODY, TreeNode.count(page, at));
            node[level] = n;
            index[level] = i;
            n = child(page, at + TreeNode.BODY, i);
        }
        node[height] = n;
        return n;
    }

    /** Goes to the leaf that holds the entry of this rank, below {@link #size}; answers the rank within the leaf. */
    final int seek(long rank) {
        assert rank >= 0 && rank < size : "rank: " + rank + " (expected: below " + size + ")";
        int n = root;
        long left = rank;
        for (int level = 0; level < height; level++) {
            byte[] page = blocks.page(n);
            int at = blocks.offset(n);
            int below = at + TreeNode.BODY + childAt + 4;
            int i = 0;
            while (true) {
                long count = Bytes.getInt(page, below);
                if (left < count) {
                    break;
                }
                left -= count;
                below += stride;
                i++;
            }
            node[level] = n;
            index[level] = i;
            n = Bytes.getInt(page, below - 4);
        }
        node[height] = n;
        return (int) left;
    }

    /** The rank of the leaf's first entry. */
    final long rankOfLeaf() {
        long rank = 0;
        for (int level = 0; level < height; level++) {
            byte[] page = blocks.page(node[level]);
            int first = blocks.offset(node[level]) + TreeNode.BODY;
            for (int i = 0; i < index[level]; i++) {
                rank += entriesBelow(page, first, i);
            }
        }
        return rank;
    }

    final int firstLeaf() {
        return edge(0, root, false);
    }

    final int lastLeaf() {
        return edge(0, root, true);
    }

    private int edge(int from, int top, boolean last) {
        int n = top;
        for (int level = from; level < height; level++) {
            byte[] page = blocks.page(n);
            int at = blocks.offset(n);
            node[level] = n;
            index[level] = last ? TreeNode.count(page, at) - 1 : 0;
            n = child(page, at + TreeNode.BODY, index[level]);
        }
        node[height] = n;
        return n;
    }

    /** Goes to the leaf behind; 0, and the path stays, when this is the last. */
    final int nextLeaf() {
        int level = levelWithNext();
        return level < 0 ? 0 : step(level, 1);
    }

    /** Goes to the leaf before; 0, and the path stays, when this is the first. */
    final int previousLeaf() {
        int level = height - 1;
        while (level >= 0 && index[level] == 0) {
            level--;
        }
        return level < 0 ? 0 : step(level, -1);
    }

    private int step(int level, int by) {
        index[level] += by;
        int n = node[level];
        return edge(level + 1, child(blocks.page(n), blocks.offset(n) + TreeNode.BODY, index[level]), by < 0);
    }

    private int levelWithNext() {
        int level = height - 1;
        while (level >= 0 && index[level] + 1 >= count(node[level])) {
            level--;
        }
        return level;
    }

    /** The first 8 bytes of the separator behind the leaf, {@code otherwise} for the last leaf. */
    final long upperBound(long otherwise) {
        int level = levelWithNext();
        return level < 0 ? otherwise : bound(level, index[level] + 1);
    }

    /** The first 8 bytes of the separator before the leaf, 0 for the first leaf. */
    final long lowerBound() {
        int level = height - 1;
        while (level >= 0 && index[level] == 0) {
            level--;
        }
        return level < 0 ? 0 : bound(level, index[level]);
    }

    private long bound(int level, int i) {
        int n = node[level];
        return Bytes.getLong(blocks.page(n), blocks.offset(n) + TreeNode.BODY + i * stride);
    }

    final int count(int n) {
        return TreeNode.count(blocks.page(n), blocks.offset(n));
    }
}
