package io.kdb.server.store;

/**
 * Reading records by ref, the record's address as an unsigned 32-bit number; 0 is no record. Owner: the segment's lock, and
 * a ref is good until the next change of its key or until the lock is released.
 */
abstract class RecordTable extends BucketTable {
    final Chains chains;

    RecordTable(BlockAllocator blocks, Chains chains) {
        super(blocks);
        this.chains = chains;
    }

    static long ref(int address) {
        return address & 0xFFFFFFFFL;
    }

    final long header(int address) {
        return Bytes.getLong(blocks.page(address), blocks.offset(address));
    }

    final void setHeader(int address, long header) {
        Bytes.putLong(blocks.page(address), blocks.offset(address), header);
    }

    /** Bytes before the value, or before its handle. */
    final int valueStart(long header, byte[] page, int at) {
        return Layout.keyStart(header) + Layout.keyBytes(header, page, at);
    }

    @Override
    final boolean keyEquals(int address, byte[] key, int offset, int length) {
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        if ((header & (Layout.LONG_KEY | Layout.CHAINED_KEY)) == 0) {
            return (int) (header >>> Layout.KEY_SHIFT) == length
                    && Bytes.same(page, at + 8 + (int) (header >>> 15 & 1) * 8, key, offset, length);
        }
        int start = at + Layout.keyStart(header);
        if ((header & Layout.CHAINED_KEY) == 0) {
            return Layout.keyBytes(header, page, at) == length && Bytes.same(page, start, key, offset, length);
        }
        if (Chains.length(page, start) != length) {
            return false;
        }
        for (int done = 0; done < length; ) {
            int n = Math.min(Chains.PIECE - done % Chains.PIECE, length - done);
            if (!Bytes.same(
                    chains.pieceArray(page, start, done),
                    chains.pieceOffset(page, start, done),
                    key,
                    offset + done,
                    n)) {
                return false;
            }
            done += n;
        }
        return true;
    }

    @Override
    final long hashOf(int address) {
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        if ((header & Layout.CHAINED_KEY) != 0) {
            return KeyHash.hash(key(ref(address)));
        }
        return KeyHash.hash(page, at + Layout.keyStart(header), Layout.keyBytes(header, page, at));
    }

    /** The hash of the record's key. */
    public final long hash(long ref) {
        return hashOf((int) ref);
    }

    /** One of {@link ValueType}. */
    public final int type(long ref) {
        return (int) (header((int) ref) >>> Layout.TYPE_SHIFT) & Layout.TYPE_MASK;
    }

    /** True when the value is the descriptor of a large collection's trees. */
    final boolean isTree(long ref) {
        return (header((int) ref) & Layout.TREE) != 0;
    }

    /** One of {@link Encoding}. */
    public final int encoding(long ref) {
        return (int) (header((int) ref) >>> Layout.ENCODING_SHIFT) & 15;
    }

    /** Milliseconds since 1970, or {@link KeyTable#NO_EXPIRY}. */
    public final long expireAt(long ref) {
        int address = (int) ref;
        return Layout.expireAt(header(address), blocks.page(address), blocks.offset(address));
    }

    /** True when the key has an expiry that is now past, as Redis compares: later than it, not equal. */
    public final boolean isExpired(long ref, long nowMs) {
        int address = (int) ref;
        long header = header(address);
        return (header & Layout.EXPIRY) != 0 && nowMs > Bytes.getLong(blocks.page(address), blocks.offset(address) + 8);
    }

    /** The 24 bits of LRU clock or LFU counter. */
    public final int lru(long ref) {
        return (int) (header((int) ref) >>> Layout.LRU_SHIFT) & 0xFFFFFF;
    }

    public final void setLru(long ref, int lru) {
        setHeader((int) ref, (header((int) ref) & ~Layout.LRU) | ((long) (lru & 0xFFFFFF) << Layout.LRU_SHIFT));
    }

    public final int keyLength(long ref) {
        byte[] page = blocks.page((int) ref);
        int at = blocks.offset((int) ref);
        long header = Bytes.getLong(page, at);
        if ((header & Layout.CHAINED_KEY) != 0) {
            return (int) Chains.length(page, at + Layout.keyStart(header));
        }
        return Layout.keyBytes(header, page, at);
    }

