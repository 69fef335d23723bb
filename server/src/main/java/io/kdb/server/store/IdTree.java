package io.kdb.server.store;

import java.util.Arrays;

/**
 * An ordered map from keys of a few unsigned 64-bit words to values of a fixed size: copy-on-write nodes as those of a
 * {@link CountedTree}, whose keys are longer than its separators may be. Owner: its {@link StreamView}, which opens it at a
 * descriptor and uses it again; to change it, the segment is held. A tree whose root one owns may be read without.
 *
 * <p>Note: nodes are {@link TreeNode}s, so {@link Trees} copies and frees them; the counts of an inner node's children are not
 * kept. A leaf is its entries, key and value. A separator is a lower bound of what lies below it; the first one of a node
 * counts as minus infinity. Full nodes are split on the way down, so no insertion has to go back up, and one that runs out
 * of memory leaves a sound tree. Where keys come in ascending order, nodes are left full.
 */
final class IdTree extends IdTreePath {
    private static final int NODE_BYTES = 1024;
    private static final int FIRST_ENTRIES = 2;

    IdTree(KeyedKind kind, int words, int valueBytes) {
        super(kind, words, valueBytes);
    }

    private void note() {
        Bytes.putInt(descriptorPage, descriptor, root);
        Bytes.putInt(descriptorPage, descriptor + 4, height);
        Bytes.putLong(descriptorPage, descriptor + 8, size);
        Bytes.putLong(descriptorPage, descriptor + 16, bytes);
    }

