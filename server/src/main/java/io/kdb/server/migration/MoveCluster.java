package io.kdb.server.migration;

import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import java.util.concurrent.CompletableFuture;

/** The cluster as slot moves need it. Thread-safe. */
public interface MoveCluster {
    /** The latest committed view. */
    ClusterView view();

    /** Whether the cluster has accepted the data of this process' start: an earlier process' moves are not ours. */
    boolean maySend();

    /** Whether this node would serve slots if it had them now: its lease runs. */
    boolean mayServe();

    /** How long a node may be silent. */
    long nodeTimeoutMs();

    /** Proposes a record; completes once it is applied here, fails when its fate is not known. */
    CompletableFuture<ClusterAnswer> submit(ClusterRecord record);

    /** Asks a node; messages to one node arrive in order or not at all. */
    CompletableFuture<byte[]> ask(String nodeId, byte[] message, long limitMs);
}
