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
        view.open(trees(), table.valueArray(ref), table.valueOffset(ref));
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
        view.moved(table.valueArray(ref), table.valueOffset(ref));
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

    /** The first entry's ID as a file tells it. */
    void firstId(StreamId id) {
        view.putId(StreamView.FIRST, id);
    }

    // ---- adding -----------------------------------------------------------------------------------------------

    /** Adds an entry of the pairs that begin at argument {@code first}; its ID is greater than the last. */
    public void append(StreamId id, Arguments args, int first, int pairs) {
        change();
        long elementBytes = 0;
        for (int i = first; i < first + 2 * pairs; i++) {
            elementBytes += args.length(i);
        }
        if (view.nodes.seekLast() && hasRoom(elementBytes)) {
            appendToLast(id, args, first, pairs);
        } else {
            appendNode(id, args, first, pairs);
        }
        view.set(StreamView.LENGTH, view.length() + 1);
        view.set(StreamView.ADDED, view.entriesAdded() + 1);
        view.putId(StreamView.LAST, id);
        if (view.length() == 1) {
            view.putId(StreamView.FIRST, id);
        }
    }

    private boolean hasRoom(long elementBytes) {
        int address = view.nodes.address();
        byte[] page = view.nodeBlocks.page(address);
        int at = view.nodeBlocks.at(address);
        if (view.nodeBlocks.isChained(address)) {
            int handle = view.nodeBlocks.handle(address);
            at = table.chains.pieceOffset(page, handle, 0);
            page = table.chains.pieceArray(page, handle, 0);
        }
        long limit = limits().streamNodeBytes();
        if (limit == 0 || limit > MAX_NODE_BYTES) {
            limit = MAX_NODE_BYTES;
        }
        long entries = limits().streamNodeEntries();
        return Integer.toUnsignedLong(Listpack.bytes(page, at)) + elementBytes < limit
                && (entries == 0 || StreamNode.count(page, at) + StreamNode.deleted(page, at) < entries);
    }

    private void appendNode(StreamId id, Arguments args, int first, int pairs) {
        trimLastNode();
        long empty = StreamNode.newBytes(args, first, pairs);
        long bytes = empty + StreamNode.entryBytes(0, 0, true, args, first, pairs);
        if (bytes > Integer.MAX_VALUE - 16) {
            throw new StoreFull();
        }
        int address = view.nodeBlocks.create(bytes);
        insertNode(id.ms(), id.seq(), address);
        boolean chained = view.nodeBlocks.isChained(address);
        byte[] page = chained ? new byte[(int) bytes] : view.nodeBlocks.page(address);
        int at = chained ? 0 : view.nodeBlocks.at(address);
        StreamNode.writeNew(page, at, args, first, pairs);
        finishEntry(
                page,
                at,
                StreamNode.writeEntry(page, at + (int) empty - 1, 0, 0, true, args, first, pairs),
                true,
                pairs);
        StreamNode.writeCounts(page, at, 1, 0);
        if (chained) {
            writeChain(address, page, 0, (int) bytes);
        }
    }

    private static void finishEntry(byte[] page, int at, int end, boolean same, int pairs) {
        Bytes.putInt(page, at, end + 1 - at);
        Listpack.addCount(page, at, StreamNode.entryCount(same, pairs));
    }

    private void insertNode(long ms, long seq, int address) {
        try {
            view.nodes.insert(ms, seq, 0, 0);
        } catch (StoreFull full) {
            view.nodeBlocks.release(address);
            throw full;
        }
        view.nodes.address(address);
    }

    /** The node before a new one grows no more: its spare room is given back. */
    private void trimLastNode() {
        if (!view.nodes.seekLast()) {
            return;
        }
        int address = view.nodes.address();
        if (!view.nodeBlocks.isChained(address) && !view.nodeBlocks.isShared(address)) {
            int bytes = Listpack.bytes(view.nodeBlocks.page(address), view.nodeBlocks.at(address));
            view.nodeBlocks.trim(address, bytes);
        }
    }

    private void appendToLast(StreamId id, Arguments args, int first, int pairs) {
        long ms = id.ms() - view.nodes.keyWord(0);
        long seq = id.seq() - view.nodes.keyWord(1);
        int address = view.nodes.address();
        boolean chained = view.nodeBlocks.isChained(address);
        byte[] page = chained ? view.wholeNode(address) : view.nodeBlocks.page(address);
        int at = chained ? 0 : view.nodeBlocks.at(address);
        boolean same = StreamNode.sameFields(page, at, args, first, pairs);
        long count = StreamNode.count(page, at) + 1;
        long deleted = StreamNode.deleted(page, at);
        long bytes = Integer.toUnsignedLong(Listpack.bytes(page, at))
                + StreamNode.entryBytes(ms, seq, same, args, first, pairs);
        long grown = bytes + StreamNode.countsGrowth(page, at, count, deleted);
        if (grown > Integer.MAX_VALUE - 16) {
            throw new StoreFull();
        }
        NodeEdit edit = edit(address, (int) grown);
        int end = edit.at + Listpack.bytes(edit.page, edit.at) - 1;
        finishEntry(
                edit.page,
                edit.at,
                StreamNode.writeEntry(edit.page, end, ms, seq, same, args, first, pairs),
                same,
                pairs);
        StreamNode.writeCounts(edit.page, edit.at, count, deleted);
        edit.close();
    }

    // ---- changing nodes ---------------------------------------------------------------------------------------

    private final NodeEdit nodeEdit = new NodeEdit();

    /** The listpack of a node that is to be changed: in its block, or, of one in pieces, in a copy. Owner: the stream. */
    private final class NodeEdit {
        private byte[] page;
        private int at;
        private int address;
        private boolean isCopy;

        /** Puts a changed copy back. */
        void close() {
            if (!isCopy) {
                return;
            }
            int bytes = Listpack.bytes(page, 0);
            view.nodeBlocks.resizeChain(address, bytes);
            writeChain(address, page, 0, bytes);
            page = null;
        }
    }

    private void writeChain(int address, byte[] bytes, int from, int length) {
        if (!table.chains.write(
                view.nodeBlocks.page(address), view.nodeBlocks.handle(address), 0, bytes, from, length)) {
            throw new StoreFull();
        }
    }

    /** Makes the node at the position of {@link StreamView#nodes} this stream's alone, with room for so many bytes. */
    private NodeEdit edit(int address, int bytes) {
        view.nodes.own();
        int own = view.nodeBlocks.own(address);
        if (own != address) {
            view.nodes.address(own);
        }
        nodeEdit.isCopy = view.nodeBlocks.isChained(own) || bytes > view.nodeBlocks.maxInline();
        if (!nodeEdit.isCopy) {
            int grown = view.nodeBlocks.grow(own, bytes, bytes + Math.max(24, bytes >> 2));
            if (grown != own) {
                view.nodes.address(grown);
            }
            nodeEdit.address = grown;
            nodeEdit.page = view.nodeBlocks.page(grown);
            nodeEdit.at = view.nodeBlocks.at(grown);
            return nodeEdit;
        }
        byte[] copy = new byte[bytes];
        if (view.nodeBlocks.isChained(own)) {
            byte[] page = view.nodeBlocks.page(own);
            int handle = view.nodeBlocks.handle(own);
            int length = (int) Chains.length(page, handle);
            table.chains.read(page, handle, 0, copy, 0, Math.min(length, bytes));
        } else {
            byte[] page = view.nodeBlocks.page(own);
            int at = view.nodeBlocks.at(own);
            System.arraycopy(page, at, copy, 0, Listpack.bytes(page, at));
            int chained = view.nodeBlocks.create(bytes);
            view.nodes.address(chained);
            view.nodeBlocks.release(own);
            own = chained;
        }
        nodeEdit.address = own;
        nodeEdit.page = copy;
        nodeEdit.at = 0;
        return nodeEdit;
    }

    /** Removes the node at the position of {@link StreamView#nodes}, with what lives in it. */
    private void removeNode(long live) {
        int address = view.nodes.address();
        view.nodes.remove();
        view.nodeBlocks.release(address);
        view.set(StreamView.LENGTH, view.length() - live);
    }

    // ---- removing ---------------------------------------------------------------------------------------------

    /** Removes an entry, as XDEL does; false when there is none. */
    public boolean delete(StreamId id) {
        if (!view.nodes.seekFloor(id.ms(), id.seq(), 0, 0)) {
            return false;
        }
        view.openNode(node);
        boolean found = false;
        for (boolean more = node.first(); more; more = node.next()) {
            int order = id.compareTo(node.ms(), node.seq());
            if (order <= 0) {
                found = order == 0 && !node.isDeleted();
                if (order < 0 || found) {
                    break;
                }
            }
        }
        if (!found) {
            return false;
        }
        change();
        if (node.count() == 1) {
            view.nodes.own();
            removeNode(1);
        } else {
            int flagsAt = node.entry() - node.start();
            int address = view.nodes.address();
            NodeEdit edit = edit(address, Listpack.bytes(node.array(), node.start()) + 8);
            StreamNode.markDeleted(edit.page, edit.at + flagsAt);
            StreamNode.writeCounts(
                    edit.page,
                    edit.at,
                    StreamNode.count(edit.page, edit.at) - 1,
                    StreamNode.deleted(edit.page, edit.at) + 1);
            edit.close();
            view.set(StreamView.LENGTH, view.length() - 1);
        }
        if (id.compareTo(view.get(StreamView.MAX_DELETED), view.get(StreamView.MAX_DELETED + 8)) > 0) {
            view.putId(StreamView.MAX_DELETED, id);
        }
        if (id.compareTo(view.get(StreamView.FIRST), view.get(StreamView.FIRST + 8)) == 0 || view.length() == 0) {
            noteFirst();
        }
        return true;
    }

    private void noteFirst() {
        StreamId first = new StreamId();
        if (view.length() > 0) {
            edgeId(false, first);
        }
        view.putId(StreamView.FIRST, first);
    }

    /**
     * Removes entries from the start, as XTRIM does: those of the smallest IDs until {@code maxLength} are left, or, when {@code minId}
     * is not null, those below it.
     *
     * @param approximate only whole nodes
     * @param limit stop before more than so many are removed; 0 for no limit
     * @return how many were removed
     */
    public long trim(StreamId minId, long maxLength, boolean approximate, long limit) {
        long removed = 0;
        boolean changed = false;
        while (view.nodes.seekFirst()) {
            if (minId == null && view.length() <= maxLength) {
                break;
            }
            view.openNode(node);
            long live = node.count();
            if (limit > 0 && removed + live > limit) {
                break;
            }
            boolean whole;
            if (minId == null) {
                whole = view.length() - live >= maxLength;
            } else {
                whole = !node.last() || minId.compareTo(node.ms(), node.seq()) > 0;
            }
            if (whole) {
                if (!changed) {
                    change();
                    changed = true;
                }
                view.nodes.seekFirst();
                view.nodes.own();
                removeNode(live);
                removed += live;
                continue;
            }
            if (!approximate) {
                removed += trimWithin(minId, maxLength);
            }
            break;
        }
        if (removed > 0) {
            noteFirst();
        }
        return removed;
    }

    private long trimWithin(StreamId minId, long maxLength) {
        change();
        view.nodes.seekFirst();
        int address = view.nodes.address();
        NodeEdit edit = edit(address, Listpack.bytes(node.array(), node.start()) + 8);
        node.open(edit.page, edit.at, view.nodes.keyWord(0), view.nodes.keyWord(1));
        long removed = 0;
        long length = view.length();
        for (boolean more = node.first(); more; more = node.next()) {
            boolean stop = minId == null ? length - removed <= maxLength : minId.compareTo(node.ms(), node.seq()) <= 0;
            if (stop) {
                break;
            }
            if (!node.isDeleted()) {
                StreamNode.markDeleted(edit.page, node.entry());
                removed++;
            }
        }
        StreamNode.writeCounts(
                edit.page,
                edit.at,
                StreamNode.count(edit.page, edit.at) - removed,
                StreamNode.deleted(edit.page, edit.at) + removed);
        edit.close();
        view.set(StreamView.LENGTH, length - removed);
        return removed;
    }
}
