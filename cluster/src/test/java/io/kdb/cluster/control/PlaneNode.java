package io.kdb.cluster.control;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A control plane with a {@link Ledger}, on loopback, for tests. Thread-safe. */
final class PlaneNode implements AutoCloseable, ControlListener {
    static final String HOST = "127.0.0.1";

    final ControlPlane plane;
    final int port;
    private volatile long seen = -1;
    private volatile List<String> entries = List.of();
    final java.util.concurrent.atomic.AtomicInteger images = new java.util.concurrent.atomic.AtomicInteger();

    PlaneNode(Path directory, int port, String secret) throws ControlStartException {
        this(new ControlOptions(directory, port).secret(secret));
    }

    PlaneNode(ControlOptions options) throws ControlStartException {
        port = options.busPort;
        plane = ControlPlane.start(options.bind(HOST)
                .nodeTimeoutMs(1000)
                .states(Ledger::new)
                .members(state -> ((Ledger) state).members())
                .listener(this));
    }

    @Override
    public void applied(ReplicatedState state, long generation, long index, byte[] op, byte[] answer) {
        if (index != seen + 1) {
            throw new IllegalStateException("index " + index + " after " + seen);
        }
        look(state, index);
    }

    @Override
    public void installed(ReplicatedState state, long generation, long index) {
        images.incrementAndGet();
        look(state, index);
    }

    private void look(ReplicatedState state, long index) {
        entries = ((Ledger) state).entries();
        seen = index;
    }

    List<String> entries() {
        return entries;
    }

    String id() {
        return plane.nodeId();
    }

    String submit(byte[] op) {
        return new String(plane.submit(op).orTimeout(60, TimeUnit.SECONDS).join(), StandardCharsets.UTF_8);
    }

    CompletableFuture<Joined> join(PlaneNode seed) {
        return plane.join(HOST, seed.port, new byte[0]).orTimeout(60, TimeUnit.SECONDS);
    }

    /** Joins and becomes a member, so that the planner may let it vote. */
    void enter(PlaneNode seed) {
        join(seed).join();
        submit(Ledger.member(id(), HOST, port));
    }

    /** At once: a leader and each voter take a second to close, most of it waiting. */
    static void closeAll(List<PlaneNode> nodes) {
        CompletableFuture.allOf(nodes.stream()
                        .map(node -> CompletableFuture.runAsync(node::close, task -> new Thread(task).start()))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    @Override
    public void close() {
        plane.close();
    }
}
