package io.kdb.cluster.health;

import io.kdb.cluster.topology.ClusterLines;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterRecord.AcceptIncarnation;
import io.kdb.cluster.topology.ClusterRecord.CancelFailover;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.History;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.MarkRecovered;
import io.kdb.cluster.topology.ClusterView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What the leader decides about failures: who is failed, who is back, who takes over, and whether the data of a restarted
 * primary is good enough to serve. Owner: the leader's control thread.
 *
 * <p>Note: a failover needs three things: the old primary is silent for the node timeout (or its process is known to be
 * dead, because a later one reports), no lease of it can run any more, and a live replica holds the shard's data. Without
 * such a replica the primary is only marked failed and its slots stay down until it comes back, a replica turns up, or an
 * operator forces one. A primary that restarted without being complete is compared with its replicas before it gets a
 * lease; replicas that were not heard yet are waited for, up to the node timeout. The node whose failover has been decided
 * is fenced until the outcome is known.
 */
public final class Controller {
    private final HealthPolicy policy;
    private final HeartbeatTable table;
    private final LeaseGranter granter;
    private final Candidates candidates;
    private final Map<String, Decision> pending = new HashMap<>();
    private final Map<String, Long> doubtful = new HashMap<>();
    private final Map<String, Forced> forced = new HashMap<>();
    private boolean leader;
    private long numbers;

    /** A promotion asked for by the operator. */
    private record Forced(String replica, long deadlineMs) {}

    public Controller(HealthPolicy policy, HeartbeatTable table, LeaseGranter granter) {
        this.policy = policy;
        this.table = table;
        this.granter = granter;
        this.candidates = new Candidates(policy, table);
    }

    /** Call once all records of earlier terms are applied, together with the granter's. */
    public void becameLeader() {
        lostLeadership();
        leader = true;
    }

    public void lostLeadership() {
        leader = false;
        pending.clear();
        doubtful.clear();
        forced.clear();
    }

    /** What became of a decision; decisions of an earlier leadership are of no interest. */
    public void done(Decision decision, Decision.Outcome outcome) {
        if (!pending.remove(decision.subject(), decision) || !(decision.record() instanceof Failover failover)) {
            return;
        }
        if (outcome == Decision.Outcome.UNKNOWN) {
            doubtful.put(failover.oldPrimary(), failover.oldEpoch());
        } else if (!doubtful.containsKey(failover.oldPrimary())) {
            granter.unfence(failover.oldPrimary());
        }
    }

    /**
     * CLUSTER FAILOVER FORCE or TAKEOVER: promote this replica as soon as its primary's lease has ended, whatever the age
     * of its data. Returns the error line, or null: the promotion will be among the next decisions.
     */
    public String force(ClusterView view, String replicaId, long nowMs) {
        ClusterNode replica = view.node(replicaId);
        if (replica == null) {
            return ClusterLines.unknownNode(replicaId);
        }
        if (replica.isPrimary()) {
            return ClusterLines.FAILOVER_NOT_REPLICA;
        }
        if (replica.primaryId() == null) {
            return ClusterLines.FAILOVER_NO_PRIMARY;
        }
        long limitMs = Math.max(ManualFailover.LIMIT_MS, 2 * policy.nodeTimeoutMs());
        forced.put(replica.primaryId(), new Forced(replicaId, nowMs + limitMs));
        granter.fence(replica.primaryId());
        return null;
    }

    /** The decisions to submit now. Call each heartbeat interval, with the view as of the last applied record. */
    public List<Decision> tick(ClusterView view, long nowMs) {
        List<Decision> decisions = new ArrayList<>();
        if (!leader) {
            return decisions;
        }
        settleDoubts(view);
        dropForced(view, nowMs);
        for (ClusterNode node : view.nodes()) {
            if (pending.containsKey(node.id())) {
                continue;
            }
            boolean owner = node.isPrimary() && view.slotCount(node.id()) > 0;
            ClusterRecord record = owner ? aboutOwner(view, node, nowMs) : aboutOther(node, nowMs);
            if (record != null) {
                Decision decision = new Decision(++numbers, node.id(), record);
                pending.put(node.id(), decision);
                if (record instanceof Failover) {
                    granter.fence(node.id());
                }
                decisions.add(decision);
            }
        }
        return decisions;
    }

    /** A failover whose outcome was unknown is over when its primary has another epoch or role. */
    private void settleDoubts(ClusterView view) {
        for (Iterator<Map.Entry<String, Long>> each = doubtful.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Long> doubt = each.next();
            ClusterNode node = view.node(doubt.getKey());
            if (node == null || !node.isPrimary() || node.configEpoch() != doubt.getValue()) {
                each.remove();
                if (!pending.containsKey(doubt.getKey()) && !forced.containsKey(doubt.getKey())) {
                    granter.unfence(doubt.getKey());
                }
            }
        }
    }

