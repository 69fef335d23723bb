package io.kdb.server.store;

import io.kdb.resp.ReplyWriter;

/**
 * Goes over the entries of one {@link StreamNode}, deleted ones included, in both directions. Owner: whoever opened it, and it is used again; void
 * after a change of the node.
 */
public final class StreamNodeReader {
    private final Element element = new Element();
    private byte[] a;
    private int at;
    private long masterMs;
    private long masterSeq;
    private long masterFields;
    private int masterFieldsAt;
    private int entriesAt;

    // The entry.
    private int entry; // where its flags lie
    private int flags;
    private long ms;
    private long seq;
    private long fields;
    private int dataAt; // its first field or value

    void open(byte[] array, int start, long nodeMs, long nodeSeq) {
        a = array;
        at = start;
        masterMs = nodeMs;
        masterSeq = nodeSeq;
        int p = StreamNode.fieldsAt(a, at);
        masterFields = Listpack.integer(a, p);
        masterFieldsAt = Listpack.next(a, p);
        p = masterFieldsAt;
        for (long i = 0; i < masterFields; i++) {
            p = Listpack.next(a, p);
        }
        entriesAt = Listpack.next(a, p);
    }

    byte[] array() {
        return a;
    }

    int start() {
        return at;
    }

    /** Entries that live. */
    long count() {
        return StreamNode.count(a, at);
    }

    boolean first() {
        return readAt(entriesAt);
    }

    boolean last() {
        return readBefore(at + Listpack.bytes(a, at) - 1);
    }

    boolean next() {
        int p = dataAt;
        for (long i = isSame() ? fields : 2 * fields; i > 0; i--) {
            p = Listpack.next(a, p);
        }
        return readAt(Listpack.next(a, p));
    }

    boolean previous() {
        return readBefore(entry);
    }

    private boolean readBefore(int end) {
        if (end <= entriesAt) {
            return false;
        }
        int p = Listpack.previous(a, end);
        for (long i = Listpack.integer(a, p); i > 0; i--) {
            p = Listpack.previous(a, p);
        }
        return readAt(p);
    }

    private boolean readAt(int p) {
        if (Listpack.isEnd(a, p)) {
            return false;
        }
        entry = p;
        flags = (int) Listpack.integer(a, p);
        int q = Listpack.next(a, p);
        ms = masterMs + Listpack.integer(a, q);
        q = Listpack.next(a, q);
        seq = masterSeq + Listpack.integer(a, q);
        q = Listpack.next(a, q);
        if (isSame()) {
            fields = masterFields;
        } else {
            fields = Listpack.integer(a, q);
            q = Listpack.next(a, q);
        }
        dataAt = q;
        return true;
    }

    private boolean isSame() {
        return (flags & StreamNode.SAME_FIELDS) != 0;
    }

    boolean isDeleted() {
        return (flags & StreamNode.DELETED) != 0;
    }

    /** Where the entry's flags lie. */
    int entry() {
        return entry;
    }

    long ms() {
        return ms;
    }

    long seq() {
        return seq;
    }

    /** The number of pairs of field and value. */
    long fields() {
        return fields;
    }

    /** Shows fields and values to the taker, in turn. */
    void forEach(Taker taker) {
        int field = isSame() ? masterFieldsAt : dataAt;
        int value = dataAt;
        for (long i = 0; i < fields; i++) {
            if (!isSame()) {
                value = Listpack.next(a, field);
            }
            taker.take(show(field));
            taker.take(show(value));
            field = isSame() ? Listpack.next(a, field) : Listpack.next(a, value);
            value = isSame() ? Listpack.next(a, value) : value;
        }
    }

    /** Replies with fields and values, without an array around them. */
    void reply(ReplyWriter reply) {
        int field = isSame() ? masterFieldsAt : dataAt;
        int value = dataAt;
        for (long i = 0; i < fields; i++) {
            if (!isSame()) {
                value = Listpack.next(a, field);
            }
            reply(reply, field);
            reply(reply, value);
            field = isSame() ? Listpack.next(a, field) : Listpack.next(a, value);
            value = isSame() ? Listpack.next(a, value) : value;
        }
    }

    private void reply(ReplyWriter reply, int p) {
        if (Listpack.isInteger(a, p)) {
            reply.bulk(Listpack.integer(a, p));
        } else {
            reply.bulk(a, Listpack.stringOffset(a, p), Listpack.stringLength(a, p));
        }
    }

    private Element show(int p) {
        return Listpack.isInteger(a, p)
                ? element.integer(Listpack.integer(a, p))
                : element.bytes(a, Listpack.stringOffset(a, p), Listpack.stringLength(a, p));
    }

    /** Takes fields and values. */
    @FunctionalInterface
    public interface Taker {
        void take(Element part);
    }
}
