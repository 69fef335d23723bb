package io.kdb.server.store;

import java.util.Arrays;

/**
 * Where something is, or would be, in a {@link ScoredTree}, and what stands there: the reading half of that tree. Owner: as that.
 *
 * <p>Note: a separator is a score, as a number that sorts like it, and the first 8 bytes of a member. Where both are those of
 * what is looked for, the separator does not decide: then the first entry below it does. So what is before a separator is
 * not above it, what is behind is not below it, and either may be equal to it.
 */
abstract class ScoredPlace extends CountedTree {
    private static final byte[] NOTHING = {};

    /** What decides between entries: the score and the member, the score only, the member only. */
    private enum Order {
        BOTH,
        SCORE,
        MEMBER
    }

    final Element view = new Element();

    // what is looked for: what is less counts as below it, and, if orEqual, what is equal
    private Order order;
    private boolean orEqual;
    double score;
    long high;
    long low;
    byte[] array;
    int offset;
    int length;
    /** The entry's number in the leaf. */
    int slot;

    ScoredPlace() {
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

    // ---- looking ---------------------------------------------------------------------------------------------------

    private void lookFor(Order by, boolean equalToo, double wanted, byte[] bytes, int from, int size) {
        if (order != by) {
            order = by;
        }
        orEqual = equalToo;
        score = wanted;
        high = by == Order.MEMBER ? 0 : sortable(wanted);
        if (array != bytes) {
            array = bytes;
        }
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

    // ---- the place -------------------------------------------------------------------------------------------------

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
}
