package io.kdb.resp;

/**
 * The chunks of an event loop's reply buffers: each is borrowed from a {@link HeapLender}, free ones are kept up to a bound
 * and beyond it given back. Owner: the event loop.
 */
public final class ChunkPool {
    public static final int CHUNK_BYTES = 16 * 1024;

    private final HeapLender lender;
    private final byte[][] free;
    private int count;

    /** One whose chunks nobody counts; keeps at most this many bytes of unused ones. */
    public ChunkPool(int maxRetainedBytes) {
        this(maxRetainedBytes, HeapLender.UNLIMITED);
    }

    /** Keeps at most this many bytes of unused chunks. */
    public ChunkPool(int maxRetainedBytes, HeapLender lender) {
        this.lender = lender;
        free = new byte[Math.max(1, maxRetainedBytes / CHUNK_BYTES)][];
    }

    byte[] take() {
        if (count == 0) {
            lender.take(CHUNK_BYTES);
            return new byte[CHUNK_BYTES];
        }
        byte[] chunk = free[--count];
        free[count] = null;
        return chunk;
    }

    void give(byte[] chunk) {
        if (count < free.length) {
            free[count++] = chunk;
        } else {
            lender.give(CHUNK_BYTES);
        }
    }

    public long retainedBytes() {
        return (long) count * CHUNK_BYTES;
    }
}
