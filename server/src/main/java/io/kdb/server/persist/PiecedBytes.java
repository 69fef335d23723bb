package io.kdb.server.persist;

import io.kdb.resp.HeapLender;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Bytes that grow without one large array: pieces of equal size, the last one shorter. Owner: whoever fills it.
 *
 * <p>Up to {@link #PIECE} bytes lie in one array that is kept and used again after {@link #clear}.
 */
public final class PiecedBytes extends OutputStream {
    public static final int PIECE = 64 * 1024;
    private static final int KEPT_PIECES = 16;

    private HeapLender lender = HeapLender.UNLIMITED;
    private int lentPieces;
    private byte[][] pieces = {new byte[256]};
    private int pieceCount = 1;
    /** Bytes used of the last piece. */
    private int used;

    /** Whom pieces beyond the kept ones are borrowed from, until {@link #clear}; they are all given back now. */
    public PiecedBytes borrowFrom(HeapLender from) {
        clear();
        lender = from;
        return this;
    }

    public void clear() {
        if (pieces.length > KEPT_PIECES) {
            pieces = Arrays.copyOf(pieces, KEPT_PIECES);
        }
        for (; lentPieces > 0; lentPieces--) {
            lender.give(PIECE);
        }
        pieceCount = 1;
        used = 0;
    }

    public long length() {
        return (long) (pieceCount - 1) * PIECE + used;
    }

    /** Whether all bytes lie in {@code piece(0)}. */
    public boolean isContiguous() {
        return pieceCount == 1;
    }

    public int pieceCount() {
        return pieceCount;
    }

    public byte[] piece(int i) {
        return pieces[i];
    }

    public int pieceLength(int i) {
        return i == pieceCount - 1 ? used : PIECE;
    }

    byte at(long index) {
        return pieces[(int) (index / PIECE)][(int) (index % PIECE)];
    }

    @Override
    public void write(int value) {
        roomForOne();
        pieces[pieceCount - 1][used++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
        for (int done = 0; done < length; ) {
            int size = Math.min(length - done, contiguousRoom(length - done));
            System.arraycopy(bytes, from + done, pieces[pieceCount - 1], used, size);
            used += size;
            done += size;
        }
    }

    /** Room at the end for up to {@code wanted} bytes, at least one; they become part of it by {@link #grow}. */
    int contiguousRoom(int wanted) {
        roomForOne();
        byte[] last = pieces[pieceCount - 1];
        if (last.length - used < wanted && last.length < PIECE) {
            long size = Math.min(PIECE, Math.max((long) used + wanted, 2L * last.length));
            pieces[pieceCount - 1] = Arrays.copyOf(last, (int) size);
        }
        return pieces[pieceCount - 1].length - used;
    }

    byte[] lastPiece() {
        return pieces[pieceCount - 1];
    }

    int lastUsed() {
        return used;
    }

    void grow(int bytes) {
        used += bytes;
    }

    private void roomForOne() {
        byte[] last = pieces[pieceCount - 1];
        if (used < last.length) {
            return;
        }
        if (last.length < PIECE) {
            pieces[pieceCount - 1] = Arrays.copyOf(last, Math.min(PIECE, 2 * last.length));
            return;
        }
        if (pieceCount == pieces.length) {
            pieces = Arrays.copyOf(pieces, 2 * pieceCount);
        }
        if (pieces[pieceCount] == null) {
            if (pieceCount >= KEPT_PIECES) {
                lender.take(PIECE);
                lentPieces++;
            }
            pieces[pieceCount] = new byte[PIECE];
        }
        pieceCount++;
        used = 0;
    }

    /** All bytes in one new array; they must fit one. */
    public byte[] toByteArray() {
        byte[] all = new byte[Math.toIntExact(length())];
        for (int i = 0; i < pieceCount; i++) {
            System.arraycopy(pieces[i], 0, all, i * PIECE, pieceLength(i));
        }
        return all;
    }
}
