package io.kdb.server.store;

/**
 * A leaf of a {@link ListTree}: a listpack, as a node of Redis' quicklist is, or the address of one element that is too long for
 * it. Stateless; places are counted from the block's start.
 *
 * <p>Note: before the listpack there may be a gap, whose bytes the node's header counts: an element at the head comes into it,
 * or goes into it, and no other is moved.
 */
final class ListLeaf {
    /** Where a listpack without a gap begins. */
    static final int PACK = TreeNode.BODY;

    /** Where its first entry begins. */
    static final int FIRST = PACK + Listpack.HEADER_BYTES;

    static final int MAX_GAP = TreeNode.COUNT_MASK;

    /** What a leaf takes that is the address of an element. */
    static final int PLAIN_BYTES = PACK + 4;

    private ListLeaf() {}

    /** Whether the leaf is the address of one element. */
    static boolean isPlain(byte[] page, int at) {
        return TreeNode.refers(page, at);
    }

    static int gap(byte[] page, int at) {
        return TreeNode.count(page, at);
    }

    /** Where the listpack begins. */
    static int pack(byte[] page, int at) {
        return PACK + gap(page, at);
    }

    /** Where the first entry begins. */
    static int first(byte[] page, int at) {
        return FIRST + gap(page, at);
    }

    /** Where in the leaf's block the listpack, or the address, ends. */
    static int end(byte[] page, int at) {
        int pack = pack(page, at);
        return isPlain(page, at) ? PLAIN_BYTES : pack + Listpack.bytes(page, at + pack);
    }

    /** Bytes that a block must have for the leaf, which then has no gap. */
    static int used(byte[] page, int at) {
        return isPlain(page, at) ? PLAIN_BYTES : PACK + Listpack.bytes(page, at + pack(page, at));
    }

    /** Elements of the leaf. */
    static int count(byte[] page, int at) {
        return isPlain(page, at) ? 1 : Listpack.count(page, at + pack(page, at));
    }

    /** Moves the listpack so that the gap has so many bytes; answers by how many it went towards the block's end. */
    static int shift(byte[] page, int at, int gap) {
        int pack = pack(page, at);
        int by = PACK + gap - pack;
        if (by != 0) {
            System.arraycopy(page, at + pack, page, at + pack + by, Listpack.bytes(page, at + pack));
            TreeNode.setCount(page, at, gap);
        }
        return by;
    }

    /** Writes an element that takes so many bytes, not more than the gap has, in front of the first. */
    static void prepend(byte[] page, int at, int bytes, byte[] value, int offset, int length) {
        int from = at + pack(page, at);
        int total = Listpack.bytes(page, from) + bytes;
        int count = Listpack.noted(page, from);
        TreeNode.setCount(page, at, gap(page, at) - bytes);
        int to = from - bytes;
        Listpack.header(page, to, total, count);
        Listpack.addCount(page, to, 1);
        Listpack.write(page, to + Listpack.HEADER_BYTES, value, offset, length);
    }

    /** The start of the first entry, but the first of all, that begins in the second half. */
    static int middle(byte[] page, int at, int end) {
        int half = FIRST + (end - FIRST) / 2;
        int p = Listpack.next(page, at + FIRST) - at;
        while (p < half) {
            int next = Listpack.next(page, at + p) - at;
            if (next == end) {
                break;
            }
            p = next;
        }
        return p;
    }

    /** Takes so many entries, from one place to another, out; answers where the one behind them is then. */
    static int cut(byte[] page, int at, int start, int end, int entries) {
        int pack = pack(page, at);
        int gone = end - start;
        int left = Listpack.bytes(page, at + pack) - gone;
        Listpack.addCount(page, at + pack, -entries);
        if (start != pack + Listpack.HEADER_BYTES) {
            System.arraycopy(page, at + end, page, at + start, pack + left - start);
            Bytes.putInt(page, at + pack, left);
            return start;
        }
        Listpack.header(page, at + pack + gone, left, Listpack.noted(page, at + pack));
        int gap = pack + gone - PACK;
        if (gap <= MAX_GAP) {
            TreeNode.setCount(page, at, gap);
            return end;
        }
        System.arraycopy(page, at + pack + gone, page, at + PACK, left);
        TreeNode.setCount(page, at, 0);
        return FIRST;
    }
}
