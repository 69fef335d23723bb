package io.kdb.server.store;

import io.kdb.resp.Numbers;
import io.kdb.resp.ReplyWriter;

/**
 * A view of one element of a collection: a run of bytes, an integer, or bytes in pieces. Owner: whoever made it, and it is
 * used again; what it shows is good until the next change of the collection, or until its lock is released.
 */
public final class Element {
    private final byte[] digits = new byte[Numbers.MAX_LONG_CHARS];
    private byte[] array = digits;
    private int offset;
    private int length;
    private boolean isInteger;
    private long integer;
    private Chains chains; // null when the bytes lie together

    /** Shows these bytes, which are not copied. */
    public Element bytes(byte[] bytes, int from, int size) {
        if (array != bytes) {
            array = bytes;
        }
        offset = from;
        length = size;
        isInteger = false;
        chains = null;
        return this;
    }

    public Element integer(long value) {
        isInteger = true;
        integer = value;
        array = null;
        chains = null;
        return this;
    }

    /** Shows a chain by its handle. */
    Element chain(Chains store, byte[] page, int handle) {
        bytes(page, handle, (int) Chains.length(page, handle));
        chains = store;
        return this;
    }

    /** True when it is kept as a number; a string of the same digits may be kept as a string. */
    public boolean isInteger() {
        return isInteger;
    }

    public long integer() {
        return integer;
    }

    /** True when {@link #array} costs no copy. */
    public boolean isContiguous() {
        return chains == null;
    }

    /** The array of its bytes, an integer's digits included; an element in pieces is copied into one of its own. */
    public byte[] array() {
        if (array == null) {
            offset = 0;
            length = Numbers.write(integer, digits, 0);
            array = digits;
        } else if (chains != null) {
            byte[] whole = new byte[length];
            chains.read(array, offset, 0, whole, 0, length);
            bytes(whole, 0, length);
        }
        return array;
    }

    /** Where in {@link #array}, which must have been called before, the bytes begin. */
    public int offset() {
        return offset;
    }

    public int length() {
        return array == null ? Numbers.length(integer) : length;
    }

    /** The bytes in an array of their own. */
    public byte[] copy() {
        byte[] copy = new byte[length()];
        copyTo(copy, 0);
        return copy;
    }

    /** Copies all bytes, for which there must be room. */
    public void copyTo(byte[] target, int at) {
        if (chains != null) {
            chains.read(array, offset, 0, target, at, length);
        } else {
            System.arraycopy(array(), offset, target, at, length);
        }
    }

    /** How many bytes lie together from this position on, in {@link #runArray} from {@link #runOffset} on. */
    public int runLength(int position) {
        int left = length() - position;
        return chains == null ? left : Math.min(left, Chains.PIECE - position % Chains.PIECE);
    }

    public byte[] runArray(int position) {
        return chains == null ? array() : chains.pieceArray(array, offset, position);
    }

    public int runOffset(int position) {
        return chains == null ? offset + position : chains.pieceOffset(array, offset, position);
    }

    public boolean equalTo(byte[] bytes, int from, int size) {
        if (length() != size) {
            return false;
        }
        for (int done = 0; done < size; ) {
            int n = runLength(done);
            if (!Bytes.same(runArray(done), runOffset(done), bytes, from + done, n)) {
                return false;
            }
            done += n;
        }
        return true;
    }

    /** The order of Redis' memcmp: bytes as unsigned, a prefix first. */
    public int compareTo(byte[] bytes, int from, int size) {
        int common = Math.min(length(), size);
        for (int done = 0; done < common; ) {
            int n = Math.min(runLength(done), common - done);
            byte[] run = runArray(done);
            int start = runOffset(done);
            int order = java.util.Arrays.compareUnsigned(run, start, start + n, bytes, from + done, from + done + n);
            if (order != 0) {
                return order;
            }
            done += n;
        }
        return Integer.compare(length(), size);
    }

    /** Replies with it as a bulk. */
    public void reply(ReplyWriter reply) {
        if (array == null) {
            reply.bulk(integer);
        } else if (chains == null) {
            reply.bulk(array, offset, length);
        } else {
            reply.bulkHeader(length);
            for (int done = 0; done < length; ) {
                int n = runLength(done);
                reply.append(runArray(done), runOffset(done), n);
                done += n;
            }
            reply.bulkEnd();
        }
    }
}
