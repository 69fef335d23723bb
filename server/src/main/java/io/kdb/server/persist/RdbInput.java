package io.kdb.server.persist;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads the primitives of the RDB format, buffered and checksummed; every error names its offset.
 * Owner: the thread that reads.
 *
 * <p>Note: nothing is allocated because a length was announced: memory grows with the bytes that came.
 */
public final class RdbInput {
    private static final int BUFFER = 64 * 1024;

    private final byte[] buffer;
    private final InputStream in;
    private final long totalBytes;
    private int position;
    private int limit;
    private int summedTo;
    private long bufferOffset;
    private long crc;
    private boolean encodedLength;
    private final PiecedBytes compressed = new PiecedBytes();

    /** @param totalBytes how many bytes there are, or -1 when that is not known */
    public RdbInput(InputStream in, long totalBytes) {
        this.in = in;
        this.totalBytes = totalBytes;
        this.buffer = new byte[(int) (totalBytes < 0 ? BUFFER : Math.max(16, Math.min(BUFFER, totalBytes)))];
    }

    /** Where the next byte is. */
    public long offset() {
        return bufferOffset + position;
    }

    public RdbException error(String reason) {
        return new RdbException(offset(), reason);
    }

    private void fill() throws IOException {
        sum();
        bufferOffset += limit;
        position = 0;
        limit = 0;
        summedTo = 0;
        int count = in.read(buffer, 0, buffer.length);
        if (count <= 0) {
            throw error("unexpected end of file");
        }
        limit = count;
    }

    private void sum() {
        crc = Crc64.update(crc, buffer, summedTo, position - summedTo);
        summedTo = position;
    }

    /** The checksum of everything read so far. */
    long checksum() {
        sum();
        return crc;
    }

    public int readByte() throws IOException {
        if (position == limit) {
            fill();
        }
        return buffer[position++] & 0xFF;
    }

    public long readLittleEndian(int count) throws IOException {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (long) readByte() << (8 * i);
        }
        return value;
    }

    private long readBigEndian(int count) throws IOException {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | readByte();
        }
        return value;
    }

    /** A length; an encoding of a string where one stands is an error. */
    public long readLength() throws IOException {
        long length = readLengthOrEncoding();
        if (encodedLength) {
            throw error("a string's encoding where a length is expected");
        }
        return length;
    }

    /** A number of 64 bits in the form of a length. */
    public long readUnsigned() throws IOException {
        long number = readNumberOrEncoding();
        if (encodedLength) {
            throw error("a string's encoding where a number is expected");
        }
        return number;
    }

    private long readLengthOrEncoding() throws IOException {
        long length = readNumberOrEncoding();
        if (length < 0) {
            throw error("length " + Long.toUnsignedString(length));
        }
        return length;
    }

    private long readNumberOrEncoding() throws IOException {
        int first = readByte();
        encodedLength = false;
        switch (first >> 6) {
            case RdbFormat.LENGTH_6_BIT:
                return first & 0x3F;
            case RdbFormat.LENGTH_14_BIT:
                return (long) (first & 0x3F) << 8 | readByte();
            case RdbFormat.ENCODED:
                encodedLength = true;
                return first & 0x3F;
            default:
                if (first == RdbFormat.LENGTH_32_BIT) {
                    return readBigEndian(4);
                }
                if (first == RdbFormat.LENGTH_64_BIT) {
                    return readBigEndian(8);
                }
                throw error("unknown length encoding " + first);
        }
    }

    /** Reads a short string as text. */
    public String readText() throws IOException {
        PiecedBytes text = new PiecedBytes();
        readString(text);
        return new String(text.toByteArray(), StandardCharsets.ISO_8859_1);
    }

    /** Reads a string, whatever its form, in place of what {@code into} held. */
    public void readString(PiecedBytes into) throws IOException {
        into.clear();
        long length = readLengthOrEncoding();
        if (!encodedLength) {
            readBytes(into, length);
            return;
        }
        switch ((int) length) {
            case RdbFormat.ENCODED_INT8 -> writeDecimal(into, (byte) readLittleEndian(1));
            case RdbFormat.ENCODED_INT16 -> writeDecimal(into, (short) readLittleEndian(2));
            case RdbFormat.ENCODED_INT32 -> {
                int value = (int) readLittleEndian(4);
                writeDecimal(into, value);
            }
            case RdbFormat.ENCODED_LZF -> readCompressed(into);
            default -> throw error("unknown string encoding " + length);
        }
    }

    /** Reads so many bytes, added to what {@code into} holds. */
    public void readBytes(PiecedBytes into, long length) throws IOException {
        checkAnnounced(length);
        for (long left = length; left > 0; ) {
            if (position == limit) {
                fill();
            }
            int size = (int) Math.min(left, limit - position);
            into.write(buffer, position, size);
            position += size;
            left -= size;
        }
    }

    /** Skips so many bytes. */
    public void skip(long length) throws IOException {
        checkAnnounced(length);
        for (long left = length; left > 0; ) {
            if (position == limit) {
                fill();
            }
            int size = (int) Math.min(left, limit - position);
            position += size;
            left -= size;
        }
    }

    private void checkAnnounced(long length) throws IOException {
        if (length > RdbFormat.MAX_STRING) {
            throw error("a string of " + length + " bytes announced (expected: <= " + RdbFormat.MAX_STRING + ")");
        }
        if (totalBytes >= 0 && length > totalBytes - offset()) {
            throw error("a string of " + length + " bytes announced, " + (totalBytes - offset()) + " are left");
        }
    }

    private static void writeDecimal(PiecedBytes into, long value) {
        byte[] text = Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
        into.write(text, 0, text.length);
    }

    private void readCompressed(PiecedBytes into) throws IOException {
        long packed = readLength();
        long length = readLength();
        checkAnnounced(packed);
        if (length > RdbFormat.MAX_STRING || length > packed * Lzf.MAX_COPY) {
            throw error("a compressed string of " + packed + " bytes that announces " + length);
        }
        if (packed <= PiecedBytes.PIECE && length <= PiecedBytes.PIECE) {
            compressed.clear();
            readBytes(compressed, packed);
            int size = (int) length;
            if (into.contiguousRoom(Math.max(1, size)) < size
                    || !Lzf.decompress(compressed.piece(0), 0, (int) packed, into.lastPiece(), 0, size)) {
                throw error("a compressed string that does not give its " + length + " bytes");
            }
            into.grow(size);
            return;
        }
        decompressLarge(into, packed, length);
    }

    /** As {@link Lzf#decompress}, from the file piece by piece into pieces. */
    private void decompressLarge(PiecedBytes into, long packed, long length) throws IOException {
        long end = offset() + packed;
        while (offset() < end) {
            int control = readByte();
            int count = control < 32 ? control + 1 : (control >> 5) + 2;
            if (control >= 7 << 5) {
                count += readByte();
            }
            if (into.length() + count > length) {
                throw error("a compressed string that gives more than its " + length + " bytes");
            }
            if (control < 32) {
                for (int i = 0; i < count; i++) {
                    into.write(readByte());
                }
                continue;
            }
            long place = into.length() - ((control & 0x1F) << 8 | readByte()) - 1;
            if (place < 0) {
                throw error("a compressed string that refers to before its start");
            }
            for (int i = 0; i < count; i++) {
                into.write(into.at(place + i));
            }
        }
        if (offset() != end || into.length() != length) {
            throw error("a compressed string that does not give its " + length + " bytes");
        }
    }
}
