package io.kdb.server.replication;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The RDB file of a full sync on its way to a temporary file: either of an announced length, or up to a mark of 40 bytes.
 * Owner: the link's thread.
 *
 * <p>Note: the mark is looked for at the end of what has come only, as Redis does: a primary sends nothing behind it until
 * the replica has answered, and inside the file its 40 random characters do not occur.
 */
final class FileTransfer implements Closeable {
    private static final int MARK_BYTES = 40;

    private final Path file;
    private final OutputStream out;
    private final byte[] mark;
    private final long totalBytes;
    private final byte[] last = new byte[MARK_BYTES];
    private long readBytes;

    /**
     * @param header the primary's line: {@code $n} or {@code $EOF:mark}
     * @throws IOException when the line is neither, or the file cannot be written
     */
    FileTransfer(String header, Path file) throws IOException {
        if (header.matches("\\$EOF:.{40}")) {
            mark = header.substring(5).getBytes(StandardCharsets.ISO_8859_1);
            totalBytes = -1;
        } else if (header.matches("\\$\\d{1,18}")) {
            mark = null;
            totalBytes = Long.parseLong(header.substring(1));
        } else {
            throw new IOException("Bad protocol from MASTER, the first byte is not '$' (we received '" + header
                    + "'), are you sure the host and port are right?");
        }
        this.file = file;
        this.out = Files.newOutputStream(file);
    }

    /** The announced length, or -1 when a mark ends it. */
    long totalBytes() {
        return totalBytes;
    }

    /** Bytes that have come, the mark included. */
    long readBytes() {
        return readBytes;
    }

    Path file() {
        return file;
    }

    /** Takes bytes of the file; answers how many of them belong to it. */
    int take(byte[] bytes, int from, int count) throws IOException {
        int size = mark != null ? count : (int) Math.min(count, totalBytes - readBytes);
        out.write(bytes, from, size);
        readBytes += size;
        if (mark != null) {
            int kept = Math.max(0, MARK_BYTES - size);
            System.arraycopy(last, MARK_BYTES - kept, last, 0, kept);
            int fresh = MARK_BYTES - kept;
            System.arraycopy(bytes, from + size - fresh, last, kept, fresh);
        }
        return size;
    }

    boolean isComplete() {
        return mark != null ? readBytes >= MARK_BYTES && Arrays.equals(last, mark) : readBytes == totalBytes;
    }

    /** The file is whole: what follows the last byte of RDB is cut off. */
    void finish() throws IOException {
        out.close();
        if (mark != null) {
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(readBytes - MARK_BYTES);
            }
        }
    }

    /** Closes and removes the file. */
    @Override
    public void close() throws IOException {
        out.close();
        Files.deleteIfExists(file);
    }
}
