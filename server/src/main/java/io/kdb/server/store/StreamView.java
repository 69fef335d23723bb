package io.kdb.server.store;

import java.util.Arrays;

/**
 * The parts of a stream, for reading: its counters and its trees. Owner: a {@link StreamValue}, or the snapshot's thread for a pinned
 * record.
 *
 * <p>The record's value is the descriptor of four {@link IdTree}s with counters behind it. <b>nodes</b>: the ID of a node's
 * master entry -> a block with its listpack. <b>directory</b>: (group, 0) and (group, consumer) -> a block with the name and
 * the counters of the one or the other. <b>pending</b>: (group, ID) -> consumer, delivery time, deliveries. <b>owned</b>:
 * (group, consumer, ID) -> nothing. Groups, and consumers within a group, are known by a number: 32 bits of the name's hash,
 * and a second half, from 1 on, that tells names of the same hash apart.
 */
public final class StreamView {
    private static final int NODES = 0;
    private static final int DIRECTORY = 1;
    private static final int PENDING = 2;
    private static final int OWNED = 3;
    private static final int TREES = 4;

    private static final int COUNTERS = TreeDescriptor.bytes(TREES);
    static final int LENGTH = COUNTERS;
    static final int LAST = COUNTERS + 8;
    static final int FIRST = COUNTERS + 24;
    static final int MAX_DELETED = COUNTERS + 40;
    static final int ADDED = COUNTERS + 56;
    static final int GROUP_COUNT = COUNTERS + 64;
    static final int DESCRIPTOR_BYTES = COUNTERS + 68;

    /** Of a block of the directory: before the name. */
    static final int GROUP_LAST = 0; // ms and seq

    static final int CONSUMER_SEEN = 0;
    static final int GROUP_READ = 16;
    static final int ENTRY_PENDING = 24;
    static final int GROUP_CONSUMERS = 32;
    static final int NAME_LENGTH = 40;
    static final int NAME = 44;

    static final int PENDING_VALUE_BYTES = 24;

    final IdTree nodes = new IdTree(KeyedKind.ADDRESSES, 2, 4);
    final IdTree directory = new IdTree(KeyedKind.ADDRESSES, 2, 4);
    final IdTree pending = new IdTree(KeyedKind.WIDE, 3, PENDING_VALUE_BYTES);
    final IdTree owned = new IdTree(KeyedKind.WIDE, 4, 0);
    final StreamBlocks nodeBlocks = new StreamBlocks(0, nodes);
    final StreamBlocks directoryBlocks = new StreamBlocks(NAME, directory);

    private byte[] array;
    private int at;
    private byte[] whole = new byte[0];

    StreamView() {}

    /** Writes the descriptor of an empty stream. */
    static void writeNew(byte[] page, int at) {
        Arrays.fill(page, at, at + DESCRIPTOR_BYTES, (byte) 0);
        TreeDescriptor.setCount(page, at, TREES);
    }

    /** Points at a descriptor. */
    void open(Trees trees, byte[] page, int descriptorAt) {
        if (array != page) {
            array = page;
        }
        at = descriptorAt;
        nodes.open(trees, page, TreeDescriptor.tree(at, NODES));
        directory.open(trees, page, TreeDescriptor.tree(at, DIRECTORY));
        pending.open(trees, page, TreeDescriptor.tree(at, PENDING));
        owned.open(trees, page, TreeDescriptor.tree(at, OWNED));
        nodeBlocks.open(trees);
        directoryBlocks.open(trees);
    }

    /** The descriptor lies here now. */
    void moved(byte[] page, int descriptorAt) {
        if (array != page) {
            array = page;
        }
        at = descriptorAt;
        nodes.moved(page, TreeDescriptor.tree(at, NODES));
        directory.moved(page, TreeDescriptor.tree(at, DIRECTORY));
        pending.moved(page, TreeDescriptor.tree(at, PENDING));
        owned.moved(page, TreeDescriptor.tree(at, OWNED));
    }

    long get(int field) {
        return Bytes.getLong(array, at + field);
    }

    void set(int field, long value) {
        Bytes.putLong(array, at + field, value);
    }

    int number(int field) {
        return Bytes.getInt(array, at + field);
    }

    void number(int field, int value) {
        Bytes.putInt(array, at + field, value);
    }

    StreamId id(int field, StreamId into) {
        return into.set(get(field), get(field + 8));
    }

    void putId(int field, StreamId id) {
        set(field, id.ms());
        set(field + 8, id.seq());
    }

    // ---- counters ---------------------------------------------------------------------------------------------