    private void dropForced(ClusterView view, long nowMs) {
        for (Iterator<Map.Entry<String, Forced>> each = forced.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Forced> entry = each.next();
            ClusterNode replica = view.node(entry.getValue().replica());
            boolean over =
                    nowMs >= entry.getValue().deadlineMs() || replica == null || !replica.isReplicaOf(entry.getKey());
            if (over && !pending.containsKey(entry.getKey())) {
                each.remove();
                if (!doubtful.containsKey(entry.getKey())) {
                    granter.unfence(entry.getKey());
                }
            }
        }
    }

    /** A replica, or a primary without slots: nothing depends on its data. */
    private ClusterRecord aboutOther(ClusterNode node, long nowMs) {
        Forced wanted = forced.get(node.id());
        if (wanted != null && granter.isClear(node.id(), nowMs)) {
            return forcedFailover(node, wanted, nowMs);
        }
        Heartbeat last = table.last(node.id());
        if (!table.isAlive(node.id(), nowMs)) {
            return node.failed() ? null : new MarkFailed(node.id(), nowMs);
        }
        if (last == null) {
            return null;
        }
        if (last.incarnation() > node.incarnation()) {
            return new AcceptIncarnation(node.id(), last.incarnation());
        }
        return node.failed() ? new MarkRecovered(node.id()) : null;
    }

    private ClusterRecord aboutOwner(ClusterView view, ClusterNode primary, long nowMs) {
        Forced wanted = forced.get(primary.id());
        if (wanted != null && granter.isClear(primary.id(), nowMs)) {
            return forcedFailover(primary, wanted, nowMs);
        }
        if (!table.isAlive(primary.id(), nowMs)) {
            return aboutSilent(view, primary, nowMs);
        }
        Heartbeat last = table.last(primary.id());
        if (last == null) {
            return null;
        }
        if (last.incarnation() > primary.incarnation()) {
            return aboutRestarted(view, primary, last, nowMs);
        }
        if (doubtful.containsKey(primary.id())) {
            return new CancelFailover(primary.id(), primary.configEpoch());
        }
        if (primary.failed()) {
            return new MarkRecovered(primary.id());
        }
        boolean newHistory = !last.replId().isEmpty() && !last.replId().equals(primary.replId());
        return newHistory ? new History(primary.id(), last.replId(), last.replOffset()) : null;
    }

    private ClusterRecord aboutSilent(ClusterView view, ClusterNode primary, long nowMs) {
        List<Heartbeat> able = candidates.of(view, primary, false, nowMs);
        if (able.isEmpty()) {
            return primary.failed() ? null : new MarkFailed(primary.id(), nowMs);
        }
        Heartbeat best = able.get(0);
        boolean ready = candidates.isFresh(best, nowMs)
                && !mayBeOutdone(view, primary, best, nowMs)
                && granter.isClear(primary.id(), nowMs);
        return ready ? failover(primary, best.id(), Cause.AUTOMATIC, true, nowMs) : null;
    }

    /** Everything was down and this replica is among the first back: one with more data may follow. */
    private boolean mayBeOutdone(ClusterView view, ClusterNode primary, Heartbeat best, long nowMs) {
        boolean justBack = best.dataAgeMs() > 0
                && !best.linkUp()
                && nowMs - table.firstHeardMs(best.id()) < policy.nodeTimeoutMs();
        boolean others = false;
        for (ClusterNode replica : view.replicasOf(primary.id())) {
            others |= !replica.id().equals(best.id()) && table.last(replica.id()) == null;
        }
        return justBack && (others || table.last(primary.id()) == null);
    }

    private ClusterRecord aboutRestarted(ClusterView view, ClusterNode primary, Heartbeat restarted, long nowMs) {
        if (restarted.complete() && restarted.holdsDataOf(primary.shardId())) {
            return new AcceptIncarnation(primary.id(), restarted.incarnation());
        }
        boolean mayWait = nowMs - table.firstHeardMs(primary.id()) < policy.nodeTimeoutMs();
        for (ClusterNode replica : view.replicasOf(primary.id())) {
            Heartbeat last = table.last(replica.id());
            if (last == null && replica.failed()) {
                continue;
            }
            boolean known = last != null && last.incarnation() == replica.incarnation() && !replica.failed();
            if (!known && mayWait) {
                return null;
            }
        }
        List<Heartbeat> able = candidates.of(view, primary, true, nowMs);
        if (!able.isEmpty() && candidates.isAhead(able.get(0), restarted, primary)) {
            boolean fresh = candidates.isFresh(able.get(0), nowMs);
            return fresh ? failover(primary, able.get(0).id(), Cause.AUTOMATIC, false, nowMs) : null;
        }
        if (able.isEmpty() && view.replicaAcks() > 0 && !primary.inSync().isEmpty()) {
            return null;
        }
        return new AcceptIncarnation(primary.id(), restarted.incarnation());
    }

    private ClusterRecord forcedFailover(ClusterNode primary, Forced wanted, long nowMs) {
        boolean failed = !table.isAlive(primary.id(), nowMs);
        return failover(primary, wanted.replica(), Cause.FORCED, failed, nowMs);
    }

    private static Failover failover(ClusterNode old, String replica, Cause cause, boolean oldFailed, long nowMs) {
        return new Failover(old.id(), old.configEpoch(), replica, cause, oldFailed, nowMs);
    }
}
