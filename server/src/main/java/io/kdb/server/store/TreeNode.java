package io.kdb.server.store;

/**
 * How a node of a {@link CountedTree} lies in its block. Stateless; whoever calls holds the segment's lock, or has made itself
 * an owner of a root above the node.
 *
 * <pre>
 * header  0-14 the allocator's | 15 inner node | 16-26 children, or what a leaf counts | 27 refers to other blocks (leaf)
 *         28-30 the leaves' kind | 31 free | 32-63 further owners
 * inner   for each child: separator (0, 8 or 16 bytes), address (4), entries below it (4)
 * leaf    its kind's
 * </pre>
 *
 * A block with kind 0 is no node: an external element (see {@link Trees}) or a note of a chain to be freed.
 */
final class TreeNode {
    static final int INNER = 1 << 15;
    static final int COUNT_SHIFT = 16;
    static final int COUNT_MASK = 0x7FF;
    static final int REFERS = 1 << 27;
    static final int KIND_SHIFT = 28;
    /** Where an inner node's children and a leaf's own bytes begin. */
    static final int BODY = 8;
    /** Address and count of a child, behind its separator. */
    static final int CHILD_BYTES = 8;

    private TreeNode() {}

    static int flags(byte[] page, int at) {
        return Bytes.getInt(page, at);
    }

    static boolean isInner(byte[] page, int at) {
        return (flags(page, at) & INNER) != 0;
    }

    static int count(byte[] page, int at) {
        return flags(page, at) >>> COUNT_SHIFT & COUNT_MASK;
    }

    static void setCount(byte[] page, int at, int count) {
        Bytes.putInt(page, at, flags(page, at) & ~(COUNT_MASK << COUNT_SHIFT) | count << COUNT_SHIFT);
    }

    static int kind(byte[] page, int at) {
        return flags(page, at) >>> KIND_SHIFT & 7;
    }

    static void setFlags(byte[] page, int at, int flags) {
        Bytes.putInt(page, at, flags(page, at) & (int) BlockAllocator.OWN_BITS | flags);
    }

    static void addFlag(byte[] page, int at, int flag) {
        Bytes.putInt(page, at, flags(page, at) | flag);
    }

    static boolean refers(byte[] page, int at) {
        return (flags(page, at) & REFERS) != 0;
    }

    static int blockBytes(byte[] page, int at) {
        return (flags(page, at) & BlockAllocator.SIZE_MASK) << PagePool.GRANULE_SHIFT;
    }
}
