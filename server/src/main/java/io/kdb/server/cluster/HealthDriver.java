package io.kdb.server.cluster;

import io.kdb.cluster.control.Bus;
import io.kdb.cluster.control.ControlListener;
import io.kdb.cluster.control.ControlPlane;
import io.kdb.cluster.control.ReplicatedState;
import io.kdb.cluster.health.Controller;
import io.kdb.cluster.health.Decision;
import io.kdb.cluster.health.HealthPolicy;
import io.kdb.cluster.health.Heartbeat;
import io.kdb.cluster.health.HeartbeatTable;
import io.kdb.cluster.health.Lease;
import io.kdb.cluster.health.LeaseGrant;
import io.kdb.cluster.health.LeaseGranter;
import io.kdb.cluster.health.LeaseHolder;
import io.kdb.cluster.health.LeaseRequest;
import io.kdb.cluster.placement.PlacementPolicy;
import io.kdb.cluster.placement.Reconciler;
import io.kdb.cluster.placement.Step;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.MalformedRecord;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the pure decisions about health their clock, links and thread: sends heartbeats and lease requests, grants leases
 * and submits decisions while this node leads. Owner: its one thread, kdb-health; {@link #lease} and {@link #inTouch} are
 * read by every event loop.
 */
final class HealthDriver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HealthDriver.class);
    private static final int MAX_LOGGED = 300;
    private static final long EPOCH_MS = System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    private static final int LEASE_REQUEST = Bus.FIRST_KIND;
    private static final int LEASE_GRANT = Bus.FIRST_KIND + 1;
    private static final int FORCE_FAILOVER = Bus.FIRST_KIND + 2;

    private final ClusterRuntime cluster;
    private final DataStatus data;
    private final HealthPolicy policy;
    private HeartbeatTable table;
    private LeaseGranter granter;
    private Controller controller;
    private Reconciler reconciler;
    /** Steps of the plan that are proposed and not yet answered. */
    private final Set<ClusterRecord> planned = new HashSet<>();

    private volatile HandOvers handOvers = (primary, replica) -> {};
    private final LoopWatch loops;
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, task -> {
        Thread worker = new Thread(task, "kdb-health");
        worker.setDaemon(true);
        return worker;
    });
    private LeaseHolder holder;
    private boolean leads;
    private volatile Lease lease = Lease.NONE;
    private volatile boolean inTouch;

    /** Has a replica take over from its live primary, as CLUSTER FAILOVER does. */
    interface HandOvers {
        void handOver(String primary, String replica);
    }

    HealthDriver(ClusterRuntime cluster, DataStatus data) {
        this.cluster = cluster;
        this.data = data;
        ServerConfig config = cluster.node().config();
        policy = new HealthPolicy(
                Math.max(1, config.get(Parameters.CLUSTER_NODE_TIMEOUT)),
                (int) config.get(Parameters.CLUSTER_REPLICA_VALIDITY_FACTOR),
                config.get(Parameters.REPL_PING_REPLICA_PERIOD) * 1000);
        forget();
        loops = new LoopWatch(cluster.node());
        // What others still say when this one has ended is of no use to anybody.
        thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    /** As if nothing had been heard or decided yet. */
    private void forget() {
        holder = null;
        leads = false;
        lease = Lease.NONE;
        inTouch = false;
        table = new HeartbeatTable(policy, nowMs());
        granter = new LeaseGranter(policy);
        controller = new Controller(policy, table, granter);
        long healAfterMs = cluster.node().config().get(Parameters.CLUSTER_HEAL_AFTER);
        reconciler = new Reconciler(PlacementPolicy.defaults().withHealAfterMs(healAfterMs));
    }

    /** The policy that its times follow. */
    HealthPolicy policy() {
        return policy;
    }

    void handOvers(HandOvers by) {
        handOvers = by;
    }

    /** Call before the control plane starts: heartbeats go out from its first tick on. */
    void prepare() {
        cluster.heartbeat(this::payload);
        cluster.whenViewChanges((before, now) -> viewChanged(now));
        cluster.whenLeadershipChanges(new Leadership());
    }

    /** Call once the control plane runs. */
    void start() {
        attach();
        long periodMs = Math.max(20, Math.min(policy.heartbeatMs(), policy.leaseRenewMs()));
        var unused = thread.scheduleAtFixedRate(this::tick, 0, periodMs, TimeUnit.MILLISECONDS);
    }

    /** Before the control plane is closed for another one: no lease, no decision, and all that was heard forgotten. */
    void detach() {
        CompletableFuture.runAsync(this::forget, thread).join();
    }

    /** Takes up a control plane that has just been started. */
    void attach() {
        ControlPlane plane = cluster.plane();
        LeaseHolder mine = new LeaseHolder(policy, plane.nodeId(), plane.incarnation());
        thread.execute(() -> holder = mine);
        cluster.bus().handler(LEASE_REQUEST, (from, payload) -> {
            thread.execute(() -> requested(from, payload));
            return null;
        });
        cluster.bus().handler(LEASE_GRANT, (from, payload) -> {
            thread.execute(() -> granted(payload));
            return null;
        });
        cluster.bus().handler(FORCE_FAILOVER, (from, payload) -> {
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            thread.execute(() -> answer.complete(forced(from)));
            return answer;
        });
    }

    /** The health thread, for what belongs to it. */
    ScheduledExecutorService timer() {
        return thread;
    }

    /** Whether this node may serve the slots it owns; the times were taken after the socket was read. */
    boolean leaseRuns(long nanos, long wallMs) {
        return lease.runs(nanos, wallMs);
    }

    /** Whether this node has heard the control plane's leader within the node timeout. */
    boolean inTouch() {
        return inTouch;
    }

    /** A node's replication offset as its last heartbeat had it; 0 when it was never heard. */
    long offset(ClusterNode node) {
        if (node.id().equals(cluster.myId())) {
            return data.replOffset();
        }
        byte[] payload = cluster.plane().payload(node.id());
        try {
            return payload == null ? 0 : Heartbeat.decode(payload).replOffset();
        } catch (MalformedRecord e) {
            return 0;
        }
    }

    /**
     * This process' monotonic clock, set once by its wall clock: intervals are true whatever the wall clock does, and the
     * times that go into records mean the same to the next leader, give or take the clocks' difference.
     */
    private static long nowMs() {
        return EPOCH_MS + TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Null, which counts as silence, while the loops hang or this node's control plane is being built. */
    private byte[] payload() {
        boolean turned = loops.allTurned();
        Heartbeat now = turned ? heartbeat() : null;
        return now == null ? null : now.encode();
    }

    private Heartbeat heartbeat() {
        ControlPlane plane = cluster.plane();
        if (plane == null) {
            return null;
        }
        return new Heartbeat(
                plane.nodeId(),
                plane.incarnation(),
                cluster.view().version(),
                data.dataOf(),
                data.complete(),
                data.replId(),
                data.replOffset(),
                data.linkUp(),
                data.dataAgeMs(),
                cluster.node().keyspace().database(0).size());
    }

    // ---- every node -------------------------------------------------------------------------------------------

    private void viewChanged(ClusterView now) {
        // A lease of an earlier time as primary must not outlive the role, however soon it comes back.
        ClusterNode me = now.myself();
        if (me == null || !me.isPrimary()) {
            lease = Lease.NONE;
        }
        thread.execute(() -> {
            if (holder != null) {
                lease = holder.viewChanged(now);
                askForLease();
            }
        });
    }

    private void tick() {
        if (holder == null) {
            return;
        }
        try {
            ClusterView view = cluster.view();
            hear(view);
            askForLease();
            String leader = cluster.plane().leaderId();
            inTouch = leader != null && cluster.plane().silenceMs(leader) < policy.nodeTimeoutMs();
            if (leads) {
                lead(view);
            }
        } catch (IllegalStateException fault) {
            LOG.error("health: a fault in a decision", fault);
        }
    }

    private void hear(ClusterView view) {
        ControlPlane plane = cluster.plane();
        long now = nowMs();
        for (ClusterNode node : view.nodes()) {
            boolean me = node.id().equals(plane.nodeId());
            byte[] payload = me ? null : plane.payload(node.id());
            long silence = plane.silenceMs(node.id());
            if (me) {
                table.heard(heartbeat(), now);
            } else if (payload != null && silence != Long.MAX_VALUE) {
                try {
                    table.heard(Heartbeat.decode(payload), now - silence);
                } catch (MalformedRecord e) {
                    LOG.warn("heartbeat of {}: {}", node.id(), e.getMessage());
                }
            }
        }
        table.tick(view, now);
    }

    private void askForLease() {
        LeaseRequest request = holder.due(cluster.view(), System.nanoTime(), System.currentTimeMillis());
        if (request == null) {
            return;
        }
        if (leads) {
            granter.arrived(request, nowMs());
            confirm();
            return;
        }
        String leader = cluster.plane().leaderId();
        if (leader != null) {
            cluster.bus().send(leader, LEASE_REQUEST, request.encode());
        }
    }

    private void granted(byte[] payload) {
        if (holder == null) {
            return;
        }
        try {
            lease = holder.granted(LeaseGrant.decode(payload), cluster.view());
        } catch (MalformedRecord e) {
            LOG.warn("lease grant: {}", e.getMessage());
        }
    }

    // ---- the leader -------------------------------------------------------------------------------------------

    private final class Leadership implements ControlListener {
        @Override
        public void applied(ReplicatedState state, long generation, long index, byte[] op, byte[] answer) {}

        @Override
        public void installed(ReplicatedState state, long generation, long index) {}

        @Override
        public void leadership(boolean leader, long generation, long term) {
            thread.execute(() -> {
                leads = leader;
                if (leader) {
                    granter.becameLeader(nowMs());
                    controller.becameLeader();
                } else {
                    granter.lostLeadership();
                    controller.lostLeadership();
                }
            });
        }
    }

    private void requested(String from, byte[] payload) {
        try {
            LeaseRequest request = LeaseRequest.decode(payload);
            if (leads && request.id().equals(from)) {
                granter.arrived(request, nowMs());
                confirm();
            }
        } catch (MalformedRecord e) {
            LOG.warn("lease request of {}: {}", from, e.getMessage());
        }
    }

    /** Begins a round that asks a majority whether this node still leads, if somebody waits for one. */
    private void confirm() {
        LeaseGranter asking = granter;
        long round = asking.beginRound();
        if (round == 0) {
            return;
        }
        var unused = cluster.plane()
                .confirmLeadership()
                .completeOnTimeout(false, policy.leaseMs(), TimeUnit.MILLISECONDS)
                .thenAcceptAsync(
                        yes -> {
                            if (asking != granter) {
                                return;
                            }
                            if (yes) {
                                granter.confirmed(round, cluster.view()).forEach(this::send);
                            } else {
                                granter.roundFailed(round);
                            }
                            confirm();
                        },
                        thread);
    }

    private void send(LeaseGrant grant) {
        if (grant.id().equals(cluster.myId()) && holder != null) {
            lease = holder.granted(grant, cluster.view());
        } else {
            cluster.bus().send(grant.id(), LEASE_GRANT, grant.encode());
        }
    }

    private void lead(ClusterView view) {
        confirm();
        long now = nowMs();
        Controller deciding = controller;
        for (Decision decision : deciding.tick(view, now)) {
            LOG.info("Decided: {}", brief(decision.record()));
            var unused = cluster.submit(decision.record())
                    .handleAsync(
                            (answer, failure) -> {
                                deciding.done(
                                        decision,
                                        failure == null ? Decision.Outcome.APPLIED : Decision.Outcome.UNKNOWN);
                                return null;
                            },
                            thread);
        }
        if (view.mode() == PlacementMode.AUTO) {
            for (Step step : reconciler.next(view, table, now)) {
                if (step instanceof Step.Propose propose) {
                    plan(propose.record());
                } else if (step instanceof Step.HandOver handOver) {
                    handOvers.handOver(handOver.primary(), handOver.replica());
                }
            }
        }
    }

    /** Proposes a step of the plan; the plan names it again until it shows in the view, which may take a moment. */
    private void plan(ClusterRecord record) {
        if (!planned.add(record)) {
            return;
        }
        LOG.info("Planned: {}", brief(record));
        var unused = cluster.submit(record).whenCompleteAsync((answer, failure) -> planned.remove(record), thread);
    }

    /** A record in one short line: slot sets run to thousands of numbers. */
    private static String brief(ClusterRecord record) {
        if (record instanceof ClusterRecord.BeginMove move) {
            return "move " + move.slots().count() + " slots from " + move.source() + " to " + move.target();
        }
        String text = record.toString();
        return text.length() <= MAX_LOGGED ? text : text.substring(0, MAX_LOGGED) + "...";
    }

    // ---- CLUSTER FAILOVER FORCE -------------------------------------------------------------------------------

    /** Has the leader promote this replica as soon as its primary's lease has ended; null, or the error line. */
    CompletableFuture<String> force() {
        String leader = cluster.plane().leaderId();
        if (leader == null) {
            return CompletableFuture.completedFuture("CLUSTERDOWN The cluster has no leader");
        }
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        if (leader.equals(cluster.myId())) {
            thread.execute(() -> answer.complete(forced(leader)));
            return answer.thenApply(HealthDriver::line);
        }
        return cluster.bus().request(leader, FORCE_FAILOVER, new byte[0]).thenApply(HealthDriver::line);
    }

    private byte[] forced(String replica) {
        String refusal = leads
                ? controller.force(cluster.view(), replica, nowMs())
                : "CLUSTERDOWN The cluster's leader has changed";
        return refusal == null ? new byte[0] : refusal.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private static String line(byte[] answer) {
        return answer.length == 0 ? null : new String(answer, java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
