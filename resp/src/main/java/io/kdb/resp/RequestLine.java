package io.kdb.resp;

/**
 * Finds the end of the line that a decoder is in, and the number the line announces. Remembers how far it has searched, so
 * that a line that arrives byte by byte is searched once. Owner: its decoder.
 */
final class RequestLine {
    // What number() answers besides a number.
    static final long INCOMPLETE = Long.MIN_VALUE;
    static final long TOO_LONG = Long.MIN_VALUE + 1;
    static final long NOT_A_NUMBER = Long.MIN_VALUE + 2;

    /**
     * A shorter part of a line is searched again rather than remembered: the decoder's fast path reads short lines without
     * asking here, and what is remembered must not survive that.
     */
    private static final int REMEMBERED_BYTES = 64;

    private int searched;
    private int end;

    /** The index after the line whose {@link #number} was last read. */
    int end() {
        return end;
    }

    /**
     * The number in the line at pos, whose first byte is its type and whose end is '\r' and any other byte; every negative
     * number is -1.
     */
    long number(byte[] buf, int pos, int to) {
        int lineEnd = find((byte) '\r', buf, pos, to);
        if (lineEnd < 0) {
            return isTooLong(pos, to) ? TOO_LONG : INCOMPLETE;
        }
        if (to - lineEnd < 2) {
            remember(lineEnd - pos);
            return INCOMPLETE;
        }
        end = lineEnd + 2;
        int length = lineEnd - pos - 1;
        if (length < 0 || !Numbers.isLong(buf, pos + 1, length)) {
            return NOT_A_NUMBER;
        }
        return Math.max(-1, Numbers.parseLong(buf, pos + 1, length));
    }

    /** Whether a line at pos whose end was not found exceeds its limit. */
    static boolean isTooLong(int pos, int to) {
        return to - pos > RespLimits.MAX_LINE_BYTES;
    }

    /** The index of the byte that ends the line at pos, or -1; as Redis' strchr, not past a NUL. */
    int find(byte wanted, byte[] buf, int pos, int to) {
        int limit = Math.min(to, pos + RespLimits.MAX_LINE_BYTES + 1);
        for (int i = Math.min(pos + searched, limit); i < limit; i++) {
            byte b = buf[i];
            if (b == wanted) {
                searched = 0;
                return i;
            }
            if (b == 0) {
                remember(i - pos);
                return -1;
            }
        }
        remember(limit - pos);
        return -1;
    }

    private void remember(int bytes) {
        searched = bytes < REMEMBERED_BYTES ? 0 : bytes;
    }
}