    /** Notes that blocks that the leaves refer to take so many bytes more. */
    void externalBytesChanged(long by) {
        bytes += by;
        note();
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

    private void count(int node, int n) {
        TreeNode.setCount(blocks.page(node), blocks.offset(node), n);
    }

    private void child(int node, int i, int address) {
        Bytes.putLong(blocks.page(node), at(node, 1, i) + kind.separatorBytes, address & 0xFFFFFFFFL);
    }

    private int capacity(int node, int level) {
        return (trees.blockBytes(node) - TreeNode.BODY) / entryBytes(level);
    }

    private int fullCapacity(int level) {
        return (NODE_BYTES - TreeNode.BODY) / entryBytes(level);
    }

    private int newNode(int level, int entries) {
        int node = trees.allocate(TreeNode.BODY + entries * entryBytes(level));
        int refers = kind.refers ? TreeNode.REFERS : 0;
        TreeNode.setFlags(
                blocks.page(node),
                blocks.offset(node),
                (level > 0 ? TreeNode.INNER : refers) | kind.number << TreeNode.KIND_SHIFT);
        bytes += trees.blockBytes(node);
        return node;
    }

    private void freeNode(int node) {
        bytes -= trees.blockBytes(node);
        blocks.free(node);
    }

    /** A larger node in place of one that is this tree's alone. */
    private int enlarge(int node, int level, int entries) {
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

    // ---- changing ---------------------------------------------------------------------------------------------

    void address(int address) {
        Bytes.putInt(valueArray(), valueOffset(), address);
    }

    /** Makes the path to the entry where a search ended this tree's alone, so that its value may be written. */
    void own() {
        for (int level = height; level >= 0; level--) {
            ownNode(level);
        }
    }

    private void ownNode(int level) {
        if (trees.furtherOwners(path[level]) > 0) {
            int before = trees.blockBytes(path[level]);
            int copy = trees.copyOnWrite(path[level]);
            bytes += trees.blockBytes(copy) - before;
            link(level, copy);
        }
    }

    /** Puts another node at a place of the path. */
    private void link(int level, int node) {
        path[level] = node;
        if (level == height) {
            root = node;
            note();
        } else {
            child(path[level + 1], index[level + 1], node);
        }
    }

    /** Adds an entry, which must not exist, and goes there; its value is undefined. */
    void insert(long k0, long k1, long k2, long k3) {
        key(k0, k1, k2, k3);
        if (root == 0) {
            root = newNode(0, FIRST_ENTRIES);
            height = 0;
        } else if (count(root) == fullCapacity(height)) {
            addRoot();
        }
        path[height] = root;
        for (int level = height; ; level--) {
            ownNode(level);
            roomFor(level);
            if (level == 0) {
                break;
            }
            index[level] = Math.max(0, floor(path[level], level));
            path[level - 1] = child(path[level], index[level]);
            if (count(path[level - 1]) == fullCapacity(level - 1)) {
                split(level);
            }
        }
        int i = floor(path[0], 0) + 1;
        openGap(path[0], 0, i);
        index[0] = i;
        writeKey(path[0], 0, i);
        size++;
        note();
    }

    private void addRoot() {
        assert height + 1 < MAX_HEIGHT : "tree: too high";
        int above = newNode(height + 1, FIRST_ENTRIES);
        Arrays.fill(blocks.page(above), at(above, 1, 0), at(above, 1, 0) + kind.separatorBytes, (byte) 0);
        child(above, 0, root);
        count(above, 1);
        root = above;
        height++;
        note();
    }

    private void writeKey(int node, int level, int i) {
        byte[] page = blocks.page(node);
        int at = at(node, level, i);
        for (int w = 0; w < words; w++) {
            Bytes.putLong(page, at + 8 * w, key[w]);
        }
    }

    private void openGap(int node, int level, int i) {
        byte[] page = blocks.page(node);
        int entry = entryBytes(level);
        int count = count(node);
        int at = at(node, level, i);
        System.arraycopy(page, at, page, at + entry, (count - i) * entry);
        count(node, count + 1);
    }

    /** Makes the node of the path at this level, which is owned and not full, large enough for one more entry. */
    private void roomFor(int level) {
        int node = path[level];
        int count = count(node);
        if (count < capacity(node, level)) {
            return;
        }
        int entries = Math.min(fullCapacity(level), Math.max(4, count + (count >> 1)));
        int before = trees.blockBytes(node);
        if (blocks.extend(node, BlockAllocator.granules(TreeNode.BODY + (long) entries * entryBytes(level)))) {
            bytes += trees.blockBytes(node) - before;
        } else {
            link(level, enlarge(node, level, entries));
        }
    }

    /** Splits the full child below {@code path[level]}, which has room, and goes on with the half that the key is in. */
    private void split(int level) {
        int below = level - 1;
        ownNode(below);
        int left = path[below];
        int count = count(left);
        // At the place of the new key, when that is in the right half: what comes in order leaves full nodes behind.
        int keep = Math.min(Math.max(count / 2, floor(left, below) + 1), below == 0 ? count : count - 1);
        int moved = count - keep;
        int right = newNode(below, moved == 0 ? 4 : fullCapacity(below));
        System.arraycopy(
                blocks.page(left),
                at(left, below, keep),
                blocks.page(right),
                at(right, below, 0),
                moved * entryBytes(below));
        count(right, moved);
        count(left, keep);
        int i = index[level] + 1;
        openGap(path[level], level, i);
        if (moved == 0) {
            writeKey(path[level], level, i);
        } else {
            copyKey(right, below, 0, path[level], level, i);
        }
        child(path[level], i, right);
        if (moved == 0 || compare(blocks.page(right), at(right, below, 0)) <= 0) {
            index[level] = i;
            path[below] = right;
        }
    }

    private void copyKey(int from, int fromLevel, int i, int to, int toLevel, int j) {
        System.arraycopy(blocks.page(from), at(from, fromLevel, i), blocks.page(to), at(to, toLevel, j), keyBytes);
    }

    /** Removes the entry where a search ended; what it refers to is the caller's. The position is void. */
    void remove() {
        own();
        size--;
        closeGap(path[0], 0, index[0]);
        for (int level = 0; level <= height; level++) {
            int node = path[level];
            if (count(node) > 0) {
                if (level < height) {
                    thin(level);
                }
                break;
            }
            freeNode(node);
            if (level == height) {
                root = 0;
                height = 0;
                note();
                return;
            }
            closeGap(path[level + 1], level + 1, index[level + 1]);
        }
        // The root is this tree's alone, but its only child may have further owners.
        while (height > 0 && trees.furtherOwners(root) == 0 && count(root) == 1) {
            int only = child(root, 0);
            freeNode(root);
            root = only;
            height--;
        }
        note();
    }

    private void closeGap(int node, int level, int i) {
        closeGap(node, level, i, 1);
    }

    private void closeGap(int node, int level, int i, int entries) {
        byte[] page = blocks.page(node);
        int entry = entryBytes(level);
        int count = count(node);
        int at = at(node, level, i);
        System.arraycopy(page, at + entries * entry, page, at, (count - i - entries) * entry);
        count(node, count - entries);
    }

    // ---- removing what belongs together -------------------------------------------------------------------------

    /** Makes this tree's alone what {@link #removeAll} changes, which then needs no memory. */
    void ownEnds(long word) {
        if (seekCeiling(word, 0, 0, 0) && keyWord(0) == word) {
            own();
            seekFloor(word, -1, -1, -1);
            own();
        }
    }

    /**
     * Removes the entries, so many, whose keys begin with this word. The nodes between the first and the last one go as they
     * are, to be freed in slices.
     */
    void removeAll(long word, long entries) {
        if (entries == 0) {
            return;
        }
        if (entries == size) {
            clear();
            return;
        }
        ownEnds(word);
        long left = size - entries;
        cutBetween(word, bytes / size * entries);
        while (seekCeiling(word, 0, 0, 0) && keyWord(0) == word) {
            remove();
        }
        size = left;
        note();
    }

    /** Takes the nodes out that lie wholly between the first and the last entry of this word; they take about so many bytes. */
    private void cutBetween(long word, long weight) {
        seekCeiling(word, 0, 0, 0);
        int[] first = path.clone();
        int[] firstIndex = index.clone();
        seekFloor(word, -1, -1, -1);
        int level = height;
        while (level > 0 && firstIndex[level] == index[level]) {
            level--;
        }
        long used = blocks.usedBytes();
        if (level > 0) {
            drop(path[level], level, firstIndex[level] + 1, index[level]);
        }
        for (int l = level - 1; l > 0; l--) {
            drop(first[l], l, firstIndex[l] + 1, count(first[l]));
            drop(path[l], l, 0, index[l]);
        }
        if (level > 0) {
            bytes -= weight;
            trees.awaitFreeing(weight - (used - blocks.usedBytes()));
        }
    }

    /** Takes children of an inner node out. */
    private void drop(int node, int level, int from, int to) {
        for (int i = from; i < to; i++) {
            if (level == 1) {
                trees.releaseLeaf(kind, child(node, i));
            } else {
                trees.release(child(node, i));
            }
        }
        closeGap(node, level, from, to - from);
    }

    /** Joins a thin node of the path with its right neighbour, or its left one. */
    private void thin(int level) {
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
