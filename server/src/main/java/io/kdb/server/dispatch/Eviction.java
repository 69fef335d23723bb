package io.kdb.server.dispatch;

import io.kdb.server.config.MaxmemoryPolicy;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.Settings;
import io.kdb.server.store.AccessClock;
import io.kdb.server.store.Database;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Keeps used memory below {@code maxmemory} by deleting sampled keys, as Redis does: a few random keys of each database go
 * through a pool of the best candidates seen so far, and the best of them is deleted. Thread-safe: one thread evicts at a
 * time, for the pool is shared; another that meets it waits its turn.
 *
 * <p>Note: it runs before the command takes its locks, so it may lock any segment.
 */
public final class Eviction implements Memory {
    private static final int POOL = 16;
    /** Deletions after which one command's room-making ends, however much is still too much. */
    private static final int MAX_DELETIONS = 10_000;

    private final Node node;
    private final Keyspace keyspace;
    private final LongSupplier usedMemory;

    private volatile long limit;
    private volatile MaxmemoryPolicy policy = MaxmemoryPolicy.NOEVICTION;
    private volatile int samples = 5;

    // The pool, worst candidate first. Owner: this object's monitor.
    private final byte[][] keys = new byte[POOL][];
    private final int[] dbs = new int[POOL];
    private final long[] scores = new long[POOL];
    private int pooled;
    private int nextDb;

    /** {@code usedMemory}: what counts against maxmemory, replicas' output buffers excepted. */
    public Eviction(Node node, LongSupplier usedMemory) {
        this.node = node;
        this.keyspace = node.keyspace();
        this.usedMemory = usedMemory;
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
        policy = settings.get(Parameters.MAXMEMORY_POLICY);
        samples = (int) settings.get(Parameters.MAXMEMORY_SAMPLES);
        keyspace.clock()
                .configure(
                        policy.order() == MaxmemoryPolicy.Order.LFU,
                        (int) settings.get(Parameters.LFU_LOG_FACTOR),
                        (int) settings.get(Parameters.LFU_DECAY_TIME));
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
        if (policy.order() == MaxmemoryPolicy.Order.NONE) {
            return false;
        }
        synchronized (this) {
            for (int i = 0; i < MAX_DELETIONS; i++) {
                if (usedMemory.getAsLong() <= limit) {
                    return true;
                }
                if (!evictOne()) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean evictOne() {
        if (policy.order() == MaxmemoryPolicy.Order.RANDOM) {
            return evictRandom();
        }
        for (int round = 0; round < 16; round++) {
            boolean any = false;
            for (int db = 0; db < keyspace.databaseCount(); db++) {
                any |= sample(keyspace.database(db));
            }
            if (!any) {
                return false;
            }
            while (pooled > 0) {
                byte[] key = keys[--pooled];
                keys[pooled] = null;
                if (node.reaper().delete(dbs[pooled], key, policy.expiringOnly())) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean evictRandom() {
        int count = keyspace.databaseCount();
        for (int i = 0; i < count; i++) {
            int db = nextDb++ % count;
            byte[][] found = new byte[1][];
            random(keyspace.database(db), (table, ref) -> found[0] = table.key(ref));
            if (found[0] != null && node.reaper().delete(db, found[0], policy.expiringOnly())) {
                return true;
            }
        }
        return false;
    }

    private boolean random(Database database, io.kdb.server.store.KeyVisitor visitor) {
        return policy.expiringOnly() ? database.randomExpiring(visitor) : database.random(visitor);
    }

    private boolean sample(Database database) {
        boolean any = false;
        for (int i = 0; i < samples; i++) {
            if (!random(database, (table, ref) -> offer(database.number(), table, ref))) {
                break;
            }
            any = true;
        }
        return any;
    }

    /** Higher is better to evict. */
    private long score(KeyTable table, long ref) {
        AccessClock clock = keyspace.clock();
        return switch (policy.order()) {
            case LRU -> clock.idleSeconds(table.lru(ref));
            case LFU -> 255 - clock.frequency(table.lru(ref));
            default -> Long.MAX_VALUE - table.expireAt(ref);
        };
    }

    private void offer(int db, KeyTable table, long ref) {
        long score = score(table, ref);
        if (pooled == POOL && score <= scores[0]) {
            return;
        }
        byte[] key = table.key(ref);
        for (int i = 0; i < pooled; i++) {
            if (dbs[i] == db && Arrays.equals(keys[i], key)) {
                return;
            }
        }
        int at = 0;
        while (at < pooled && scores[at] < score) {
            at++;
        }
        if (pooled == POOL) {
            // The worst one leaves.
            at--;
            System.arraycopy(keys, 1, keys, 0, at);
            System.arraycopy(dbs, 1, dbs, 0, at);
            System.arraycopy(scores, 1, scores, 0, at);
        } else {
            System.arraycopy(keys, at, keys, at + 1, pooled - at);
            System.arraycopy(dbs, at, dbs, at + 1, pooled - at);
            System.arraycopy(scores, at, scores, at + 1, pooled - at);
            pooled++;
        }
        keys[at] = key;
        dbs[at] = db;
        scores[at] = score;
    }
}
