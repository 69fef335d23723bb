package io.kdb.server.store;

import io.kdb.resp.ReplyWriter;

/**
 * Goes over the entries of a stream that live, in a range of IDs, in either direction. Owner: its {@link StreamValue}; void after a
 * change of the stream's entries.
 */
public final class StreamCursor {
    private final StreamNodeReader node = new StreamNodeReader();
    private final StreamId id = new StreamId();
    private StreamView view;
    private long fromMs;
    private long fromSeq;
    private long toMs;
    private long toSeq;
    private boolean reverse;
    private boolean started;
    private boolean inNode;

    StreamCursor() {}

    /** Stands before the first entry from {@code from} to {@code to}, both included; when reverse, behind the last. */
    StreamCursor open(StreamView stream, StreamId from, StreamId to, boolean backwards) {
        view = stream;
        fromMs = from.ms();
        fromSeq = from.seq();
        toMs = to.ms();
        toSeq = to.seq();
        reverse = backwards;
        started = false;
        inNode = false;
        return this;
    }

    /** Goes to the next entry of the range; false at its end. */
    public boolean next() {
        while (true) {
            boolean more;
            if (inNode) {
                more = reverse ? node.previous() : node.next();
            } else {
                if (!nextNode()) {
                    return false;
                }
                inNode = true;
                more = reverse ? node.last() : node.first();
            }
            while (more) {
                if (!node.isDeleted()) {
                    boolean behindStart = StreamId.compare(node.ms(), node.seq(), fromMs, fromSeq) >= 0;
                    boolean beforeEnd = StreamId.compare(node.ms(), node.seq(), toMs, toSeq) <= 0;
                    if (behindStart && beforeEnd) {
                        id.set(node.ms(), node.seq());
                        return true;
                    }
                    if (reverse ? !behindStart : !beforeEnd) {
                        return false;
                    }
                }
                more = reverse ? node.previous() : node.next();
            }
            inNode = false;
        }
    }

    private boolean nextNode() {
        boolean found;
        if (started) {
            found = reverse ? view.nodes.previous() : view.nodes.next();
        } else {
            started = true;
            found = reverse
                    ? view.nodes.seekFloor(toMs, toSeq, 0, 0)
                    : view.nodes.seekFloor(fromMs, fromSeq, 0, 0) || view.nodes.seekFirst();
        }
        if (found) {
            view.openNode(node);
        }
        return found;
    }

    /** How many entries of the range lie ahead, at most {@code limit}; the cursor is void then. */
    long count(long limit) {
        long count = 0;
        StreamId edge = new StreamId();
        while (count < limit && nextNode()) {
            if (isWhole(edge)) {
                count += node.count();
                continue;
            }
            for (boolean more = node.first(); more && count < limit; more = node.next()) {
                if (!node.isDeleted()
                        && StreamId.compare(node.ms(), node.seq(), fromMs, fromSeq) >= 0
                        && StreamId.compare(node.ms(), node.seq(), toMs, toSeq) <= 0) {
                    count++;
                }
            }
            boolean over = reverse
                    ? StreamId.compare(view.nodes.keyWord(0), view.nodes.keyWord(1), fromMs, fromSeq) < 0
                    : StreamId.compare(node.ms(), node.seq(), toMs, toSeq) > 0;
            if (over) {
                break;
            }
        }
        return Math.min(count, limit);
    }

    /** Whether all of the node lies in the range. */
    private boolean isWhole(StreamId edge) {
        if (StreamId.compare(view.nodes.keyWord(0), view.nodes.keyWord(1), fromMs, fromSeq) < 0) {
            return false;
        }
        return (toMs & toSeq) == -1
                || node.last() && edge.set(node.ms(), node.seq()).compareTo(toMs, toSeq) <= 0;
    }

    public StreamId id() {
        return id;
    }

    /** The pairs of field and value of the entry. */
    public long fields() {
        return node.fields();
    }

    /** Replies with the entry: its ID, and its fields and values. */
    public void reply(ReplyWriter reply) {
        reply.array(2);
        id.reply(reply);
        reply.array(2 * node.fields());
        node.reply(reply);
    }

    /** Shows fields and values, in turn. */
    public void forEach(StreamNodeReader.Taker taker) {
        node.forEach(taker);
    }
}
