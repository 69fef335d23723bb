package io.kdb.server.store;

/**
 * How a leaf of a {@link HashedTree} lies in its block. Stateless.
 *
 * <pre>
 * header (8, {@link TreeNode}; the count is its entries) | bytes of entries (2) | where they end, from the block's start (2)
 * tags    the lowest 16 bits of each entry's hash
 * places  of each entry: how far before the end it begins (2)
 * free
 * entries element, and value in a map; each a cell: a length up to 252 and as many bytes, or 253 and the address of an
 *         external element
 * </pre>
 */
final class HashedLeaf {
    static final int TAGS = 12;
    /** Bytes of a tag and a place. */
    static final int SLOT_BYTES = 4;

    static final int EXTERNAL = 253;
    static final int EXTERNAL_CELL_BYTES = 5;

    static final int TAGS_AT_ONCE = 64;
    private static final long ONES = 0x0001000100010001L;
    private static final int MAX_LANE = 0x7FFF;
    private static final long LANES = 0x7FFF7FFF7FFF7FFFL;

    /** The bits of the first n entries. */
    private static final long[] FIRST_BITS = new long[TAGS_AT_ONCE + 1];

    static {
        for (int i = 0; i < TAGS_AT_ONCE; i++) {
            FIRST_BITS[i + 1] = FIRST_BITS[i] | 1L << (i & 3) * 16 + (i >> 2);
        }
    }

    private HashedLeaf() {}

    static int heap(byte[] page, int at) {
        return Bytes.getShort(page, at + 8);
    }

    static void setHeap(byte[] page, int at, int bytes) {
        Bytes.putShort(page, at + 8, bytes);
    }

    static int end(byte[] page, int at) {
        return Bytes.getShort(page, at + 10);
    }

    static void setEnd(byte[] page, int at, int end) {
        Bytes.putShort(page, at + 10, end);
    }

    /** Bytes in use, header included. */
    static int used(byte[] page, int at) {
        return TAGS + TreeNode.count(page, at) * SLOT_BYTES + heap(page, at);
    }

    static int placeAt(int at, int count, int i) {
        return at + TAGS + 2 * count + 2 * i;
    }

    /** Where entry {@code i} lies. */
    static int entry(byte[] page, int at, int i) {
        return at + end(page, at) - Bytes.getShort(page, placeAt(at, TreeNode.count(page, at), i));
    }

    /**
     * Those of the entries from {@code from} on, {@link #TAGS_AT_ONCE} at most, that have this hash's tag: a bit each, which
     * {@link #lowest} tells.
     *
     * <p>Note: it reads 32 bytes at a time, which stays inside the block: a leaf's has at least 24 bytes more than one entry
     * takes, and a slot is as long as two tags.
     */
    static long sameTags(byte[] page, int at, int count, int from, long hash) {
        long pattern = (hash & 0xFFFF) * ONES;
        int end = Math.min(count - from, TAGS_AT_ONCE);
        int tags = at + TAGS + 2 * from;
        long same = 0;
        for (int i = 0; i < end; i += 16) {
            int p = tags + 2 * i;
            long sixteen = equalLanes(Bytes.getLong(page, p) ^ pattern)
                    | equalLanes(Bytes.getLong(page, p + 8) ^ pattern) << 1
                    | equalLanes(Bytes.getLong(page, p + 16) ^ pattern) << 2
                    | equalLanes(Bytes.getLong(page, p + 24) ^ pattern) << 3;
            same |= sixteen << (i >> 2);
        }
        return same & FIRST_BITS[end];
    }

    /** The lowest bit of each 16 that are 0. */
    private static long equalLanes(long different) {
        return ~((different & LANES) + LANES | different | LANES) >>> 15;
    }

    /** Which of the entries the lowest bit that {@link #sameTags} has set is for. */
    static int lowest(long same) {
        int bit = Long.numberOfTrailingZeros(same);
        return (bit & 15) * 4 + (bit >>> 4);
    }

    static int cellBytes(byte[] page, int p) {
        int length = page[p] & 0xFF;
        return length <= Trees.MAX_INLINE ? 1 + length : EXTERNAL_CELL_BYTES;
    }

    static boolean isExternal(byte[] page, int p) {
        return (page[p] & 0xFF) == EXTERNAL;
    }

    static int external(byte[] page, int p) {
        return Bytes.getInt(page, p + 1);
    }

    /** Bytes of a cell for an element of this length. */
    static int cellFor(int length) {
        return length <= Trees.MAX_INLINE ? 1 + length : EXTERNAL_CELL_BYTES;
    }

    /** Writes a cell: an external element's address unless that is 0. */
    static int writeCell(byte[] page, int p, int external, byte[] bytes, int offset, int length) {
        if (external != 0) {
            page[p] = (byte) EXTERNAL;
            Bytes.putInt(page, p + 1, external);
            return p + EXTERNAL_CELL_BYTES;
        }
        page[p] = (byte) length;
        System.arraycopy(bytes, offset, page, p + 1, length);
        return p + 1 + length;
    }

