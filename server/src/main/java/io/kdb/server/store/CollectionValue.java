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

    KeyTable table; // null while this shows a record of a snapshot
    long ref;

    private long hash;
    private RecordHolder holder;
    private Trees trees;
    private byte[] array;
    private int start;
    private boolean isTree;
    private int shownEncoding;
    private boolean isDetached;

    /** One of {@link ValueType}. */
    public abstract int type();

    /** The number of elements, as the type's LEN command counts them. */
    public abstract long size();

    public final boolean isEmpty() {
        return size() == 0;
    }

    /** Elements that were touched ahead are found sooner, where the collection has a use for it. */
    public void touched(ElementTouch ahead) {}

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
        start(keys, record, keyHash, recordHolder);
        opened();
    }

    private void start(KeyTable keys, long record, long keyHash, RecordHolder recordHolder) {
        if (table != keys) {
            table = keys;
        }
        ref = record;
        hash = keyHash;
        if (holder != recordHolder) {
            holder = recordHolder;
        }
        Trees itsTrees = keys.segment().trees;
        if (trees != itsTrees) {
            trees = itsTrees;
        }
        isDetached = false;
        locate();
    }

    private void locate() {
        byte[] page = table.valueArray(ref);
        if (array != page) {
            array = page;
        }
        start = table.valueOffset(ref);
        isTree = table.isTree(ref);
    }

    /** Positions this at a record of a snapshot, or at one that DUMP shows: for reading only, for as long as it is shown. */
    public final void open(RecordView record) {
        assert record.type() == type() : "type: " + record.type() + " (expected: " + type() + ")";
        table = null;
        ref = 0;
        holder = null;
        trees = record.trees();
        array = record.runArray(0);
        start = record.runOffset(0);
        isTree = record.isTree();
        shownEncoding = record.encoding();
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
        start(keys, made, keyHash, recordHolder);
        writeNew(array, start);
        opened();
        if (recordHolder != null) {
            recordHolder.recordMoved(made);
        }
    }

    /**
     * Makes an empty collection that nobody sees yet, and positions this at it: to be filled and then given to its key by
     * {@link #attach}, or dropped by {@link #discard}. The segment's lock may be let go in between.
     */
    public final void createDetached(KeyTable keys, byte[] key, int offset, int length, long keyHash, long expireAt) {
        long made = keys.reserveDetached(key, offset, length, keyHash, type(), newEncoding(), newBytes(), expireAt);
        start(keys, made, keyHash, null);
        isDetached = true;
        writeNew(array, start);
        opened();
    }

    /** Gives the detached collection to its key, in place of {@code found} if that is not 0. */
    public final void attach(long found, RecordHolder recordHolder) {
        assert isDetached : "collection: it has a key";
        isDetached = false; // out of memory, the table frees it
        table.attach((int) found, (int) ref, hash);
        holder = recordHolder;
        if (holder != null) {
            holder.recordMoved(ref);
        }
    }

    /** Frees the detached collection; does nothing to one that has a key. */
    public final void discard() {
        if (isDetached) {
            isDetached = false;
            table.freeRecord((int) ref);
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

    /** The array that the value lies in, from {@link #valueStart} on; void after a change. */
    final byte[] valueArray() {
        return array;
    }

    final int valueStart() {
        return start;
    }

    /** One of {@link Encoding}. */
    public final int encoding() {
        return table == null ? shownEncoding : table.encoding(ref);
    }

    final void encoding(int encoding) {
        if (table.encoding(ref) != encoding) {
            own();
            table.setEncoding(ref, encoding);
        }
    }

    final boolean isTree() {
        return isTree;
    }

    final CollectionLimits limits() {
        return table.segment().keyspace.limits();
    }

    /** Takes the record out of the way of running snapshots: from here on its bytes may be changed. */
    final void own() {
        if (!isDetached) {
            moved(table.own(ref, hash));
        }
    }

    /** Gives the packed value another length, growth undefined, and owns it. */
    final void resize(int newLength) {
        moved(table.stretch(ref, hash, newLength, !isDetached));
    }

    /** Makes these bytes, short enough for it and known to be sound, the packed value. */
    final void fillPacked(byte[] bytes) {
        resize(bytes.length);
        System.arraycopy(bytes, 0, array, start, bytes.length);
        opened();
    }

    /** The trees of this segment. */
    final Trees trees() {
        return trees;
    }

    /** Opens the n-th tree of a value that is one. */
    final void openTree(int n, CountedTree tree) {
        tree.open(trees, array, TreeDescriptor.tree(start, n));
    }

    /** Notes what has become of the n-th tree; the record is {@link #own}ed. To be called after every change, a failed one too. */
    final void saveTree(int n, CountedTree tree) {
        tree.save(array, TreeDescriptor.tree(start, n));
    }

    /**
     * Puts these trees, whose owner the record becomes, in the packed value's place, and {@code more} bytes, all zeros,
     * behind them.
     *
     * @throws StoreFull with the trees still the caller's, to be cleared
     */
    final void becomeTree(int more, CountedTree... roots) {
        moved(table.toTree(ref, hash, TreeDescriptor.bytes(roots.length) + more, !isDetached));
        TreeDescriptor.setCount(array, start, roots.length);
        for (int i = 0; i < roots.length; i++) {
            saveTree(i, roots[i]);
        }
    }

    private void moved(long now) {
        if (now != ref) {
            ref = now;
            locate();
            if (holder != null) {
                holder.recordMoved(now);
            }
        }
    }
}
