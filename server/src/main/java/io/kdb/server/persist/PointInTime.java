package io.kdb.server.persist;

import java.io.IOException;

/** The keyspace as it was at one moment. Owner: the snapshot thread. */
public interface PointInTime extends AutoCloseable {
    /**
     * Writes every database with its entries, between {@link RdbWriter#header} and {@link RdbWriter#end}.
     *
     * @throws IOException of the writer's target; the point in time is then useless and must be closed
     */
    void write(RdbWriter writer) throws IOException;

    /** Whether some hash has fields that expire, which an RDB file of version 10 cannot say. */
    default boolean hasFieldTtls() {
        return false;
    }

    /** Lets go of what was set aside for it. Idempotent. */
    @Override
    void close();

    /** Makes points in time. Thread-safe, but one at a time is alive. */
    interface Factory {
        /**
         * Waits until every event loop has left the keyspace, starts there, and runs {@code atPoint} in that same
         * exclusive section (to fix the log's offset).
         */
        PointInTime start(Runnable atPoint);
    }
}
