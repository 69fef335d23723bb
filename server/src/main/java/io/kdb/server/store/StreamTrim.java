package io.kdb.server.store;

/**
 * Removes entries from a stream's start, as XTRIM does. Owner: the stream's {@link StreamValue}.
 *
 * <p>Note: first it finds the node at which the trimming ends, changing nothing. What needs memory, changing that node, comes
 * next; then the nodes before it go, which needs none. So a trim does all of its work or, out of memory, nothing.
 */
final class StreamTrim {
    private final StreamValue stream;
    private final StreamView view;
    private final StreamNodeReader node = new StreamNodeReader();
    private final StreamNodeEdit nodeEdit;

    private StreamId minId;
    private long maxLength;

    StreamTrim(StreamValue stream, StreamView view) {
        this.stream = stream;
        this.view = view;
        nodeEdit = new StreamNodeEdit(view);
    }

    /** See {@link StreamValue#trim}. */
    long trim(StreamId belowId, long toLength, boolean approximate, long limit) {
        minId = belowId;
        maxLength = toLength;
        long length = view.length();
        long live = 0; // in the nodes that go
        long nodes = 0;
        long within = 0;
        boolean more = view.nodes.seekFirst();
        while (more && (minId != null || length - live > maxLength)) {
            view.openNode(node);
            if (limit > 0 && live + node.count() > limit) {
                break;
            }
            if (staysInPart(length - live)) {
                within = approximate ? 0 : within(length - live, null);
                break;
            }
            live += node.count();
            nodes++;
            more = view.nodes.next();
        }
        if (nodes == 0 && within == 0) {
            return 0;
        }
        stream.change();
        if (within > 0) {
            cut(length - live, within);
        }
        if (!more) {
            view.nodes.clear();
        } else if (nodes > 0) {
            view.nodes.own();
            view.nodes.removeBefore(nodes, view.nodeBlocks);
        }
        view.set(StreamView.LENGTH, length - live - within);
        stream.noteFirst();
        return live + within;
    }

    /** Whether entries of the node are to stay; {@code left} live from its first on. */
    private boolean staysInPart(long left) {
        if (minId == null) {
            return left - node.count() < maxLength;
        }
        return node.last() && minId.compareTo(node.ms(), node.seq()) <= 0;
    }

    /** How many entries of the node go; they are marked where that is being edited. */
    private long within(long left, StreamNodeEdit edit) {
        long removed = 0;
        for (boolean more = node.first(); more; more = node.next()) {
            boolean stays = minId == null ? left - removed <= maxLength : minId.compareTo(node.ms(), node.seq()) <= 0;
            if (stays) {
                break;
            }
            if (!node.isDeleted()) {
                if (edit != null) {
                    StreamNode.markDeleted(edit.page(), node.entry());
                }
                removed++;
            }
        }
        return removed;
    }

    /** Deletes entries of the node at the position of {@link StreamView#nodes}. */
    private void cut(long left, long removed) {
        StreamNodeEdit edit = nodeEdit.open(Listpack.bytes(node.array(), node.start()) + 8);
        node.open(edit.page(), edit.at(), view.nodes.keyWord(0), view.nodes.keyWord(1));
        within(left, edit);
        StreamNode.writeCounts(
                edit.page(),
                edit.at(),
                StreamNode.count(edit.page(), edit.at()) - removed,
                StreamNode.deleted(edit.page(), edit.at()) + removed);
        edit.close();
    }
}
