package io.kdb.cluster.health;

import io.kdb.cluster.topology.WireReader;
import io.kdb.cluster.topology.WireWriter;

/**
 * What a node reports of itself. Immutable.
 *
 * @param incarnation the number of this process start; each start has a higher one
 * @param appliedVersion the version of the view it works with
 * @param dataOf the id of the shard whose data it holds: set when it served as its primary, when a full sync from it ended,
 *     or when files of it were loaded (so it is kept beside the dump); empty while it has none
 * @param complete this start lost nothing: the last stop was clean after the final dump, or the AOF was {@code always}
 * @param replId the replication id of its data
 * @param replOffset how far it has the history of that id
 * @param linkUp a replica follows its primary's log
 * @param dataAgeMs how long ago a replica last heard its primary, or, if it has not since it started, started; 0 for a
 *     primary
 * @param keys how many keys it holds
 */
public record Heartbeat(
        String id,
        long incarnation,
        long appliedVersion,
        String dataOf,
        boolean complete,
        String replId,
        long replOffset,
        boolean linkUp,
        long dataAgeMs,
        long keys) {
    private static final int VERSION = 1;

    public byte[] encode() {
        WireWriter out = new WireWriter().u8(VERSION).id(id).i64(incarnation).i64(appliedVersion);
        out.text(dataOf).bool(complete).text(replId).i64(replOffset);
        return out.bool(linkUp).i64(dataAgeMs).i64(keys).toBytes();
    }

    /** Reads a heartbeat; throws MalformedRecord. */
    public static Heartbeat decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        in.version(VERSION);
        Heartbeat heartbeat = new Heartbeat(
                in.id(), in.u63(), in.u63(), in.text(), in.bool(), in.text(), in.i64(), in.bool(), in.u63(), in.u63());
        in.end();
        return heartbeat;
    }

    boolean holdsDataOf(String shardId) {
        return dataOf.equals(shardId);
    }
}
