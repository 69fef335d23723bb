package io.kdb.server.persist;

import io.kdb.server.store.Element;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the primitives of the RDB format, buffered and checksummed. Owner: the thread that writes.
 */
public final class RdbOutput {
    private static final int BUFFER = 64 * 1024;
    /** A longer string is written as it is: what it would gain is not worth one large array. */
    private static final int MAX_COMPRESSED = PiecedBytes.PIECE;

    private static final int MIN_COMPRESSED = 21;

    private final byte[] buffer = new byte[BUFFER];
    private final boolean compression;
    private final boolean checksum;
    private final Lzf lzf = new Lzf();
    private final byte[] compressed = new byte[MAX_COMPRESSED];
    /** Full buffers that must not be written yet. */
    private final PiecedBytes held = new PiecedBytes();

    private OutputStream out;
    private boolean holding;
    private int used;
    private long crc;
    private long flushed;

    /**
     * @param compression whether strings are compressed where it pays (rdbcompression)
     * @param checksum whether a checksum is kept (rdbchecksum)
     */
    public RdbOutput(OutputStream out, boolean compression, boolean checksum) {
        this.out = out;
        this.compression = compression;
        this.checksum = checksum;
    }

    /** Starts anew with another target; what was not flushed is forgotten. */
    void reset(OutputStream newOut) {
        out = newOut;
        used = 0;
        crc = 0;
        flushed = 0;
    }

    /** Bytes written so far. */
    public long offset() {
        return flushed + used;
    }

    public void flush() throws IOException {
        if (checksum) {
            crc = Crc64.update(crc, buffer, 0, used);
        }
        (holding ? held : out).write(buffer, 0, used);
        flushed += used;
        used = 0;
    }

    void hold() {
        holding = true;
    }

    void release() throws IOException {
        holding = false;
        if (held.length() > 0) {
            for (int i = 0; i < held.pieceCount(); i++) {
                out.write(held.piece(i), 0, held.pieceLength(i));
            }
            held.clear();
        }
    }

    /** The checksum of everything before, 0 when none is kept. */
    long checksum() throws IOException {
        flush();
        return crc;
    }

    public void writeByte(int value) throws IOException {
        if (used == BUFFER) {
            flush();
        }
        buffer[used++] = (byte) value;
    }

    public void writeBytes(byte[] bytes, int from, int length) throws IOException {
        for (int done = 0; done < length; ) {
            if (used == BUFFER) {
                flush();
            }
            int size = Math.min(length - done, BUFFER - used);
            System.arraycopy(bytes, from + done, buffer, used, size);
            used += size;
            done += size;
        }
    }

    /** Writes the lowest {@code count} bytes of the value, the lowest first. */
    public void writeLittleEndian(long value, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            writeByte((int) (value >>> (8 * i)));
        }
    }

    private void writeBigEndian(long value, int count) throws IOException {
        for (int i = count - 1; i >= 0; i--) {
            writeByte((int) (value >>> (8 * i)));
        }
    }

    public void writeLength(long length) throws IOException {
        if (length < 0) {
            throw new IllegalArgumentException("length: " + length + " (expected: >= 0)");
        }
        writeUnsigned(length);
    }

    /** Writes a number of 64 bits in the form of a length. */
    public void writeUnsigned(long length) throws IOException {
        if (length < 0) {
            writeByte(RdbFormat.LENGTH_64_BIT);
            writeBigEndian(length, 8);
        } else if (length < 1 << 6) {
            writeByte((int) length);
        } else if (length < 1 << 14) {
            writeByte(RdbFormat.LENGTH_14_BIT << 6 | (int) (length >> 8));
            writeByte((int) length);
        } else if (length <= 0xFFFFFFFFL) {
            writeByte(RdbFormat.LENGTH_32_BIT);
            writeBigEndian(length, 4);
        } else {
            writeByte(RdbFormat.LENGTH_64_BIT);
            writeBigEndian(length, 8);
        }
    }

    public void writeString(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        writeString(bytes, 0, bytes.length);
    }

    /** Writes a string in its shortest form: an integer, compressed, or as it is. */
    public void writeString(byte[] bytes, int from, int length) throws IOException {
        if (length <= 11 && writeInteger(bytes, from, length)) {
            return;
        }
        if (compression && length >= MIN_COMPRESSED && length <= MAX_COMPRESSED) {
            int size = lzf.compress(bytes, from, length, compressed, 0, length - 4);
            if (size > 0) {
                writeByte(RdbFormat.ENCODED << 6 | RdbFormat.ENCODED_LZF);
                writeLength(size);
                writeLength(length);
                writeBytes(compressed, 0, size);
                return;
            }
        }
        writeLength(length);
        writeBytes(bytes, from, length);
    }

    /** Writes a string of these pieces, as it is. */
    public void writeString(PiecedBytes bytes) throws IOException {
        if (bytes.isContiguous()) {
            writeString(bytes.piece(0), 0, bytes.pieceLength(0));
            return;
        }
        writeLength(bytes.length());
        for (int i = 0; i < bytes.pieceCount(); i++) {
            writeBytes(bytes.piece(i), 0, bytes.pieceLength(i));
        }
    }

    /** Writes an element of a collection, in its shortest form unless it lies in pieces. */
    public void writeString(Element element) throws IOException {
        if (element.isContiguous()) {
            byte[] bytes = element.array();
            writeString(bytes, element.offset(), element.length());
            return;
        }
        writeLength(element.length());
        for (int at = 0; at < element.length(); at += element.runLength(at)) {
            writeBytes(element.runArray(at), element.runOffset(at), element.runLength(at));
        }
    }

    /** Writes the integer of which the text is the one decimal form, if it is one of at most 32 bits. */
    private boolean writeInteger(byte[] text, int from, int length) throws IOException {
        boolean negative = length > 0 && text[from] == '-';
        int digits = negative ? length - 1 : length;
        int at = negative ? from + 1 : from;
        if (digits == 0 || digits > 10 || (text[at] == '0' && length > 1)) {
            return false;
        }
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = text[at + i] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            value = 10 * value + digit;
        }
        return writeInteger(negative ? -value : value);
    }

    private boolean writeInteger(long value) throws IOException {
        if (value == (byte) value) {
            writeByte(RdbFormat.ENCODED << 6 | RdbFormat.ENCODED_INT8);
            writeLittleEndian(value, 1);
        } else if (value == (short) value) {
            writeByte(RdbFormat.ENCODED << 6 | RdbFormat.ENCODED_INT16);
            writeLittleEndian(value, 2);
        } else if (value == (int) value) {
            writeByte(RdbFormat.ENCODED << 6 | RdbFormat.ENCODED_INT32);
            writeLittleEndian(value, 4);
        } else {
            return false;
        }
        return true;
    }
}
