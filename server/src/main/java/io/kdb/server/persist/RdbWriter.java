package io.kdb.server.persist;

import io.kdb.server.store.RecordView;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes an RDB file of version 10, or 12 where it needs to be: header, databases, entries, end with checksum. Owner: the thread that writes.
 *
 * @see <a href="https://rdb.fnordig.de/file_format.html">the format, described</a>
 */
public final class RdbWriter {
    public static final long NO_EXPIRY = -1;

    private final RdbOutput out;
    private final ValueRdbs values = new ValueRdbs();

    /**
     * @param compression rdbcompression
     * @param checksum rdbchecksum
     */
    public RdbWriter(OutputStream target, boolean compression, boolean checksum) {
        this.out = new RdbOutput(target, compression, checksum);
    }

    /** Bytes written so far. */
    public long offset() {
        return out.offset();
    }

    public void header(RdbInfo info, String redisVersion) throws IOException {
        header(info, redisVersion, false);
    }

    /** @param hasFieldTtls whether some hash has fields that expire: then it is a file of version 12 */
    public void header(RdbInfo info, String redisVersion, boolean hasFieldTtls) throws IOException {
        out.writeBytes(RdbFormat.MAGIC, 0, RdbFormat.MAGIC.length);
        String version = String.format("%04d", hasFieldTtls ? RdbFormat.FIELD_TTL_VERSION : RdbFormat.VERSION);
        for (int i = 0; i < version.length(); i++) {
            out.writeByte(version.charAt(i));
        }
        aux("redis-ver", redisVersion);
        aux("redis-bits", "64");
        aux("ctime", Long.toString(info.createdSeconds()));
        aux("used-mem", Long.toString(info.usedMemory()));
        if (info.hasReplication()) {
            aux("repl-stream-db", Integer.toString(info.streamDb()));
            aux("repl-id", info.replicationId());
            aux("repl-offset", Long.toString(info.replicationOffset()));
        }
        aux("aof-base", "0");
    }

    private void aux(String name, String value) throws IOException {
        out.writeByte(RdbFormat.AUX);
        out.writeString(name);
        out.writeString(value);
    }

    /** Starts a database, with the sizes that a loader may prepare its tables for. */
    public void database(int db, long keyCount, long expiryCount) throws IOException {
        out.writeByte(RdbFormat.SELECTDB);
        out.writeLength(db);
        out.writeByte(RdbFormat.RESIZEDB);
        out.writeLength(keyCount);
        out.writeLength(expiryCount);
    }

    /** Goes back to a database that was started before. */
    public void select(int db) throws IOException {
        out.writeByte(RdbFormat.SELECTDB);
        out.writeLength(db);
    }

    /** What is written from here on stays in memory until {@link #release}: a lock is held. */
    public void hold() {
        out.hold();
    }

    public void release() throws IOException {
        out.release();
    }

    /** The entry that follows was last used so long ago (an LRU policy). */
    public void idle(long seconds) throws IOException {
        out.writeByte(RdbFormat.IDLE);
        out.writeLength(seconds);
    }

    /** The entry that follows has this use counter (an LFU policy). */
    public void frequency(int frequency) throws IOException {
        out.writeByte(RdbFormat.FREQ);
        out.writeByte(frequency);
    }

    /** The entry that follows expires; comes before {@link #idle} and {@link #frequency}, as in Redis. */
    public void expiry(long atMs) throws IOException {
        out.writeByte(RdbFormat.EXPIRETIME_MS);
        out.writeLittleEndian(atMs, 8);
    }

    /** A string whose value lies in one array. */
    public void string(byte[] key, int keyFrom, int keyLength, byte[] value, int from, int length) throws IOException {
        out.writeByte(RdbFormat.TYPE_STRING);
        out.writeString(key, keyFrom, keyLength);
        out.writeString(value, from, length);
    }

    /** A string whose value follows by {@link #append} in exactly {@code length} bytes. */
    public void stringHeader(byte[] key, int keyFrom, int keyLength, long length) throws IOException {
        out.writeByte(RdbFormat.TYPE_STRING);
        out.writeString(key, keyFrom, keyLength);
        out.writeLength(length);
    }

    public void append(byte[] bytes, int from, int length) throws IOException {
        out.writeBytes(bytes, from, length);
    }

    /** A collection, whole. */
    public void collection(RecordView record) throws IOException {
        ValueRdb rdb = values.ofType(record.type());
        if (rdb == null) {
            throw new IOException("type " + record.type() + " cannot be written");
        }
        out.writeByte(rdb.form(record));
        out.writeString(record.keyArray(), 0, record.keyLength());
        rdb.write(record, out);
    }

    /** Ends the file; nothing is closed. */
    public void end() throws IOException {
        out.writeByte(RdbFormat.EOF);
        out.writeLittleEndian(out.checksum(), 8);
        out.flush();
    }
}
