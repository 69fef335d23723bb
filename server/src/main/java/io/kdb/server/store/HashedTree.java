package io.kdb.server.store;

import java.util.Arrays;

/**
 * A large set or map of byte strings as a {@link CountedTree} in the order of the elements' hashes: a hash's fields, a
 * set's members, a sorted set's members with their scores. Owner: as the superclass.
 *
 * <p>Note: an element's position is the upper 48 bits of its hash, and a leaf holds those of a range of positions, in no order.
 * So a scan's cursor is a position: it stays good however the tree grows and shrinks, and every element that is there
 * all the time is met. A leaf splits in the middle of its range, which needs no sorting and, hashes being even, is as good.
 * Leaves are as long as their entries, give or take a quarter; so memory does not depend on how full a tree's nodes are.
 *
 * <p>{@link #find} positions; {@link #add} comes after a {@code find} of the same element that was false, {@link #value}, {@link #setValue} and
 * {@link #remove} after one that was true, or after {@link #next} or {@link #at}. What is passed in must not lie in this tree.
 */
final class HashedTree extends HashedPath {
    private static final int LEAF_BYTES = 1024;
    /** A leaf of few entries may have more: as many leaves less have to be found, split and counted. */
    private static final int MOST_LEAF_BYTES = 2 * LEAF_BYTES;

    private static final int FEW_ENTRIES = 16;
    /** A leaf with less in use is merged with a neighbour if both stay below {@link #MERGED_BYTES}. */
    private static final int SMALL_BYTES = LEAF_BYTES / 4;

    private static final int MERGED_BYTES = LEAF_BYTES * 3 / 4;

    private final boolean hasValues;
    private long[] positions = new long[64];
    private byte[] leafCopy = new byte[LEAF_BYTES];

    HashedTree(HashedKind kind) {
        super(kind);
        hasValues = kind.hasValues;
    }

    /** Adds the element that was not found, of a set. */
    void add() {
        add(null, 0, 0);
    }

    /** Adds the element that was not found, with its value, and positions at it. */
    void add(byte[] value, int valueOffset, int valueLength) {
        int elementBlock = 0;
        int valueBlock = 0;
        int bytes = HashedLeaf.cellFor(length) + (hasValues ? HashedLeaf.cellFor(valueLength) : 0);
        try {
            if (length > Trees.MAX_INLINE) {
                elementBlock = trees.external(array, offset, length);
            }
            if (valueLength > Trees.MAX_INLINE) {
                valueBlock = trees.external(value, valueOffset, valueLength);
            }
            if (isEmpty()) {
                plant(emptyLeaf(leafBytes(HashedLeaf.TAGS + HashedLeaf.SLOT_BYTES + bytes)));
            } else {
                own();
                makeRoom(HashedLeaf.SLOT_BYTES + bytes);
            }
        } catch (StoreFull full) {
            drop(elementBlock);
            drop(valueBlock);
            throw full;
        }
        int leaf = leaf();
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        int place = HashedLeaf.heap(page, at) + bytes;
        int p = at + HashedLeaf.end(page, at) - place;
        p = HashedLeaf.writeCell(page, p, elementBlock, array, offset, length);
        if (hasValues) {
            HashedLeaf.writeCell(page, p, valueBlock, value, valueOffset, valueLength);
        }
        HashedLeaf.setHeap(page, at, place);
        slot = TreeNode.count(page, at);
        HashedLeaf.addSlot(page, at, (int) hash & 0xFFFF, place);
        keep(page, at, elementBlock);
        keep(page, at, valueBlock);
        entriesChanged(1);
    }

    private void drop(int external) {
        if (external != 0) {
            trees.release(external);
        }
    }

    private void keep(byte[] page, int at, int external) {
        if (external != 0) {
            TreeNode.addFlag(page, at, TreeNode.REFERS);
            externalBytesChanged(trees.externalBytes(external));
        }
    }

    /** Gives the element that was found another value. */
    void setValue(byte[] value, int valueOffset, int valueLength) {
        int valueBlock = valueLength > Trees.MAX_INLINE ? trees.external(value, valueOffset, valueLength) : 0;
        int bytes = HashedLeaf.cellFor(valueLength);
        try {
            own();
            int more = bytes - HashedLeaf.cellBytes(blocks.page(leaf()), valueAt());
            if (more > 0 && makeRoom(more)) {
                slot = search(leaf());
            }
        } catch (StoreFull full) {
            drop(valueBlock);
            throw full;
        }
        byte[] page = blocks.page(leaf());
        int at = blocks.offset(leaf());
        int p = valueAt();
        int old = HashedLeaf.isExternal(page, p) ? HashedLeaf.external(page, p) : 0;
        int more = bytes - HashedLeaf.cellBytes(page, p);
        if (more != 0) {
            HashedLeaf.shift(page, at, p, more);
        }
        HashedLeaf.writeCell(page, p - more, valueBlock, value, valueOffset, valueLength);
        keep(page, at, valueBlock);
        dropKept(old);
    }

