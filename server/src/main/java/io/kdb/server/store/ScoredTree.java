package io.kdb.server.store;

/**
 * The members of a large sorted set as a {@link CountedTree} in the order of their scores, and of their bytes where these are
 * the same. Owner: as the superclass.
 *
 * <p>{@link #find} and the counting methods position; {@link #insert} comes after a find of the same entry that was false,
 * {@link #remove} after one that was true, or after {@link #at}. What is passed in must not lie in this tree.
 */
final class ScoredTree extends ScoredPlace {
    private static final int LEAF_BYTES = 1024;
    private static final int SMALL_BYTES = LEAF_BYTES / 4;
    private static final int MERGED_BYTES = LEAF_BYTES * 3 / 4;

    private byte[] leafCopy = new byte[LEAF_BYTES];

    /** Adds the entry that was not found; {@code external} is its member's block, of which this becomes an owner, or 0. */
    void insert(int external) {
        int bytes = ScoredLeaf.SCORE_BYTES + HashedLeaf.cellFor(length);
        if (isEmpty()) {
            plant(emptyLeaf(leafBytes(ScoredLeaf.PLACES + ScoredLeaf.PLACE_BYTES + bytes)));
            slot = 0;
        } else {
            own();
            makeRoom(ScoredLeaf.PLACE_BYTES + bytes);
        }
        byte[] page = blocks.page(leaf());
        int at = blocks.offset(leaf());
        int entry = ScoredLeaf.insert(page, at, slot, bytes);
        Bytes.putLong(page, entry, Double.doubleToRawLongBits(score));
        HashedLeaf.writeCell(page, ScoredLeaf.cell(entry), external, array, offset, length);
        if (external != 0) {
            TreeNode.addFlag(page, at, TreeNode.REFERS);
            trees.retain(external);
        }
        entriesChanged(1);
    }

    /** Removes the entry at the position, which is void then. */
    void remove() {
        own();
        removeOwned();
    }

    /** As {@link #remove}, when the path is owned: needs no memory. */
    void removeOwned() {
        byte[] page = blocks.page(leaf());
        int at = blocks.offset(leaf());
        int external = ScoredLeaf.external(page, ScoredLeaf.entry(page, at, slot));
        ScoredLeaf.remove(page, at, slot);
        entriesChanged(-1);
        if (external != 0) {
            trees.release(external);
        }
        shrink(page, at);
    }

    private void shrink(byte[] page, int at) {
        int used = ScoredLeaf.used(page, at);
        if (used == ScoredLeaf.PLACES) {
            dropLeaf();
        } else if (used < SMALL_BYTES && (merge(1, used) || merge(-1, used))) {
            return;
        } else if (TreeNode.blockBytes(page, at) - used > 64 + used / 2) {
            trim(page, at, used);
        }
    }

    private void trim(byte[] page, int at, int used) {
        int bytes = leafBytes(used) + 7 & ~7;
        int end = HashedLeaf.end(page, at);
        if (bytes < end) {
            int heap = HashedLeaf.heap(page, at);
            System.arraycopy(page, at + end - heap, page, at + bytes - heap, heap);
            HashedLeaf.setEnd(page, at, bytes);
            trimLeaf(bytes);
        }
    }

    private boolean merge(int by, int used) {
        int other = sibling(by);
        if (other == 0) {
            return false;
        }
        byte[] otherPage = blocks.page(other);
        int otherAt = blocks.offset(other);
        int both = used + ScoredLeaf.used(otherPage, otherAt) - ScoredLeaf.PLACES;
        if (both > MERGED_BYTES) {
            return false;
        }
        int merged;
        try {
            merged = emptyLeaf(leafBytes(both));
        } catch (StoreFull full) {
            return false; // it can stay as it is
        }
        if (trees.furtherOwners(other) > 0 && TreeNode.refers(otherPage, otherAt)) {
            kind.retain(trees, otherPage, otherAt);
        }
        appendAll(merged, by > 0 ? leaf() : other);
        appendAll(merged, by > 0 ? other : leaf());
        mergeLeaves(by, merged);
        return true;
    }

    private void appendAll(int to, int from) {
        byte[] page = blocks.page(from);
        int at = blocks.offset(from);
        ScoredLeaf.appendAll(blocks.page(to), blocks.offset(to), page, at);
    }

    /** What a block for so many bytes is given. */
    private static int leafBytes(int used) {
        int roomy = used + Math.max(24, used >> 3);
        return used <= LEAF_BYTES ? Math.min(roomy, LEAF_BYTES) : roomy;
    }

    private int emptyLeaf(int bytes) {
        int leaf = newLeaf(bytes);
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        HashedLeaf.setHeap(page, at, 0);
        HashedLeaf.setEnd(page, at, TreeNode.blockBytes(page, at));
        return leaf;
    }

