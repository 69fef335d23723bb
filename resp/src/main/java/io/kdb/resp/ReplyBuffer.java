package io.kdb.resp;

import java.util.Arrays;

/**
 * Bytes that wait to be sent: a chain of pooled chunks, which goes back to the pool as it is drained. Owner: the
 * connection's event loop, like its pool.
 *
 * <p>Positions ("marks") count the bytes ever written, so that a mark stays valid while the buffer is drained.
 */
public final class ReplyBuffer {
    private static final byte[] NO_CHUNK = {};

    /** Takes drained bytes; the array is only valid during the call. */
    @FunctionalInterface
    public interface Sink {
        void accept(byte[] bytes, int offset, int length);
    }

    private final ChunkPool pool;
    /** Full chunks [first, last), each used up to its end. */
    private byte[][] full = new byte[4][];

    private int[] ends = new int[4];
    private int first;
    private int last;
    /** The first byte not drained in the oldest chunk. */
    private int head;

    private byte[] chunk = NO_CHUNK;
    private int position;
    /** How many bytes had been written before the current chunk began. */
    private long sealed;

    private long drained;

    public ReplyBuffer(ChunkPool pool) {
        this.pool = pool;
    }

    /** How many bytes wait. */
    public long size() {
        return sealed + position - drained;
    }

    /** How many bytes have ever been written and not truncated: the mark of the present end. */
    public long written() {
        return sealed + position;
    }

    /** How many bytes have ever been drained. */
    public long drained() {
        return drained;
    }

    /** Makes n bytes (at most a chunk) free from {@link #position} on in the array that is returned. */
    byte[] reserve(int n) {
        if (chunk.length - position < n) {
            nextChunk();
        }
        return chunk;
    }

    int position() {
        return position;
    }

    /** What was reserved has been written up to here. */
    void position(int end) {
        position = end;
    }

    private void nextChunk() {
        if (position == 0 && chunk.length > 0) {
            return;
        }
        byte[] next = pool.take(); // may throw, so it comes first
        if (position > 0) {
            if (last == full.length) {
                makeRoom();
            }
            full[last] = chunk;
            ends[last++] = position;
            sealed += position;
        }
        chunk = next;
        position = 0;
    }

    private void makeRoom() {
        int count = last - first;
        if (first == 0) {
            full = Arrays.copyOf(full, 2 * last);
            ends = Arrays.copyOf(ends, 2 * last);
        } else {
            System.arraycopy(full, first, full, 0, count);
            System.arraycopy(ends, first, ends, 0, count);
            Arrays.fill(full, count, last, null);
        }
        first = 0;
        last = count;
    }

    /** Appends bytes as they are. */
    public void append(byte[] bytes, int offset, int length) {
        int from = offset;
        int rest = length;
        while (rest > chunk.length - position) {
            int step = chunk.length - position;
            System.arraycopy(bytes, from, chunk, position, step);
            position += step;
            from += step;
            rest -= step;
            nextChunk();
        }
        System.arraycopy(bytes, from, chunk, position, rest);
        position += rest;
    }

    /** Takes back what was written after the mark, which must not have been drained. */
    public void truncate(long mark) {
        if (mark < drained || mark > written()) {
            throw new IllegalArgumentException("mark: " + mark + " (expected: " + drained + " to " + written() + ")");
        }
        while (mark < sealed) {
            pool.give(chunk);
            chunk = full[--last];
            full[last] = null;
            position = ends[last];
            sealed -= position;
        }
        position = (int) (mark - sealed);
    }

    /** Gives everything to the sink. */
    public void drain(Sink sink) {
        drain(sink, Long.MAX_VALUE);
    }

    /** Gives what lies before the mark, at most everything, to the sink; returns how many bytes that was. */
    public long drain(Sink sink, long mark) {
        long end = Math.min(mark, written());
        long before = drained;
        while (drained < end) {
            boolean isFull = first < last;
            byte[] bytes = isFull ? full[first] : chunk;
            int used = isFull ? ends[first] : position;
            int n = (int) Math.min(used - head, end - drained);
            sink.accept(bytes, head, n);
            head += n;
            drained += n;
            if (isFull && head == used) {
                pool.give(bytes);
                full[first++] = null;
                head = 0;
                if (first == last) {
                    first = last = 0;
                }
            }
        }
        if (first == last && head == position) {
            releaseChunk();
        }
        return drained - before;
    }

    private void releaseChunk() {
        if (chunk.length > 0) {
            pool.give(chunk);
            chunk = NO_CHUNK;
            sealed += position;
            position = 0;
            head = 0;
        }
    }

    /** Drops everything, for a connection that is closed. */
    public void release() {
        drain((bytes, offset, length) -> {});
    }

    /** Bytes of the chunks held. */
    public long retainedBytes() {
        return (long) (last - first) * ChunkPool.CHUNK_BYTES + chunk.length;
    }
}
