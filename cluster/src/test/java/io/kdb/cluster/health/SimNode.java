package io.kdb.cluster.health;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterState;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.TestNodes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** A simulated process: its clocks (1 % off at most), its copy of the control state, its data and what it holds on disk. */
final class SimNode {
    static final long MS = 1_000_000;

    /** What runs. */
    enum Condition {
        RUNNING,
        /** Stopped; the clocks run on. */
        PAUSED,
        /** The machine sleeps: the monotonic clock stands still too. */
        SUSPENDED,
        DOWN
    }

    final int n;
    final String id;
    final double rate;
    final boolean voter;
    final HealthPolicy policy;
    Condition condition = Condition.RUNNING;
    long wakeAtMs;
    double monoNanos;
    double wallMs;
    final Deque<Runnable> inbox = new ArrayDeque<>();

    long incarnation = 1;
    ClusterState state = new ClusterState();
    int applied;
    ClusterView view;
    LeaseHolder holder;
    Lease lease = Lease.NONE;
    double nextBeatNanos;

    HeartbeatTable table;
    LeaseGranter granter;
    Controller controller;
    long promisedTerm;
    long leadsTerm;
    long roundTerm;
    int roundYes;
    long round;

    String dataOf = "";
    String replId = "";
    String olderReplId = "";
    long olderUpTo;
    long offset;
    boolean complete;
    boolean linkUp;
    double lastLinkNanos;
    double syncedAtNanos;
    boolean wasPrimary;

    String diskOf = "";
    String diskReplId = "";
    long diskOffset;
    boolean diskComplete;

    SimNode(int n, boolean voter, HealthPolicy policy, Random random) {
        this.n = n;
        this.id = TestNodes.id(n);
        this.voter = voter;
        this.policy = policy;
        this.rate = 0.99 + 0.02 * random.nextDouble();
        this.monoNanos = random.nextInt(1_000_000) * (double) MS;
        this.wallMs = 1.7e12 + random.nextInt(1_000_000);
        boot();
    }

    boolean runs() {
        return condition == Condition.RUNNING;
    }

    long nanos() {
        return (long) monoNanos;
    }

    long ms() {
        return (long) (monoNanos / MS);
    }

    /** A process start: memory is new, the control state is read from the log again. */
    void boot() {
        state = new ClusterState();
        applied = 0;
        view = state.view(id);
        holder = new LeaseHolder(policy, id, incarnation);
        lease = Lease.NONE;
        leadsTerm = 0;
        inbox.clear();
        if (voter) {
            table = new HeartbeatTable(policy, ms());
            granter = new LeaseGranter(policy);
            controller = new Controller(policy, table, granter);
        }
        linkUp = false;
        lastLinkNanos = monoNanos;
        syncedAtNanos = 0;
        nextBeatNanos = 0;
        wasPrimary = true;
    }

    void apply(List<byte[]> log, int upTo) {
        if (applied == upTo) {
            return;
        }
        while (applied < upTo) {
            state.apply(log.get(applied++));
        }
        view = state.view(id);
        lease = holder.viewChanged(view);
        ClusterNode me = view.myself();
        if (me != null && me.isPrimary() && !wasPrimary) {
            olderReplId = replId;
            olderUpTo = offset;
            replId = id.substring(30) + "-" + me.configEpoch();
        }
        wasPrimary = me == null || me.isPrimary();
    }

    /** Whether a client would be served here now. */
    boolean serves(int slot) {
        return runs() && view.iOwn(slot) && lease.runs(nanos(), (long) wallMs);
    }

    /** Whether replicas may copy from it: its start is accepted and it is primary. */
    boolean isOpen() {
        ClusterNode me = view.myself();
        return runs()
                && me != null
                && me.isPrimary()
                && me.incarnation() == incarnation
                && lease.runs(nanos(), (long) wallMs);
    }

    Heartbeat heartbeat() {
        ClusterNode me = view.myself();
        boolean replica = me != null && me.isReplica();
        long age = replica ? (long) ((monoNanos - lastLinkNanos) / MS) : 0;
        return new Heartbeat(
                id, incarnation, view.version(), dataOf, complete, replId, offset, linkUp, Math.max(0, age), offset);
    }

    /** Follows its primary for one step, or notices that it cannot. */
    void follow(SimNode primary, boolean connected) {
        linkUp = false;
        if (!connected || !primary.isOpen()) {
            syncedAtNanos = 0;
            return;
        }
        boolean partial = dataOf.equals(primary.dataOf)
                && ((replId.equals(primary.replId) && offset <= primary.offset)
                        || (replId.equals(primary.olderReplId) && offset <= primary.olderUpTo));
        if (!partial) {
            if (syncedAtNanos == 0) {
                syncedAtNanos = monoNanos + 300 * MS;
            }
            if (monoNanos < syncedAtNanos) {
                return;
            }
        }
        syncedAtNanos = 0;
        dataOf = primary.dataOf;
        replId = primary.replId;
        offset = primary.offset;
        linkUp = true;
        lastLinkNanos = monoNanos;
    }

    void saveToDisk(boolean clean) {
        diskOf = dataOf;
        diskReplId = replId;
        diskOffset = offset;
        diskComplete = clean;
    }

    void restart(boolean diskLost) {
        incarnation++;
        condition = Condition.RUNNING;
        dataOf = diskLost ? "" : diskOf;
        replId = diskLost ? "" : diskReplId;
        offset = diskLost ? 0 : diskOffset;
        complete = !diskLost && diskComplete;
        diskComplete = false;
        olderReplId = "";
        boot();
    }

    List<Runnable> drainInbox() {
        List<Runnable> waiting = new ArrayList<>(inbox);
        inbox.clear();
        return waiting;
    }
}
