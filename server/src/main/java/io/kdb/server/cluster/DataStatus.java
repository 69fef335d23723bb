package io.kdb.server.cluster;

/** What this node can say of the data it holds; read by the heartbeat. Thread-safe. */
public interface DataStatus {
    /** The id of the shard whose data this is, empty while there is none; see {@code Heartbeat.dataOf}. */
    String dataOf();

    /** This start of the process lost nothing: the last stop was clean. */
    boolean complete();

    /** The replication id of the data; empty while no history is kept. */
    String replId();

    long replOffset();

    /** A replica that follows its primary's log. */
    boolean linkUp();

    /** How long ago a replica last heard its primary; 0 for a primary. */
    long dataAgeMs();
}
