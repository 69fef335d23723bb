package io.kdb.server.store;

/**
 * A collection at its record: the common part of {@link HashValue}, {@link SetValue}, {@link ListValue},
 * {@link SortedSetValue} and {@link StreamValue}. Owner: the event loop's call (or a loading thread), which positions it
 * with {@link #open} or {@link #create} and uses it again; the key's segment is held.
 *
 * <p>Note: a collection is PACKED (the record's value is a listpack or an intset) or a TREE (the value is the descriptor of
 * copy-on-write trees). What OBJECT ENCODING says is the record's encoding, which does not depend on the form. A writer may
 * move the record: the holder is told. A writer that needs memory throws {@link StoreFull} and leaves the collection as it was.
 */
public abstract class CollectionValue {
    /** A packed value that would be longer becomes a tree. */
    static final int PACKED_LIMIT_BYTES = 8192;

    KeyTable table;
    long ref;
    private long hash;
    private RecordHolder holder;

    /** One of {@link ValueType}. */
    public abstract int type();

    /** The number of elements, as the type's LEN command counts them. */
    public abstract long size();

    public final boolean isEmpty() {
        return size() == 0;
    }

    /** The record is another one, or has become a tree: what was remembered of it is void. */
    abstract void opened();

    /** What a new, empty value is: one of {@link Encoding}. */
    abstract int newEncoding();

    /** Bytes of a new, empty, packed value. */
    int newBytes() {
        return Listpack.EMPTY_BYTES;
    }

    void writeNew(byte[] page, int at) {
        Listpack.writeEmpty(page, at);
    }

    /**
     * Positions this at a record of its type.
     *
     * @param keyHash the hash of the record's key
     * @param recordHolder is told when the record moves; may be null
     */
    public final void open(KeyTable keys, long record, long keyHash, RecordHolder recordHolder) {
        assert keys.type(record) == type() : "type: " + keys.type(record) + " (expected: " + type() + ")";
        table = keys;
        ref = record;
        hash = keyHash;
        holder = recordHolder;
        opened();
    }

    /** Makes an empty collection the key's value, in place of {@code found} if that is not 0; and positions this at it. */
    public final void create(
            KeyTable keys,
            long found,
            byte[] key,
            int offset,
            int length,
            long keyHash,
            long expireAt,
            RecordHolder recordHolder) {
        long made = keys.reserve(found, key, offset, length, keyHash, type(), newEncoding(), newBytes(), expireAt);
        writeNew(keys.valueArray(made), keys.valueOffset(made));
        open(keys, made, keyHash, recordHolder);
        if (recordHolder != null) {
            recordHolder.recordMoved(made);
        }
    }

    /** The record's address; a change may have moved it. */
    public final long ref() {
        return ref;
    }

    public final KeyTable table() {
        return table;
    }

    final long hash() {
        return hash;
    }

    /** One of {@link Encoding}. */
    public final int encoding() {
        return table.encoding(ref);
    }

    final void encoding(int encoding) {
        if (table.encoding(ref) != encoding) {
            own();
            table.setEncoding(ref, encoding);
        }
    }

    final boolean isTree() {
        return table.isTree(ref);
    }

    final CollectionLimits limits() {
        return table.segment().keyspace.limits();
    }

    /** Takes the record out of the way of running snapshots: from here on its bytes may be changed. */
    final void own() {
        moved(table.own(ref, hash));
    }

    /** Gives the packed value another length, growth undefined, and owns it. */
    final void resize(int newLength) {
        moved(table.stretch(ref, hash, newLength));
    }

    /** The trees of this segment. */
    final Trees trees() {
        return table.segment().trees;
    }

    /** Opens the n-th tree of a value that is one. */
    final void openTree(int n, CountedTree tree) {
        tree.open(trees(), table.valueArray(ref), TreeDescriptor.tree(table.valueOffset(ref), n));
    }

    /** Notes what has become of the n-th tree; the record is {@link #own}ed. To be called after every change, a failed one too. */
    final void saveTree(int n, CountedTree tree) {
        tree.save(table.valueArray(ref), TreeDescriptor.tree(table.valueOffset(ref), n));
    }

    /**
     * Puts these trees, whose owner the record becomes, in the packed value's place, and {@code more} bytes, all zeros,
     * behind them.
     *
     * @throws StoreFull with the trees still the caller's, to be cleared
     */
    final void becomeTree(int more, CountedTree... roots) {
        moved(table.toTree(ref, hash, TreeDescriptor.bytes(roots.length) + more));
        TreeDescriptor.setCount(table.valueArray(ref), table.valueOffset(ref), roots.length);
        for (int i = 0; i < roots.length; i++) {
            saveTree(i, roots[i]);
        }
    }

    private void moved(long now) {
        if (now != ref) {
            ref = now;
            if (holder != null) {
                holder.recordMoved(now);
            }
        }
    }
}
