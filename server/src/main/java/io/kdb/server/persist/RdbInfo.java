package io.kdb.server.persist;

/**
 * What an RDB file says of itself. Immutable.
 *
 * @param createdSeconds when it was written, in Unix seconds
 * @param usedMemory the writer's used memory in bytes
 * @param streamDb the database that the replication stream has selected at this point, or -1 when there is no stream
 * @param replicationId the stream's id, or null
 * @param replicationOffset the stream's offset of which the file is the state
 */
public record RdbInfo(
        long createdSeconds, long usedMemory, int streamDb, String replicationId, long replicationOffset) {
    /** A file outside any replication stream. */
    public static RdbInfo lone(long createdSeconds, long usedMemory) {
        return new RdbInfo(createdSeconds, usedMemory, -1, null, -1);
    }

    public boolean hasReplication() {
        return replicationId != null;
    }
}
