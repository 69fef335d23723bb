package io.kdb.server;

import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Node;
import io.kdb.server.store.Exclusion;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * The node's clock tick, {@code hz} times a second: access clock, expired keys, freed tables, pauses that end, and what
 * others have registered. Owner: its one thread.
 */
public final class Housekeeping implements AutoCloseable {
    private static final long EXPIRE_BUDGET_NANOS = 2_500_000;
    /** How long a segment is held to free what is in it. */
    private static final long FREE_SLICE_NANOS = 200_000;
    /** Between two rounds of slices: for whoever waits for the segment. */
    private static final long FREE_PAUSE_NANOS = 50_000;
    /** How long a tick goes on freeing. */
    private static final long FREE_BUDGET_NANOS = 50_000_000;

    private final Node node;
    private final List<LongConsumer> tasks = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "kdb-tick");
    private volatile boolean closed;

    Housekeeping(Node node) {
        this.node = node;
        node.keyspace().clock().tick(System.currentTimeMillis());
    }

    /** Has {@code task} called with the wall clock at each tick; it must be quick and hold no lock. */
    public void each(LongConsumer task) {
        tasks.add(task);
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        Exclusion.Participant participant = node.exclusion().join();
        while (!closed) {
            long hz = Math.max(1, Math.min(500, node.config().get(Parameters.HZ)));
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1) / hz);
            tick(participant);
        }
        participant.retire();
    }

    private void tick(Exclusion.Participant participant) {
        long nowMs = System.currentTimeMillis();
        node.keyspace().clock().tick(nowMs);
        node.pause().tick(nowMs);
        if (node.cronIsPaused()) {
            return;
        }
        participant.enter();
        long began = System.nanoTime();
        try {
            long effort = node.config().get(Parameters.ACTIVE_EXPIRE_EFFORT);
            node.reaper().searchExpired(nowMs, effort * EXPIRE_BUDGET_NANOS);
        } finally {
            participant.leave();
        }
        node.observers().late("expire-cycle", System.nanoTime() - began);
        free(participant);
        for (LongConsumer task : tasks) {
            task.accept(nowMs);
        }
    }

    private void free(Exclusion.Participant participant) {
        long end = System.nanoTime() + FREE_BUDGET_NANOS;
        boolean more = true;
        while (more && System.nanoTime() < end && !closed) {
            participant.enter();
            try {
                more = node.keyspace().freeSome(FREE_SLICE_NANOS);
            } finally {
                participant.leave();
            }
            if (more) {
                LockSupport.parkNanos(FREE_PAUSE_NANOS);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