    private int valueAt() {
        int p = entry();
        return p + HashedLeaf.cellBytes(blocks.page(leaf()), p);
    }

    private void dropKept(int external) {
        if (external != 0) {
            externalBytesChanged(-trees.externalBytes(external));
            trees.release(external);
        }
    }

    /** Removes the entry at the position, which is void then. */
    void remove() {
        own();
        removeOwned();
    }

    /** As {@link #remove}, when the path is owned: needs no memory. */
    void removeOwned() {
        int leaf = leaf();
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        int p = HashedLeaf.entry(page, at, slot);
        int bytes = HashedLeaf.cellBytes(page, p);
        int element = HashedLeaf.isExternal(page, p) ? HashedLeaf.external(page, p) : 0;
        int value = 0;
        if (hasValues) {
            value = HashedLeaf.isExternal(page, p + bytes) ? HashedLeaf.external(page, p + bytes) : 0;
            bytes += HashedLeaf.cellBytes(page, p + bytes);
        }
        int n = TreeNode.count(page, at);
        int first = at + HashedLeaf.end(page, at) - HashedLeaf.heap(page, at);
        int firstBytes = HashedLeaf.cellBytes(page, first);
        if (hasValues) {
            firstBytes += HashedLeaf.cellBytes(page, first + firstBytes);
        }
        HashedLeaf.removeEntry(page, at, HashedLeaf.placeAt(at, n, 0), n, p, bytes, firstBytes);
        HashedLeaf.removeSlot(page, at, slot);
        entriesChanged(-1);
        dropKept(element);
        dropKept(value);
        slot = -1;
        shrink(page, at);
    }

