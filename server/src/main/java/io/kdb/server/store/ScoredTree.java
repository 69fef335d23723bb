package io.kdb.server.store;

import java.util.Arrays;

/**
 * The members of a large sorted set as a {@link CountedTree} in the order of their scores, and of their bytes where these are
 * the same. Owner: as the superclass.
 *
 * <p>Note: a separator is a score, as a number that sorts like it, and the first 8 bytes of a member. Where both are those of
 * what is looked for, the separator does not decide: then the first entry below it does. So what is before a separator is
 * not above it, what is behind is not below it, and either may be equal to it.
 *
 * <p>{@link #find} and the counting methods position; {@link #insert} comes after a find of the same entry that was false,
 * {@link #remove} after one that was true, or after {@link #at}. What is passed in must not lie in this tree.
 */
final class ScoredTree extends CountedTree {
    private static final int LEAF_BYTES = 1024;
    private static final int SMALL_BYTES = LEAF_BYTES / 4;
    private static final int MERGED_BYTES = LEAF_BYTES * 3 / 4;
    private static final byte[] NOTHING = {};

    /** What decides between entries: the score and the member, the score only, the member only. */
    private enum Order {
        BOTH,
        SCORE,
        MEMBER
    }

    private final Element view = new Element();
    private byte[] leafCopy = new byte[LEAF_BYTES];

    // what is looked for: what is less counts as below it, and, if orEqual, what is equal
    private Order order;
    private boolean orEqual;
    private double score;
    private long high;
    private long low;
    private byte[] array;
    private int offset;
    private int length;
    /** The entry's number in the leaf. */
    private int slot;

    ScoredTree() {
        super(ScoredKind.INSTANCE);
    }

    /** A number that sorts as the score does; both zeros are one. */
    static long sortable(double score) {
        long bits = Double.doubleToRawLongBits(score + 0.0);
        return bits ^ (bits >> 63 & Long.MAX_VALUE);
    }

    /** The first 8 bytes, zeros behind, as an unsigned number that sorts as they do. */
    static long prefix(byte[] bytes, int offset, int length) {
        if (length >= 8) {
            return Long.reverseBytes(Bytes.getLong(bytes, offset));
        }
        long prefix = 0;
        for (int i = 0; i < length; i++) {
            prefix |= (bytes[offset + i] & 0xFFL) << 56 - 8 * i;
        }
        return prefix;
    }

    // ---- looking ----------------------------------------------------------------------------------------------

    private void lookFor(Order by, boolean equalToo, double wanted, byte[] bytes, int from, int size) {
        order = by;
        orEqual = equalToo;
        score = wanted;
        high = by == Order.MEMBER ? 0 : sortable(wanted);
        array = bytes;
        offset = from;
        length = size;
        low = by == Order.SCORE ? 0 : prefix(bytes, from, size);
    }

