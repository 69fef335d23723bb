package io.kdb.resp;

import java.util.Arrays;

/**
 * One request that arrives over many reads and is too large to be presented again each time. Owner: its decoder.
 *
 * <p>Memory follows the bytes that have arrived, never a length that was announced: small arguments are packed into chunks
 * that double from 32 KB on, a large one grows by doubling to {@link RequestDecoder#PIECE_BYTES} and continues in pieces of
 * that size. So each byte is copied at most twice, and what is held is less than four times what came, and 64 KB.
 */
final class RequestAssembly {
    private static final int FIRST_CHUNK_BYTES = 32 * 1024;
    /** An argument of at most this size is packed into a chunk with others. */
    private static final int PACKED_BYTES = 8 * 1024;

    private static final int FIRST_PIECE_BYTES = 16 * 1024;

    private int count;
    private int[] slots = new int[16];
    private byte[][] arrays = new byte[8][];
    private byte[][][] pieces;
    private long retained = 16 * Integer.BYTES;

    private byte[] chunk;
    private int chunkUsed;

    // The argument that is arriving.
    private int length;
    private int received;
    /** Where it goes: the chunk, or its own piece. */
    private byte[] target;

    private boolean packed;
    private byte[][] done;
    private int doneCount;

    /** The next argument has this length. */
    void begin(int argumentLength) {
        length = argumentLength;
        received = 0;
        packed = argumentLength <= PACKED_BYTES;
        if (packed) {
            if (chunk == null || chunk.length - chunkUsed < argumentLength) {
                int size = chunk == null ? FIRST_CHUNK_BYTES : Math.min(2 * chunk.length, RequestDecoder.PIECE_BYTES);
                chunk = new byte[size];
                chunkUsed = 0;
                retained += size;
            }
            target = chunk;
        } else {
            target = new byte[Math.min(argumentLength, FIRST_PIECE_BYTES)];
            retained += target.length;
            done = null;
            doneCount = 0;
        }
    }

    /** How many bytes of the argument are still to come. */
    int missing() {
        return length - received;
    }

    /** Takes n bytes, at most {@link #missing}. */
    void append(byte[] from, int offset, int n) {
        if (packed) {
            System.arraycopy(from, offset, chunk, chunkUsed + received, n);
            received += n;
            return;
        }
        int at = offset;
        int end = offset + n;
        while (at < end) {
            int used = received - doneCount * RequestDecoder.PIECE_BYTES;
            if (used == target.length) {
                grow();
                used = received - doneCount * RequestDecoder.PIECE_BYTES;
            }
            int step = Math.min(end - at, target.length - used);
            System.arraycopy(from, at, target, used, step);
            at += step;
            received += step;
        }
    }

    private void grow() {
        if (target.length < RequestDecoder.PIECE_BYTES) {
            int size = Math.min(Math.min(2 * target.length, RequestDecoder.PIECE_BYTES), length);
            retained += size - target.length;
            target = Arrays.copyOf(target, size);
            return;
        }
        if (done == null) {
            done = new byte[4][];
        } else if (doneCount == done.length) {
            done = Arrays.copyOf(done, 2 * doneCount);
        }
        done[doneCount++] = target;
        target = new byte[Math.min(length - received, RequestDecoder.PIECE_BYTES)];
        retained += target.length;
    }

    /** The argument is complete. */
    void end() {
        int i = count++;
        if (i == arrays.length) {
            int capacity = grown(i);
            retained += (long) (capacity - i) * 3 * Integer.BYTES;
            slots = Arrays.copyOf(slots, 2 * capacity);
            arrays = Arrays.copyOf(arrays, capacity);
        }
        slots[2 * i + 1] = length;
        if (packed) {
            slots[2 * i] = chunkUsed;
            arrays[i] = chunk;
            chunkUsed += length;
        } else if (done == null) {
            arrays[i] = target;
        } else {
            byte[][] parts = Arrays.copyOf(done, doneCount + 1);
            parts[doneCount] = target;
            if (pieces == null) {
                pieces = new byte[arrays.length][][];
            } else if (i >= pieces.length) {
                pieces = Arrays.copyOf(pieces, arrays.length);
            }
            pieces[i] = parts;
        }
        target = null;
        done = null;
    }

    private static int grown(int capacity) {
        if (capacity >= RequestDecoder.GREATEST_ARGUMENTS) {
            throw new ProtocolError(ProtocolError.INVALID_MULTIBULK);
        }
        return (int) Math.min(2L * capacity, RequestDecoder.GREATEST_ARGUMENTS);
    }

    /** A complete argument in one go. */
    void add(byte[] from, int offset, int n) {
        begin(n);
        append(from, offset, n);
        end();
    }

    Arguments finish() {
        if (pieces != null && pieces.length < count) {
            pieces = Arrays.copyOf(pieces, count);
        }
        return Arguments.independent(count, slots, null, arrays, pieces);
    }

    /** Bytes held by this request's arrays. */
    long retainedBytes() {
        return retained;
    }
}
