package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.server.log.Effects;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes keys that no command asked to delete, expired and evicted ones, and logs it; and looks for expired keys in the
 * background. Thread-safe: each deletion takes its key's segment and has an effects collector of its own thread.
 *
 * <p>A caller is inside the keyspace (a participant) and holds no segment.
 */
public final class KeyReaper {
    private static final byte[] DEL = {'D', 'E', 'L'};
    private static final byte[] UNLINK = {'U', 'N', 'L', 'I', 'N', 'K'};
    /** Keys one step of the background search looks at in a database. */
    private static final int SAMPLE = 20;
    /** A database of which more than this many percent of the sampled keys had expired is searched on. */
    private static final int STALE_PERCENT = 10;

    private final Node node;
    private final Keyspace keyspace;
    private final ThreadLocal<Effects> effects;
    private int nextDb;

    KeyReaper(Node node) {
        this.node = node;
        this.keyspace = node.keyspace();
        this.effects = ThreadLocal.withInitial(() -> new Effects(node.log()));
    }

    /** Evicts a key; false when it is gone, or has lost its expiry while {@code expiringOnly}. */
    boolean delete(int db, byte[] key, boolean expiringOnly) {
        boolean done = remove(db, key, expiringOnly, Long.MIN_VALUE, UNLINK);
        if (done) {
            node.stats().evictedKeys.increment();
        }
        return done;
    }

    private boolean expire(int db, byte[] key, long nowMs) {
        boolean done = remove(db, key, true, nowMs, DEL);
        if (done) {
            node.stats().expiredKeys.increment();
        }
        return done;
    }

    private boolean remove(int db, byte[] key, boolean expiringOnly, long expiredAtMs, byte[] verb) {
        long hash = KeyHash.hash(key, 0, key.length);
        int slot = keyspace.isCluster() ? Slot.of(key, 0, key.length) : -1;
        int index = keyspace.segmentIndex(slot, hash);
        Segment segment = keyspace.segment(index);
        Effects mine = effects.get();
        segment.lock();
        try {
            KeyTable table = keyspace.table(db, slot, hash);
            long ref = table.find(key, 0, key.length, hash);
            if (ref == 0
                    || expiringOnly && table.expireAt(ref) == KeyTable.NO_EXPIRY
                    || expiredAtMs != Long.MIN_VALUE && !table.isExpired(ref, expiredAtMs)) {
                return false;
            }
            mine.begin();
            table.delete(ref, hash);
            if (!node.watches().isEmpty(index)) {
                node.watches().touch(index, new KeyName().at(db, key, 0, key.length));
            }
            mine.start(db, slot, 2).argument(verb).argument(key);
            mine.commit();
            node.persistence().changed(1);
            return true;
        } finally {
            segment.unlock();
        }
    }

    /**
     * One round of the search for expired keys: samples each database in turn, and goes on where many had expired, until
     * {@code budgetNanos} are used up. Called by one thread.
     */
    public void searchExpired(long nowMs, long budgetNanos) {
        if (node.isReplica() || !node.activeExpire() || node.expiryIsPaused()) {
            return;
        }
        long start = System.nanoTime();
        int count = keyspace.databaseCount();
        List<byte[]> expired = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int db = nextDb++ % count;
            int found;
            do {
                if (keyspace.database(db).expiring() == 0) {
                    break;
                }
                expired.clear();
                for (int n = 0; n < SAMPLE; n++) {
                    keyspace.database(db).randomExpiring((table, ref) -> {
                        if (table.isExpired(ref, nowMs)) {
                            expired.add(table.key(ref));
                        }
                    });
                }
                found = 0;
                for (byte[] key : expired) {
                    found += expire(db, key, nowMs) ? 1 : 0;
                }
                if (System.nanoTime() - start > budgetNanos) {
                    effects.get().announce();
                    return;
                }
            } while (found * 100 > SAMPLE * STALE_PERCENT);
        }
        effects.get().announce();
    }
}
