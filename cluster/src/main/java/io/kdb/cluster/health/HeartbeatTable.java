package io.kdb.cluster.health;

import io.kdb.cluster.placement.Reconciler;
import io.kdb.cluster.topology.ClusterView;
import java.util.HashMap;
import java.util.Map;

/**
 * The last word of every node, kept by every voter so that a new leader knows at once who is silent. Times are this
 * process' monotonic milliseconds. Owner: the control thread of the voter.
 */
public final class HeartbeatTable implements Reconciler.Reports {
    /** What is known of one node. */
    private static final class Entry {
        private Heartbeat last;
        private long firstMs;
        private long lastMs;
    }

    private final HealthPolicy policy;
    private final Map<String, Entry> entries = new HashMap<>();
    private long startedMs;
    private long tickedMs;

    public HeartbeatTable(HealthPolicy policy, long nowMs) {
        this.policy = policy;
        startedMs = nowMs;
        tickedMs = nowMs;
    }

    /** Takes a heartbeat in; one of an earlier process start than was heard is dropped. */
    public void heard(Heartbeat heartbeat, long nowMs) {
        Entry entry = entries.computeIfAbsent(heartbeat.id(), id -> new Entry());
        if (entry.last != null && heartbeat.incarnation() < entry.last.incarnation()) {
            return;
        }
        if (entry.last == null || heartbeat.incarnation() > entry.last.incarnation()) {
            entry.firstMs = nowMs;
        }
        entry.last = heartbeat;
        entry.lastMs = nowMs;
    }

    /**
     * To be called each heartbeat interval. When it was not (this process was paused, its machine suspended), the time
     * that was missed counts for nobody's silence.
     */
    public void tick(ClusterView view, long nowMs) {
        long missedMs = nowMs - tickedMs - policy.heartbeatMs();
        tickedMs = nowMs;
        if (missedMs > policy.freshMs()) {
            startedMs = Math.min(nowMs, startedMs + missedMs);
            for (Entry entry : entries.values()) {
                entry.lastMs = Math.min(nowMs, entry.lastMs + missedMs);
            }
        }
        // a view that lags behind does not know the newest members yet
        entries.keySet().removeIf(id -> view.node(id) == null && silentMs(id, nowMs) > 2 * policy.nodeTimeoutMs());
    }

    /** Its last heartbeat, or null. */
    public Heartbeat last(String id) {
        Entry entry = entries.get(id);
        return entry == null ? null : entry.last;
    }

    /** How long it has been silent; a node never heard counts from when this table was made. */
    public long silentMs(String id, long nowMs) {
        Entry entry = entries.get(id);
        return nowMs - Math.max(startedMs, entry == null ? startedMs : entry.lastMs);
    }

    public boolean isAlive(String id, long nowMs) {
        return silentMs(id, nowMs) < policy.nodeTimeoutMs();
    }

    /** When this process start of the node was first heard; only for one that was. */
    long firstHeardMs(String id) {
        return entries.get(id).firstMs;
    }

    @Override
    public long keys(String id) {
        Heartbeat last = last(id);
        return last == null ? Long.MAX_VALUE : last.keys();
    }

    @Override
    public boolean isSynced(String id) {
        Heartbeat last = last(id);
        return last != null && last.linkUp() && !last.dataOf().isEmpty();
    }
}
