package io.kdb.server.dispatch;

import io.kdb.server.log.Effects;
import io.kdb.server.store.ExpireCycle;
import io.kdb.server.store.KeyTable;

/**
 * Deletes keys that no command asked to delete, expired and evicted ones, and logs each as an effect of its own.
 * Thread-safe: called under the lock of the key's segment, with an effects collector of the calling thread.
 */
public final class KeyReaper {
    private static final byte[] DEL = {'D', 'E', 'L'};
    private static final byte[] UNLINK = {'U', 'N', 'L', 'I', 'N', 'K'};

    private final Node node;
    private final ThreadLocal<Effects> effects;
    private final ExpireCycle cycle;

    KeyReaper(Node node) {
        this.node = node;
        this.effects = ThreadLocal.withInitial(() -> new Effects(node.log()));
        this.cycle = new ExpireCycle(node.keyspace());
    }

    /** Evicts a key for memory. */
    void evict(KeyTable table, long ref) {
        remove(table, ref, UNLINK);
        node.stats().evictedKeys.increment();
    }

    /** Deletes a key that is past its time. */
    void expire(KeyTable table, long ref) {
        remove(table, ref, DEL);
        node.stats().expiredKeys.increment();
    }

    private void remove(KeyTable table, long ref, byte[] verb) {
        byte[] key = table.key(ref);
        int db = table.db();
        Effects mine = effects.get();
        mine.begin();
        table.delete(ref);
        int segment = table.segment().index();
        if (!node.watches().isEmpty(segment)) {
            node.watches().touch(segment, new KeyName().at(db, key, 0, key.length));
        }
        mine.start(db, table.slot(), 2).argument(verb).argument(key);
        mine.commit();
        node.persistence().changed(1);
    }

    /** The background search for expired keys, for at most {@code budgetNanos}. Called by one thread, inside the keyspace. */
    public void searchExpired(long nowMs, long budgetNanos) {
        if (!node.isReplica() && node.activeExpire() && !node.expiryIsPaused()) {
            cycle.run(nowMs, budgetNanos, this::expire);
            effects.get().announce();
        }
    }
}
