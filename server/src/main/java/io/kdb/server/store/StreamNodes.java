package io.kdb.server.store;

import io.kdb.resp.Arguments;

/** Adds entries to a stream's nodes and deletes them one by one. Owner: its {@link StreamValue}. */
final class StreamNodes {
    private final StreamValue stream;
    private final StreamView view;
    private final StreamNodeReader node = new StreamNodeReader();
    private final StreamNodeEdit nodeEdit;

    StreamNodes(StreamValue stream, StreamView view) {
        this.stream = stream;
        this.view = view;
        nodeEdit = new StreamNodeEdit(view);
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
        int before = trimLastNode();
        long empty = StreamNode.newBytes(args, first, pairs);
        long bytes = empty + StreamNode.entryBytes(0, 0, true, args, first, pairs);
        if (bytes > Integer.MAX_VALUE - 16) {
            throw new StoreFull();
        }
        // It is likely to become as long as the one before it: so it need not grow step by step.
        int address = view.nodeBlocks.create(Math.max(bytes, before));
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
            view.nodeBlocks.writeChain(address, page, (int) bytes);
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

    /**
     * The node before a new one grows no more: its spare room is given back.
     *
     * @return its bytes; 0 when there is none, or it does not lie in one block
     */
    private int trimLastNode() {
        if (!view.nodes.seekLast()) {
            return 0;
        }
        int address = view.nodes.address();
        if (view.nodeBlocks.isChained(address)) {
            return 0;
        }
        int bytes = Listpack.bytes(view.nodeBlocks.page(address), view.nodeBlocks.at(address));
        if (!view.nodeBlocks.isShared(address)) {
            view.nodeBlocks.trim(address, bytes);
        }
        return bytes;
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
        StreamNodeEdit edit = nodeEdit.open((int) grown);
        int end = edit.at() + Listpack.bytes(edit.page(), edit.at()) - 1;
        finishEntry(
                edit.page(),
                edit.at(),
                StreamNode.writeEntry(edit.page(), end, ms, seq, same, args, first, pairs),
                same,
                pairs);
        StreamNode.writeCounts(edit.page(), edit.at(), count, deleted);
        edit.close();
    }

    // ---- removing ---------------------------------------------------------------------------------------------

    /** Removes the node at the position of {@link StreamView#nodes}, with what lives in it. */
    private void removeNode(long live) {
        int address = view.nodes.address();
        view.nodes.remove();
        view.nodeBlocks.release(address);
        view.set(StreamView.LENGTH, view.length() - live);
    }

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
            StreamNodeEdit edit = nodeEdit.open(Listpack.bytes(node.array(), node.start()) + 8);
            StreamNode.markDeleted(edit.page(), edit.at() + flagsAt);
            StreamNode.writeCounts(
                    edit.page(),
                    edit.at(),
                    StreamNode.count(edit.page(), edit.at()) - 1,
                    StreamNode.deleted(edit.page(), edit.at()) + 1);
            edit.close();
            view.set(StreamView.LENGTH, view.length() - 1);
        }
        if (id.compareTo(view.get(StreamView.MAX_DELETED), view.get(StreamView.MAX_DELETED + 8)) > 0) {
            view.putId(StreamView.MAX_DELETED, id);
        }
        if (id.compareTo(view.get(StreamView.FIRST), view.get(StreamView.FIRST + 8)) == 0 || view.length() == 0) {
            stream.noteFirst();
        }
        return true;
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
            view.nodeBlocks.writeChain(address, listpack, listpack.length);
        } else {
            System.arraycopy(listpack, 0, view.nodeBlocks.page(address), view.nodeBlocks.at(address), listpack.length);
        }
        view.set(StreamView.LENGTH, view.length() + StreamNode.count(listpack, 0));
        return null;
    }
}
