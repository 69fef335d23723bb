package io.kdb.server.store;

/**
 * An ordered map from keys of a few unsigned 64-bit words to values of a fixed size: a copy-on-write B+ tree in blocks of a
 * segment. Owner: its {@link StreamValue}; the segment's lock.
 *
 * <p>Note: a block's header counts its further owners in the upper half, as in {@link Chains}, and has its level from bit 16
 * on. Behind it: the number of entries (4 bytes, 4 unused), then entries: key and value in a leaf, key and child's address
 * in an inner block. An inner key is a lower bound of what lies below it; the first one counts as minus infinity. Full blocks
 * are split on the way down, so no insertion has to go back up, and one that runs out of memory leaves a sound tree. Where
 * keys come in ascending order, blocks are left full.
 */
final class IdTree {
    static final int MAX_WORDS = 4;
    private static final int MAX_HEIGHT = 12;
    private static final int ENTRIES = 16;
    private static final int LEVEL_SHIFT = 16;
    private static final int BLOCK_BYTES = 1024;

    private final int words;
    private final int keyBytes;
    private final int valueBytes;
    /** Null when values are plain bytes; else values are addresses and this knows what lies there. */
    private final Payloads payloads;

    private BlockAllocator blocks;
    private int root;
    private final long[] key = new long[MAX_WORDS];

    // The path to the entry where a search ended: block and entry index by level.
    private final int[] path = new int[MAX_HEIGHT];
    private final int[] index = new int[MAX_HEIGHT];

    /** What the addresses in leaves stand for. */
    interface Payloads {
        /** Frees the payload or takes one of its owners away. */
        void release(int address);

        /** A copy in another segment's blocks; 0 when memory is short. */
        int copy(int address, BlockAllocator to);

        long bytes(int address);
    }

    IdTree(int words, int valueBytes, Payloads payloads) {
        this.words = words;
        this.keyBytes = 8 * words;
        this.valueBytes = valueBytes;
        this.payloads = payloads;
    }

    void bind(BlockAllocator itsBlocks, int itsRoot) {
        blocks = itsBlocks;
        root = itsRoot;
    }

    /** The root's address, 0 when empty; any change may change it. */
    int root() {
        return root;
    }

    boolean isEmpty() {
        return root == 0;
    }

    // ---- blocks -----------------------------------------------------------------------------------------------

    private int level(int block) {
        return Bytes.getInt(blocks.page(block), blocks.offset(block)) >>> LEVEL_SHIFT;
    }

    private int count(int block) {
        return Bytes.getInt(blocks.page(block), blocks.offset(block) + 8);
    }

    private void count(int block, int n) {
        Bytes.putInt(blocks.page(block), blocks.offset(block) + 8, n);
    }

    private int entryBytes(int level) {
        return keyBytes + (level == 0 ? valueBytes : 4);
    }

    private int at(int block, int level, int i) {
        return blocks.offset(block) + ENTRIES + i * entryBytes(level);
    }

    private int child(int block, int i) {
        return Bytes.getInt(blocks.page(block), at(block, 1, i) + keyBytes);
    }

    private void child(int block, int i, int address) {
        Bytes.putInt(blocks.page(block), at(block, 1, i) + keyBytes, address);
    }

    private int capacity(int block, int level) {
        return ((blocks.blockGranules(block) << PagePool.GRANULE_SHIFT) - ENTRIES) / entryBytes(level);
    }

    private int fullCapacity(int level) {
        return (BLOCK_BYTES - ENTRIES) / entryBytes(level);
    }

    private int newBlock(int level, int entries) {
        int block = blocks.allocate(BlockAllocator.granules((long) ENTRIES + (long) entries * entryBytes(level)));
        if (block == 0) {
            throw new StoreFull();
        }
        byte[] page = blocks.page(block);
        int at = blocks.offset(block);
        Bytes.putInt(page, at, Bytes.getInt(page, at) | level << LEVEL_SHIFT);
        Bytes.putLong(page, at + 8, 0);
        return block;
    }