    @Override
    int route(byte[] page, int first, int count) {
        int from = 1;
        int to = count;
        while (from < to) {
            int middle = from + to >>> 1;
            if (isBelow(page, first, middle)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from - 1;
    }

    /** Whether what begins at the separator of child {@code i} is below what is looked for. */
    private boolean isBelow(byte[] page, int first, int i) {
        int p = separator(first, i);
        if (order != Order.MEMBER) {
            long itsHigh = Bytes.getLong(page, p);
            if (itsHigh != high) {
                return itsHigh < high;
            }
            if (order == Order.SCORE) {
                return orEqual;
            }
        }
        int byPrefix = Long.compareUnsigned(Bytes.getLong(page, p + 8), low);
        return byPrefix != 0 ? byPrefix < 0 : isFirstBelow(child(page, first, i));
    }

    private boolean isFirstBelow(int node) {
        int n = node;
        while (TreeNode.isInner(blocks.page(n), blocks.offset(n))) {
            n = child(blocks.page(n), blocks.offset(n) + TreeNode.BODY, 0);
        }
        byte[] page = blocks.page(n);
        return isBelow(page, ScoredLeaf.entry(page, blocks.offset(n), 0));
    }

    private boolean isBelow(byte[] page, int entry) {
        if (order != Order.MEMBER) {
            double its = ScoredLeaf.score(page, entry);
            if (its != score) {
                return its < score;
            }
            if (order == Order.SCORE) {
                return orEqual;
            }
        }
        int compared = compareMember(page, ScoredLeaf.cell(entry));
        return compared < 0 || compared == 0 && orEqual;
    }

    private int compareMember(byte[] page, int cell) {
        if (HashedLeaf.isExternal(page, cell)) {
            return trees.externalElement(HashedLeaf.external(page, cell), view).compareTo(array, offset, length);
        }
        int start = cell + 1;
        return Arrays.compareUnsigned(page, start, start + (page[cell] & 0xFF), array, offset, offset + length);
    }

    /** Goes to where what is looked for ends; the slot is that of the first entry that is not below it. */
    private void go() {
        int leaf = descend();
        slot = leaf == 0 ? 0 : search(leaf);
    }

    private int search(int leaf) {
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        int from = 0;
        int to = TreeNode.count(page, at);
        while (from < to) {
            int middle = from + to >>> 1;
            if (isBelow(page, ScoredLeaf.entry(page, at, middle))) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** Whether that entry is there; positions at it, or at where it would be. */
    boolean find(double wanted, byte[] member, int from, int size) {
        lookFor(Order.BOTH, true, wanted, member, from, size);
        go();
        if (slot == 0) {
            return false;
        }
        byte[] page = blocks.page(leaf());
        int entry = ScoredLeaf.entry(page, blocks.offset(leaf()), slot - 1);
        if (ScoredLeaf.score(page, entry) != wanted || compareMember(page, ScoredLeaf.cell(entry)) != 0) {
            return false;
        }
        slot--;
        return true;
    }

    /** The rank of the entry at the position. */
    long rank() {
        return rankOfLeaf() + slot;
    }

    /** How many entries have a score below this one, or not above it. */
    long countBelow(double wanted, boolean equalToo) {
        lookFor(Order.SCORE, equalToo, wanted, NOTHING, 0, 0);
        go();
        return rankOfLeaf() + slot;
    }

    /** How many members are below this one, or not above it, when all scores are the same. */
    long countBelow(byte[] member, int from, int size, boolean equalToo) {
        lookFor(Order.MEMBER, equalToo, 0, member, from, size);
        go();
        return rankOfLeaf() + slot;
    }

    /** Goes to the entry of this rank. */
    void at(long rank) {
        slot = seek(rank);
    }

    /** Goes to the entry behind; false when there is none. */
    boolean next() {
        int leaf = leaf();
        if (++slot < TreeNode.count(blocks.page(leaf), blocks.offset(leaf))) {
            return true;
        }
        slot = 0;
        return nextLeaf() != 0;
    }

    /** Goes to the entry before; false when there is none. */
    boolean previous() {
        if (--slot >= 0) {
            return true;
        }
        int leaf = previousLeaf();
        if (leaf == 0) {
            return false;
        }
        slot = TreeNode.count(blocks.page(leaf), blocks.offset(leaf)) - 1;
        return true;
    }

    private int entry() {
        int leaf = leaf();
        return ScoredLeaf.entry(blocks.page(leaf), blocks.offset(leaf), slot);
    }

    /** The score at the position. */
    double score() {
        return ScoredLeaf.score(blocks.page(leaf()), entry());
    }

    /** Shows the member at the position. */
    Element member(Element shown) {
        byte[] page = blocks.page(leaf());
        int cell = ScoredLeaf.cell(entry());
        return HashedLeaf.isExternal(page, cell)
                ? trees.externalElement(HashedLeaf.external(page, cell), shown)
                : shown.bytes(page, cell + 1, page[cell] & 0xFF);
    }

    // ---- changing ---------------------------------------------------------------------------------------------

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
        } else if (TreeNode.blockBytes(page, at) - used > 64 + used / 4) {
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
        ScoredLeaf.append(blocks.page(to), blocks.offset(to), page, at, 0, TreeNode.count(page, at));
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
