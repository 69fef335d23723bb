package io.kdb.server.store;

import io.kdb.resp.Arguments;

/** Adding, marking and dropping entries in a stream's nodes. Owner: its {@link StreamValue}, which has made the record its own. */
final class StreamNodes {
    private final StreamValue stream;
    private final StreamView view;
    private final StreamNodeReader node = new StreamNodeReader();
    private final NodeEdit nodeEdit = new NodeEdit();

    StreamNodes(StreamValue stream, StreamView view) {
        this.stream = stream;
        this.view = view;
    }

    // ---- adding -----------------------------------------------------------------------------------------------

    /** Adds an entry of the pairs that begin at argument {@code first}; its ID is greater than the last. */
    void append(StreamId id, Arguments args, int first, int pairs) {
        stream.change();
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
            at = view.nodeBlocks.chains().pieceOffset(page, handle, 0);
            page = view.nodeBlocks.chains().pieceArray(page, handle, 0);
        }
        long limit = stream.limits().streamNodeBytes();
        if (limit == 0 || limit > StreamValue.MAX_NODE_BYTES) {
            limit = StreamValue.MAX_NODE_BYTES;
        }
        long entries = stream.limits().streamNodeEntries();
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
        if (!view.nodeBlocks
                .chains()
                .write(view.nodeBlocks.page(address), view.nodeBlocks.handle(address), 0, bytes, from, length)) {
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
            view.nodeBlocks.chains().read(page, handle, 0, copy, 0, Math.min(length, bytes));
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
    boolean delete(StreamId id) {
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
        stream.change();
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

    /** Sets the first entry's ID. */
    void noteFirst() {
        StreamId first = new StreamId();
        if (view.length() > 0) {
            stream.edgeId(false, first);
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
    long trim(StreamId minId, long maxLength, boolean approximate, long limit) {
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
                    stream.change();
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
        stream.change();
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

    // ---- restoring --------------------------------------------------------------------------------------------

    /** See {@link StreamValue#restoreNode}. */
    String restore(StreamId id, byte[] listpack) {
        if (!StreamNode.isValid(listpack, 0, listpack.length)) {
            return "a stream's node that is not sound";
        }
        if (view.nodes.seek(id.ms(), id.seq(), 0, 0)) {
            return "a stream that has a node twice";
        }
        stream.change();
        int address = view.nodeBlocks.create(listpack.length);
        insertNode(id.ms(), id.seq(), address);
        if (view.nodeBlocks.isChained(address)) {
            writeChain(address, listpack, 0, listpack.length);
        } else {
            System.arraycopy(listpack, 0, view.nodeBlocks.page(address), view.nodeBlocks.at(address), listpack.length);
        }
        view.set(StreamView.LENGTH, view.length() + StreamNode.count(listpack, 0));
        return null;
    }
}
