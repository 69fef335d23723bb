package io.kdb.server.cluster;

import io.kdb.cluster.control.Bus;
import io.kdb.cluster.control.ControlException;
import io.kdb.cluster.control.ControlListener;
import io.kdb.cluster.control.ControlOptions;
import io.kdb.cluster.control.ControlPlane;
import io.kdb.cluster.control.ControlStartException;
import io.kdb.cluster.control.ReplicatedState;
import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterState;
import io.kdb.cluster.topology.ClusterText;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.MalformedRecord;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.Node;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's membership in a cluster: runs the control plane, holds the latest view and swaps it in exclusive sections, and
 * submits records. Thread-safe.
 *
 * <p>Note: {@link #view} is replaced whole while no command runs, so routing and running one command see the same view.
 */
public final class ClusterRuntime implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterRuntime.class);

    /** Told of every new view, on the apply thread, after it was swapped in; must not wait for commits. */
    public interface ViewListener {
        void changed(ClusterView before, ClusterView now);
    }

    private final Node node;
    private final ServerConfig config;
    private final MyProfile profile;
    private final List<ViewListener> listeners = new CopyOnWriteArrayList<>();
    private final List<ControlListener> leadershipListeners = new CopyOnWriteArrayList<>();
    private final ConcurrentSkipListMap<Integer, String> migrating = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Integer, String> importing = new ConcurrentSkipListMap<>();
    private volatile CompletableFuture<Void> founded = new CompletableFuture<>();
    /** The state of a cluster with other voters is still to come. Owner: the apply thread. */
    private boolean awaitsState;

    private volatile Deliveries deliveries;
    private volatile ControlPlane plane;
    private volatile ClusterView view = new ClusterState().view("");
    private volatile Supplier<byte[]> heartbeat = () -> new byte[0];

    /** {@code port}: the client port in use. */
    public ClusterRuntime(Node node, int port) {
        this.node = node;
        this.config = node.config();
        this.profile = new MyProfile(config, port);
    }

    /** Where this node keeps what it knows of its cluster. */
    public static Path directory(ServerConfig config, int port) {
        return NodeDirectory.control(config.current().directory(), port);
    }

    /**
     * Starts the control plane; a node without a cluster founds one of its own.
     *
     * @throws ControlStartException when its directory or port cannot be used; one line that names it
     */
    public void start() throws ControlStartException {
        Deliveries mine = new Deliveries();
        deliveries = mine;
        String bind = config.get(Parameters.BIND).stream()
                .filter(address -> !address.startsWith("-"))
                .findFirst()
                .orElse("*");
        ControlOptions options = new ControlOptions(directory(config, profile.port()), profile.busPort())
                .bind(bind.equals("*") ? null : bind)
                .announce(profile.announcedIp(), profile.announcedBusPort())
                .secret(profile.secret())
                .nodeTimeoutMs(config.get(Parameters.CLUSTER_NODE_TIMEOUT))
                .states(ReplicatedClusterState::new)
                .members(state -> ((ReplicatedClusterState) state).members())
                .heartbeat(() -> heartbeat.get())
                .gate(new Admittance(this))
                .listener(mine);
        plane = ControlPlane.start(options);
        if (!founded.isDone()) {
            plane.onState(this::foundIfNew);
        }
    }

    /**
     * On the apply thread. Only a node that is its cluster's sole voter founds one; a member that starts again gets the
     * state it is part of from its disk or from the others, and must say nothing meanwhile that would be news there.
     */
    private void foundIfNew() {
        ReplicatedClusterState state = (ReplicatedClusterState) plane.state();
        awaitsState = !plane.voters().equals(List.of(plane.nodeId()));
        if (state.isFounded()) {
            founded.complete(null);
            return;
        }
        if (awaitsState) {
            return;
        }
        ClusterRecord found = new ClusterRecord.Found(
                clusterId(plane.clusterId()), profile.joiner(this, SlotSet.EMPTY), System.currentTimeMillis());
        ControlPlane asked = plane;
        var unused = asked.submit(found.encode()).whenComplete((answer, failure) -> {
            if (isUndecided(failure) && asked == plane) {
                // A machine that is slow to start: the same record again does no harm.
                asked.onState(this::foundIfNew);
            } else if (failure != null) {
                founded.completeExceptionally(failure);
            } else {
                if (asked.incarnation() == 1 || view.nodes().size() == 1) {
                    propose(new ClusterRecord.SetReplicas((int) config.get(Parameters.CLUSTER_REPLICAS)));
                }
                founded.complete(null);
            }
        });
    }

    /** Whether a submission failed for want of an answer in time: it may yet be applied, or be sent again. */
    static boolean isUndecided(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof ControlException refusal && refusal.reason() == ControlException.Reason.NO_QUORUM;
    }

    /** The state's form of the control plane's name of a cluster, a UUID: 40 hex digits. */
    static String clusterId(String uuid) {
        return uuid.replace("-", "") + "00000000";
    }

    /** Completes once this node has a view of a cluster, its own or another. */
    public CompletableFuture<Void> founded() {
        return founded;
    }

    /**
     * Stops the control plane and forgets, also on disk, the cluster this node belonged to; {@link #start} makes it one of
     * its own.
     */
    void leave(boolean hard) throws ControlStartException {
        plane.close();
        joinNote().remove();
        ControlPlane.reset(directory(config, profile.port()), hard);
        if (hard) {
            profile.configEpoch(0);
        }
        founded = new CompletableFuture<>();
        ClusterView before = view;
        ClusterView now = new ClusterState().view(plane.nodeId());
        node.exclusion().exclusively(() -> {
            deliveries = null;
            view = now;
        });
        migrating.clear();
        importing.clear();
        tell(before, now);
    }

    // ---- the control plane's listener -------------------------------------------------------------------------

    /** What one control plane delivers; after a reset nothing of the former one counts. */
    private final class Deliveries implements ControlListener {
        /** Before any delivery: what the engine restored while it started must not be missed. */
        @Override
        public void started(ControlPlane started) {
            plane = started;
        }

        @Override
        public void applied(ReplicatedState state, long generation, long index, byte[] op, byte[] answer) {
            ReplicatedClusterState applied = (ReplicatedClusterState) state;
            swap(this, applied);
            if (awaitsState && applied.isFounded() && deliveries == this) {
                founded.complete(null);
            }
        }

        @Override
        public void installed(ReplicatedState state, long generation, long index) {
            ReplicatedClusterState installed = (ReplicatedClusterState) state;
            swap(this, installed);
            if (installed.isFounded() && deliveries == this) {
                founded.complete(null);
            }
        }

        @Override
        public void leadership(boolean leader, long generation, long term) {
            if (deliveries == this) {
                leadershipListeners.forEach(listener -> listener.leadership(leader, generation, term));
            }
        }
    }

    private void swap(Deliveries from, ReplicatedClusterState state) {
        ControlPlane running = plane;
        if (running == null || !state.isFounded()) {
            return;
        }
        ClusterView before = view;
        ClusterView now = state.view(running.nodeId());
        node.exclusion().exclusively(() -> {
            if (deliveries == from) {
                view = now;
            }
        });
        if (deliveries == from) {
            forgetMarks(now);
            tell(before, now);
        }
    }

    private void tell(ClusterView before, ClusterView now) {
        for (ViewListener listener : listeners) {
            listener.changed(before, now);
        }
    }

    /** A mark of SETSLOT ends when the slot's owner makes it pointless. */
    private void forgetMarks(ClusterView now) {
        migrating.keySet().removeIf(slot -> !now.iOwn(slot));
        importing.keySet().removeIf(now::iOwn);
    }

    // ---- what others ask --------------------------------------------------------------------------------------

    public Node node() {
        return node;
    }

    public ClusterView view() {
        return view;
    }

    public ControlPlane plane() {
        return plane;
    }

    public Bus bus() {
        return plane.bus();
    }

    public MyProfile profile() {
        return profile;
    }

    JoinNote joinNote() {
        return new JoinNote(directory(config, profile.port()));
    }

    public String myId() {
        return plane.nodeId();
    }

    /** Slots that SETSLOT MIGRATING marked here, with the target's id. */
    public ConcurrentSkipListMap<Integer, String> migrating() {
        return migrating;
    }

    /** Slots that SETSLOT IMPORTING marked here, with the source's id. */
    public ConcurrentSkipListMap<Integer, String> importing() {
        return importing;
    }

    public ClusterText.Marks marks() {
        return new ClusterText.Marks(migrating, importing);
    }

    public void whenViewChanges(ViewListener listener) {
        listeners.add(listener);
    }

    /** {@code listener}'s {@code leadership} is called; the rest is not. */
    public void whenLeadershipChanges(ControlListener listener) {
        leadershipListeners.add(listener);
    }

    /** What this node's heartbeats say; null from it while the node's loops do not turn. */
    public void heartbeat(Supplier<byte[]> payload) {
        heartbeat = payload;
    }

    /**
     * Proposes a record. Completes on the apply thread, once it is applied here, with its answer; fails with a
     * {@link ControlException} when no quorum decided it in time.
     */
    public CompletableFuture<ClusterAnswer> submit(ClusterRecord record) {
        return plane.submit(record.encode()).thenApply(bytes -> {
            try {
                return ClusterAnswer.decode(bytes);
            } catch (MalformedRecord e) {
                throw new IllegalStateException("answer: " + e.getMessage(), e);
            }
        });
    }

    /** {@link #submit} for records whose sender comes back by itself when it did not work. */
    public void propose(ClusterRecord record) {
        var unused = submit(record).whenComplete((answer, failure) -> {
            if (failure != null) {
                LOG.debug("{}: {}", record, failure.getMessage());
            } else if (!answer.accepted()) {
                LOG.debug("{}: {}", record, answer.text());
            }
        });
    }

    @Override
    public void close() {
        if (plane != null) {
            plane.close();
        }
    }
}
