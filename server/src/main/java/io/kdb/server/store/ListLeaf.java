package io.kdb.server.store;

/**
 * A leaf of a {@link ListTree}: a listpack, as a node of Redis' quicklist is, or the address of one element that is too long for
 * it. Stateless; places are counted from the block's start.
 */
final class ListLeaf {
    /** Where the listpack begins. */
    static final int PACK = TreeNode.BODY;

    /** Where the listpack's first entry begins. */
    static final int FIRST = PACK + Listpack.HEADER_BYTES;

    /** What a leaf takes that is the address of an element. */
    static final int PLAIN_BYTES = PACK + 4;

    private ListLeaf() {}

    /** Whether the leaf is the address of one element. */
    static boolean isPlain(byte[] page, int at) {
        return TreeNode.refers(page, at);
    }

    /** Bytes of the leaf's block that are in use. */
    static int used(byte[] page, int at) {
        return isPlain(page, at) ? PLAIN_BYTES : PACK + Listpack.bytes(page, at + PACK);
    }

    /** Elements of the leaf. */
    static int count(byte[] page, int at) {
        return isPlain(page, at) ? 1 : Listpack.count(page, at + PACK);
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

    /** Takes so many entries, from one place to another, out. */
    static void cut(byte[] page, int at, int start, int end, int entries) {
        int used = used(page, at);
        Listpack.addCount(page, at + PACK, -entries);
        System.arraycopy(page, at + end, page, at + start, used - end);
        Bytes.putInt(page, at + PACK, used - PACK - (end - start));
    }
}
