package io.kdb.server.dispatch;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.Settings;
import io.kdb.server.store.EvictionPolicy;
import io.kdb.server.store.Evictor;
import io.kdb.server.store.Keyspace;
import java.util.function.LongSupplier;

/**
 * The memory gate: keeps used memory below {@code maxmemory} by evicting sampled keys before a command takes its locks, and
 * refuses commands that need memory near the heap's own end. Thread-safe: each thread samples with a pool of its own.
 */
public final class Eviction implements Memory {
    /** Deletions after which one command's room-making ends, however much is still too much. */
    private static final int MAX_DELETIONS = 10_000;

    private final Node node;
    private final Keyspace keyspace;
    private final LongSupplier usedMemory;
    private final ThreadLocal<Evictor> evictors;

    private volatile long limit;
    private volatile EvictionPolicy policy = EvictionPolicy.NOEVICTION;
    private volatile int samples = 5;

    /** {@code usedMemory}: what counts against maxmemory, replicas' output buffers excepted. */
    public Eviction(Node node, LongSupplier usedMemory) {
        this.node = node;
        this.keyspace = node.keyspace();
        this.usedMemory = usedMemory;
        this.evictors = ThreadLocal.withInitial(() -> new Evictor(keyspace));
        ServerConfig config = node.config();
        configure(config.current());
        config.whenChanged(
                (before, now) -> configure(now),
                Parameters.MAXMEMORY,
                Parameters.MAXMEMORY_POLICY,
                Parameters.MAXMEMORY_SAMPLES,
                Parameters.LFU_LOG_FACTOR,
                Parameters.LFU_DECAY_TIME);
    }

    private void configure(Settings settings) {
        limit = settings.get(Parameters.MAXMEMORY);
        policy =
                EvictionPolicy.valueOf(settings.get(Parameters.MAXMEMORY_POLICY).name());
        samples = (int) settings.get(Parameters.MAXMEMORY_SAMPLES);
        keyspace.clock().configure(policy.isLfu(), (int) settings.get(Parameters.LFU_LOG_FACTOR), (int)
                settings.get(Parameters.LFU_DECAY_TIME));
    }

    @Override
    public boolean isLimited() {
        return limit > 0 || keyspace.isNearlyFull();
    }

    @Override
    public boolean makeRoom() {
        if (keyspace.isNearlyFull()) {
            return false;
        }
        if (limit == 0 || node.isReplica() || usedMemory.getAsLong() <= limit) {
            return true;
        }
        long began = System.nanoTime();
        boolean made = evict();
        node.observers().late("eviction-cycle", System.nanoTime() - began);
        return made;
    }

    private boolean evict() {
        for (int i = 0; i < MAX_DELETIONS; i++) {
            if (!evictors.get().evictOne(policy, samples, node.reaper()::evict)) {
                return false;
            }
            if (usedMemory.getAsLong() <= limit) {
                break;
            }
        }
        return true;
    }
}
