package io.kdb.server.store;

/**
 * A counted B+ tree of copy-on-write nodes, and a path in it. Owner: its collection's flyweight, which opens it at a
 * descriptor and uses it again; to change it, the segment is held. A tree whose root one owns may be read without.
 *
 * <p>Design note. This class knows the structure: inner nodes, counts, owners, the path from the root to one leaf. A kind of
 * tree extends it: it says by {@link #route} which child of an inner node to go to, and it edits the leaf at the path's
 * end. The rules:
 * <ul>
 * <li>{@link #descend}, {@link #seek}, {@link #firstLeaf}, {@link #nextLeaf} and the like set the path. They change nothing.
 * <li>Before a leaf is changed, {@link #own} makes all nodes of the path this tree's alone: what was shared with a snapshot
 *     is copied. Addresses taken before it are void: ask {@link #leaf} again.
 * <li>After it, {@link #entriesChanged} keeps the counts.
 * <li>A leaf that does not suffice is put into a larger block ({@link #replaceLeaf}), or gets a sibling: first
 *     {@link #reserveSibling}, which splits full inner nodes from the top, so that nothing below needs memory; then the new
 *     leaf is made ({@link #newLeaf}), filled and linked by {@link #addSibling}. A leaf that has become empty or was merged into
 *     its neighbour goes by {@link #dropLeaf} or {@link #mergeLeaves}.
 * <li>Every step on its own leaves a whole tree with the same entries, or throws {@link StoreFull} having changed nothing. So an
 *     operation takes all steps that need memory first and changes entries last, and needs no way back.
 * <li>{@link #save} writes root, height, size and bytes to the descriptor after every operation, also one that failed.
 * </ul>
 * The first separator of a node is never compared: everything below the second one goes to the first child.
 */
abstract class CountedTree extends TreePath {
    private static final int MAX_CHILDREN = 64;
    private static final int FIRST_CAPACITY = 6;
    /** An inner node with fewer children is merged with a neighbour if both fill a node by three quarters at most. */
    private static final int FEW_CHILDREN = MAX_CHILDREN / 4;

    private static final int MERGED_CHILDREN = MAX_CHILDREN * 3 / 4;
    /** What a node keeps that is split by adding at its end: nine tenths. */
    private static final int KEPT_AT_END = MAX_CHILDREN * 9 / 10;

    CountedTree(LeafKind kind) {
        super(kind);
    }

    /** Frees the tree, which is empty then. */
    final void clear() {
        trees.dispose(root, bytes);
        create(trees);
    }

    /** Makes the nodes of the path this tree's alone. */
    final void own() {
        own(height);
    }

    /** Makes the path's inner nodes this tree's alone: for {@link #releaseLeaf}. */
    final void ownAbove() {
        own(height - 1);
    }

    private void own(int depth) {
        for (int level = 0; level <= depth; level++) {
            int n = node[level];
            if (trees.furtherOwners(n) > 0) {
                int copy = trees.copyOnWrite(n);
                bytes += trees.blockBytes(copy) - trees.blockBytes(n);
                relink(level, copy);
            }
        }
    }

    private void relink(int level, int n) {
        node[level] = n;
        if (level == 0) {
            root = n;
        } else {
            int parent = node[level - 1];
            int first = blocks.offset(parent) + TreeNode.BODY;
            Bytes.putInt(blocks.page(parent), first + index[level - 1] * stride + childAt, n);
        }
    }

    /** Notes that the leaf, owned, has so many entries more. */
    final void entriesChanged(int by) {
        size += by;
        for (int level = 0; level < height; level++) {
            int n = node[level];
            byte[] page = blocks.page(n);
            int below = blocks.offset(n) + TreeNode.BODY + index[level] * stride + childAt + 4;
            Bytes.putInt(page, below, Bytes.getInt(page, below) + by);
        }
    }

    /** Notes that external elements of so many bytes were added to the leaf, or taken away. */
    final void externalBytesChanged(long by) {
        bytes += by;
    }

    /** A leaf of this kind with room for so many bytes, header included; not in the tree yet. */
    final int newLeaf(int blockBytes) {
        int leaf = trees.allocate(blockBytes);
        TreeNode.setFlags(blocks.page(leaf), blocks.offset(leaf), kind.number << TreeNode.KIND_SHIFT);
        bytes += trees.blockBytes(leaf);
        return leaf;
    }