    static int furtherOwners(BlockAllocator blocks, int block) {
        return Bytes.getInt(blocks.page(block), blocks.offset(block) + 4);
    }

    static void addOwners(BlockAllocator blocks, int block, int by) {
        Bytes.putInt(blocks.page(block), blocks.offset(block) + 4, furtherOwners(blocks, block) + by);
    }

    /** A block of this size with the same entries, whose children have one more owner; the old one loses one. */
    private int replace(int block, int level, int entries) {
        int copy = newBlock(level, entries);
        int count = count(block);
        System.arraycopy(
                blocks.page(block),
                at(block, level, 0),
                blocks.page(copy),
                at(copy, level, 0),
                count * entryBytes(level));
        count(copy, count);
        if (furtherOwners(blocks, block) > 0) {
            if (level > 0 || payloads != null) {
                for (int i = 0; i < count; i++) {
                    addOwners(blocks, address(copy, level, i), 1);
                }
            }
            addOwners(blocks, block, -1);
        } else {
            blocks.free(block);
        }
        return copy;
    }

    private int address(int block, int level, int i) {
        return Bytes.getInt(blocks.page(block), at(block, level, i) + keyBytes);
    }

    // ---- searching --------------------------------------------------------------------------------------------

    private void key(long k0, long k1, long k2, long k3) {
        key[0] = k0;
        key[1] = k1;
        key[2] = k2;
        key[3] = k3;
    }

    private int compare(byte[] page, int at) {
        for (int w = 0; w < words; w++) {
            long word = Bytes.getLong(page, at + 8 * w);
            if (word != key[w]) {
                return Long.compareUnsigned(word, key[w]);
            }
        }
        return 0;
    }