    /** Adds a slot for an entry that begins {@code place} bytes before the end, which has been written. */
    static void addSlot(byte[] page, int at, int tag, int place) {
        int n = TreeNode.count(page, at);
        int places = at + TAGS + 2 * n;
        System.arraycopy(page, places, page, places + 2, 2 * n);
        Bytes.putShort(page, places, tag);
        Bytes.putShort(page, places + 2 + 2 * n, place);
        TreeNode.setCount(page, at, n + 1);
    }

    /** Takes slot {@code i} away; the last one takes its number. */
    static void removeSlot(byte[] page, int at, int i) {
        int n = TreeNode.count(page, at);
        int tags = at + TAGS;
        int places = tags + 2 * n;
        Bytes.putShort(page, tags + 2 * i, Bytes.getShort(page, tags + 2 * (n - 1)));
        Bytes.putShort(page, places + 2 * i, Bytes.getShort(page, places + 2 * (n - 1)));
        System.arraycopy(page, places, page, places - 2, 2 * (n - 1));
        TreeNode.setCount(page, at, n - 1);
    }

    /** Makes {@code by} bytes of room (or takes them away) before {@code upTo}, by moving the entries that begin before it. */
    static void shift(byte[] page, int at, int upTo, int by) {
        int n = TreeNode.count(page, at);
        int end = at + end(page, at);
        int heap = heap(page, at);
        int start = end - heap;
        System.arraycopy(page, start, page, start - by, upTo - start);
        movePlaces(page, at + TAGS + 2 * n, n, Math.max(heap, heap + by), end - upTo, by);
        setHeap(page, at, heap + by);
    }

    /**
     * Takes an entry out of the heap: the one that lies first comes into its place when it is as long, else all before it move.
     * Its slot is still there.
     *
     * @param places where the leaf's places lie, {@code n} of them
     * @param firstBytes bytes of the entry that lies first
     */
    static void removeEntry(byte[] page, int at, int places, int n, int entry, int bytes, int firstBytes) {
        int heap = heap(page, at);
        int end = at + end(page, at);
        int start = end - heap;
        if (firstBytes != bytes) {
            System.arraycopy(page, start, page, start + bytes, entry - start);
            movePlaces(page, places, n, heap, end - entry, -bytes);
        } else if (entry != start) {
            System.arraycopy(page, start, page, entry, bytes);
            Bytes.putShort(page, places + 2 * indexOf(page, places, heap), end - entry);
        }
        setHeap(page, at, heap - bytes);
    }

    /** Which of the places this is; it must be one. */
    private static int indexOf(byte[] page, int places, int place) {
        long pattern = place * ONES;
        for (int i = 0; ; i += 4) {
            long same = equalLanes(Bytes.getLong(page, places + 2 * i) ^ pattern);
            if (same != 0) {
                return i + (Long.numberOfTrailingZeros(same) >>> 4);
            }
        }
    }

    /**
     * Adds {@code by} to those of {@code n} places that are above the limit: four at a time, without a branch.
     *
     * @param highest the highest that a place is or becomes
     */
    static void movePlaces(byte[] page, int places, int n, int highest, int limit, int by) {
        if (highest > MAX_LANE) {
            for (int p = places; p < places + 2 * n; p += 2) {
                int place = Bytes.getShort(page, p);
                Bytes.putShort(page, p, place > limit ? place + by : place);
            }
            return;
        }
        long least = (limit + 1) * ONES;
        for (int left = n, p = places; left > 0; left -= 4, p += 8) {
            long four = Bytes.getLong(page, p);
            long above = ((four | ~LANES) - least & ~LANES) >>> 15;
            if (left < 4) {
                above &= (1L << 16 * left) - 1;
            }
            Bytes.putLong(page, p, four + above * by);
        }
    }

    /** Copies all entries of another leaf behind those of this one, which has room. */
    static void appendAll(byte[] page, int at, byte[] from, int fromAt) {
        int n = TreeNode.count(page, at);
        int more = TreeNode.count(from, fromAt);
        int heap = heap(page, at);
        int moreHeap = heap(from, fromAt);
        int tags = at + TAGS;
        int places = tags + 2 * n;
        System.arraycopy(page, places, page, places + 2 * more, 2 * n);
        System.arraycopy(from, fromAt + TAGS, page, places, 2 * more);
        int morePlaces = tags + 4 * n + 2 * more;
        System.arraycopy(from, fromAt + TAGS + 2 * more, page, morePlaces, 2 * more);
        appendHeap(page, at, from, fromAt);
        movePlaces(page, morePlaces, more, heap + moreHeap, 0, heap);
        TreeNode.setCount(page, at, n + more);
    }

    /** Copies the bytes of all entries of another leaf to where the next entry would be. */
    static void appendHeap(byte[] page, int at, byte[] from, int fromAt) {
        int more = heap(from, fromAt);
        int heap = heap(page, at) + more;
        System.arraycopy(from, fromAt + end(from, fromAt) - more, page, at + end(page, at) - heap, more);
        setHeap(page, at, heap);
    }
}