    /** Frees the block of a leaf that is not in the tree, whatever it refers to having gone elsewhere. */
    final void freeLeafBlock(int leaf) {
        bytes -= trees.blockBytes(leaf);
        blocks.free(leaf);
    }

    /** Grows the leaf's block in place; false when there is no room behind it. */
    final boolean extendLeaf(int blockBytes) {
        int leaf = node[height];
        int before = trees.blockBytes(leaf);
        if (!blocks.extend(leaf, BlockAllocator.granules(blockBytes))) {
            return false;
        }
        bytes += trees.blockBytes(leaf) - before;
        return true;
    }

    /** Gives the end of the leaf's block back. */
    final void trimLeaf(int blockBytes) {
        int leaf = node[height];
        int before = trees.blockBytes(leaf);
        blocks.trim(leaf, BlockAllocator.granules(blockBytes));
        bytes += trees.blockBytes(leaf) - before;
    }

    /** Puts a new leaf, which has taken over everything, in the owned path's leaf's place, whose block is freed. */
    final void replaceLeaf(int larger) {
        int old = node[height];
        relink(height, larger);
        freeLeafBlock(old);
    }

    /** Makes the first leaf that of an empty tree. */
    final void plant(int leaf) {
        assert root == 0 : "tree: not empty";
        root = leaf;
        height = 0;
        node[0] = leaf;
    }

    /** Makes room for one more child beside the owned path's leaf. */
    final void reserveSibling() {
        int level = height - 1;
        while (level >= 0 && count(node[level]) == MAX_CHILDREN) {
            level--;
        }
        if (level < 0) {
            addRoot();
            level = 0;
        }
        while (true) {
            widen(level);
            if (level == height - 1) {
                return;
            }
            level++;
            splitInner(level);
        }
    }

    private int newInner(int capacity) {
        int n = trees.allocate(TreeNode.BODY + capacity * stride);
        TreeNode.setFlags(blocks.page(n), blocks.offset(n), TreeNode.INNER | kind.number << TreeNode.KIND_SHIFT);
        bytes += trees.blockBytes(n);
        return n;
    }

    private void freeInner(int n) {
        bytes -= trees.blockBytes(n);
        blocks.free(n);
    }

    private void addRoot() {
        assert height < MAX_HEIGHT : "tree: too high";
        int n = newInner(FIRST_CAPACITY);
        System.arraycopy(node, 0, node, 1, height + 1);
        System.arraycopy(index, 0, index, 1, height + 1);
        byte[] page = blocks.page(n);
        int first = blocks.offset(n) + TreeNode.BODY;
        java.util.Arrays.fill(page, first, first + childAt, (byte) 0);
        Bytes.putInt(page, first + childAt, root);
        Bytes.putInt(page, first + childAt + 4, (int) size);
        TreeNode.setCount(page, blocks.offset(n), 1);
        height++;
        root = n;
        node[0] = n;
        index[0] = 0;
    }

    /** A larger block for the inner node of this level where one more child would not fit. */
    private void widen(int level) {
        int n = node[level];
        byte[] page = blocks.page(n);
        int at = blocks.offset(n);
        int count = TreeNode.count(page, at);
        if (TreeNode.BODY + (count + 1) * stride <= TreeNode.blockBytes(page, at)) {
            return;
        }
        int wider = newInner(Math.min(MAX_CHILDREN, count * 2));
        System.arraycopy(
                page, at + TreeNode.BODY, blocks.page(wider), blocks.offset(wider) + TreeNode.BODY, count * stride);
        TreeNode.setCount(blocks.page(wider), blocks.offset(wider), count);
        relink(level, wider);
        freeInner(n);
    }

