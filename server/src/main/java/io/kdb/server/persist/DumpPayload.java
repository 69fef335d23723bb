package io.kdb.server.persist;

import io.kdb.resp.HeapLender;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.ValueType;
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
    private final ValueRdbs values = new ValueRdbs();
    private RdbInput in;
    private int form;
    private int version = RdbFormat.VERSION;

    /** @param compression rdbcompression */
    public DumpPayload(boolean compression) {
        this.out = new RdbOutput(payload, compression, true);
    }

    /** Whom large payloads are borrowed from, until {@link #release}. */
    public DumpPayload borrowFrom(HeapLender lender) {
        payload.borrowFrom(lender);
        value.borrowFrom(lender);
        return this;
    }

    /** Lets go of the payload and of what it took. */
    public void release() {
        payload.clear();
        value.clear();
    }

    /** The payload of a string; valid until the next call. */
    PiecedBytes ofString(byte[] bytes, int from, int length) {
        try {
            payload.clear();
            out.reset(payload);
            out.writeByte(RdbFormat.TYPE_STRING);
            out.writeString(bytes, from, length);
            return end();
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }

    /** The payload of a record's value; valid until the next call. The record is pinned, or its segment held. */
    public PiecedBytes of(RecordView record) {
        try {
            payload.clear();
            out.reset(payload);
            if (record.type() == ValueType.STRING) {
                out.writeByte(RdbFormat.TYPE_STRING);
                writeString(record);
            } else {
                ValueRdb rdb = values.ofType(record.type());
                if (rdb == null) {
                    throw new IllegalStateException("type: " + record.type() + " cannot be written");
                }
                int type = rdb.form(record);
                version = type >= RdbFormat.TYPE_HASH_METADATA ? RdbFormat.FIELD_TTL_VERSION : RdbFormat.VERSION;
                out.writeByte(type);
                rdb.write(record, out);
            }
            return end();
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }

    private void writeString(RecordView record) throws IOException {
        if (record.isContiguous()) {
            out.writeString(record.runArray(0), record.runOffset(0), (int) record.valueLength());
            return;
        }
        value.clear();
        for (long at = 0; at < record.valueLength(); at += record.runLength(at)) {
            value.write(record.runArray(at), record.runOffset(at), record.runLength(at));
        }
        out.writeString(value);
        value.clear();
    }

    private PiecedBytes end() throws IOException {
        out.writeLittleEndian(version, 2);
        version = RdbFormat.VERSION;
        out.writeLittleEndian(out.checksum(), 8);
        out.flush();
        return payload;
    }

    /** Whether these bytes end with a version that we know and their checksum. */
    public static boolean verify(byte[] bytes, int from, int length) {
        return verify(new byte[][] {bytes}, from, length, false);
    }

    /**
     * Whether these bytes, the first at {@code from} in the first piece, end with a known version and, unless
     * {@code anyChecksum}, their checksum.
     */
    public static boolean verify(byte[][] pieces, int from, int length, boolean anyChecksum) {
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
        return version <= RdbFormat.FIELD_TTL_VERSION && (anyChecksum || stored == crc);
    }

    /** The string that a verified payload in one piece holds; valid until the next call. */
    PiecedBytes string(byte[] bytes, int from, int length) throws RdbException {
        open(new byte[][] {bytes}, from, length);
        return string();
    }

    /** Begins to read a verified payload, the first byte at {@code from} in the first piece. */
    public void open(byte[][] pieces, int from, int length) throws RdbException {
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
        in = new RdbInput(all, length - FOOTER);
        form = (int) read(RdbInput::readByte);
        if (form != RdbFormat.TYPE_STRING && values.ofForm(form) == null) {
            throw in.error("type " + RdbFormat.typeName(form) + " is not supported");
        }
    }

    /** Whether the payload that was opened holds a string. */
    public boolean isString() {
        return form == RdbFormat.TYPE_STRING;
    }

    /**
     * The string that the opened payload holds; valid until the next call.
     *
     * @throws RdbException when it does not hold what its type says
     */
    public PiecedBytes string() throws RdbException {
        read(input -> {
            input.readString(value);
            return 0;
        });
        return value;
    }

    /**
     * Reads the collection that the opened payload holds into {@code target}, which keeps it detached.
     *
     * @throws RdbException when it does not hold what its type says, or nothing
     */
    public void collection(NewValue target) throws RdbException {
        read(input -> {
            values.ofForm(form).read(form, input, target);
            return 0;
        });
    }

    /** A read from memory. */
    private interface Reading {
        long from(RdbInput input) throws IOException;
    }

    private long read(Reading reading) throws RdbException {
        try {
            return reading.from(in);
        } catch (RdbException e) {
            throw e;
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }
}
