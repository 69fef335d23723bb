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
final class IdTree extends IdTreeNodes {
    private static final int FIRST_ENTRIES = 2;

    IdTree(KeyedKind kind, int words, int valueBytes) {
        super(kind, words, valueBytes);
    }

    // ---- changing ---------------------------------------------------------------------------------------------

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
            weigh(trees.blockBytes(node) - before);
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
        lower();
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

    /** Makes the paths to all entries of this word this tree's alone: removing them, one by one, then needs no memory. */
    void ownAll(long word) {
        for (boolean more = seekCeiling(word, 0, 0, 0); more && keyWord(0) == word; more = next()) {
            own();
        }
    }

    /**
     * Removes the entries before the one where a search ended, so many, with the blocks that they refer to; its path is this tree's
     * alone, so that needs no memory. The position is void.
     */
    void removeBefore(long entries, StreamBlocks externals) {
        for (int i = 0; i < index[0]; i++) {
            externals.release(Bytes.getInt(blocks.page(path[0]), at(path[0], 0, i) + keyBytes));
        }
        closeGap(path[0], 0, 0, index[0]);
        long weight = 0;
        for (int level = 1; level <= height; level++) {
            for (int i = 0; i < index[level]; i++) {
                weight += weightOf(child(path[level], i), level - 1, externals);
            }
        }
        long used = blocks.usedBytes();
        for (int level = 1; level <= height; level++) {
            drop(path[level], level, 0, index[level]);
            index[level] = 0;
        }
        weigh(-weight);
        trees.awaitFreeing(weight - (used - blocks.usedBytes()));
        size -= entries;
        for (int level = 0; level < height; level++) {
            thin(level);
        }
        lower();
    }

    private long weightOf(int node, int level, StreamBlocks externals) {
        long weight = trees.blockBytes(node);
        for (int i = count(node) - 1; i >= 0; i--) {
            weight += level > 0
                    ? weightOf(child(node, i), level - 1, externals)
                    : externals.bytes(Bytes.getInt(blocks.page(node), at(node, 0, i) + keyBytes));
        }
        return weight;
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
}
