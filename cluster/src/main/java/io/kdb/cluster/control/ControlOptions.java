package io.kdb.cluster.control;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** How one node's control plane is started. Built once, then not changed. Owner: whoever starts it. */
public final class ControlOptions {
    final Path directory;
    final int busPort;
    String nodeId;
    String bindHost;
    String announcedHost;
    int announcedPort;
    String secret;
    long nodeTimeoutMs = 15_000;
    Supplier<ReplicatedState> states;
    ControlListener listener;
    Function<ReplicatedState, List<Member>> members = state -> List.of();
    Supplier<byte[]> heartbeat = () -> new byte[0];
    JoinGate gate = JoinGate.OPEN;
    boolean planVoters = true;
    Consumer<String> onStep = step -> {};

    /**
     * @param directory this node's control directory, made when missing
     * @param busPort cluster port to listen on
     */
    public ControlOptions(Path directory, int busPort) {
        this.directory = Objects.requireNonNull(directory).toAbsolutePath().normalize();
        this.busPort = busPort;
        this.announcedPort = busPort;
    }

    /** The id a new directory is born with, and an old one must have; without it a random one of 40 hex digits. */
    public ControlOptions nodeId(String id) {
        nodeId = id;
        return this;
    }

    /** Address to listen on; without it all. */
    public ControlOptions bind(String host) {
        bindHost = host;
        return this;
    }

    /** Where others find the cluster port; host null: the address they see; port 0: the one listened on. */
    public ControlOptions announce(String host, int port) {
        announcedHost = host;
        announcedPort = port == 0 ? busPort : port;
        return this;
    }

    /** What all nodes of the cluster share, or null. */
    public ControlOptions secret(String shared) {
        secret = shared;
        return this;
    }

    /** cluster-node-timeout; elections time out after 0.15 to 0.3 of it. */
    public ControlOptions nodeTimeoutMs(long ms) {
        nodeTimeoutMs = ms;
        return this;
    }

    /** Makes empty state machines: one is this node's view, one belongs to each group. */
    public ControlOptions states(Supplier<ReplicatedState> factory) {
        states = factory;
        return this;
    }

    public ControlOptions listener(ControlListener l) {
        listener = l;
        return this;
    }

    /** Reads the members off a state, on the thread that owns it, after each change; without it nobody else ever votes. */
    public ControlOptions members(Function<ReplicatedState, List<Member>> reader) {
        members = reader;
        return this;
    }

    /**
     * The payload of the next heartbeat, or null while the node's I/O threads do not turn: then it counts as silent.
     * Called every 200 ms on the control thread; must not wait.
     */
    public ControlOptions heartbeat(Supplier<byte[]> payload) {
        heartbeat = payload;
        return this;
    }

    /** Has a say in who joins. */
    public ControlOptions gate(JoinGate g) {
        gate = g;
        return this;
    }

    /** Is told each step of a change of voters that this node drives, before it is taken; for tests. */
    public ControlOptions onStep(Consumer<String> observer) {
        onStep = observer;
        return this;
    }

    /** False: voters change only by {@link ControlPlane#changeVoters}; for tests. */
    public ControlOptions planVoters(boolean on) {
        planVoters = on;
        return this;
    }
}
