package io.kdb.cluster.health;

import io.kdb.cluster.topology.ClusterLines;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;

/**
 * The primary's part in CLUSTER FAILOVER, and the checks of its arguments. Owner: the node's control thread.
 *
 * <p>The course of a plain CLUSTER FAILOVER: the replica asks its primary to {@link #close}; the primary holds the commands
 * of all its slots (reads too) and answers with its epoch and its replication offset; the replica waits until it has that
 * offset and submits {@code Failover(primary, epoch, replica, MANUAL, false, now)}. The primary stays closed while
 * {@link #isClosed}: until the view shows that the record was applied, or that its own {@code CancelFailover}, which
 * {@link #due} returns when the replica takes too long, came first. FORCE and TAKEOVER go to the leader:
 * {@link Controller#force}.
 */
public final class ManualFailover {
    /** How long the primary waits for its replica, as in Redis. */
    public static final long LIMIT_MS = 5_000;

    private static final long REPEAT_MS = 1_000;
    private static final long OPEN = -1;

    private final String id;
    private long epoch = OPEN;
    private long deadlineMs;

    public ManualFailover(String id) {
        this.id = id;
    }

    /**
     * Why the node that got CLUSTER FAILOVER refuses it, or null.
     *
     * @param force FORCE or TAKEOVER was given
     * @param linkUp the node follows its primary
     */
    public static String refusal(ClusterView view, boolean force, boolean linkUp) {
        ClusterNode me = view.myself();
        if (me == null || me.isPrimary()) {
            return ClusterLines.FAILOVER_NOT_REPLICA;
        }
        if (view.myPrimary() == null) {
            return ClusterLines.FAILOVER_NO_PRIMARY;
        }
        return !force && (view.myPrimary().failed() || !linkUp) ? ClusterLines.FAILOVER_PRIMARY_DOWN : null;
    }

    /** Closes the slots for a replica; returns the epoch to tell it, or -1 when this node is no primary of that replica. */
    public long close(ClusterView view, String replicaId, long nowMs) {
        ClusterNode me = view.node(id);
        ClusterNode replica = view.node(replicaId);
        if (me == null || !me.isPrimary() || replica == null || !replica.isReplicaOf(id)) {
            return -1;
        }
        epoch = me.configEpoch();
        deadlineMs = nowMs + LIMIT_MS;
        return epoch;
    }

    /** Whether commands must still be held; false once the view says what became of it. */
    public boolean isClosed(ClusterView view) {
        ClusterNode me = view.node(id);
        if (epoch != OPEN && (me == null || !me.isPrimary() || me.configEpoch() != epoch)) {
            epoch = OPEN;
        }
        return epoch != OPEN;
    }

    /** The record to submit now, or null: past the limit, once a second until the view has changed. */
    public ClusterRecord due(ClusterView view, long nowMs) {
        if (!isClosed(view) || nowMs < deadlineMs) {
            return null;
        }
        deadlineMs = nowMs + REPEAT_MS;
        return new ClusterRecord.CancelFailover(id, epoch);
    }
}
