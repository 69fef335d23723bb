package io.kdb.server.persist;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * The payload of DUMP, RESTORE and MIGRATE: a type, its value, the RDB version and a checksum. Owner: one thread.
 */
public final class DumpPayload {
    private static final int FOOTER = 10;

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
        if (length < FOOTER) {
            return false;
        }
        int footer = from + length - FOOTER;
        int version = (bytes[footer] & 0xFF) + ((bytes[footer + 1] & 0xFF) << 8);
        long stored = 0;
        for (int i = 7; i >= 0; i--) {
            stored = (stored << 8) + (bytes[footer + 2 + i] & 0xFF);
        }
        return version <= RdbFormat.VERSION && stored == Crc64.update(0, bytes, from, length - 8);
    }

    /**
     * The string that a verified payload holds; valid until the next call.
     *
     * @throws RdbException when it holds another type, or not what its type says
     */
    public PiecedBytes string(byte[] bytes, int from, int length) throws RdbException {
        RdbInput in = new RdbInput(new ByteArrayInputStream(bytes, from, length - FOOTER), length - FOOTER);
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
