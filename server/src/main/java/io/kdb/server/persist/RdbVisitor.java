package io.kdb.server.persist;

import java.io.IOException;

/** Takes what an RDB file holds, in its order. The bytes are the reader's and valid during the call only. */
public interface RdbVisitor {
    /** A field that says something of the file; unknown ones are to be ignored. */
    default void aux(String name, String value) throws IOException {}

    /** The entries that follow are of this database; the counts are hints, from the file, to be bounded by the taker. */
    void database(int db, long keyCount, long expiryCount) throws IOException;

    /**
     * A string.
     *
     * @param expireAtMs when it expires, or -1
     * @param idleSeconds how long it was not used, or -1
     * @param frequency its LFU counter, or -1
     */
    void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idleSeconds, int frequency)
            throws IOException;

    /**
     * A collection, to be read whole from {@code in} by {@code rdb}.
     *
     * @param form how it lies there
     * @param expired whether it is to be read, but not kept
     * @return whether it is kept
     */
    default boolean collection(
            PiecedBytes key,
            ValueRdb rdb,
            int form,
            RdbInput in,
            long expireAtMs,
            long idleSeconds,
            int frequency,
            boolean expired)
            throws IOException {
        throw in.error("type " + RdbFormat.typeName(form) + " is not supported");
    }
}
