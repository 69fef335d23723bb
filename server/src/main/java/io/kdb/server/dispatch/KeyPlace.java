package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.log.Effects;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.ValueType;
import java.util.Arrays;

/**
 * Where a key lives, whether it exists, and who is told of what becomes of it: WATCH, the log, events, waiting and caching
 * clients. Owner: the running {@link Call}; the key's segment is held.
 */
public abstract sealed class KeyPlace permits KeyString {
    /** No expiry; see {@link KeyCursor#expireAt}. */
    public static final long NO_EXPIRY = KeyTable.NO_EXPIRY;

    /** For {@link KeyString#setString}: the key keeps the expiry it has. */
    public static final long KEEP_TTL = KeyTable.KEEP_TTL;

    private static final int NOTHING = -1;
    private static final byte[] DEL = {'D', 'E', 'L'};

    final Call call;

    byte[] array;
    int offset;
    int length;
    long hash;
    int db;
    int slot;
    int segment;
    KeyTable table;
    /** The record, 0 when there is none. */
    long ref;
    /** This positioning has counted its change. */
    boolean counted;

    private final KeyName probe = new KeyName();

    KeyPlace(Call call) {
        this.call = call;
    }

    /** Points at this key; nothing is looked up yet. */
    final void place(int newDb, byte[] bytes, int from, int size, long keyHash) {
        Keyspace keyspace = call.node().keyspace();
        if (array != bytes) {
            array = bytes;
        }
        offset = from;
        length = size;
        hash = keyHash;
        db = newDb;
        counted = false;
        ref = 0;
        slot = keyspace.isCluster() ? Slot.of(bytes, from, size) : -1;
        segment = keyspace.segmentIndex(slot, hash);
        KeyTable itsTable = keyspace.table(newDb, slot, hash);
        if (table != itsTable) {
            table = itsTable;
        }
    }

    int segment() {
        return segment;
    }

    public int db() {
        return db;
    }

    KeyName name() {
        return probe.at(db, array, offset, length);
    }

    /** The key itself. */
    public byte[] key() {
        return Arrays.copyOfRange(array, offset, offset + length);
    }

    public KeyTable table() {
        return table;
    }

    /** The record's address, 0 when absent; void after any change. */
    public long ref() {
        return ref;
    }

    public boolean exists() {
        return ref != 0;
    }

    /** One of {@link ValueType}. */
    public int type() {
        return table.type(ref);
    }

    void find() {
        counted = false;
        ref = table.find(array, offset, length, hash);
        if (ref != 0 && table.isExpired(ref, call.nowMs()) && !call.session().isObeyed()) {
            expire();
        }
    }

    // ---- expiry
    // ----------------------------------------------------------------------------------------------------------

    /** Past its time: a primary deletes it and logs so, a replica answers as if it were gone. */
    void expire() {
        Node node = call.node();
        if (!node.isReplica() && !node.expiryIsPaused()) {
            deleteRecord();
            event(KeyspaceEvents.EXPIRED, "expired");
            invalidate();
            node.stats().expiredKeys.increment();
            logDeletion();
        }
        ref = 0;
    }

    /** Logs the removal of an expired or evicted key; it is not the command's own effect. */
    private void logDeletion() {
        Effects effects = call.dispatcher().effects();
        if (effects.wanted()) {
            effects.start(db, slot, 2).argument(DEL).argument(array, offset, length);
        }
        call.node().persistence().changed(1);
    }

    /** True when a record is there but past its time; whatever the lookup before made of it. */
    boolean isExpiredRecord() {
        long found = table.find(array, offset, length, hash);
        return found != 0 && table.isExpired(found, call.nowMs());
    }

    // ---- events
    // ----------------------------------------------------------------------------------------------------------

    /**
     * Says that this happened to the key, whether it still exists or not, for {@code notify-keyspace-events}; where Redis
     * notifies, in the same order. One field read while nobody wants to know.
     *
     * @param eventClass one of {@link KeyspaceEvents}
     * @param event Redis' name of it
     */
    public void event(int eventClass, String event) {
        KeyEvents events = call.node().keyEvents();
        if (events.publishes(eventClass) && !call.session().isSilent()) {
            events.publish(call.dispatcher(), eventClass, event, db, array, offset, length);
        }
    }

    /** Says that the key has come into being; a command that creates a value by itself says it before its own event. */
    public void created() {
        event(KeyspaceEvents.NEW, "new");
    }

    // ---- changes
    // ---------------------------------------------------------------------------------------------------------

    /** To be called once a collection at this key has been changed: for WATCH and the log. */
    public void changed() {
        modified();
    }

    /** As {@link #changed}, but neither WATCH nor caching clients see it: what Redis does to a stream's consumer groups. */
    public void changedUnwatched() {
        if (!counted) {
            counted = true;
            call.changed(1);
        }
        call.slot = slot;
    }

    void modified() {
        Node node = call.node();
        if (!node.watches().isEmpty(segment)) {
            node.watches().touch(segment, name());
        }
        invalidate();
        if (!counted) {
            counted = true;
            call.changed(1);
        }
        call.slot = slot;
        if (!node.blocking().isEmpty(segment)) {
            signal(false);
        }
    }

    /** Tells those who cache the key. */
    void invalidate() {
        Tracking tracking = call.node().tracking();
        if (tracking.isUsed()) {
            tracking.changed(call, segment, array, offset, length);
        }
    }

    /**
     * Says that somebody may wait for what the key now holds; it is looked at after the command. Needed for streams only:
     * see {@link Waiting}.
     */
    public void ready() {
        if (!call.node().blocking().isEmpty(segment)) {
            signal(true);
        }
    }

    private void signal(boolean streams) {
        WaitedKey key = call.node().blocking().find(segment, name());
        if (key == null) {
            return;
        }
        int holds = ref == 0 ? NOTHING : table.type(ref);
        boolean mayServe = holds == ValueType.LIST || holds == ValueType.ZSET || holds == ValueType.STREAM && streams;
        if (mayServe || holds != ValueType.STREAM && key.goneListeners > 0) {
            call.dispatcher().serving().ready(key);
        }
    }

    void deleteRecord() {
        Node node = call.node();
        table.delete(ref, hash);
        if (!node.watches().isEmpty(segment)) {
            node.watches().touch(segment, name());
        }
        if (!node.blocking().isEmpty(segment)) {
            node.blocking().removed(segment, name());
        }
    }
}
