package io.kdb.server.store;

import io.kdb.resp.Arguments;

/**
 * A stream at its record. Owner: as {@link CollectionValue}.
 *
 * <p>Note: a stream is small trees from its first entry on, so it has no packed form; see {@link StreamView}.
 */
public final class StreamValue extends CollectionValue {
    /** The longest listpack of a node, and the most bytes of an entry. */
    public static final long MAX_NODE_BYTES = 1 << 30;

    private static final StreamId MIN = new StreamId(0, 0);
    private static final StreamId MAX = new StreamId(-1, -1);

    private final StreamView view = new StreamView();
    private final StreamCursor cursor = new StreamCursor();
    private final StreamNodeReader node = new StreamNodeReader();
    private final StreamNodes nodes = new StreamNodes(this, view);
    private final StreamTrim trim = new StreamTrim(this, view);
    private final StreamGroup group = new StreamGroup(this, view);

    @Override
    public int type() {
        return ValueType.STREAM;
    }

    @Override
    int newEncoding() {
        return Encoding.STREAM;
    }

    @Override
    int newBytes() {
        return StreamView.DESCRIPTOR_BYTES;
    }

    @Override
    void writeNew(byte[] page, int at) {
        StreamView.writeNew(page, at);
    }

    @Override
    void opened() {
        view.open(trees(), valueArray(), valueStart());
    }

    @Override
    public long size() {
        return view.length();
    }

    /** The stream's parts, for reading. */
    public StreamView view() {
        return view;
    }

    /** The group that {@link StreamGroup#find} finds. */
    public StreamGroup group() {
        return group;
    }

    /** Before each change: the record, its trees' blocks as they are needed, are this stream's alone. */
    void change() {
        own();
        if (!table.isTree(ref)) {
            table.setHeader((int) ref, table.header((int) ref) | Layout.TREE);
        }
        // Sharing the record may have given the blocks another owner, the roots are the same.
        view.moved(valueArray(), valueStart());
    }

    // ---- reading ----------------------------------------------------------------------------------------------

    /** The entries from {@code from} to {@code to}, in either direction. */
    public StreamCursor range(StreamId from, StreamId to, boolean reverse) {
        return cursor.open(view, from, to, reverse);
    }

    /** How many entries lie from {@code from} to {@code to}, counted up to {@code limit}. */
    public long count(StreamId from, StreamId to, boolean reverse, long limit) {
        return cursor.open(view, from, to, reverse).count(limit);
    }

    public boolean contains(StreamId id) {
        return cursor.open(view, id, id, false).next();
    }

    /** The last entry's ID; false when there is none. */
    public boolean lastEntryId(StreamId into) {
        if (view.length() == 0 || !cursor.open(view, MIN, MAX, true).next()) {
            return false;
        }
        into.set(cursor.id());
        return true;
    }

    /** The ID of the first entry, deleted ones included where {@code deletedToo}; the greatest ID when there is none. */
    public void edgeId(boolean deletedToo, StreamId into) {
        if (!deletedToo) {
            if (cursor.open(view, MIN, MAX, false).next()) {
                into.set(cursor.id());
            } else {
                into.setMax();
            }
        } else if (view.nodes.seekFirst()) {
            view.openNode(node);
            node.first();
            into.set(node.ms(), node.seq());
        } else {
            into.setMax();
        }
    }

    // ---- counters ---------------------------------------------------------------------------------------------

    public void lastId(StreamId id) {
        change();
        view.putId(StreamView.LAST, id);
    }

    public void entriesAdded(long count) {
        change();
        view.set(StreamView.ADDED, count);
    }

    public void maxDeletedId(StreamId id) {
        change();
        view.putId(StreamView.MAX_DELETED, id);
    }

    // ---- entries ----------------------------------------------------------------------------------------------

    /** Adds an entry of the pairs that begin at argument {@code first}; its ID is greater than the last. */
    public void append(StreamId id, Arguments args, int first, int pairs) {
        nodes.append(id, args, first, pairs);
    }

    /** Removes an entry, as XDEL does; false when there is none. */
    public boolean delete(StreamId id) {
        return nodes.delete(id);
    }

    /**
     * Removes entries from the start, as XTRIM does: those of the smallest IDs until {@code maxLength} are left, or, when
     * {@code minId} is not null, those below it.
     *
     * @param approximate only whole nodes
     * @param limit stop before more than so many are removed; 0 for no limit
     * @return how many were removed
     */
    public long trim(StreamId minId, long maxLength, boolean approximate, long limit) {
        return trim.trim(minId, maxLength, approximate, limit);
    }

    /** Sets the first entry's ID. */
    void noteFirst() {
        StreamId first = new StreamId();
        if (view.length() > 0) {
            edgeId(false, first);
        }
        view.putId(StreamView.FIRST, first);
    }

    // ---- restoring --------------------------------------------------------------------------------------------

    /**
     * Adds a node as a file has it.
     *
     * @param listpack sound as such
     * @return why it cannot be one, or null
     */
    public String restoreNode(StreamId id, byte[] listpack) {
        return nodes.restore(id, listpack);
    }

    /** Sets the counters once all nodes are there; {@code first} and {@code maxDeleted} are null in older files. */
    public void restoreCounters(StreamId last, StreamId first, StreamId maxDeleted, long added) {
        change();
        view.putId(StreamView.LAST, last);
        view.set(StreamView.ADDED, added);
        if (maxDeleted != null) {
            view.putId(StreamView.MAX_DELETED, maxDeleted);
        }
        if (first != null) {
            view.putId(StreamView.FIRST, first);
        } else {
            noteFirst();
        }
    }
}
