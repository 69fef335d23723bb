package io.kdb.resp;

/** Free chunks of an event loop's reply buffers, up to a bound; beyond it they are garbage. Owner: the event loop. */
public final class ChunkPool {
    public static final int CHUNK_BYTES = 16 * 1024;

    private final byte[][] free;
    private int count;

    /** Keeps at most this many bytes of unused chunks. */
    public ChunkPool(int maxRetainedBytes) {
        free = new byte[Math.max(1, maxRetainedBytes / CHUNK_BYTES)][];
    }

    byte[] take() {
        if (count == 0) {
            return new byte[CHUNK_BYTES];
        }
        byte[] chunk = free[--count];
        free[count] = null;
        return chunk;
    }

    void give(byte[] chunk) {
        if (count < free.length) {
            free[count++] = chunk;
        }
    }

    public long retainedBytes() {
        return (long) count * CHUNK_BYTES;
    }
}