    /** Entries that live. */
    public long length() {
        return get(LENGTH);
    }

    public long entriesAdded() {
        return get(ADDED);
    }

    /** Nodes, as XINFO's radix-tree-keys. */
    public long nodeCount() {
        return nodes.size();
    }

    public int groupCount() {
        return number(GROUP_COUNT);
    }

    /** The ID of the entry added last, or what XSETID made it. */
    public StreamId lastId(StreamId into) {
        return id(LAST, into);
    }

    /** The first entry's ID, 0-0 when there is none. */
    public StreamId firstId(StreamId into) {
        return id(FIRST, into);
    }

    /** The greatest ID that XDEL has removed. */
    public StreamId maxDeletedId(StreamId into) {
        return id(MAX_DELETED, into);
    }

    // ---- nodes ------------------------------------------------------------------------------------------------

    /** Opens the node where the search of {@link #nodes} ended. */
    void openNode(StreamNodeReader reader) {
        int address = nodes.address();
        if (nodeBlocks.isChained(address)) {
            byte[] copy = wholeNode(address);
            reader.open(copy, 0, nodes.keyWord(0), nodes.keyWord(1));
        } else {
            reader.open(nodeBlocks.page(address), nodeBlocks.at(address), nodes.keyWord(0), nodes.keyWord(1));
        }
    }

    /** A chained node's listpack, copied into an array of this view. */
    byte[] wholeNode(int address) {
        byte[] page = nodeBlocks.page(address);
        int handle = nodeBlocks.handle(address);
        int length = (int) Chains.length(page, handle);
        if (whole.length < length) {
            whole = new byte[length];
        }
        nodeBlocks.chains().read(page, handle, 0, whole, 0, length);
        return whole;
    }

    /** Goes to the first node; false when there is none. */
    public boolean firstNode() {
        return nodes.seekFirst();
    }

    public boolean nextNode() {
        return nodes.next();
    }

    /** The ID of the node's master entry. */
    public StreamId nodeId(StreamId into) {
        return into.set(nodes.keyWord(0), nodes.keyWord(1));
    }

    /** Shows the node's listpack. */
    public Element node(Element view) {
        int address = nodes.address();
        byte[] page = nodeBlocks.page(address);
        if (nodeBlocks.isChained(address)) {
            return view.chain(nodeBlocks.chains(), page, nodeBlocks.handle(address));
        }
        int start = nodeBlocks.at(address);
        return view.bytes(page, start, Listpack.bytes(page, start));
    }

    /** What XINFO calls radix-tree-nodes. */
    public long radixNodes() {
        RadixShape shape = new RadixShape();
        for (boolean more = nodes.seekFirst(); more; more = nodes.next()) {
            shape.add(nodes.keyWord(0), nodes.keyWord(1));
        }
        return shape.nodes();
    }

    // ---- IDs as counters --------------------------------------------------------------------------------------

    /** What {@link #entriesReadAt} and a group's counter say when nothing is known. */
    public static final long UNKNOWN = -1;

    /** Whether entries have been deleted from {@code from} on, as far as the stream remembers. */
    public boolean hasDeletedFrom(StreamId from) {
        if (length() == 0 || (get(MAX_DELETED) | get(MAX_DELETED + 8)) == 0) {
            return false;
        }
        if (StreamId.compare(get(FIRST), get(FIRST + 8), get(MAX_DELETED), get(MAX_DELETED + 8)) > 0) {
            return false;
        }
        return from.compareTo(get(MAX_DELETED), get(MAX_DELETED + 8)) <= 0;
    }

    /** How many entries had been added when this one was, or {@link #UNKNOWN}; as Redis estimates it. */
    public long entriesReadAt(StreamId id) {
        long added = entriesAdded();
        if (added == 0) {
            return 0;
        }
        int toLast = id.compareTo(get(LAST), get(LAST + 8));
        if (toLast == 0 || length() == 0 && toLast < 0) {
            return added;
        }
        if (toLast > 0) {
            return UNKNOWN;
        }
        int toFirst = id.compareTo(get(FIRST), get(FIRST + 8));
        boolean none = (get(MAX_DELETED) | get(MAX_DELETED + 8)) == 0;
        if (none || StreamId.compare(get(MAX_DELETED), get(MAX_DELETED + 8), get(FIRST), get(FIRST + 8)) < 0) {
            if (toFirst < 0) {
                return added - length();
            }
            if (toFirst == 0) {
                return added - length() + 1;
            }
        }
        return UNKNOWN;
    }
}
