package io.kdb.server.store;

/** Finding, walking and reading the entries of a {@link HashedTree}, its reading half. Owner: as that. */
abstract class HashedPath extends CountedTree {
    /** The end of all positions. */
    static final long END = 1L << 48;

    private static final int POSITION_SHIFT = 16;
    private static final int SEPARATOR_BYTES = 8;
    /** Separators that are compared without a branch. */
    private static final int NEAR = 5;

    private static final int STRIDE = SEPARATOR_BYTES + TreeNode.CHILD_BYTES;

    final Element scratch = new Element();

    // what was looked for
    byte[] array;
    int offset;
    int length;
    long hash;
    long position;
    /** The entry's number in the leaf, or -1. */
    int slot;

    /** What is known of elements that were touched ahead; may be null. */
    private ElementTouch touched;

    HashedPath(HashedKind kind) {
        super(kind);
    }

    /** Elements that were touched ahead are found by what was learnt of them then. */
    final void touched(ElementTouch ahead) {
        touched = ahead;
    }

    static long position(long hash) {
        return hash >>> POSITION_SHIFT;
    }

    /** Positions are even, so the child is near where its share of the range says. */
    @Override
    final int route(byte[] page, int first, int count) {
        return route(page, first, count, position);
    }

    private static int route(byte[] page, int first, int count, long position) {
        if (count <= 1) {
            return 0;
        }
        long low = separatorOf(page, first, 0);
        long high = separatorOf(page, first, count - 1);
        if (position >= high) {
            return count - 1;
        }
        return route(
                page,
                first,
                count,
                position,
                position <= low ? 0 : (int) ((position - low) * (count - 1) / (high - low)));
    }

    /**
     * The child to go to for a position, which is near {@code guess}; of nonsense, too, it answers one of them, or 0. What is
     * nearest is counted without a branch, since none could be foretold.
     */
    static int route(byte[] page, int first, int count, long position, int guess) {
        int from = Math.max(0, Math.min(guess - NEAR / 2, count - 1 - NEAR));
        int i = from;
        if (count > NEAR) {
            for (int k = 1; k <= NEAR; k++) {
                i += notAbove(separatorOf(page, first, from + k), position);
            }
        }
        if (i == from) {
            while (i > 0 && separatorOf(page, first, i) > position) {
                i--;
            }
        }
        if (i == from + NEAR || count <= NEAR) {
            while (i + 1 < count && separatorOf(page, first, i + 1) <= position) {
                i++;
            }
        }
        return i;
    }

    /** 1 or 0; both are positions. */
    private static int notAbove(long separator, long position) {
        return (int) (separator - position - 1 >>> 63);
    }

    private static boolean isChildFor(byte[] page, int first, int count, long position, int i) {
        return i >= 0
                && i < count
                && separatorOf(page, first, i) <= position
                && (i + 1 == count || separatorOf(page, first, i + 1) > position);
    }

    static long separatorOf(byte[] page, int first, int i) {
        return Bytes.getLong(page, first + i * STRIDE);
    }

    /** The address of a child. */
    static int childOf(byte[] page, int first, int i) {
        return Bytes.getInt(page, first + i * STRIDE + SEPARATOR_BYTES);
    }

    /** Whether the element is there; positions at it, or at where it would be. */
    final boolean find(byte[] bytes, int from, int size, long elementHash) {
        look(bytes, from, size, elementHash);
        int leaf = descend();
        slot = leaf == 0 ? -1 : search(leaf);
        return slot >= 0;
    }

    private void look(byte[] bytes, int from, int size, long elementHash) {
        if (array != bytes) {
            array = bytes;
        }
        offset = from;
        length = size;
        hash = elementHash;
        position = position(elementHash);
    }

    final boolean find(byte[] bytes, int from, int size) {
        int way = touched == null ? -1 : touched.wayTo(bytes, from, size);
        return way < 0 ? find(bytes, from, size, KeyHash.hash(bytes, from, size)) : findAlong(way, bytes, from, size);
    }

    /** As {@link #find}, for one that is taken from an end of an order: what was learnt of it may be known by its hash. */
    final boolean findTaken(byte[] bytes, int from, int size) {
        long elementHash = KeyHash.hash(bytes, from, size);
        int way = touched == null ? -1 : touched.wayToTaken(elementHash);
        return way < 0 ? find(bytes, from, size, elementHash) : findAlong(way, bytes, from, size);
    }

