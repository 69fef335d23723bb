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
abstract class CountedTree extends TreeBranches {
    /** A tree of so few entries is weighed leaf by leaf after a cut. */
    private static final int WEIGHED_ENTRIES = 4096;
    /** Leaves that are looked at to tell what many take. */
    private static final int SAMPLES = 256;

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
        ownDown(height);
    }

    /** Makes the path's inner nodes this tree's alone: for {@link #releaseLeaf}. */
    final void ownAbove() {
        ownDown(height - 1);
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

    // ---- cutting ----------------------------------------------------------------------------------------------

    /** Bytes of the path's leaf, with those that {@link #externalBytesChanged} told of. */
    long leafBytes() {
        return trees.blockBytes(leaf());
    }

    /**
     * Takes the leaves that lie wholly within these ranks out of the tree, whole subtrees at once: they are freed in slices. The
     * range leaves some entries. First the leaves at its ends are made this tree's alone, so that removing what is left of the
     * range needs no memory. The path is void.
     *
     * @return how many entries went, all from {@code from} on or from the end of its leaf on
     */
    final long cut(long from, long to) {
        int rank = seek(from);
        own();
        long first = rank == 0 ? from : from - rank + entriesInLeaf();
        rank = seek(to - 1);
        own();
        long end = rank + 1 == entriesInLeaf() ? to : to - 1 - rank;
        if (first >= end) {
            return 0;
        }
        ownAbove(first - 1);
        ownAbove(first);
        ownAbove(end - 1);
        ownAbove(end);
        long before = bytes;
        long used = blocks.usedBytes();
        boolean isMost = end - first > size / 2;
        long left = isMost ? 0 : Math.max(0, bytes - weightOf(first, end));
        cutBelow(0, root, first, end);
        size -= end - first;
        bytes = isMost ? weight() : left;
        trees.awaitFreeing(before - bytes - (used - blocks.usedBytes()));
        joinAt(first - 1);
        joinAt(first);
        return end - first;
    }

    private long entriesInLeaf() {
        if (height == 0) {
            return size;
        }
        int n = node[height - 1];
        return entriesBelow(blocks.page(n), blocks.offset(n) + TreeNode.BODY, index[height - 1]);
    }

    private void ownAbove(long rank) {
        if (rank >= 0 && rank < size) {
            seek(rank);
            ownAbove();
        }
    }

    /** About what the leaves of these ranks take, with their share of the nodes above. */
    private long weightOf(long from, long to) {
        double perEntry = 0;
        for (int i = 0; i < SAMPLES; i++) {
            seek(from + (to - from) * (2 * i + 1) / (2 * SAMPLES)); // the ends are not like the rest
            perEntry += (double) (leafBytes() + stride) / entriesInLeaf();
        }
        return (long) (perEntry / SAMPLES * (to - from));
    }

    /** What the tree takes; of a large one about that. */
    private long weight() {
        if (size > WEIGHED_ENTRIES) {
            return weightOf(0, size);
        }
        long sum = 0;
        for (boolean more = firstLeaf() != 0; more; more = nextLeaf() != 0) {
            sum += leafBytes();
            for (int level = height - 1; level >= 0 && isFirstBelow(level); level--) {
                sum += trees.blockBytes(node[level]);
            }
        }
        return sum;
    }

    /** Whether the path's leaf is the first below its node of this level. */
    private boolean isFirstBelow(int level) {
        for (int l = level; l < height; l++) {
            if (index[l] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Takes the children within these ranks, counted from the node's first entry, away; some stay. */
    private void cutBelow(int level, int n, long from, long to) {
        byte[] page = blocks.page(n);
        int first = blocks.offset(n) + TreeNode.BODY;
        int count = count(n);
        int kept = 0;
        long start = 0;
        for (int i = 0; i < count; i++) {
            long end = start + entriesBelow(page, first, i);
            int child = child(page, first, i);
            if (start >= from && end <= to) {
                release(level + 1, child);
            } else {
                long gone = Math.max(0, Math.min(to, end) - Math.max(from, start));
                if (gone > 0) {
                    cutBelow(level + 1, child, Math.max(from, start) - start, Math.min(to, end) - start);
                }
                int place = first + kept * stride;
                // What was below the first separator stays so.
                if (kept > 0 && kept < i) {
                    System.arraycopy(page, first + i * stride, page, place, childAt);
                }
                Bytes.putInt(page, place + childAt, child);
                Bytes.putInt(page, place + childAt + 4, (int) (end - start - gone));
                kept++;
            }
            start = end;
        }
        assert kept > 0 : "tree: a node lost all of its children";
        TreeNode.setCount(page, blocks.offset(n), kept);
    }

    private void release(int level, int n) {
        if (level == height) {
            trees.releaseLeaf(kind, n);
        } else {
            trees.release(n);
        }
    }

    /** After a cut: merges the nodes on the way to this rank that have become small. */
    private void joinAt(long rank) {
        if (rank >= 0 && rank < size) {
            for (int level = height - 1; level > 0; level--) {
                seek(rank); // merging leaves no path
                mergeInner(level);
            }
            lower();
        }
    }
}
