package io.kdb.cluster.health;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which replica has the most of a shard's data. Rank: the history of the primary before another one, then the higher
 * offset, then the lower id. An empty node is never among them. Owner: the controller's thread.
 */
final class Candidates {
    private final HealthPolicy policy;
    private final HeartbeatTable table;

    Candidates(HealthPolicy policy, HeartbeatTable table) {
        this.policy = policy;
        this.table = table;
    }

    /** The replication id of the primary's history before it was lost. */
    String history(ClusterNode primary) {
        Heartbeat last = table.last(primary.id());
        return last != null && last.incarnation() == primary.incarnation() ? last.replId() : primary.replId();
    }

    /**
     * The replicas that could be promoted, best first.
     *
     * @param anyAge the age of their data does not count
     */
    List<Heartbeat> of(ClusterView view, ClusterNode primary, boolean anyAge, long nowMs) {
        List<Heartbeat> found = new ArrayList<>();
        for (ClusterNode replica : view.replicasOf(primary.id())) {
            Heartbeat last = table.last(replica.id());
            if (last == null
                    || replica.failed()
                    || replica.profile().noFailover()
                    || !table.isAlive(replica.id(), nowMs)
                    || last.incarnation() != replica.incarnation()
                    || !last.holdsDataOf(primary.shardId())
                    || (view.replicaAcks() > 0 && !primary.inSync().contains(replica.id()))
                    || (!anyAge && ageMs(last, nowMs) > policy.oldestDataMs())) {
                continue;
            }
            found.add(last);
        }
        String history = history(primary);
        found.sort(Comparator.<Heartbeat>comparingInt(each -> each.replId().equals(history) ? 0 : 1)
                .thenComparing(each -> -each.replOffset())
                .thenComparing(Heartbeat::id));
        return found;
    }

    /** Whether the best replica has what a primary that lost its last moments has not. Ties are the primary's. */
    boolean isAhead(Heartbeat replica, Heartbeat restarted, ClusterNode primary) {
        if (!restarted.holdsDataOf(primary.shardId())) {
            return true;
        }
        String history = history(primary);
        boolean mine = restarted.replId().equals(history);
        boolean its = replica.replId().equals(history);
        if (mine != its) {
            return its;
        }
        return !replica.replId().equals(restarted.replId()) || replica.replOffset() > restarted.replOffset();
    }

    boolean isFresh(Heartbeat replica, long nowMs) {
        return table.silentMs(replica.id(), nowMs) <= policy.freshMs();
    }

    private long ageMs(Heartbeat replica, long nowMs) {
        return replica.dataAgeMs() + table.silentMs(replica.id(), nowMs);
    }
}