    /** Copies the key, which must fit; answers its length. */
    public final int copyKey(long ref, byte[] target, int offset) {
        byte[] page = blocks.page((int) ref);
        int at = blocks.offset((int) ref);
        long header = Bytes.getLong(page, at);
        int start = at + Layout.keyStart(header);
        int length = keyLength(ref);
        if ((header & Layout.CHAINED_KEY) != 0) {
            chains.read(page, start, 0, target, offset, length);
        } else {
            System.arraycopy(page, start, target, offset, length);
        }
        return length;
    }

    public final byte[] key(long ref) {
        byte[] key = new byte[keyLength(ref)];
        copyKey(ref, key, 0);
        return key;
    }

    public final long valueLength(long ref) {
        byte[] page = blocks.page((int) ref);
        int at = blocks.offset((int) ref);
        long header = Bytes.getLong(page, at);
        int start = valueStart(header, page, at);
        if ((header & Layout.CHAINED) != 0) {
            return Chains.length(page, at + start);
        }
        return (long) Layout.blockBytes(header) - start - Layout.slack(header, page, at);
    }

    /** True when the value is one run of bytes: {@link #valueArray} and {@link #valueOffset} give it. */
    public final boolean isContiguous(long ref) {
        return (header((int) ref) & Layout.CHAINED) == 0;
    }

    public final byte[] valueArray(long ref) {
        assert isContiguous(ref) : "value: in pieces (expected: contiguous)";
        return blocks.page((int) ref);
    }

    public final int valueOffset(long ref) {
        byte[] page = blocks.page((int) ref);
        int at = blocks.offset((int) ref);
        return at + valueStart(Bytes.getLong(page, at), page, at);
    }

    /** The array that holds the value's bytes from this position on, for {@link #runLength} bytes. */
    public final byte[] runArray(long ref, long position) {
        byte[] page = blocks.page((int) ref);
        return isContiguous(ref) ? page : chains.pieceArray(page, valueOffset(ref), position);
    }

    public final int runOffset(long ref, long position) {
        int start = valueOffset(ref);
        return isContiguous(ref) ? start + (int) position : chains.pieceOffset(blocks.page((int) ref), start, position);
    }

    /** How many bytes lie together from this position on; 0 at the value's end. */
    public final int runLength(long ref, long position) {
        long left = valueLength(ref) - position;
        return (int) (isContiguous(ref) ? left : Math.min(left, Chains.PIECE - position % Chains.PIECE));
    }

    /** Copies a range of the value, which must lie within it. */
    public final void readValue(long ref, long position, byte[] target, int offset, int length) {
        if (isContiguous(ref)) {
            System.arraycopy(blocks.page((int) ref), valueOffset(ref) + (int) position, target, offset, length);
        } else {
            chains.read(blocks.page((int) ref), valueOffset(ref), position, target, offset, length);
        }
    }

    /** The whole value in an array of its own: for small ones. */
    public final byte[] value(long ref) {
        byte[] value = new byte[Math.toIntExact(valueLength(ref))];
        readValue(ref, 0, value, 0, value.length);
        return value;
    }

    /** Bytes that the record takes, as MEMORY USAGE counts them. */
    public final long memoryBytes(long ref) {
        long bytes = heldBytes(ref);
        if (isTree(ref)) {
            byte[] page = blocks.page((int) ref);
            int descriptor = valueOffset(ref);
            for (int i = TreeDescriptor.count(page, descriptor) - 1; i >= 0; i--) {
                bytes += CountedTree.bytesOf(page, TreeDescriptor.tree(descriptor, i));
            }
        }
        return bytes;
    }

    /** Bytes of the record and its chains: what setting it aside keeps from being used, its trees being copied by node. */
    final long heldBytes(long ref) {
        byte[] page = blocks.page((int) ref);
        int at = blocks.offset((int) ref);
        long header = Bytes.getLong(page, at);
        long bytes = Layout.blockBytes(header) + 6L; // and its place in a bucket
        if ((header & Layout.CHAINED) != 0) {
            bytes += Chains.length(page, at + valueStart(header, page, at));
        }
        if ((header & Layout.CHAINED_KEY) != 0) {
            bytes += Chains.length(page, at + Layout.keyStart(header));
        }
        return bytes;
    }
}
