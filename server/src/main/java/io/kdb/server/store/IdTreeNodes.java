package io.kdb.server.store;

/**
 * The nodes of an {@link IdTree}: how they are made, made one tree's alone, joined and given back. Owner: as the tree's.
 *
 * <p>Note: each of these steps leaves a tree of the same entries, or throws {@link StoreFull} having done nothing.
 */
abstract class IdTreeNodes extends IdTreePath {
    private static final int NODE_BYTES = 1024;

    IdTreeNodes(KeyedKind kind, int words, int valueBytes) {
        super(kind, words, valueBytes);
    }

    final void note() {
        Bytes.putInt(descriptorPage, descriptor, root);
        Bytes.putInt(descriptorPage, descriptor + 4, height);
        Bytes.putLong(descriptorPage, descriptor + 8, size);
        Bytes.putLong(descriptorPage, descriptor + 16, bytes);
    }

    /** Notes that blocks that the leaves refer to take so many bytes more. */
    void externalBytesChanged(long by) {
        weigh(by);
    }

    /** Notes at once that the tree takes so many bytes more: what it weighs must be known after a {@link StoreFull}, too. */
    final void weigh(long by) {
        bytes += by;
        Bytes.putLong(descriptorPage, descriptor + 16, bytes);
    }

    /** Frees the tree, which is empty then. */
    void clear() {
        trees.dispose(root, bytes);
        root = 0;
        height = 0;
        size = 0;
        bytes = 0;
        note();
    }

    // ---- nodes ------------------------------------------------------------------------------------------------

    final void count(int node, int n) {
        TreeNode.setCount(blocks.page(node), blocks.offset(node), n);
    }

    final void child(int node, int i, int address) {
        Bytes.putLong(blocks.page(node), at(node, 1, i) + kind.separatorBytes, address & 0xFFFFFFFFL);
    }

    final int capacity(int node, int level) {
        return (trees.blockBytes(node) - TreeNode.BODY) / entryBytes(level);
    }

    final int fullCapacity(int level) {
        return (NODE_BYTES - TreeNode.BODY) / entryBytes(level);
    }

    final int newNode(int level, int entries) {
        int node = trees.allocate(TreeNode.BODY + entries * entryBytes(level));
        int refers = kind.refers ? TreeNode.REFERS : 0;
        TreeNode.setFlags(
                blocks.page(node),
                blocks.offset(node),
                (level > 0 ? TreeNode.INNER : refers) | kind.number << TreeNode.KIND_SHIFT);
        weigh(trees.blockBytes(node));
        return node;
    }

    final void freeNode(int node) {
        weigh(-trees.blockBytes(node));
        blocks.free(node);
    }

    /** A larger node in place of one that is this tree's alone. */
    final int enlarge(int node, int level, int entries) {
        int larger = newNode(level, entries);
        int count = count(node);
        System.arraycopy(
                blocks.page(node),
                at(node, level, 0),
                blocks.page(larger),
                at(larger, level, 0),
                count * entryBytes(level));
        count(larger, count);
        freeNode(node);
        return larger;
    }

    // ---- owning -----------------------------------------------------------------------------------------------

    void address(int address) {
        Bytes.putInt(valueArray(), valueOffset(), address);
    }

    /** Makes the path to the entry where a search ended this tree's alone, so that its value may be written. */
    void own() {
        for (int level = height; level >= 0; level--) {
            ownNode(level);
        }
    }

    final void ownNode(int level) {
        if (trees.furtherOwners(path[level]) > 0) {
            int before = trees.blockBytes(path[level]);
            int copy = trees.copyOnWrite(path[level]);
            weigh(trees.blockBytes(copy) - before);
            link(level, copy);
        }
    }

    /** Puts another node at a place of the path. */
    final void link(int level, int node) {
        path[level] = node;
        if (level == height) {
            root = node;
            note();
        } else {
            child(path[level + 1], index[level + 1], node);
        }
    }

    // ---- giving back ------------------------------------------------------------------------------------------

    final void closeGap(int node, int level, int i) {
        closeGap(node, level, i, 1);
    }

    final void closeGap(int node, int level, int i, int entries) {
        byte[] page = blocks.page(node);
        int entry = entryBytes(level);
        int count = count(node);
        int at = at(node, level, i);
        System.arraycopy(page, at + entries * entry, page, at, (count - i - entries) * entry);
        count(node, count - entries);
    }

    final void copyKey(int from, int fromLevel, int i, int to, int toLevel, int j) {
        System.arraycopy(blocks.page(from), at(from, fromLevel, i), blocks.page(to), at(to, toLevel, j), keyBytes);
    }

    /** Takes away roots with one child, the tree's alone; the child may have further owners. */
    final void lower() {
        while (height > 0 && trees.furtherOwners(root) == 0 && count(root) == 1) {
            int only = child(root, 0);
            freeNode(root);
            root = only;
            height--;
        }
        note();
    }

    /** Joins a thin node of the path with its right neighbour, or its left one. */
    final void thin(int level) {
        if (count(path[level]) * 4 > fullCapacity(level)) {
            return;
        }
        int above = path[level + 1];
        int i = index[level + 1];
        if (i + 1 < count(above)) {
            join(above, level, i);
        } else if (i > 0) {
            join(above, level, i - 1);
        }
    }

    private void join(int above, int level, int i) {
        int left = child(above, i);
        int right = child(above, i + 1);
        int leftCount = count(left);
        int sum = leftCount + count(right);
        if (sum * 4 > fullCapacity(level) * 3 || trees.furtherOwners(left) > 0 || trees.furtherOwners(right) > 0) {
            return;
        }
        if (sum > capacity(left, level)) {
            int granules = BlockAllocator.granules(TreeNode.BODY + (long) sum * entryBytes(level));
            int larger = blocks.allocate(granules);
            if (larger == 0) {
                return; // thin nodes are only a waste
            }
            blocks.free(larger);
            left = enlarge(left, level, sum);
            child(above, i, left);
        }
        System.arraycopy(
                blocks.page(right),
                at(right, level, 0),
                blocks.page(left),
                at(left, level, leftCount),
                (sum - leftCount) * entryBytes(level));
        if (level > 0) {
            // The first separator of a node counts as minus infinity; as one of several it must be a bound.
            copyKey(above, level + 1, i + 1, left, level, leftCount);
        }
        count(left, sum);
        freeNode(right);
        closeGap(above, level + 1, i + 1);
    }
}
