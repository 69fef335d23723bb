package io.kdb.server.store;

/**
 * Loads the cache lines of elements that are about to be looked up in large hashes, sets and sorted sets: all ways down the
 * trees level by level, then all leaves, then all entries, so that the misses overlap instead of following each other.
 * Owner: an event loop.
 *
 * <p>Note: it holds no lock, so whatever it meets may be changing under its feet. It reads only the pages' bytes, whose bounds
 * the array checks, believes nothing, and gives up where something makes no sense; what it answers means nothing.
 */
public final class ElementTouch {
    private static final int CAPACITY = 256;
    private static final int LINE_BYTES = 64;
    /** The length of an element that is not asked for. */
    private static final int UNNAMED = -1;

    private final Keyspace keyspace;
    private final BlockAllocator blocks;

    private final long[] hashes = new long[CAPACITY];
    /** Where each way down has come; 0 when it was given up. */
    private final int[] nodes = new int[CAPACITY];

    private final int[] heights = new int[CAPACITY];
    /** The positions that the node is for: the first one, and the one behind. */
    private final long[] lows = new long[CAPACITY];

    private final long[] highs = new long[CAPACITY];
    /** The child that each way goes to, of the nodes of the first level, then of the second, ... */
    private final int[] children = new int[CAPACITY * TreePath.MAX_HEIGHT];

    private final int[] slots = new int[CAPACITY];
    private final int[] entries = new int[CAPACITY];
    private final int[] offsets = new int[CAPACITY];
    private final int[] lengths = new int[CAPACITY];
    /** The array that all elements lie in. */
    private byte[] array;
    /** The way of the element that was asked for last. */
    private int way;

    private int count;
    private int highest;

    // the tree of the key that was asked for last
    private long keyHash;
    private int keyDb;
    private int root;
    private int height;
    /** Of a sorted set, the tree of its order. */
    private int orderRoot;

    private int orderHeight;

    public ElementTouch(Keyspace keyspace) {
        this.keyspace = keyspace;
        blocks = keyspace.segment(0).blocks;
    }

    /** Forgets everything that was added. */
    public void clear() {
        count = 0;
        highest = 0;
        way = 0;
        array = null;
        keyDb = -1;
    }

    /** Whether {@link #add} would be in vain. */
    public boolean isFull() {
        return count == CAPACITY;
    }

    /** Goes to the collection at a key, whose bucket and record have been touched; false when it has no tree. */
    public boolean at(int db, int slot, long hash) {
        if (hash != keyHash || db != keyDb) {
            keyHash = hash;
            keyDb = db;
            root = 0;
            orderRoot = 0;
            try {
                open(keyspace.recordAbout(db, slot, hash));
            } catch (IndexOutOfBoundsException e) {
                root = 0;
            }
        }
        return root != 0;
    }

    private void open(int record) {
        byte[] page = blocks.pageOrNull(record);
        if (record == 0 || page == null) {
            return;
        }
        int at = blocks.offset(record);
        long header = Bytes.getLong(page, at);
        int type = (int) (header >>> Layout.TYPE_SHIFT) & Layout.TYPE_MASK;
        if ((header & Layout.TREE) != 0
                && (type == ValueType.HASH || type == ValueType.SET || type == ValueType.ZSET)) {
            int descriptor = at + Layout.keyStart(header) + Layout.keyBytes(header, page, at);
            int tree = TreeDescriptor.tree(descriptor, 0);
            height = Math.min(Bytes.getInt(page, tree + 4), TreePath.MAX_HEIGHT);
            root = Bytes.getInt(page, tree);
            if (type == ValueType.ZSET) {
                int order = TreeDescriptor.tree(descriptor, TreeSortedSet.ORDER);
                orderHeight = Math.min(Bytes.getInt(page, order + 4), TreePath.MAX_HEIGHT);
                orderRoot = Bytes.getInt(page, order);
            }
        }
    }

    /** Adds an element of the collection that {@link #at} went to; all of them lie in one array, others are left out. */
    public void add(byte[] bytes, int offset, int length) {
        if (array == null) {
            array = bytes;
        } else if (array != bytes) {
            return;
        }
        add(KeyHash.hash(bytes, offset, length), offset, length);
    }

    private void add(long hash, int offset, int length) {
        offsets[count] = offset;
        lengths[count] = length;
        slots[count] = -1;
        hashes[count] = hash;
        nodes[count] = root;
        heights[count] = height;
        lows[count] = 0;
        highs[count] = HashedPath.END;
        highest = Math.max(highest, height);
        count++;
    }

    /**
     * Adds the members that come first, or last, in the sorted set that {@link #at} went to: so many of them at most, as far as
     * they lie side by side.
     */
    public void addFromEnd(boolean last, int wanted) {
        int end = Math.min(CAPACITY, count + wanted);
        try {
            int node = orderRoot;
            for (int level = 1; level < orderHeight && node != 0; level++) {
                node = orderChild(node, last ? children(node) - 1 : 0);
            }
            int leaves = orderHeight == 0 ? 1 : children(node);
            for (int i = 0; i < leaves && count < end; i++) {
                int nth = last ? leaves - 1 - i : i;
                addMembers(orderHeight == 0 ? node : orderChild(node, nth), last, end);
            }
        } catch (IndexOutOfBoundsException e) {
            return; // the tree changes
        }
    }

    private int children(int node) {
        byte[] page = blocks.pageOrNull(node);
        return page == null ? 0 : TreeNode.count(page, blocks.offset(node));
    }