    /** Room for so many bytes in the owned leaf, at the slot, both of which may be others then. */
    private void makeRoom(int bytes) {
        byte[] page = blocks.page(leaf());
        int at = blocks.offset(leaf());
        int want = ScoredLeaf.used(page, at) + bytes;
        if (want <= HashedLeaf.end(page, at)) {
            return;
        }
        if (want <= LEAF_BYTES) {
            grow(leafBytes(want));
            return;
        }
        split(bytes);
        page = blocks.page(leaf());
        at = blocks.offset(leaf());
        want = ScoredLeaf.used(page, at) + bytes;
        if (want > HashedLeaf.end(page, at)) {
            grow(leafBytes(want));
        }
    }

    private void grow(int bytes) {
        int old = leaf();
        byte[] page = blocks.page(old);
        int at = blocks.offset(old);
        int heap = HashedLeaf.heap(page, at);
        int end = HashedLeaf.end(page, at);
        if (bytes <= TreeNode.blockBytes(page, at) || extendLeaf(bytes)) {
            int newEnd = TreeNode.blockBytes(page, at);
            System.arraycopy(page, at + end - heap, page, at + newEnd - heap, heap);
            HashedLeaf.setEnd(page, at, newEnd);
            return;
        }
        int larger = emptyLeaf(bytes);
        byte[] largerPage = blocks.page(larger);
        int largerAt = blocks.offset(larger);
        int n = TreeNode.count(page, at);
        int body = ScoredLeaf.PLACES;
        System.arraycopy(page, at + body, largerPage, largerAt + body, n * ScoredLeaf.PLACE_BYTES);
        System.arraycopy(
                page, at + end - heap, largerPage, largerAt + HashedLeaf.end(largerPage, largerAt) - heap, heap);
        HashedLeaf.setHeap(largerPage, largerAt, heap);
        TreeNode.setCount(largerPage, largerAt, n);
        if (TreeNode.refers(page, at)) {
            TreeNode.addFlag(largerPage, largerAt, TreeNode.REFERS);
        }
        replaceLeaf(larger);
    }

    /**
     * Splits the owned leaf for an entry of so many bytes at the slot, and goes to that entry's side. At the tree's end the
     * leaf stays whole, as entries are likely to come in order.
     */
    private void split(int bytes) {
        byte[] page = blocks.page(leaf());
        int at = blocks.offset(leaf());
        int n = TreeNode.count(page, at);
        boolean atEnd = slot == n && upperBound(Long.MIN_VALUE) == Long.MIN_VALUE;
        int keep = atEnd ? n : middle(page, at, n);
        reserveSibling();
        int moved = n - keep;
        int size = Math.max(ScoredLeaf.bytes(page, at, keep, n), bytes);
        int right = emptyLeaf(leafBytes(ScoredLeaf.PLACES + size));
        long separatorHigh = high;
        long separatorLow = low;
        if (!atEnd) {
            int first = ScoredLeaf.entry(page, at, keep);
            separatorHigh = sortable(ScoredLeaf.score(page, first));
            separatorLow = prefixOf(page, ScoredLeaf.cell(first));
            moveBehind(page, at, keep, n, right);
        }
        addSibling(right, moved, true, separatorHigh, separatorLow);
        boolean goesRight = slot > keep || atEnd;
        trim(page, at, ScoredLeaf.used(page, at) + (goesRight ? 0 : bytes));
        if (goesRight) {
            slot -= keep;
            nextLeaf();
        }
    }

    private void moveBehind(byte[] page, int at, int keep, int n, int right) {
        int end = HashedLeaf.end(page, at);
        if (leafCopy.length < end) {
            leafCopy = new byte[end];
        }
        System.arraycopy(page, at, leafCopy, 0, end);
        ScoredLeaf.append(blocks.page(right), blocks.offset(right), leafCopy, 0, keep, n);
        TreeNode.setCount(page, at, 0);
        HashedLeaf.setHeap(page, at, 0);
        ScoredLeaf.append(page, at, leafCopy, 0, 0, keep);
    }

    /** The first entry of the second half, by bytes; neither half is empty. */
    private static int middle(byte[] page, int at, int n) {
        int half = (ScoredLeaf.used(page, at) - ScoredLeaf.PLACES) / 2;
        int i = 0;
        for (int bytes = 0; bytes < half && i < n - 1; i++) {
            bytes += ScoredLeaf.PLACE_BYTES + ScoredLeaf.entryBytes(page, ScoredLeaf.entry(page, at, i));
        }
        return Math.max(1, i);
    }

    private long prefixOf(byte[] page, int cell) {
        if (!HashedLeaf.isExternal(page, cell)) {
            return prefix(page, cell + 1, page[cell] & 0xFF);
        }
        Element member = trees.externalElement(HashedLeaf.external(page, cell), view);
        byte[] bytes = member.runArray(0);
        return prefix(bytes, member.runOffset(0), member.runLength(0));
    }
}
