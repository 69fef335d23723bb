package io.kdb.server.store;

/**
 * The inner nodes of a counted tree: how they are copied before a change, widened, split, merged and taken away. The middle part
 * of {@link CountedTree}, whose rules say when. Owner: as that.
 */
abstract class TreeBranches extends TreePath {
    private static final int MAX_CHILDREN = 64;
    private static final int FIRST_CAPACITY = 6;
    /** An inner node with fewer children is merged with a neighbour if both fill a node by three quarters at most. */
    private static final int FEW_CHILDREN = MAX_CHILDREN / 4;

    private static final int MERGED_CHILDREN = MAX_CHILDREN * 3 / 4;
    /** What a node keeps that is split by adding at its end: nine tenths. */
    private static final int KEPT_AT_END = MAX_CHILDREN * 9 / 10;

    TreeBranches(LeafKind kind) {
        super(kind);
    }

    /** Makes the path's nodes down to this level the tree's alone. */
    final void ownDown(int depth) {
        for (int level = 0; level <= depth; level++) {
            int n = node[level];
            if (trees.furtherOwners(n) > 0) {
                int copy = trees.copyOnWrite(n);
                bytes += trees.blockBytes(copy) - trees.blockBytes(n);
                relink(level, copy);
            }
        }
    }

    /** Puts another node in the path's place of this level. */
    final void relink(int level, int n) {
        node[level] = n;
        if (level == 0) {
            root = n;
        } else {
            int parent = node[level - 1];
            int first = blocks.offset(parent) + TreeNode.BODY;
            Bytes.putInt(blocks.page(parent), first + index[level - 1] * stride + childAt, n);
        }
    }

    /** Moves the children from {@code i} on up by one; answers where the new one lies. */
    final int insertPlace(int n, int i) {
        byte[] page = blocks.page(n);
        int at = blocks.offset(n);
        int count = TreeNode.count(page, at);
        int place = at + TreeNode.BODY + i * stride;
        System.arraycopy(page, place, page, place + stride, (count - i) * stride);
        TreeNode.setCount(page, at, count + 1);
        return place;
    }

    final void putSeparator(byte[] page, int at, long high, long low) {
        if (childAt >= 8) {
            Bytes.putLong(page, at, high);
        }
        if (childAt == 16) {
            Bytes.putLong(page, at + 8, low);
        }
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

    /** Takes the path's child of the lowest inner node out, and what becomes empty by that; merges what becomes small. */
    final void dropChild() {
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
    final void lower() {
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

    /** Merges the path's inner node of this level, whose parent is owned, with a neighbour if it is small. */
    final void mergeInner(int level) {
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
