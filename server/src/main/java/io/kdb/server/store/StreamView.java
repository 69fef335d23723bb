package io.kdb.server.store;

/**
 * The parts of a stream, for reading: its counters and its trees. Owner: a {@link StreamValue}, or the snapshot's thread for a pinned
 * record.
 *
 * <p>The record's value is a descriptor: counters, then the roots of four {@link IdTree}s. <b>nodes</b>: the ID of a node's
 * master entry -> a block with its listpack. <b>directory</b>: (group, 0) and (group, consumer) -> a block with the name and
 * the counters of the one or the other. <b>pending</b>: (group, ID) -> consumer, delivery time, deliveries. <b>owned</b>:
 * (group, consumer, ID) -> nothing. Groups, and consumers within a group, are known by a number: 32 bits of the name's hash,
 * and a second half, from 1 on, that tells names of the same hash apart.
 */
public final class StreamView {
    static final int LENGTH = 0;
    static final int LAST = 8;
    static final int FIRST = 24;
    static final int MAX_DELETED = 40;
    static final int ADDED = 56;
    static final int NODE_COUNT = 64;
    static final int GROUP_COUNT = 72;
    static final int NODES = 76;
    static final int DIRECTORY = 80;
    static final int PENDING = 84;
    static final int OWNED = 88;
    static final int DESCRIPTOR_BYTES = 92;

    /** Of a block of the directory: before the name. */
    static final int GROUP_LAST = 0; // ms and seq

    static final int CONSUMER_SEEN = 0;
    static final int GROUP_READ = 16;
    static final int ENTRY_PENDING = 24;
    static final int GROUP_CONSUMERS = 32;
    static final int NAME_LENGTH = 40;
    static final int NAME = 44;

    static final int PENDING_VALUE_BYTES = 24;

    final StreamBlocks nodeBlocks = new StreamBlocks(0);
    final StreamBlocks directoryBlocks = new StreamBlocks(NAME);
    final IdTree nodes = new IdTree(2, 4, nodeBlocks);
    final IdTree directory = new IdTree(2, 4, directoryBlocks);
    final IdTree pending = new IdTree(3, PENDING_VALUE_BYTES, null);
    final IdTree owned = new IdTree(4, 0, null);

    private byte[] array;
    private int at;
    private byte[] whole = new byte[0];

    StreamView() {}

    /** Points at a descriptor. */
    void bind(BlockAllocator blocks, Chains chains, byte[] page, int descriptorAt) {
        nodeBlocks.bind(blocks, chains);
        directoryBlocks.bind(blocks, chains);
        moved(page, descriptorAt);
        nodes.bind(blocks, number(NODES));
        directory.bind(blocks, number(DIRECTORY));
        pending.bind(blocks, number(PENDING));
        owned.bind(blocks, number(OWNED));
    }

    /** The descriptor lies here now. */
    void moved(byte[] page, int descriptorAt) {
        array = page;
        at = descriptorAt;
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

    /** Notes the trees' roots in the descriptor. */
    void storeRoots() {
        number(NODES, nodes.root());
        number(DIRECTORY, directory.root());
        number(PENDING, pending.root());
        number(OWNED, owned.root());
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
        return get(NODE_COUNT);
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

    /** Lets go of what reading large nodes has needed. */
    void forgetWhole() {
        if (whole.length > 0) {
            whole = new byte[0];
        }
    }

    /** Bytes of all trees. */
    long treeBytes() {
        return nodes.bytes() + directory.bytes() + pending.bytes() + owned.bytes();
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
