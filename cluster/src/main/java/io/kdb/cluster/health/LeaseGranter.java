package io.kdb.cluster.health;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The leader's side of the leases. A request is granted only after a majority of voters has confirmed the leadership in a
 * round that began after the request had arrived: a leader that was deposed unknowingly grants nothing. One round runs at
 * a time and serves all requests that arrived before it. Owner: the leader's control thread.
 *
 * <p>Note: {@link #isClear} is what a failover waits for. A new leader does not know its predecessor's grants, so nobody is
 * clear before one full lease has passed. A fenced node gets nothing more: fencing and the look at the clock are one step
 * of one thread, so no grant can slip in between a decision and its record.
 */
public final class LeaseGranter {
    /** A request and when it arrived. */
    private record Waiting(LeaseRequest request, long arrivedMs) {}

    private final HealthPolicy policy;
    private final Map<String, Long> untilMs = new HashMap<>();
    private final Set<String> fenced = new HashSet<>();
    private Map<String, Waiting> arrived = new HashMap<>();
    private Map<String, Waiting> inRound = new HashMap<>();
    private boolean leader;
    private long leaderSinceMs;
    private long round;
    private boolean roundRuns;

    public LeaseGranter(HealthPolicy policy) {
        this.policy = policy;
    }

    /** Call once all records of earlier terms (and generations) are applied. */
    public void becameLeader(long nowMs) {
        lostLeadership();
        leader = true;
        leaderSinceMs = nowMs;
    }

    public void lostLeadership() {
        leader = false;
        untilMs.clear();
        fenced.clear();
        arrived.clear();
        inRound.clear();
        roundRuns = false;
    }

    /** A request came in; a node's later one replaces its earlier one that waits still. */
    public void arrived(LeaseRequest request, long nowMs) {
        if (leader) {
            arrived.put(request.id(), new Waiting(request, nowMs));
        }
    }

    /** The number of the round to begin now, or 0: nobody waits, or a round runs still. */
    public long beginRound() {
        if (roundRuns || arrived.isEmpty()) {
            return 0;
        }
        Map<String, Waiting> empty = inRound;
        inRound = arrived;
        arrived = empty;
        roundRuns = true;
        return ++round;
    }

    /** A majority has answered this round in this leader's term: the grants to send. */
    public List<LeaseGrant> confirmed(long confirmedRound, ClusterView view) {
        List<LeaseGrant> grants = new ArrayList<>();
        if (!leader || !roundRuns || confirmedRound != round) {
            return grants;
        }
        for (Waiting waiting : inRound.values()) {
            LeaseRequest request = waiting.request();
            if (mayHave(request, view)) {
                untilMs.merge(request.id(), waiting.arrivedMs() + policy.guardedLeaseMs(), Math::max);
                grants.add(new LeaseGrant(request.id(), request.number(), request.incarnation(), policy.leaseMs()));
            }
        }
        inRound.clear();
        roundRuns = false;
        return grants;
    }

    /** The round found no majority in time; who waited asks again. */
    public void roundFailed(long failedRound) {
        if (failedRound == round) {
            inRound.clear();
            roundRuns = false;
        }
    }

    private boolean mayHave(LeaseRequest request, ClusterView view) {
        ClusterNode node = view.node(request.id());
        return node != null
                && node.isPrimary()
                && !node.failed()
                && !fenced.contains(node.id())
                && request.incarnation() == node.incarnation()
                && request.epoch() == node.configEpoch()
                && request.appliedVersion() >= node.lossVersion();
    }

    /** Nothing more for this node until {@link #unfence}. */
    void fence(String id) {
        fenced.add(id);
    }

    void unfence(String id) {
        fenced.remove(id);
    }

    boolean isFenced(String id) {
        return fenced.contains(id);
    }

    /** Whether no lease of this node can run any more, whoever granted it. */
    public boolean isClear(String id, long nowMs) {
        return leader
                && nowMs >= leaderSinceMs + policy.guardedLeaseMs()
                && nowMs >= untilMs.getOrDefault(id, Long.MIN_VALUE);
    }
}