    /** As {@link #find}, for an element that was touched. */
    private boolean findAlong(int way, byte[] bytes, int from, int size) {
        look(bytes, from, size, touched.hash(way));
        assert hash == KeyHash.hash(bytes, from, size) : "touched: another element";
        int n = root;
        for (int level = 0; level < height; level++) {
            byte[] page = blocks.page(n);
            int at = blocks.offset(n);
            int first = at + TreeNode.BODY;
            int count = TreeNode.count(page, at);
            int i = touched.child(way, level);
            if (!isChildFor(page, first, count, position, i)) {
                i = route(page, first, count, position, i);
            }
            node[level] = n;
            index[level] = i;
            n = childOf(page, first, i);
        }
        node[height] = n;
        slot = n == 0 ? -1 : touched.slot(way);
        if (slot >= 0) {
            byte[] page = blocks.page(n);
            int at = blocks.offset(n);
            if (slot < TreeNode.count(page, at) && isWanted(page, HashedLeaf.entry(page, at, slot))) {
                return true;
            }
        }
        slot = n == 0 ? -1 : search(n);
        return slot >= 0;
    }

    /** The number of what was looked for in a leaf, or -1. */
    final int search(int leaf) {
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        int n = TreeNode.count(page, at);
        for (int from = 0; from < n; from += HashedLeaf.TAGS_AT_ONCE) {
            for (long same = HashedLeaf.sameTags(page, at, n, from, hash); same != 0; same &= same - 1) {
                int candidate = from + HashedLeaf.lowest(same);
                if (isWanted(page, HashedLeaf.entry(page, at, candidate))) {
                    return candidate;
                }
            }
        }
        return -1;
    }

    private boolean isWanted(byte[] page, int p) {
        int size = page[p] & 0xFF;
        if (size <= Trees.MAX_INLINE) {
            return size == length && Bytes.same(page, p + 1, array, offset, size);
        }
        return length > Trees.MAX_INLINE
                && trees.externalElement(HashedLeaf.external(page, p), scratch).equalTo(array, offset, length);
    }

    /** Goes to the entry of this rank. */
    final void at(long rank) {
        slot = seek(rank);
    }

    /** The rank of the entry at the position. */
    final long rank() {
        return rankOfLeaf() + slot;
    }

    /** Goes before the first entry; {@link #next} goes on from there. */
    final void begin() {
        slot = -1;
        firstLeaf();
    }

    /** Goes to the entry behind; false when there is none. */
    final boolean next() {
        if (isEmpty()) {
            return false;
        }
        int leaf = leaf();
        if (++slot < TreeNode.count(blocks.page(leaf), blocks.offset(leaf))) {
            return true;
        }
        slot = 0;
        return nextLeaf() != 0;
    }

    /**
     * Goes to the leaf of this position; answers the first position behind it, 0 when it is the last. Its entries are then
     * shown by {@link #atInLeaf}.
     */
    final long scan(long cursor) {
        position = cursor & END - 1;
        if (descend() == 0) {
            return 0;
        }
        slot = -1;
        return upperBound(0);
    }

    final int entriesInLeaf() {
        if (isEmpty()) {
            return 0;
        }
        int leaf = leaf();
        return TreeNode.count(blocks.page(leaf), blocks.offset(leaf));
    }

    final void atInLeaf(int i) {
        slot = i;
    }

    /** Where the entry at the position lies. */
    final int entry() {
        int leaf = leaf();
        return HashedLeaf.entry(blocks.page(leaf), blocks.offset(leaf), slot);
    }

    /** Shows the element at the position. */
    final Element element(Element view) {
        return cell(entry(), view);
    }

    /** Shows the value at the position. */
    final Element value(Element view) {
        int p = entry();
        return cell(p + HashedLeaf.cellBytes(blocks.page(leaf()), p), view);
    }

    private Element cell(int p, Element view) {
        byte[] page = blocks.page(leaf());
        return HashedLeaf.isExternal(page, p)
                ? trees.externalElement(HashedLeaf.external(page, p), view)
                : view.bytes(page, p + 1, page[p] & 0xFF);
    }

    /** The block of the external element at the position, 0 when the element is short. */
    final int externalElement() {
        int p = entry();
        byte[] page = blocks.page(leaf());
        return HashedLeaf.isExternal(page, p) ? HashedLeaf.external(page, p) : 0;
    }
}
