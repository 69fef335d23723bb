package io.kdb.cluster.health;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;

/**
 * A primary's side of the leases: when to ask, and what an answer is worth. Owner: the node's control thread, which
 * publishes {@link #lease()} to the request path after every call.
 */
public final class LeaseHolder {
    /** Requests that may be under way: an answer to an older one is worth nothing any more. */
    private static final int REMEMBERED = 16;

    private static final long NANOS_PER_MS = 1_000_000;

    private final HealthPolicy policy;
    private final String id;
    private final long incarnation;
    private final long[] sentNanos = new long[REMEMBERED];
    private final long[] sentWallMs = new long[REMEMBERED];
    private final long[] sentEpoch = new long[REMEMBERED];
    private long number;
    private Lease lease = Lease.NONE;

    public LeaseHolder(HealthPolicy policy, String id, long incarnation) {
        this.policy = policy;
        this.id = id;
        this.incarnation = incarnation;
    }

    /**
     * The request to send to the leader now, or null: not a primary, this start not accepted yet, or asked less than an
     * eighth of the node timeout ago. Ask whenever the view has changed and at least each heartbeat interval.
     */
    public LeaseRequest due(ClusterView view, long nowNanos, long nowWallMs) {
        viewChanged(view);
        ClusterNode me = view.node(id);
        if (me == null || !me.isPrimary() || me.incarnation() != incarnation) {
            return null;
        }
        int last = (int) (number % REMEMBERED);
        boolean recent = number > 0
                && sentEpoch[last] == me.configEpoch()
                && nowNanos - sentNanos[last] < policy.leaseRenewMs() * NANOS_PER_MS;
        if (recent) {
            return null;
        }
        number++;
        int next = (int) (number % REMEMBERED);
        sentNanos[next] = nowNanos;
        sentWallMs[next] = nowWallMs;
        sentEpoch[next] = me.configEpoch();
        return new LeaseRequest(id, number, incarnation, me.configEpoch(), view.version());
    }

    /** Takes an answer in and returns the lease as it is now. */
    public Lease granted(LeaseGrant grant, ClusterView view) {
        viewChanged(view);
        ClusterNode me = view.node(id);
        boolean mine = grant.id().equals(id)
                && grant.incarnation() == incarnation
                && grant.number() <= number
                && grant.number() > Math.max(0, number - REMEMBERED);
        if (mine && me != null && me.isPrimary()) {
            int at = (int) (grant.number() % REMEMBERED);
            boolean later = lease.durationMs() == 0 || sentNanos[at] - lease.sentNanos() > 0;
            if (sentEpoch[at] == me.configEpoch() && later) {
                long durationMs = Math.min(grant.durationMs(), policy.leaseMs());
                lease = new Lease(sentNanos[at], sentWallMs[at], durationMs);
            }
        }
        return lease;
    }

    /** A node that is no primary any more has no lease; call with every new view, before it is served from. */
    public Lease viewChanged(ClusterView view) {
        ClusterNode me = view.node(id);
        if (me == null || !me.isPrimary()) {
            lease = Lease.NONE;
        }
        return lease;
    }

    public Lease lease() {
        return lease;
    }
}