    private int orderChild(int node, int i) {
        byte[] page = blocks.pageOrNull(node);
        int stride = ScoredKind.INSTANCE.separatorBytes + TreeNode.CHILD_BYTES;
        int at = blocks.offset(node) + TreeNode.BODY + i * stride + ScoredKind.INSTANCE.separatorBytes;
        return page == null || i < 0 ? 0 : Bytes.getInt(page, at);
    }

    private void addMembers(int leaf, boolean last, int end) {
        byte[] page = blocks.pageOrNull(leaf);
        if (page == null) {
            return;
        }
        int at = blocks.offset(leaf);
        int n = TreeNode.count(page, at);
        for (int i = 0; i < n && count < end; i++) {
            int cell = ScoredLeaf.cell(ScoredLeaf.entry(page, at, last ? n - 1 - i : i));
            if (!HashedLeaf.isExternal(page, cell)) {
                add(KeyHash.hash(page, cell + 1, page[cell] & 0xFF), 0, UNNAMED);
            }
        }
    }

    /** Loads what the elements that were added will need. */
    public long touch() {
        if (count < 2) {
            return 0;
        }
        long seen = 0;
        try {
            for (int level = 0; level < highest; level++) {
                seen += guess(level);
                descend(level);
            }
            return seen + leaves() + entries();
        } catch (IndexOutOfBoundsException e) {
            return seen;
        }
    }

    /** Guesses which child each way goes to, from where its position lies in the node's range, and loads that line. */
    private long guess(int level) {
        long seen = 0;
        for (int i = 0; i < count; i++) {
            byte[] page = level < heights[i] ? blocks.pageOrNull(nodes[i]) : null;
            if (page != null) {
                int at = blocks.offset(nodes[i]);
                // A division of doubles, of which several are under way at a time, as of longs they are not.
                double share = (double) (HashedPath.position(hashes[i]) - lows[i]) / (highs[i] - lows[i]);
                int child = (int) (share * TreeNode.count(page, at));
                children[level * CAPACITY + i] = child;
                seen += HashedPath.childOf(page, at + TreeNode.BODY, child);
            }
        }
        return seen;
    }

    private void descend(int level) {
        for (int i = 0; i < count; i++) {
            byte[] page = level < heights[i] ? blocks.pageOrNull(nodes[i]) : null;
            if (page != null) {
                int first = blocks.offset(nodes[i]) + TreeNode.BODY;
                int n = TreeNode.count(page, first - TreeNode.BODY);
                int child = HashedPath.route(
                        page, first, n, HashedPath.position(hashes[i]), children[level * CAPACITY + i]);
                children[level * CAPACITY + i] = child;
                if (child > 0) {
                    lows[i] = HashedPath.separatorOf(page, first, child);
                }
                if (child + 1 < n) {
                    highs[i] = HashedPath.separatorOf(page, first, child + 1);
                }
                nodes[i] = HashedPath.childOf(page, first, child);
            }
        }
    }

    /** A leaf's first lines have its tags, and mostly all of its places. */
    private long leaves() {
        long seen = 0;
        for (int i = 0; i < count; i++) {
            byte[] page = blocks.pageOrNull(nodes[i]);
            int at = blocks.offset(nodes[i]) + TreeNode.BODY;
            if (page != null && at + 2 * LINE_BYTES < page.length) {
                seen += page[at] + page[at + LINE_BYTES] + page[at + 2 * LINE_BYTES];
            }
        }
        return seen;
    }

    /** First looks where all of them are, then loads them: a processor looks ahead only so many instructions. */
    private long entries() {
        for (int i = 0; i < count; i++) {
            byte[] page = blocks.pageOrNull(nodes[i]);
            entries[i] = 0;
            if (page != null) {
                int at = blocks.offset(nodes[i]);
                long same = HashedLeaf.sameTags(page, at, TreeNode.count(page, at), 0, hashes[i]);
                if (same != 0) {
                    slots[i] = HashedLeaf.lowest(same);
                    entries[i] = HashedLeaf.entry(page, at, slots[i]);
                }
            }
        }
        long seen = 0;
        for (int i = 0; i < count; i++) {
            byte[] page = blocks.pageOrNull(nodes[i]);
            int entry = entries[i];
            if (page != null && entry + LINE_BYTES < page.length) {
                seen += page[entry] + page[entry + LINE_BYTES];
            }
        }
        return seen;
    }

    // ---- what was learnt --------------------------------------------------------------------------------------

    /** The number of the way to an element that was added, by where its bytes lie, or -1; in the order of adding. */
    int wayTo(byte[] bytes, int offset, int length) {
        if (bytes != array) {
            return -1;
        }
        while (way < count && (lengths[way] == UNNAMED || offsets[way] < offset)) {
            way++;
        }
        return way < count && offsets[way] == offset && lengths[way] == length ? way : -1;
    }

    /** The number of the way to the next member that {@link #addFromEnd} has added, if it has this hash; else -1. */
    int wayToTaken(long hash) {
        int i = way;
        while (i < count && lengths[i] != UNNAMED) {
            i++;
        }
        if (i == count || hashes[i] != hash) {
            return -1;
        }
        way = i + 1;
        return i;
    }

    /** Elements that were added. */
    int count() {
        return count;
    }

    long hash(int of) {
        return hashes[of];
    }

    /** The child by which a way left the node of this level: a guess. */
    int child(int of, int level) {
        return children[level * CAPACITY + of];
    }

    /** The element's number in its leaf: a guess; -1 when it was not found. */
    int slot(int of) {
        return slots[of];
    }
}
