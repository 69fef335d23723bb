package io.kdb.server.persist;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The payload of DUMP, RESTORE and MIGRATE: a type, its value, the RDB version and a checksum. Owner: one thread.
 */
public final class DumpPayload {
    private static final int CHECKSUM = 8;
    private static final int FOOTER = 2 + CHECKSUM;

    private final PiecedBytes payload = new PiecedBytes();
    private final PiecedBytes value = new PiecedBytes();
    private final RdbOutput out;

    /** @param compression rdbcompression */
    public DumpPayload(boolean compression) {
        this.out = new RdbOutput(payload, compression, true);
    }

    /** The payload of a string in one array; valid until the next call. */
    public PiecedBytes ofString(byte[] bytes, int from, int length) {
        try {
            start();
            out.writeString(bytes, from, length);
            return end();
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }

    /** The payload of a string in pieces; valid until the next call. */
    public PiecedBytes ofString(PiecedBytes bytes) {
        try {
            start();
            out.writeString(bytes);
            return end();
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }

    private void start() throws IOException {
        payload.clear();
        out.reset(payload);
        out.writeByte(RdbFormat.TYPE_STRING);
    }

    private PiecedBytes end() throws IOException {
        out.writeLittleEndian(RdbFormat.VERSION, 2);
        out.writeLittleEndian(out.checksum(), 8);
        out.flush();
        return payload;
    }

    /** Whether these bytes end with a version that we know and their checksum. */
    public static boolean verify(byte[] bytes, int from, int length) {
        return verify(new byte[][] {bytes}, from, length);
    }

    /** Whether these bytes, the first at {@code from} in the first piece, end with a known version and their checksum. */
    public static boolean verify(byte[][] pieces, int from, int length) {
        if (length < FOOTER) {
            return false;
        }
        byte[] footer = new byte[FOOTER];
        long crc = 0;
        int at = 0;
        int start = from;
        for (byte[] piece : pieces) {
            int count = Math.min(piece.length - start, length - at);
            crc = Crc64.update(crc, piece, start, Math.max(0, Math.min(count, length - CHECKSUM - at)));
            int own = Math.max(0, length - FOOTER - at);
            if (own < count) {
                System.arraycopy(piece, start + own, footer, at + own - (length - FOOTER), count - own);
            }
            at += count;
            start = 0;
        }
        long stored = 0;
        for (int i = FOOTER - 1; i >= FOOTER - CHECKSUM; i--) {
            stored = (stored << 8) + (footer[i] & 0xFF);
        }
        int version = (footer[0] & 0xFF) + ((footer[1] & 0xFF) << 8);
        return version <= RdbFormat.VERSION && stored == crc;
    }

    /** {@link #string(byte[][], int, int)} of one piece. */
    public PiecedBytes string(byte[] bytes, int from, int length) throws RdbException {
        return string(new byte[][] {bytes}, from, length);
    }

    /**
     * The string that a verified payload holds; valid until the next call.
     *
     * @throws RdbException when it holds another type, or not what its type says
     */
    public PiecedBytes string(byte[][] pieces, int from, int length) throws RdbException {
        List<InputStream> streams = new ArrayList<>();
        int left = length - FOOTER;
        int start = from;
        for (byte[] piece : pieces) {
            int count = Math.min(piece.length - start, left);
            streams.add(new ByteArrayInputStream(piece, start, count));
            left -= count;
            start = 0;
        }
        InputStream all = new SequenceInputStream(Collections.enumeration(streams));
        RdbInput in = new RdbInput(all, length - FOOTER);
        try {
            int type = in.readByte();
            if (type != RdbFormat.TYPE_STRING) {
                throw in.error("type " + RdbFormat.typeName(type) + " is not supported");
            }
            in.readString(value);
            return value;
        } catch (RdbException e) {
            throw e;
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }
}