    private void shrink(byte[] page, int at) {
        int used = HashedLeaf.used(page, at);
        if (used == HashedLeaf.TAGS) {
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
        int both = used + HashedLeaf.used(otherPage, otherAt) - HashedLeaf.TAGS;
        if (both > MERGED_BYTES) {
            return false;
        }
        int merged;
        try {
            merged = emptyLeaf(leafBytes(both));
        } catch (StoreFull full) {
            return false; // it can stay as it is
        }
        byte[] page = blocks.page(merged);
        int at = blocks.offset(merged);
        appendAll(page, at, blocks.page(leaf()), blocks.offset(leaf()));
        if (trees.furtherOwners(other) > 0 && TreeNode.refers(otherPage, otherAt)) {
            kind.retain(trees, otherPage, otherAt);
        }
        appendAll(page, at, otherPage, otherAt);
        mergeLeaves(by, merged);
        return true;
    }

    private void appendAll(byte[] page, int at, byte[] from, int fromAt) {
        HashedLeaf.appendAll(page, at, from, fromAt);
        if (TreeNode.refers(from, fromAt)) {
            TreeNode.addFlag(page, at, TreeNode.REFERS);
        }
    }

    private int entryBytes(byte[] page, int p) {
        int bytes = HashedLeaf.cellBytes(page, p);
        return hasValues ? bytes + HashedLeaf.cellBytes(page, p + bytes) : bytes;
    }

    /** What a block for so many bytes is given. */
    private static int leafBytes(int used) {
        int roomy = used + Math.max(24, used >> 2);
        if (used <= LEAF_BYTES) {
            return Math.min(roomy, LEAF_BYTES);
        }
        if (used > BlockAllocator.MAX_BYTES) {
            throw new StoreFull();
        }
        return Math.min(roomy, BlockAllocator.MAX_BYTES);
    }

    private int emptyLeaf(int bytes) {
        int leaf = newLeaf(bytes);
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        HashedLeaf.setHeap(page, at, 0);
        HashedLeaf.setEnd(page, at, TreeNode.blockBytes(page, at));
        return leaf;
    }

    /** Room for so many bytes in the owned leaf for what was looked for; true when entries have changed their numbers. */
    private boolean makeRoom(int bytes) {
        boolean split = false;
        while (true) {
            int leaf = leaf();
            byte[] page = blocks.page(leaf);
            int at = blocks.offset(leaf);
            int want = HashedLeaf.used(page, at) + bytes;
            if (want <= HashedLeaf.end(page, at)) {
                return split;
            }
            boolean few = want <= MOST_LEAF_BYTES && TreeNode.count(page, at) < FEW_ENTRIES;
            if (want <= LEAF_BYTES || few || split || !split(page, at)) {
                grow(page, at, leafBytes(want));
                return split;
            }
            split = true;
        }
    }

    private void grow(byte[] page, int at, int bytes) {
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
        System.arraycopy(page, at + HashedLeaf.TAGS, largerPage, largerAt + HashedLeaf.TAGS, n * HashedLeaf.SLOT_BYTES);
        System.arraycopy(
                page, at + end - heap, largerPage, largerAt + HashedLeaf.end(largerPage, largerAt) - heap, heap);
        HashedLeaf.setHeap(largerPage, largerAt, heap);
        TreeNode.setCount(largerPage, largerAt, n);
        if (TreeNode.refers(page, at)) {
            TreeNode.addFlag(largerPage, largerAt, TreeNode.REFERS);
        }
        replaceLeaf(larger);
    }

    /** Splits the owned leaf and goes to the side of what was looked for; false when all its positions are one. */
    private boolean split(byte[] page, int at) {
        int n = TreeNode.count(page, at);
        long middle = middle(page, at, n);
        if (middle < 0) {
            return false;
        }
        int moved = 0;
        int movedBytes = 0;
        for (int i = 0; i < n; i++) {
            int p = HashedLeaf.entry(page, at, i);
            int isMoved = isFrom(middle, positions[i]);
            moved += isMoved;
            movedBytes += isMoved * entryBytes(page, p);
        }
        reserveSibling();
        int right = emptyLeaf(leafBytes(HashedLeaf.TAGS + moved * HashedLeaf.SLOT_BYTES + movedBytes));
        copyLeaf(page, at);
        fill(page, at, n - moved, middle, 0);
        fill(blocks.page(right), blocks.offset(right), moved, middle, 1);
        if (TreeNode.refers(page, at)) {
            TreeNode.addFlag(blocks.page(right), blocks.offset(right), TreeNode.REFERS);
        }
        addSibling(right, moved, true, middle, 0);
        trim(page, at, HashedLeaf.used(page, at));
        if (position >= middle) {
            nextLeaf();
        }
        return true;
    }

    /** Copies a leaf to where {@link #fill} takes its entries from. */
    private void copyLeaf(byte[] page, int at) {
        int end = HashedLeaf.end(page, at);
        if (leafCopy.length < end) {
            leafCopy = new byte[end];
        }
        System.arraycopy(page, at, leafCopy, 0, end);
    }

    /** Makes those of the copied leaf's entries the leaf's that lie on this side of a position: {@code count} of them. */
    private void fill(byte[] page, int at, int count, long middle, int side) {
        byte[] from = leafCopy;
        int n = TreeNode.count(from, 0);
        int heap = 0;
        int tags = at + HashedLeaf.TAGS;
        int places = HashedLeaf.placeAt(at, count, 0);
        int end = at + HashedLeaf.end(page, at);
        for (int i = 0; i < n; i++) {
            if (isFrom(middle, positions[i]) == side) {
                int p = HashedLeaf.entry(from, 0, i);
                int bytes = entryBytes(from, p);
                heap += bytes;
                System.arraycopy(from, p, page, end - heap, bytes);
                Bytes.putShort(page, tags, Bytes.getShort(from, HashedLeaf.TAGS + 2 * i));
                Bytes.putShort(page, places, heap);
                tags += 2;
                places += 2;
            }
        }
        HashedLeaf.setHeap(page, at, heap);
        TreeNode.setCount(page, at, count);
    }

    /** 1 or 0; both are positions. */
    private static int isFrom(long middle, long position) {
        return (int) (middle - position - 1 >>> 63);
    }

    /** A position that has entries on both sides, and fills {@link #positions}; -1 when there is none. */
    private long middle(byte[] page, int at, int n) {
        if (positions.length < n) {
            positions = Arrays.copyOf(positions, n * 2);
        }
        for (int i = 0; i < n; i++) {
            positions[i] = position(hashAt(page, HashedLeaf.entry(page, at, i)));
        }
        long low = lowerBound();
        long high = upperBound(END);
        while (high - low > 1) {
            long middle = low + high >>> 1;
            int above = 0;
            for (int i = 0; i < n; i++) {
                above += isFrom(middle, positions[i]);
            }
            if (above > 0 && above < n) {
                return middle;
            }
            if (above == 0) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return -1;
    }

    private long hashAt(byte[] page, int p) {
        if (!HashedLeaf.isExternal(page, p)) {
            return KeyHash.hash(page, p + 1, page[p] & 0xFF);
        }
        Element element = trees.externalElement(HashedLeaf.external(page, p), scratch);
        byte[] bytes = element.array();
        return KeyHash.hash(bytes, element.offset(), element.length());
    }
}