    /** Splits the full inner node of this level, whose parent has room, and stays on the path's side. */
    private void splitInner(int level) {
        int left = node[level];
        int i = index[level];
        int keep = i == MAX_CHILDREN - 1 ? KEPT_AT_END : i == 0 ? MAX_CHILDREN - KEPT_AT_END : MAX_CHILDREN / 2;
        int moved = MAX_CHILDREN - keep;
        int right = newInner(MAX_CHILDREN);
        byte[] page = blocks.page(left);
        int first = blocks.offset(left) + TreeNode.BODY;
        byte[] rightPage = blocks.page(right);
        int rightFirst = blocks.offset(right) + TreeNode.BODY;
        System.arraycopy(page, first + keep * stride, rightPage, rightFirst, moved * stride);
        TreeNode.setCount(page, blocks.offset(left), keep);
        TreeNode.setCount(rightPage, blocks.offset(right), moved);
        int entries = 0;
        for (int c = 0; c < moved; c++) {
            entries += entriesBelow(rightPage, rightFirst, c);
        }
        int parent = node[level - 1];
        int place = insertPlace(parent, index[level - 1] + 1);
        byte[] parentPage = blocks.page(parent);
        System.arraycopy(rightPage, rightFirst, parentPage, place, childAt);
        Bytes.putInt(parentPage, place + childAt, right);
        Bytes.putInt(parentPage, place + childAt + 4, entries);
        int below = place - stride + childAt + 4;
        Bytes.putInt(parentPage, below, Bytes.getInt(parentPage, below) - entries);
        if (i >= keep) {
            node[level] = right;
            index[level] = i - keep;
            index[level - 1]++;
        }
    }

    /** Moves the children from {@code i} on up by one; answers where the new one lies. */
    private int insertPlace(int n, int i) {
        byte[] page = blocks.page(n);
        int at = blocks.offset(n);
        int count = TreeNode.count(page, at);
        int place = at + TreeNode.BODY + i * stride;
        System.arraycopy(page, place, page, place + stride, (count - i) * stride);
        TreeNode.setCount(page, at, count + 1);
        return place;
    }

    /**
     * Links a new leaf behind the path's, or before it; {@link #reserveSibling} has made room. The path stays at its leaf.
     *
     * @param moved entries that went from the path's leaf to the new one
     * @param high the separator's first 8 bytes, if it has any: the lower bound of the leaf that is behind then
     * @param low the separator's last 8 bytes, if it has 16
     */
    final void addSibling(int leaf, int moved, boolean behind, long high, long low) {
        int level = height - 1;
        int parent = node[level];
        int i = index[level];
        int place = insertPlace(parent, i + 1);
        byte[] page = blocks.page(parent);
        int old = place - stride;
        int stays = Bytes.getInt(page, old + childAt + 4) - moved;
        putSeparator(page, place, high, low);
        Bytes.putInt(page, (behind ? place : old) + childAt, leaf);
        Bytes.putInt(page, (behind ? place : old) + childAt + 4, moved);
        Bytes.putInt(page, (behind ? old : place) + childAt, node[height]);
        Bytes.putInt(page, (behind ? old : place) + childAt + 4, stays);
        if (!behind) {
            index[level]++;
        }
    }

    private void putSeparator(byte[] page, int at, long high, long low) {
        if (childAt >= 8) {
            Bytes.putLong(page, at, high);
        }
        if (childAt == 16) {
            Bytes.putLong(page, at + 8, low);
        }
    }

    /** Gives the path's leaf, owned, another separator. */
    final void separate(long high, long low) {
        if (height > 0) {
            int n = node[height - 1];
            putSeparator(blocks.page(n), blocks.offset(n) + TreeNode.BODY + index[height - 1] * stride, high, low);
        }
    }

    /** Takes the path's leaf, owned and without entries, out of the tree and frees its block. The path is void. */
    final void dropLeaf() {
        freeLeafBlock(node[height]);
        dropChild();
    }

    /**
     * Takes the path's leaf, which may be shared and whose entries are no longer counted, out of the tree, with what it
     * refers to; the inner nodes are owned. The path is void.
     */
    final void releaseLeaf() {
        int leaf = node[height];
        bytes -= trees.blockBytes(leaf);
        trees.releaseLeaf(kind, leaf);
        dropChild();
    }

    /** The address of the leaf beside the path's under the same parent, 0 when there is none. */
    final int sibling(int by) {
        if (height == 0) {
            return 0;
        }
        int n = node[height - 1];
        int i = index[height - 1] + by;
        return i < 0 || i >= count(n) ? 0 : child(blocks.page(n), blocks.offset(n) + TreeNode.BODY, i);
    }

    /**
     * Puts a new leaf in place of the path's, owned, and its {@link #sibling}; it has copied the entries of both and, where
     * the sibling is shared, has become an owner of what that refers to. The path is void.
     */
    final void mergeLeaves(int by, int merged) {
        int level = height - 1;
        int n = node[level];
        byte[] page = blocks.page(n);
        int first = blocks.offset(n) + TreeNode.BODY;
        int i = index[level];
        int other = child(page, first, i + by);
        freeLeafBlock(node[height]);
        bytes -= trees.blockBytes(other);
        if (!trees.dropOwner(other)) {
            blocks.free(other);
        }
        int left = Math.min(i, i + by);
        int entries = entriesBelow(page, first, left) + entriesBelow(page, first, left + 1);
        Bytes.putInt(page, first + left * stride + childAt, merged);
        Bytes.putInt(page, first + left * stride + childAt + 4, entries);
        index[level] = left + 1;
        dropChild();
    }

