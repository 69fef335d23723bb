package io.kdb.server.store;

import java.util.Arrays;

/** One record of a snapshot, as it was at the snapshot's point. Owner: the snapshot's thread, during one visit; or who shows
 * itself one that is there now, until it changes. */
public final class RecordView {
    private byte[] pinned = new byte[Chains.HANDLE_BYTES];
    private Segment segment;
    private Chains chains;
    private int db;
    private int slot;
    private byte[] key = new byte[64];
    private int keyLength;
    private int type;
    private int encoding;
    private long expireAtMs;
    private int lru;
    private long valueLength;
    private byte[] array;
    private int offset;
    private boolean chained;
    private boolean tree;

    void set(PreservingTable reader, int address, int logicalDb, int slotOfKey) {
        long ref = RecordTable.ref(address);
        db = logicalDb;
        slot = slotOfKey;
        keyLength = reader.keyLength(ref);
        if (key.length < keyLength) {
            key = Arrays.copyOf(key, Math.max(keyLength, key.length * 2));
        }
        reader.copyKey(ref, key, 0);
        type = reader.type(ref);
        encoding = reader.encoding(ref);
        expireAtMs = reader.expireAt(ref);
        lru = reader.lru(ref);
        valueLength = reader.valueLength(ref);
        segment = reader.segment;
        chains = reader.chains;
        chained = !reader.isContiguous(ref);
        tree = reader.isTree(ref);
        array = reader.blocks.page(address);
        offset = reader.valueOffset(ref);
    }

    /** Makes this a second owner of the value's pieces or trees, so that it outlives the lock; false when memory is short. */
    boolean pin() {
        if (tree) {
            TreeDescriptor.retain(segment.trees, array, offset);
            pinned = Arrays.copyOfRange(array, offset, offset + (int) valueLength);
        } else if (!chains.share(array, offset, pinned, 0)) {
            return false;
        }
        array = pinned;
        offset = 0;
        return true;
    }

    /** Lets go of what {@link #pin} took; takes the segment's lock where it is not held. */
    void unpin() {
        boolean locked = segment.enter();
        try {
            if (tree) {
                TreeDescriptor.dispose(segment.trees, pinned, 0);
            } else {
                chains.free(pinned, 0);
            }
        } finally {
            if (locked) {
                segment.unlock();
            }
        }
    }

    /** Whether the value is read without the lock: the visitor may take its time, I/O included. */
    public boolean isPinned() {
        return array == pinned;
    }

    /** The database's number at the snapshot's point. */
    public int db() {
        return db;
    }

    /** The slot, or -1 outside cluster mode. */
    public int slot() {
        return slot;
    }

    /** The key's bytes, from index 0, {@link #keyLength} of them. */
    public byte[] keyArray() {
        return key;
    }

    public int keyLength() {
        return keyLength;
    }

    /** One of {@link ValueType}. */
    public int type() {
        return type;
    }

    /** One of {@link Encoding}. */
    public int encoding() {
        return encoding;
    }

    /** Milliseconds since 1970, or {@link KeyTable#NO_EXPIRY}. */
    public long expireAtMs() {
        return expireAtMs;
    }

    /** The 24 bits of {@link AccessClock}. */
    public int lru() {
        return lru;
    }

    public long valueLength() {
        return valueLength;
    }

    /** Shows a record that is there now, its segment being held. */
    public RecordView show(KeyTable keys, long ref) {
        set(keys, (int) ref, keys.db(), keys.slot());
        return this;
    }

    Trees trees() {
        return segment.trees;
    }

    /** Bytes of the value, of a large collection with all that its trees take. */
    public long heldBytes() {
        return tree ? TreeDescriptor.held(array, offset) : valueLength;
    }

    /** True when the value is the descriptor of a large collection's trees. */
    public boolean isTree() {
        return tree;
    }

    /** True when {@link #runArray} and {@link #runOffset} at position 0 give the whole value. */
    public boolean isContiguous() {
        return !chained;
    }

    public byte[] runArray(long position) {
        return chained ? chains.pieceArray(array, offset, position) : array;
    }

    public int runOffset(long position) {
        return chained ? chains.pieceOffset(array, offset, position) : offset + (int) position;
    }

    /** How many bytes lie together from this position on; 0 at the value's end. */
    public int runLength(long position) {
        long left = valueLength - position;
        return (int) (chained ? Math.min(left, Chains.PIECE - position % Chains.PIECE) : left);
    }

    /** Copies a range of the value. */
    public void readValue(long position, byte[] target, int targetOffset, int length) {
        int done = 0;
        while (done < length) {
            int n = Math.min(runLength(position + done), length - done);
            System.arraycopy(runArray(position + done), runOffset(position + done), target, targetOffset + done, n);
            done += n;
        }
    }
}
