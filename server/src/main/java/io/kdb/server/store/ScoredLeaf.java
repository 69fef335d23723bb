package io.kdb.server.store;

/**
 * How a leaf of a {@link ScoredTree} lies in its block. Stateless.
 *
 * <pre>
 * header (8, {@link TreeNode}; the count is its entries) | bytes of entries (2) | where they end, from the block's start (2)
 * places  of each entry, in order: how far before the end it begins (2)
 * free
 * entries score (8) and member, a cell as in {@link HashedLeaf}; in no order
 * </pre>
 */
final class ScoredLeaf {
    static final int PLACES = 12;
    static final int PLACE_BYTES = 2;
    static final int SCORE_BYTES = 8;

    private ScoredLeaf() {}

    /** Bytes in use, header included. */
    static int used(byte[] page, int at) {
        return PLACES + TreeNode.count(page, at) * PLACE_BYTES + HashedLeaf.heap(page, at);
    }

    /** Where entry {@code i} lies. */
    static int entry(byte[] page, int at, int i) {
        return at + HashedLeaf.end(page, at) - Bytes.getShort(page, at + PLACES + PLACE_BYTES * i);
    }

    static double score(byte[] page, int entry) {
        return Double.longBitsToDouble(Bytes.getLong(page, entry));
    }

    static int cell(int entry) {
        return entry + SCORE_BYTES;
    }

    static int entryBytes(byte[] page, int entry) {
        return SCORE_BYTES + HashedLeaf.cellBytes(page, cell(entry));
    }

    /** The entry's external member, or 0. */
    static int external(byte[] page, int entry) {
        int cell = cell(entry);
        return HashedLeaf.isExternal(page, cell) ? HashedLeaf.external(page, cell) : 0;
    }

    /** Makes room for an entry of so many bytes as number {@code i}; answers where it is to be written. */
    static int insert(byte[] page, int at, int i, int bytes) {
        int n = TreeNode.count(page, at);
        int places = at + PLACES;
        int place = HashedLeaf.heap(page, at) + bytes;
        System.arraycopy(page, places + PLACE_BYTES * i, page, places + PLACE_BYTES * (i + 1), PLACE_BYTES * (n - i));
        Bytes.putShort(page, places + PLACE_BYTES * i, place);
        HashedLeaf.setHeap(page, at, place);
        TreeNode.setCount(page, at, n + 1);
        return at + HashedLeaf.end(page, at) - place;
    }

    /** Takes entry {@code i} out. */
    static void remove(byte[] page, int at, int i) {
        int n = TreeNode.count(page, at);
        int entry = entry(page, at, i);
        int first = at + HashedLeaf.end(page, at) - HashedLeaf.heap(page, at);
        HashedLeaf.removeEntry(page, at, at + PLACES, n, entry, entryBytes(page, entry), entryBytes(page, first));
        int place = at + PLACES + PLACE_BYTES * i;
        System.arraycopy(page, place + PLACE_BYTES, page, place, PLACE_BYTES * (n - 1 - i));
        TreeNode.setCount(page, at, n - 1);
    }

    /** Copies all entries of another leaf behind those of this one, which has room. */
    static void appendAll(byte[] page, int at, byte[] from, int fromAt) {
        int n = TreeNode.count(page, at);
        int more = TreeNode.count(from, fromAt);
        int heap = HashedLeaf.heap(page, at);
        int places = at + PLACES + PLACE_BYTES * n;
        System.arraycopy(from, fromAt + PLACES, page, places, PLACE_BYTES * more);
        HashedLeaf.appendHeap(page, at, from, fromAt);
        HashedLeaf.movePlaces(page, places, more, HashedLeaf.heap(page, at), 0, heap);
        TreeNode.setCount(page, at, n + more);
        if (TreeNode.refers(from, fromAt)) {
            TreeNode.addFlag(page, at, TreeNode.REFERS);
        }
    }

    /** Copies entries of another leaf behind those of this one, which has room. */
    static void append(byte[] page, int at, byte[] from, int fromAt, int first, int end) {
        for (int i = first; i < end; i++) {
            int entry = entry(from, fromAt, i);
            int bytes = entryBytes(from, entry);
            int to = insert(page, at, TreeNode.count(page, at), bytes);
            System.arraycopy(from, entry, page, to, bytes);
        }
        if (TreeNode.refers(from, fromAt)) {
            TreeNode.addFlag(page, at, TreeNode.REFERS);
        }
    }

    /** Bytes that these entries take, with their places. */
    static int bytes(byte[] page, int at, int first, int end) {
        int bytes = 0;
        for (int i = first; i < end; i++) {
            bytes += PLACE_BYTES + entryBytes(page, entry(page, at, i));
        }
        return bytes;
    }
}
