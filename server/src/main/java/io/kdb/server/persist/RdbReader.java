package io.kdb.server.persist;

import java.io.IOException;
import java.io.InputStream;

/**
 * Reads an RDB file of version 1 to 12 and hands its entries to a visitor. Owner: the thread that reads.
 *
 * <p>Anything it does not understand is an {@link RdbException} with the offset; what the visitor has taken by then is
 * the caller's to drop.
 */
public final class RdbReader {
    private final RdbInput in;
    private final RdbVisitor visitor;
    private final boolean checksum;
    private final long expiredBeforeMs;
    private final PiecedBytes key = new PiecedBytes();
    private final PiecedBytes value = new PiecedBytes();
    private final ValueRdbs values = new ValueRdbs();
    private int db;
    private boolean dbAnnounced;
    private long expireAtMs;
    private long idleSeconds;
    private int frequency;
    private long keysLoaded;
    private long keysExpired;

    /**
     * @param totalBytes the length of the file, or -1 when it is not known
     * @param checksum whether the file's checksum is compared (rdbchecksum)
     * @param expiredBeforeMs entries that expired before are left out, as a primary does; -1 keeps all, as a replica does
     */
    public RdbReader(InputStream file, long totalBytes, boolean checksum, long expiredBeforeMs, RdbVisitor visitor) {
        this.in = new RdbInput(file, totalBytes);
        this.visitor = visitor;
        this.checksum = checksum;
        this.expiredBeforeMs = expiredBeforeMs;
    }

    public long keysLoaded() {
        return keysLoaded;
    }

    /** Keys left out because they had expired. */
    public long keysExpired() {
        return keysExpired;
    }

    /** Bytes read so far (INFO's loading_loaded_bytes). */
    public long offset() {
        return in.offset();
    }

    /**
     * Reads the whole file, up to and including the checksum.
     *
     * @throws RdbException when it cannot be read, or the visitor did not take it
     */
    public void read() throws IOException {
        try {
            readAll();
        } catch (RdbException e) {
            throw e;
        } catch (IOException e) {
            RdbException located = in.error(e.getMessage());
            located.initCause(e);
            throw located;
        }
    }

    private void readAll() throws IOException {
        int version = readHeader();
        forgetAttributes();
        while (true) {
            int opcode = in.readByte();
            switch (opcode) {
                case RdbFormat.EOF -> {
                    readChecksum(version);
                    return;
                }
                case RdbFormat.SELECTDB -> {
                    announceDb(0, 0);
                    long number = in.readLength();
                    if (number > Integer.MAX_VALUE) {
                        throw in.error("database " + number);
                    }
                    db = (int) number;
                    dbAnnounced = false;
                }
                case RdbFormat.RESIZEDB -> {
                    long keys = in.readLength();
                    announceDb(keys, in.readLength());
                }
                case RdbFormat.EXPIRETIME -> expireAtMs = 1000 * (long) (int) in.readLittleEndian(4);
                case RdbFormat.EXPIRETIME_MS -> expireAtMs = in.readLittleEndian(8);
                case RdbFormat.FREQ -> frequency = in.readByte();
                case RdbFormat.IDLE -> idleSeconds = in.readLength();
                case RdbFormat.AUX -> {
                    String name = in.readText();
                    visitor.aux(name, in.readText());
                }
                case RdbFormat.SLOT_INFO -> {
                    in.readLength();
                    in.readLength();
                    in.readLength();
                }
                case RdbFormat.FUNCTION2, RdbFormat.FUNCTION_PRE_GA ->
                    throw in.error("the file holds a function library (functions are not supported)");
                case RdbFormat.MODULE_AUX ->
                    throw in.error("the file holds a module's data (modules are not supported)");
                default -> {
                    announceDb(0, 0);
                    readEntry(opcode);
                }
            }
        }
    }

    private int readHeader() throws IOException {
        for (byte expected : RdbFormat.MAGIC) {
            if (in.readByte() != expected) {
                throw in.error("not an RDB file (expected: REDIS and a version)");
            }
        }
        int version = 0;
        for (int i = 0; i < 4; i++) {
            int digit = in.readByte() - '0';
            if (digit < 0 || digit > 9) {
                throw in.error("not an RDB file (expected: REDIS and a version)");
            }
            version = 10 * version + digit;
        }
        if (version < 1 || version > RdbFormat.FIELD_TTL_VERSION) {
            throw in.error("RDB version " + version + " (expected: 1 to " + RdbFormat.FIELD_TTL_VERSION + ")");
        }
        return version;
    }

    private void announceDb(long keys, long expiries) throws IOException {
        if (!dbAnnounced) {
            dbAnnounced = true;
            visitor.database(db, keys, expiries);
        }
    }

    private void readEntry(int type) throws IOException {
        boolean expired = expireAtMs >= 0 && expireAtMs < expiredBeforeMs;
        if (type != RdbFormat.TYPE_STRING) {
            readCollection(type, expired);
            forgetAttributes();
            return;
        }
        in.readString(key);
        in.readString(value);
        if (expired) {
            keysExpired++;
        } else {
            visitor.string(key, value, expireAtMs, idleSeconds, frequency);
            keysLoaded++;
        }
        forgetAttributes();
    }

    private void readCollection(int form, boolean expired) throws IOException {
        ValueRdb rdb = values.ofForm(form);
        if (rdb == null) {
            throw in.error("type " + RdbFormat.typeName(form) + " is not supported");
        }
        in.readString(key);
        boolean kept = visitor.collection(key, rdb, form, in, expireAtMs, idleSeconds, frequency, expired);
        keysLoaded += kept ? 1 : 0;
        keysExpired += expired ? 1 : 0;
    }

    private void forgetAttributes() {
        expireAtMs = -1;
        idleSeconds = -1;
        frequency = -1;
    }

    private void readChecksum(int version) throws IOException {
        if (version < 5) {
            return;
        }
        long expected = in.checksum();
        long stored = in.readLittleEndian(8);
        if (checksum && stored != 0 && stored != expected) {
            throw in.error(
                    "the checksum is " + Long.toHexString(stored) + " (expected: " + Long.toHexString(expected) + ")");
        }
    }
}