    /** The last entry whose key is at most the one sought, or -1. */
    private int floor(int block, int level) {
        byte[] page = blocks.page(block);
        int size = entryBytes(level);
        int start = at(block, level, 0);
        int count = count(block);
        // What comes in order is sought at the end.
        if (count > 0 && compare(page, start + (count - 1) * size) <= 0) {
            return count - 1;
        }
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(page, start + middle * size) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /** Goes to the last entry whose key is at most this; false when there is none (then the position is before the first). */
    boolean seekFloor(long k0, long k1, long k2, long k3) {
        if (root == 0) {
            return false;
        }
        key(k0, k1, k2, k3);
        int block = root;
        for (int level = level(root); level > 0; level--) {
            path[level] = block;
            index[level] = Math.max(0, floor(block, level));
            block = child(block, index[level]);
        }
        path[0] = block;
        index[0] = floor(block, 0);
        return index[0] >= 0 || previousLeaf();
    }

    /** Goes to the entry of exactly this key; false when there is none. */
    boolean seek(long k0, long k1, long k2, long k3) {
        return seekFloor(k0, k1, k2, k3) && compare(blocks.page(path[0]), at(path[0], 0, index[0])) == 0;
    }

    /** Goes to the first entry whose key is at least this; false when there is none. */
    boolean seekCeiling(long k0, long k1, long k2, long k3) {
        if (root == 0) {
            return false;
        }
        if (seekFloor(k0, k1, k2, k3)) {
            return compare(blocks.page(path[0]), at(path[0], 0, index[0])) == 0 || next();
        }
        return seekFirst();
    }

    boolean seekFirst() {
        if (root == 0) {
            return false;
        }
        descend(root, level(root), false);
        return true;
    }

    boolean seekLast() {
        if (root == 0) {
            return false;
        }
        descend(root, level(root), true);
        return true;
    }

    private void descend(int from, int fromLevel, boolean last) {
        int block = from;
        for (int level = fromLevel; ; level--) {
            path[level] = block;
            index[level] = last ? count(block) - 1 : 0;
            if (level == 0) {
                return;
            }
            block = child(block, index[level]);
        }
    }

    /** Goes to the next entry; false, staying where it is, when there is none. */
    boolean next() {
        if (index[0] + 1 < count(path[0])) {
            index[0]++;
            return true;
        }
        int top = level(root);
        for (int level = 1; level <= top; level++) {
            if (index[level] + 1 < count(path[level])) {
                index[level]++;
                descend(child(path[level], index[level]), level - 1, false);
                return true;
            }
        }
        return false;
    }

    boolean previous() {
        if (index[0] > 0) {
            index[0]--;
            return true;
        }
        return previousLeaf();
    }

    private boolean previousLeaf() {
        int top = level(root);
        for (int level = 1; level <= top; level++) {
            if (index[level] > 0) {
                index[level]--;
                descend(child(path[level], index[level]), level - 1, true);
                return true;
            }
        }
        return false;
    }

    /** A word of the key where the last search ended. */
    long keyWord(int w) {
        return Bytes.getLong(blocks.page(path[0]), at(path[0], 0, index[0]) + 8 * w);
    }

    /** The array that the value of the entry lies in, at {@link #valueOffset}. */
    byte[] valueArray() {
        return blocks.page(path[0]);
    }

    int valueOffset() {
        return at(path[0], 0, index[0]) + keyBytes;
    }

    /** The address that is the entry's value. */
    int address() {
        return Bytes.getInt(valueArray(), valueOffset());
    }

    void address(int address) {
        Bytes.putInt(valueArray(), valueOffset(), address);
    }

    // ---- changing ---------------------------------------------------------------------------------------------

    /** Makes the path to the entry where a search ended this tree's alone, so that its value may be written. */
    void own() {
        int top = level(root);
        for (int level = top; level >= 0; level--) {
            ownBlock(level, top);
        }
    }

    private void ownBlock(int level, int top) {
        if (furtherOwners(blocks, path[level]) > 0) {
            link(level, top, replace(path[level], level, capacity(path[level], level)));
        }
    }

    /** Puts another block at a place of the path. */
    private void link(int level, int top, int block) {
        path[level] = block;
        if (level == top) {
            root = block;
        } else {
            child(path[level + 1], index[level + 1], block);
        }
    }

    /** Adds an entry, which must not exist, and goes there; its value is undefined. */
    void insert(long k0, long k1, long k2, long k3) {
        key(k0, k1, k2, k3);
        if (root == 0) {
            root = newBlock(0, 2);
        }
        if (count(root) == fullCapacity(level(root))) {
            int above = newBlock(level(root) + 1, 2);
            putKeyOf(above, root);
            child(above, 0, root);
            count(above, 1);
            root = above;
        }
        int top = level(root);
        path[top] = root;
        for (int level = top; ; level--) {
            ownBlock(level, top);
            roomFor(level, top);
            if (level == 0) {
                break;
            }
            index[level] = Math.max(0, floor(path[level], level));
            path[level - 1] = child(path[level], index[level]);
            if (count(path[level - 1]) == fullCapacity(level - 1)) {
                split(level);
            }
        }
        int i = floor(path[0], 0) + 1;
        openGap(path[0], 0, i);
        index[0] = i;
        writeKey(path[0], 0, i);
    }

    private void putKeyOf(int above, int below) {
        int level = level(below);
        if (count(below) > 0) {
            System.arraycopy(
                    blocks.page(below), at(below, level, 0), blocks.page(above), at(above, level + 1, 0), keyBytes);
        }
    }

    private void writeKey(int block, int level, int i) {
        byte[] page = blocks.page(block);
        int at = at(block, level, i);
        for (int w = 0; w < words; w++) {
            Bytes.putLong(page, at + 8 * w, key[w]);
        }
    }

    private void openGap(int block, int level, int i) {
        byte[] page = blocks.page(block);
        int size = entryBytes(level);
        int count = count(block);
        int at = at(block, level, i);
        System.arraycopy(page, at, page, at + size, (count - i) * size);
        count(block, count + 1);
    }

    /** Makes the block of the path at this level, which is owned and not full, large enough for one more entry. */
    private void roomFor(int level, int top) {
        int block = path[level];
        int count = count(block);
        if (count < capacity(block, level)) {
            return;
        }
        int entries = Math.min(fullCapacity(level), Math.max(4, count + (count >> 1)));
        int granules = BlockAllocator.granules((long) ENTRIES + (long) entries * entryBytes(level));
        if (!blocks.extend(block, granules)) {
            link(level, top, replace(block, level, entries));
        }
    }

    /** Splits the full child below {@code path[level]}, which has room, and goes on with the half that the key is in. */
    private void split(int level) {
        int below = level - 1;
        int top = level(root);
        ownBlock(below, top);
        int left = path[below];
        int count = count(left);
        // At the place of the new key, when that is in the right half: what comes in order leaves full blocks behind.
        int keep = Math.min(Math.max(count / 2, floor(left, below) + 1), below == 0 ? count : count - 1);
        int right = newBlock(below, Math.max(4, keep == count ? 4 : fullCapacity(below)));
        int moved = count - keep;
        int size = entryBytes(below);
        System.arraycopy(
                blocks.page(left), at(left, below, keep), blocks.page(right), at(right, below, 0), moved * size);
        count(right, moved);
        count(left, keep);
        int i = index[level] + 1;
        openGap(path[level], level, i);
        if (moved == 0) {
            writeKey(path[level], level, i);
        } else {
            System.arraycopy(
                    blocks.page(right),
                    at(right, below, 0),
                    blocks.page(path[level]),
                    at(path[level], level, i),
                    keyBytes);
        }
        child(path[level], i, right);
        if (moved == 0 || compare(blocks.page(right), at(right, below, 0)) <= 0) {
            index[level] = i;
            path[below] = right;
        }
    }

    /** Removes the entry where a search ended; its payload is the caller's. The position is void. */
    void remove() {
        own();
        int top = level(root);
        closeGap(path[0], 0, index[0]);
        for (int level = 0; level <= top; level++) {
            int block = path[level];
            int count = count(block);
            if (count == 0) {
                blocks.free(block);
                if (level == top) {
                    root = 0;
                    return;
                }
                closeGap(path[level + 1], level + 1, index[level + 1]);
            } else {
                if (level < top) {
                    thin(level, top);
                }
                break;
            }
        }
        while (level(root) > 0 && count(root) == 1) {
            // An owner of the root only: its child may have others, and keeps them.
            int only = child(root, 0);
            blocks.free(root);
            root = only;
            if (furtherOwners(blocks, root) > 0) {
                break;
            }
        }
    }

    private void closeGap(int block, int level, int i) {
        byte[] page = blocks.page(block);
        int size = entryBytes(level);
        int count = count(block);
        int at = at(block, level, i);
        System.arraycopy(page, at + size, page, at, (count - i - 1) * size);
        count(block, count - 1);
    }

    /** Joins a thin block of the path with its right neighbour, or its left one; or gives its unused end back. */
    private void thin(int level, int top) {
        int block = path[level];
        int count = count(block);
        if (count * 4 > fullCapacity(level)) {
            return;
        }
        int above = path[level + 1];
        int i = index[level + 1];
        if (i + 1 < count(above)) {
            join(above, level, i);
        } else if (i > 0) {
            join(above, level, i - 1);
        }
        assert level < top;
    }

    private void join(int above, int level, int i) {
        int left = child(above, i);
        int right = child(above, i + 1);
        int leftCount = count(left);
        int rightCount = count(right);
        int sum = leftCount + rightCount;
        if (sum * 4 > fullCapacity(level) * 3 || furtherOwners(blocks, left) > 0 || furtherOwners(blocks, right) > 0) {
            return;
        }
        if (sum > capacity(left, level)) {
            int granules = BlockAllocator.granules((long) ENTRIES + (long) sum * entryBytes(level));
            if (!blocks.extend(left, granules)) {
                int larger = blocks.allocate(granules);
                if (larger == 0) {
                    return; // thin blocks are only a waste
                }
                blocks.free(larger);
                left = replace(left, level, sum);
                child(above, i, left);
            }
        }
        int size = entryBytes(level);
        System.arraycopy(
                blocks.page(right),
                at(right, level, 0),
                blocks.page(left),
                at(left, level, leftCount),
                rightCount * size);
        if (level > 0) {
            // The first key of an inner block counts as minus infinity; as one of several it must be a bound.
            System.arraycopy(
                    blocks.page(above),
                    at(above, level + 1, i + 1),
                    blocks.page(left),
                    at(left, level, leftCount),
                    keyBytes);
        }
        count(left, sum);
        blocks.free(right);
        closeGap(above, level + 1, i + 1);
    }

    // ---- whole trees ------------------------------------------------------------------------------------------

    /** Adds an owner to the tree: both it and the next to be written to copy what they change. */
    static void share(BlockAllocator blocks, int root) {
        if (root != 0) {
            addOwners(blocks, root, 1);
        }
    }

    /** Gives the tree up, whatever its size. */
    void release() {
        while (root != 0) {
            releaseSome();
        }
    }

    /** Gives up at most one leaf's worth of entries from the end; true when nothing is left. */
    boolean releaseSome() {
        if (root == 0) {
            return true;
        }
        if (furtherOwners(blocks, root) > 0) {
            addOwners(blocks, root, -1);
            root = 0;
            return true;
        }
        int top = level(root);
        int block = root;
        for (int level = top; ; level--) {
            path[level] = block;
            if (level == 0) {
                break;
            }
            int last = count(block) - 1;
            int below = child(block, last);
            if (furtherOwners(blocks, below) > 0) {
                addOwners(blocks, below, -1);
                return dropLast(level, top);
            }
            block = below;
        }
        if (payloads != null) {
            for (int i = 0; i < count(block); i++) {
                payloads.release(address(block, 0, i));
            }
        }
        blocks.free(block);
        if (top == 0) {
            root = 0;
            return true;
        }
        return dropLast(1, top);
    }

    /** Takes the last entry of the path's block out, and empty blocks above it; true when nothing is left. */
    private boolean dropLast(int from, int top) {
        for (int level = from; level <= top; level++) {
            int left = count(path[level]) - 1;
            if (left > 0) {
                count(path[level], left);
                return false;
            }
            blocks.free(path[level]);
        }
        root = 0;
        return true;
    }

    /** A copy in another segment's blocks, payloads included; its root. Throws when memory is short, with nothing kept. */
    int copy(BlockAllocator to) {
        IdTree copy = new IdTree(words, valueBytes, payloads);
        copy.bind(to, 0);
        boolean more = seekFirst();
        try {
            while (more) {
                int payload = payloads == null ? 0 : payloads.copy(address(), to);
                if (payloads != null && payload == 0) {
                    throw new StoreFull();
                }
                try {
                    copy.insert(keyWord(0), keyWord(1), words > 2 ? keyWord(2) : 0, words > 3 ? keyWord(3) : 0);
                } catch (StoreFull full) {
                    if (payload != 0) {
                        blocksOf(to, payload);
                    }
                    throw full;
                }
                if (payloads != null) {
                    copy.address(payload);
                } else {
                    System.arraycopy(valueArray(), valueOffset(), copy.valueArray(), copy.valueOffset(), valueBytes);
                }
                more = next();
            }
        } catch (StoreFull full) {
            copy.release();
            throw full;
        }
        return copy.root();
    }

    private static void blocksOf(BlockAllocator to, int payload) {
        to.free(payload);
    }

    /** Bytes of all blocks, payloads included. */
    long bytes() {
        long sum = 0;
        if (root != 0) {
            sum = bytes(root, level(root));
        }
        return sum;
    }

    private long bytes(int block, int level) {
        long sum = (long) blocks.blockGranules(block) << PagePool.GRANULE_SHIFT;
        if (level > 0 || payloads != null) {
            for (int i = 0; i < count(block); i++) {
                sum += level > 0 ? bytes(child(block, i), level - 1) : payloads.bytes(address(block, 0, i));
            }
        }
        return sum;
    }
}
