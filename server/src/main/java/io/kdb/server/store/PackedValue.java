package io.kdb.server.store;

import io.kdb.resp.ReplyWriter;

/**
 * The listpack of a collection's record, edited in place. Owner: its {@link CollectionValue}.
 *
 * <p>A position counts bytes from the listpack's start, so it outlives a move of the record but not a change before it; 0 is
 * none. Whatever changes something takes the record out of the way of running snapshots first, and throws {@link StoreFull}
 * before it has changed anything. Bytes to be written must not lie in this listpack.
 */
public final class PackedValue {
    /** No such entry. */
    public static final int NONE = 0;

    private final CollectionValue owner;

    PackedValue(CollectionValue owner) {
        this.owner = owner;
    }

    private byte[] page() {
        return owner.valueArray();
    }

    private int start() {
        return owner.valueStart();
    }

    /** The array that the listpack lies in, from {@link #offset} on for {@link #bytes}. */
    public byte[] array() {
        return page();
    }

    public int offset() {
        return start();
    }

    /** Bytes of the listpack. */
    public int bytes() {
        return Listpack.bytes(page(), start());
    }

    public int count() {
        return Listpack.count(page(), start());
    }

    public int first() {
        return existing(page(), start(), Listpack.HEADER_BYTES);
    }

    public int last() {
        byte[] page = page();
        int start = start();
        int end = Listpack.bytes(page, start) - 1;
        return end == Listpack.HEADER_BYTES ? NONE : Listpack.previous(page, start + end) - start;
    }

    public int next(int position) {
        byte[] page = page();
        int start = start();
        return existing(page, start, Listpack.next(page, start + position) - start);
    }

    public int previous(int position) {
        int start = start();
        return position == Listpack.HEADER_BYTES ? NONE : Listpack.previous(page(), start + position) - start;
    }

    /** The entry of this index, counted from the end when negative. */
    public int at(long index) {
        int start = start();
        int p = Listpack.at(page(), start, index);
        return p < 0 ? NONE : p - start;
    }

    /** The index of the entry at this position. */
    public int indexOf(int position) {
        byte[] page = page();
        int start = start();
        int index = 0;
        for (int p = Listpack.HEADER_BYTES; p < position; p = Listpack.next(page, start + p) - start) {
            index++;
        }
        return index;
    }

    private static int existing(byte[] page, int start, int position) {
        return Listpack.isEnd(page, start + position) ? NONE : position;
    }

    /** Shows the entry. */
    public Element get(int position, Element view) {
        return Listpack.get(page(), start() + position, view);
    }

    /** Replies with so many entries, which must be there, from this position on; answers the position behind them. */
    int reply(int position, long count, ReplyWriter reply) {
        byte[] page = page();
        int start = start();
        int p = start + position;
        for (long left = count; left > 0; left--) {
            p = Listpack.reply(page, p, reply);
        }
        return existing(page, start, p - start);
    }

    public boolean isInteger(int position) {
        return Listpack.isInteger(page(), start() + position);
    }

    public long integer(int position) {
        return Listpack.integer(page(), start() + position);
    }

    public boolean equal(int position, byte[] value, int offset, int length) {
        return Listpack.equal(page(), start() + position, value, offset, length);
    }

    /** The first entry that is this string: looks at one from {@code from} on, skips {@code skip}, and so on. */
    public int find(int from, byte[] value, int offset, int length, int skip) {
        if (from == NONE) {
            return NONE;
        }
        int start = start();
        int p = Listpack.find(page(), start + from, value, offset, length, skip);
        return p < 0 ? NONE : p - start;
    }

    public void append(byte[] value, int offset, int length) {
        insert(bytes() - 1, value, offset, length);
    }

    public void append(long value) {
        insert(bytes() - 1, value);
    }

    public void prepend(byte[] value, int offset, int length) {
        insert(Listpack.HEADER_BYTES, value, offset, length);
    }

    /** Inserts before the entry at this position, which is then the new entry's. */
    public void insert(int position, byte[] value, int offset, int length) {
        splice(position, 0, Listpack.bytesOf(value, offset, length), 1);
        Listpack.write(page(), start() + position, value, offset, length);
    }

    public void insert(int position, long value) {
        splice(position, 0, Listpack.bytesOf(value), 1);
        Listpack.write(page(), start() + position, value);
    }

    /** Puts another value in the entry's place; its position stays. */
    public void replace(int position, byte[] value, int offset, int length) {
        int old = Listpack.entryBytes(page(), start() + position);
        splice(position, old, Listpack.bytesOf(value, offset, length), 0);
        Listpack.write(page(), start() + position, value, offset, length);
    }

    public void replace(int position, long value) {
        int old = Listpack.entryBytes(page(), start() + position);
        splice(position, old, Listpack.bytesOf(value), 0);
        Listpack.write(page(), start() + position, value);
    }

    /** Removes an entry; answers the position of the one behind it. */
    public int delete(int position) {
        return delete(position, 1);
    }

    /** Removes so many entries, or as many as there are, from this one on; answers the position of the one behind them. */
    public int delete(int position, int count) {
        byte[] page = page();
        int start = start();
        int end = start + position;
        int n = 0;
        while (n < count && !Listpack.isEnd(page, end)) {
            end = Listpack.next(page, end);
            n++;
        }
        splice(position, end - start - position, 0, -n);
        return existing(page(), start(), position);
    }

    /** Room for {@code newBytes} in place of {@code oldBytes}; the record is the caller's to write to. */
    void splice(int position, int oldBytes, int newBytes, int countChange) {
        int bytes = bytes();
        int grown = bytes + newBytes - oldBytes;
        int behind = bytes - position - oldBytes;
        if (grown >= bytes) {
            owner.resize(grown);
        } else {
            owner.own();
        }
        byte[] page = page();
        int start = start();
        if (countChange < 0) {
            Listpack.addCount(page, start, countChange);
        }
        System.arraycopy(page, start + position + oldBytes, page, start + position + newBytes, behind);
        Bytes.putInt(page, start, grown);
        if (countChange > 0) {
            Listpack.addCount(page, start, countChange);
        }
        if (grown < bytes) {
            owner.resize(grown);
        }
    }
}
