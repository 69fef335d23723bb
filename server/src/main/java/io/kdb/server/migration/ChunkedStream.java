package io.kdb.server.migration;

import io.kdb.server.persist.PiecedBytes;
import io.kdb.server.store.Element;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;

/** Commands on their way out, cut into chunks at any byte, each with room for its header in front. Owner: the move's thread. */
final class ChunkedStream {
    /** Of one chunk, without its header. */
    static final int CHUNK_BYTES = 128 << 10;

    private static final byte[] CRLF = {'\r', '\n'};

    private final ArrayDeque<byte[]> full = new ArrayDeque<>();
    private byte[] current;
    private int used;
    private long total;

    void write(byte[] bytes, int from, int length) {
        for (int done = 0; done < length; ) {
            if (current == null) {
                current = new byte[MoveMessage.HEADER_BYTES + CHUNK_BYTES];
                used = MoveMessage.HEADER_BYTES;
            }
            int size = Math.min(length - done, current.length - used);
            System.arraycopy(bytes, from + done, current, used, size);
            used += size;
            done += size;
            if (used == current.length) {
                full.add(current);
                current = null;
            }
        }
        total += length;
    }

    /** The head of a command of this many arguments. */
    void command(int count) {
        head('*', count);
    }

    void argument(byte[] bytes, int from, int length) {
        head('$', length);
        write(bytes, from, length);
        write(CRLF, 0, 2);
    }

    void argument(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        argument(bytes, 0, bytes.length);
    }

    void argument(PiecedBytes bytes) {
        beginArgument(bytes.length());
        for (int i = 0; i < bytes.pieceCount(); i++) {
            write(bytes.piece(i), 0, bytes.pieceLength(i));
        }
        endArgument();
    }

    void argument(Element element) {
        int length = element.length();
        beginArgument(length);
        for (int at = 0; at < length; ) {
            int run = element.runLength(at);
            write(element.runArray(at), element.runOffset(at), run);
            at += run;
        }
        endArgument();
    }

    /** So many bytes follow, by {@link #write}, and {@link #endArgument}. */
    void beginArgument(long length) {
        head('$', length);
    }

    void endArgument() {
        write(CRLF, 0, 2);
    }

    private void head(char type, long number) {
        byte[] bytes = (type + Long.toString(number) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        write(bytes, 0, bytes.length);
    }

    /** Bytes written so far. */
    long total() {
        return total;
    }

    boolean hasChunk() {
        return !full.isEmpty();
    }

    /** The next full chunk, or null. */
    byte[] next() {
        return full.poll();
    }

    /** Makes what is written a last, shorter chunk. */
    void flush() {
        if (current != null) {
            full.add(Arrays.copyOf(current, used));
            current = null;
        }
    }
}
