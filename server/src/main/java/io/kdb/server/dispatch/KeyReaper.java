package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.log.Effects;
import io.kdb.server.store.ExpireCycle;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;
import io.kdb.server.store.StoreFull;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes keys that no command asked to delete, expired and evicted ones, and logs each as an effect of its own.
 * Thread-safe: called under the lock of the key's segment, with an effects collector of the calling thread.
 */
public final class KeyReaper {
    private static final byte[] DEL = {'D', 'E', 'L'};
    private static final byte[] HDEL = {'H', 'D', 'E', 'L'};
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
        remove(table, ref, UNLINK, KeyspaceEvents.EVICTED, "evicted");
        node.stats().evictedKeys.increment();
    }

    /** Deletes a key that is past its time. */
    void expire(KeyTable table, long ref) {
        remove(table, ref, DEL, KeyspaceEvents.EXPIRED, "expired");
        node.stats().expiredKeys.increment();
    }

    /** Removes fields that are past their time, and the key with its last field; false when memory is too short for all. */
    private boolean expireFields(HashValue hash, List<byte[]> fields) {
        KeyTable table = hash.table();
        byte[] key = table.key(hash.ref());
        int db = table.db();
        List<byte[]> removed = new ArrayList<>(fields.size());
        boolean all = true;
        try {
            for (byte[] field : fields) {
                if (hash.find(field, 0, field.length)) {
                    hash.remove();
                    removed.add(field);
                }
            }
        } catch (StoreFull full) {
            all = false;
        }
        if (removed.isEmpty()) {
            return all;
        }
        Effects mine = effects.get();
        mine.begin();
        mine.start(db, table.slot(), 2 + removed.size()).argument(HDEL).argument(key);
        removed.forEach(mine::argument);
        boolean isEmpty = hash.isEmpty();
        if (isEmpty) {
            table.delete(hash.ref());
        }
        tell(table, key, isEmpty);
        node.keyEvents().publish(null, KeyspaceEvents.HASH, "hexpired", db, key, 0, key.length);
        if (isEmpty) {
            node.keyEvents().publish(null, KeyspaceEvents.GENERIC, "del", db, key, 0, key.length);
        }
        mine.commit();
        node.persistence().changed(removed.size());
        return all;
    }

    private void remove(KeyTable table, long ref, byte[] verb, int eventClass, String event) {
        byte[] key = table.key(ref);
        int db = table.db();
        Effects mine = effects.get();
        mine.begin();
        table.delete(ref);
        tell(table, key, true);
        node.keyEvents().publish(null, eventClass, event, db, key, 0, key.length);
        mine.start(db, table.slot(), 2).argument(verb).argument(key);
        mine.commit();
        node.persistence().changed(1);
    }

    /** Tells whoever waits, watches or remembers. */
    private void tell(KeyTable table, byte[] key, boolean isGone) {
        int db = table.db();
        int segment = table.segment().index();
        if (!node.watches().isEmpty(segment)) {
            node.watches().touch(segment, new KeyName().at(db, key, 0, key.length));
        }
        if (node.tracking().isUsed()) {
            node.tracking().changed(segment, key);
        }
        if (isGone && !node.blocking().isEmpty(segment)) {
            node.blocking().removed(segment, new KeyName().at(db, key, 0, key.length));
        }
    }

    /**
     * Frees a slot that this node has handed over, or a partial copy of one: deletes up to {@code max} of its keys and logs
     * that, without key events. Inside the keyspace, no lock held.
     *
     * @return false when nothing of the slot is left
     */
    public boolean dropSome(int slot, int max) {
        List<byte[]> keys = node.keyspace().database(0).slotKeys(slot, max);
        if (keys.isEmpty()) {
            return false;
        }
        Effects mine = effects.get();
        Segment segment = node.keyspace().segment(slot, 0);
        boolean locked = segment.enter();
        try {
            KeyTable table = node.keyspace().table(0, slot, 0);
            mine.begin();
            mine.start(0, slot, keys.size() + 1).argument(UNLINK);
            for (byte[] key : keys) {
                mine.argument(key);
                delete(table, key);
            }
            mine.commit();
        } finally {
            if (locked) {
                segment.unlock();
            }
        }
        node.persistence().changed(keys.size());
        mine.announce();
        return true;
    }

    /** Removes a key that MIGRATE has brought elsewhere, and logs that; false when it is gone already. Inside the keyspace. */
    public boolean migrated(int db, byte[] key) {
        Keyspace keyspace = node.keyspace();
        int slot = keyspace.isCluster() ? Slot.of(key, 0, key.length) : -1;
        long hash = KeyHash.hash(key);
        Segment segment = keyspace.segment(slot, hash);
        boolean found;
        boolean locked = segment.enter();
        try {
            KeyTable table = keyspace.table(db, slot, hash);
            long ref = table.find(key, 0, key.length, hash);
            found = ref != 0;
            if (found) {
                remove(table, ref, DEL, KeyspaceEvents.GENERIC, "del");
            }
        } finally {
            if (locked) {
                segment.unlock();
            }
        }
        effects.get().announce();
        return found;
    }

    private void delete(KeyTable table, byte[] key) {
        long ref = table.find(key, 0, key.length, KeyHash.hash(key));
        if (ref != 0) {
            table.delete(ref);
            int segment = table.segment().index();
            if (!node.watches().isEmpty(segment)) {
                node.watches().touch(segment, new KeyName().at(0, key, 0, key.length));
            }
            if (node.tracking().isUsed()) {
                node.tracking().changed(segment, key);
            }
        }
    }

    /** The background search for expired keys, for at most {@code budgetNanos}. Called by one thread, inside the keyspace. */
    public void searchExpired(long nowMs, long budgetNanos) {
        if (!node.isReplica() && node.activeExpire() && !node.expiryIsPaused()) {
            cycle.run(nowMs, budgetNanos, this::expire);
            cycle.runFields(nowMs, budgetNanos, this::expireFields);
            effects.get().announce();
        }
    }
}
