package io.kdb.cluster.control;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's control plane: replicates operations on a {@link ReplicatedState} to every node of the cluster, whoever
 * votes, and carries what nodes say to each other. Thread-safe.
 *
 * <p>Note: three threads. kdb-control owns the protocol ({@link ControlNode}), kdb-apply owns this node's state and calls
 * the listener, kdb-bus owns the connections. A slow listener delays answers, never heartbeats.
 */
public final class ControlPlane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);
    private static final long HAND_OVER_LIMIT_MS = 2000;
    private static final long CLOSE_LIMIT_MS = 3000;
    /** A node that is no member, be it new or forgotten, is remembered for that long after its last hello. */
    private static final long STRANGER_KEPT_MS = 10_000;
    /** How often known addresses are compared with the members while those stay the same. */
    private static final long ADDRESSES_MS = 1000;
    /** How long an operation waits for a leader when the caller does not say. */
    public static final long DEFAULT_LIMIT_MS = 10_000;

    private final ControlOptions options;
    private final Timing timing;
    private final ControlDirectory directory;
    private final String nodeId;
    private final long incarnation;
    private final ControlThread control = new ControlThread("kdb-control");
    private final Bus bus;
    private final BusTransport transport;
    private final RatisHost host;
    private final View view;
    private final ControlNode node;
    private final Joining joining;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean peersChanged = new AtomicBoolean();
    private final long startedNanos = System.nanoTime();
    /** Known nodes that are no members, and since when that is seen. Owner: the control thread. */
    private final Map<String, Long> strangers = new HashMap<>();
    /** The members when addresses were last compared, and when that was. Owner: the control thread. */
    private List<Member> compared = List.of();

    private long comparedMs = Long.MIN_VALUE / 2;

    private ControlPlane(ControlOptions options, ControlDirectory directory) throws ControlStartException {
        this.options = options;
        this.directory = directory;
        this.timing = new Timing(options.nodeTimeoutMs);
        directory.finishReset();
        nodeId = directory.nodeId(options.nodeId);
        directory.cleanUp();
        Note note = directory.note();
        List<GroupId> groups = directory.groups();
        GroupId founding = null;
        if (note == null && groups.isEmpty()) {
            founding = new GroupId(1, 0, ThreadLocalRandom.current().nextLong());
            note = lone(founding);
        } else if (note == null) {
            if (groups.size() != 1 || groups.get(0).generation() != 1) {
                throw new ControlStartException(
                        "corrupt control directory: file note is missing: " + options.directory);
            }
            note = lone(groups.get(0));
            directory.note(note);
        } else {
            directory.dropOld(note);
        }
        incarnation = directory.nextStart();
        view = new View(options.states.get(), options.listener, options.members);
        BusOptions busOptions = new BusOptions(
                nodeId,
                options.bindHost,
                options.busPort,
                options.announcedHost,
                options.announcedPort,
                options.secret,
                Math.max(1000, options.nodeTimeoutMs / 2));
        bus = new Bus(busOptions, note.clusterId());
        directory.peers().forEach((id, address) -> bus.learn(id, address.getHostString(), address.getPort()));
        bus.onAddress((id, address) -> peersChanged.set(true));
        transport = new BusTransport(bus, RatisProperties.callLimitMs(timing));
        host = new RatisHost(nodeId, directory, options.states, control);
        node = new ControlNode(new World(), host, note, timing, incarnation, options.heartbeat);
        node.planner().enable(options.planVoters);
        node.observeChanges(change -> options.onStep.accept(change.step().name()));
        joining = new Joining(this, bus, node, control, directory, view, options.gate);
        boolean started = false;
        try {
            bus.listen();
            found(founding, note);
            started = true;
        } finally {
            if (!started) {
                bus.close();
                control.shutdownNow();
                view.close();
                directory.close();
            }
        }
        bus.handler(Bus.CONTROL, (from, payload) -> {
            control.execute(() -> receive(from, payload));
            return null;
        });
        bus.handler(Bus.JOIN, joining::asked);
        control.execute(node::start);
        control.execute(this::tick);
    }

    private Note lone(GroupId founding) {
        return new Note(founding.toString(), founding, List.of(nodeId));
    }

    private void found(GroupId founding, Note note) throws ControlStartException {
        if (founding == null) {
            host.start(timing, transport, null, node);
            return;
        }
        try {
            directory.mark(founding, ControlDirectory.NEW);
            host.start(timing, transport, founding, node);
            // In this order: a note without its group would be a node that waits for a cluster that never was.
            directory.unmark(founding, ControlDirectory.NEW);
            directory.note(note);
        } catch (ControlStartException e) {
            throw e;
        } catch (java.io.IOException e) {
            throw new ControlStartException("control directory cannot be written: " + options.directory + ": " + e, e);
        }
    }

    /**
     * Starts the control plane of one node: with what is on disk, or as a cluster of one.
     *
     * @throws ControlStartException when the directory is another node's, in use or corrupt, or the port is taken; the
     *     message is one line that names the file or address
     */
    public static ControlPlane start(ControlOptions options) throws ControlStartException {
        Objects.requireNonNull(options.states, "states");
        Objects.requireNonNull(options.listener, "listener");
        ControlDirectory directory = ControlDirectory.open(options.directory);
        boolean started = false;
        try {
            ControlPlane plane = new ControlPlane(options, directory);
            started = true;
            plane.view.open(plane);
            return plane;
        } finally {
            if (!started) {
                directory.close();
            }
        }
    }

    /**
     * Forgets the cluster that a stopped node belonged to: its next start is a cluster of one.
     *
     * @param hard it gets a new node id as well
     */
    public static void reset(Path directory, boolean hard) throws ControlStartException {
        try (ControlDirectory d =
                ControlDirectory.open(directory.toAbsolutePath().normalize())) {
            d.wipe(hard);
        }
    }

    // ------------------------------------------------------------------ who and where

    public String nodeId() {
        return nodeId;
    }

    public String clusterId() {
        return node.generations().best().clusterId();
    }

    /** Number of this start of the node; counts up for as long as its directory lives. */
    public long incarnation() {
        return incarnation;
    }

    /** This node's state. Owner: the apply thread, so only to be touched within the listener and {@link #onState}. */
    public ReplicatedState state() {
        return view.state();
    }

    /** Runs a task on the thread that owns {@link #state}, between two operations. */
    public void onState(Runnable task) {
        view.execute(task);
    }

    /** Number of the generation in force, as far as this node knows. */
    public long generation() {
        return node.generations().group().generation();
    }

    /** Operations applied to this node's state since the cluster's birth; -1 before it has any state. */
    public long index() {
        return view.index();
    }

    /** Whether this node is the ready leader of the generation in force. It may not know yet that it is no more. */
    public boolean isLeader() {
        return node.leads();
    }

    /** This leader's term in its generation. */
    public long term() {
        return node.leadsTerm();
    }

    /** The leader as last heard of, or null. */
    public String leaderId() {
        return node.leads() ? nodeId : node.generations().leader();
    }

    /** Who votes in the generation in force. */
    public List<String> voters() {
        return node.generations().voters();
    }

    /** The bus, for whatever else nodes say to each other. */
    public Bus bus() {
        return bus;
    }

    // ------------------------------------------------------------------ operations

    /** {@link #submit(byte[], long)} with {@link #DEFAULT_LIMIT_MS}. */
    public CompletableFuture<byte[]> submit(byte[] op) {
        return submit(op, DEFAULT_LIMIT_MS);
    }

    /**
     * Replicates one operation. The future completes, on the apply thread, with the state machine's answer once the
     * operation is committed and this node's listener has seen it; it fails with a {@link ControlException} after the
     * limit, and then the operation may yet be applied, but never twice. Operations of one node are applied in order.
     */
    public CompletableFuture<byte[]> submit(byte[] op, long limitMs) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        if (closed.get()) {
            result.completeExceptionally(new ControlException(ControlException.Reason.CLOSED, "closed"));
            return result;
        }
        control.execute(() -> node.submissions().submit(op, limitMs, (answer, failure) -> {
            if (failure == null) {
                result.complete(answer);
            } else {
                result.completeExceptionally(failure);
            }
        }));
        return result;
    }

    /**
     * Makes sure that this node leads: true when a majority of voters has said so in a round begun after this call, and
     * nothing newer can have begun before it. False or late when not; never fails.
     */
    public CompletableFuture<Boolean> confirmLeadership() {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        if (closed.get()) {
            result.complete(false);
        } else {
            control.execute(() -> node.confirmations().ask(result::complete));
        }
        return result;
    }

    // ------------------------------------------------------------------ heartbeats

    /**
     * Milliseconds since a node's last heartbeat that said its I/O threads turn; {@link Long#MAX_VALUE} when none came
     * since this process started.
     */
    public long silenceMs(String id) {
        if (id.equals(nodeId)) {
            return 0;
        }
        Peers.Heard heard = node.peers().get(id);
        return heard == null || heard.aliveMs() == Peers.NEVER ? Long.MAX_VALUE : nowMs() - heard.aliveMs();
    }

    /** Payload of a node's last heartbeat, or null. */
    public byte[] payload(String id) {
        if (id.equals(nodeId)) {
            return options.heartbeat.get();
        }
        Peers.Heard heard = node.peers().get(id);
        return heard == null ? null : heard.payload();
    }

    /** Incarnation of a node by its last hello, or -1. */
    public long incarnation(String id) {
        if (id.equals(nodeId)) {
            return incarnation;
        }
        Peers.Heard heard = node.peers().get(id);
        return heard == null ? -1 : heard.hello().incarnation();
    }

    /** Ids of all other nodes heard of since this process started. */
    public Set<String> heard() {
        return Set.copyOf(node.peers().all().keySet());
    }

    /** Milliseconds since this control plane was started. */
    public long uptimeMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
    }

    // ------------------------------------------------------------------ membership

    /**
     * Joins the cluster of the node at an address; this node must be alone. Its own cluster of one ends; when the future
     * completes, its state is the other cluster's. A {@link JoinException} says why not.
     *
     * @param facts what the other side's {@link JoinGate} is told of this node
     */
    public CompletableFuture<Joined> join(String host, int busPort, byte[] facts) {
        return joining.join(host, busPort, facts);
    }

    /** Asks the lone node at an address to join this node's cluster; completes when it said that it will try. */
    public CompletableFuture<Void> invite(String host, int busPort, byte[] facts) {
        return joining.invite(host, busPort, facts);
    }

    /** Whether this node is a cluster of one. */
    public CompletableFuture<Boolean> alone() {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        control.execute(() -> result.complete(joining.lone()));
        return result;
    }

    /** Begins a change to given voters; false when this node cannot begin one now. For tests and operators. */
    public CompletableFuture<Boolean> changeVoters(List<String> voters) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        control.execute(() -> result.complete(node.planner().force(voters)));
        return result;
    }

    /** The protocol, for tests that stop a node at a step; its methods belong to the control thread. */
    ControlNode node() {
        return node;
    }

    RatisHost host() {
        return host;
    }

    long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    // ------------------------------------------------------------------ the control thread

    private void receive(String from, byte[] payload) {
        try {
            node.receive(from, payload);
        } catch (WireException e) {
            LOG.warn("Control message of {} makes no sense: {}", from, e.getMessage());
        }
    }

    private void tick() {
        try {
            node.tick();
            addresses();
            if (peersChanged.getAndSet(false)) {
                directory.peers(bus.addresses());
            }
        } catch (ControlStartException e) {
            peersChanged.set(true);
            LOG.warn("{}", e.getMessage());
        } finally {
            var unused = control.schedule(this::tick, Timing.TICK_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Learns where members are, and forgets those who are none and have not been heard of for long. */
    private void addresses() {
        List<Member> members = view.members();
        if (members == compared && nowMs() - comparedMs < ADDRESSES_MS) {
            return;
        }
        compared = members;
        comparedMs = nowMs();
        for (Member member : members) {
            if (bus.address(member.id()) == null) {
                bus.learn(member.id(), member.host(), member.busPort());
            }
        }
        if (members.isEmpty() || uptimeMs() < STRANGER_KEPT_MS) {
            return;
        }
        strangers.keySet().retainAll(bus.known());
        for (String known : List.copyOf(bus.known())) {
            boolean member = members.stream().anyMatch(m -> m.id().equals(known));
            boolean voter = node.generations().voters().contains(known);
            if (member || voter) {
                strangers.remove(known);
            } else if (node.peers().silenceMs(known, strangers.computeIfAbsent(known, id -> nowMs()), nowMs())
                    > STRANGER_KEPT_MS) {
                bus.forget(known);
                peersChanged.set(true);
            }
        }
    }

    /** The protocol's world: this node's clock, links, files and view. Owner: the control thread. */
    private final class World implements Environment {
        @Override
        public String self() {
            return nodeId;
        }

        @Override
        public long nowMs() {
            return ControlPlane.this.nowMs();
        }

        @Override
        public void send(String to, byte[] message) {
            if (to.equals(nodeId)) {
                control.execute(() -> receive(nodeId, message));
            } else {
                bus.send(to, Bus.CONTROL, message);
            }
        }

        @Override
        public void schedule(long delayMs, Runnable task) {
            var unused = control.schedule(task, delayMs, TimeUnit.MILLISECONDS);
        }

        @Override
        public int random(int bound) {
            return ThreadLocalRandom.current().nextInt(bound);
        }

        @Override
        public void write(Note note) {
            try {
                directory.note(note);
            } catch (ControlStartException e) {
                // Without a durable note nothing older may be dropped, and nothing newer be believed.
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public List<Member> members() {
            return view.members();
        }

        @Override
        public Collection<String> peers() {
            return bus.known();
        }

        @Override
        public void deliver(long generation, long index, byte[] op) {
            view.deliver(generation, index, op);
        }

        @Override
        public void deliver(Image image) {
            view.deliver(image);
        }

        @Override
        public void afterDelivered(Runnable task) {
            view.execute(task);
        }

        @Override
        public void leadership(boolean leader, long generation, long term) {
            view.execute(() -> options.listener.leadership(leader, generation, term));
        }
    }

    /** Addresses of all known nodes and of this one, for a joiner. */
    Map<String, InetSocketAddress> addressBook() {
        return new HashMap<>(bus.addresses());
    }

    // ------------------------------------------------------------------ the end

    /** Gives up the leadership, if there is somebody to take it, and stops. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        handOver();
        control.execute(() -> node.submissions().close("the control plane is closed"));
        control.shutdown();
        try {
            control.awaitTermination(CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        bus.close();
        transport.close();
        host.close();
        view.close();
        directory.close();
    }

    private void handOver() {
        CompletableFuture<String> successor = new CompletableFuture<>();
        control.execute(() -> {
            node.planner().enable(false);
            successor.complete(node.successor());
        });
        String to =
                successor.completeOnTimeout(null, 500, TimeUnit.MILLISECONDS).join();
        if (to != null && !host.handOver(node.generations().group(), to, HAND_OVER_LIMIT_MS)) {
            LOG.info("Leadership could not be handed to {}", to);
        }
    }
}