    /** Takes the path's child of the lowest inner node out, and what becomes empty by that; merges what becomes small. */
    private void dropChild() {
        int level = height - 1;
        while (level >= 0) {
            int n = node[level];
            byte[] page = blocks.page(n);
            int at = blocks.offset(n);
            int left = TreeNode.count(page, at) - 1;
            int place = at + TreeNode.BODY + index[level] * stride;
            // What was below the first separator stays so.
            int skip = index[level] == 0 ? childAt : 0;
            if (skip > 0 && left > 0) {
                System.arraycopy(page, place + stride + skip, page, place + skip, stride - skip);
                place += stride;
                System.arraycopy(page, place + stride, page, place, (left - 1) * stride);
            } else {
                System.arraycopy(page, place + stride, page, place, (left - index[level]) * stride);
            }
            TreeNode.setCount(page, at, left);
            if (left > 0) {
                break;
            }
            freeInner(n);
            level--;
        }
        if (level < 0) {
            root = 0;
            height = 0;
            return;
        }
        mergeInner(level);
        lower();
    }

    /** Takes away roots with one child. */
    private void lower() {
        while (height > 0 && count(root) == 1) {
            int old = root;
            root = child(blocks.page(old), blocks.offset(old) + TreeNode.BODY, 0);
            height--;
            bytes -= trees.blockBytes(old);
            if (trees.furtherOwners(old) > 0) {
                trees.retain(root);
                trees.dropOwner(old);
            } else {
                blocks.free(old);
            }
        }
    }

    private void mergeInner(int level) {
        int n = node[level];
        int have = count(n);
        if (level == 0 || have >= FEW_CHILDREN) {
            return;
        }
        int parent = node[level - 1];
        byte[] page = blocks.page(parent);
        int first = blocks.offset(parent) + TreeNode.BODY;
        int i = index[level - 1];
        int left = i + 1 < count(parent) ? i : i - 1;
        if (left < 0) {
            return;
        }
        int a = child(page, first, left);
        int b = child(page, first, left + 1);
        int countA = count(a);
        int countB = count(b);
        if (countA + countB > MERGED_CHILDREN) {
            return;
        }
        int merged = trees.blocks.allocate(BlockAllocator.granules(TreeNode.BODY + MAX_CHILDREN * (long) stride));
        if (merged == 0) {
            return; // it can stay as it is
        }
        bytes += trees.blockBytes(merged);
        byte[] mergedPage = blocks.page(merged);
        int mergedAt = blocks.offset(merged);
        TreeNode.setFlags(mergedPage, mergedAt, TreeNode.INNER | kind.number << TreeNode.KIND_SHIFT);
        TreeNode.setCount(mergedPage, mergedAt, countA + countB);
        takeChildren(a, countA, mergedPage, mergedAt + TreeNode.BODY);
        int second = mergedAt + TreeNode.BODY + countA * stride;
        takeChildren(b, countB, mergedPage, second);
        System.arraycopy(page, first + (left + 1) * stride, mergedPage, second, childAt);
        int entries = entriesBelow(page, first, left) + entriesBelow(page, first, left + 1);
        Bytes.putInt(page, first + left * stride + childAt, merged);
        Bytes.putInt(page, first + left * stride + childAt + 4, entries);
        int at = blocks.offset(parent);
        int children = TreeNode.count(page, at);
        int place = first + (left + 1) * stride;
        System.arraycopy(page, place + stride, page, place, (children - left - 2) * stride);
        TreeNode.setCount(page, at, children - 1);
        node[level] = merged;
        mergeInner(level - 1);
    }

    private void takeChildren(int from, int count, byte[] page, int first) {
        System.arraycopy(blocks.page(from), blocks.offset(from) + TreeNode.BODY, page, first, count * stride);
        bytes -= trees.blockBytes(from);
        if (trees.dropOwner(from)) {
            for (int i = 0; i < count; i++) {
                trees.retain(child(page, first, i));
            }
        } else {
            blocks.free(from);
        }
    }
}
