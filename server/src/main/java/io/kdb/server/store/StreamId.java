package io.kdb.server.store;

import io.kdb.resp.Numbers;
import io.kdb.resp.ReplyWriter;

/**
 * The ID of a stream's entry: milliseconds and a sequence number, both unsigned. Owner: whoever made it; it is changed in place and
 * used again.
 */
public final class StreamId implements Comparable<StreamId> {
    /** The longest form in digits. */
    public static final int MAX_CHARS = 41;

    private long ms;
    private long seq;

    public StreamId() {}

    public StreamId(long ms, long seq) {
        this.ms = ms;
        this.seq = seq;
    }

    public long ms() {
        return ms;
    }

    public long seq() {
        return seq;
    }

    public StreamId set(long newMs, long newSeq) {
        ms = newMs;
        seq = newSeq;
        return this;
    }

    public StreamId set(StreamId other) {
        return set(other.ms, other.seq);
    }

    public StreamId setMax() {
        return set(-1, -1);
    }

    public boolean isZero() {
        return (ms | seq) == 0;
    }

    public boolean isMax() {
        return (ms & seq) == -1;
    }

    /** Becomes the next ID; false, unchanged, at the greatest. */
    public boolean increment() {
        if (isMax()) {
            return false;
        }
        if (++seq == 0) {
            ms++;
        }
        return true;
    }

    /** Becomes the ID before; false, unchanged, at 0-0. */
    public boolean decrement() {
        if (isZero()) {
            return false;
        }
        if (seq-- == 0) {
            ms--;
        }
        return true;
    }

    @Override
    public int compareTo(StreamId other) {
        return compare(ms, seq, other.ms, other.seq);
    }

    public int compareTo(long otherMs, long otherSeq) {
        return compare(ms, seq, otherMs, otherSeq);
    }

    public static int compare(long ms, long seq, long otherMs, long otherSeq) {
        return ms != otherMs ? Long.compareUnsigned(ms, otherMs) : Long.compareUnsigned(seq, otherSeq);
    }

    /** Writes {@code ms-seq}; answers the index behind it. */
    public int write(byte[] to, int at) {
        int i = writeUnsigned(ms, to, at);
        to[i++] = '-';
        return writeUnsigned(seq, to, i);
    }

    private static int writeUnsigned(long value, byte[] to, int at) {
        if (value < 0) {
            long tenth = Long.divideUnsigned(value, 10);
            int end = Numbers.write(tenth, to, at);
            to[end] = (byte) ('0' + (value - tenth * 10));
            return end + 1;
        }
        return Numbers.write(value, to, at);
    }

    /** {@code ms-seq} as bytes of their own. */
    public byte[] toBytes() {
        byte[] text = new byte[MAX_CHARS];
        return java.util.Arrays.copyOf(text, write(text, 0));
    }

    /** Replies with it as a bulk. */
    public void reply(ReplyWriter reply) {
        if ((ms | seq) < 0) {
            reply.bulk(toBytes());
            return;
        }
        byte[] to = reply.beginBulk(Numbers.length(ms) + 1 + Numbers.length(seq));
        reply.endBulk(to, write(to, reply.bulkAt()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StreamId id && id.ms == ms && id.seq == seq;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(31 * ms + seq);
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(ms) + "-" + Long.toUnsignedString(seq);
    }
}
