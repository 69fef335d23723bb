package io.kdb.server.persist;

import io.kdb.server.config.MaxmemoryPolicy;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.Snapshot;
import io.kdb.server.store.SnapshotVisitor;
import io.kdb.server.store.ValueType;
import java.io.IOException;
import java.util.BitSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A snapshot of the store as the entries of an RDB file. Owner: the snapshot thread.
 *
 * <p>Note: records are shown under a segment's lock, so what they become is held in memory until the lock is released;
 * only a large value, whose pieces are pinned, is written through at once.
 */
public final class KeyspaceDump implements PointInTime {
    private final Keyspace keyspace;
    private final Snapshot snapshot;
    private final MaxmemoryPolicy.Order order;
    private final boolean hasFieldTtls;
    private final BitSet seenDatabases = new BitSet();
    private int db = -1;
    private IOException problem;

    private KeyspaceDump(Keyspace keyspace, Snapshot snapshot, MaxmemoryPolicy.Order order, boolean hasFieldTtls) {
        this.keyspace = keyspace;
        this.snapshot = snapshot;
        this.order = order;
        this.hasFieldTtls = hasFieldTtls;
    }

    /**
     * Points in time of this keyspace.
     *
     * @param exclusively runs a section once every event loop has left the keyspace, and returns after it
     * @param policy maxmemory-policy now: LRU and LFU attributes are written if it uses them
     */
    public static PointInTime.Factory of(
            Keyspace keyspace, Consumer<Runnable> exclusively, Supplier<MaxmemoryPolicy> policy) {
        return atPoint -> {
            Snapshot[] started = new Snapshot[1];
            boolean[] fieldTtls = new boolean[1];
            exclusively.accept(() -> {
                started[0] = keyspace.startSnapshot(atPoint);
                fieldTtls[0] = keyspace.fieldTtlHashes() > 0;
            });
            return new KeyspaceDump(keyspace, started[0], policy.get().order(), fieldTtls[0]);
        };
    }

    @Override
    public void write(RdbWriter writer) throws IOException {
        SnapshotVisitor visitor = entry -> {
            if (problem == null) {
                try {
                    show(entry, writer);
                } catch (IOException e) {
                    problem = e;
                }
            }
        };
        boolean more = true;
        while (more) {
            writer.hold();
            more = snapshot.step(visitor);
            if (problem != null) {
                throw problem;
            }
            writer.release();
        }
    }

    private void show(RecordView entry, RdbWriter writer) throws IOException {
        if (entry.isPinned()) {
            writer.release();
        }
        if (entry.db() != db) {
            select(entry.db(), writer);
        }
        if (entry.expireAtMs() != KeyTable.NO_EXPIRY) {
            writer.expiry(entry.expireAtMs());
        }
        switch (order) {
            case LRU -> writer.idle(keyspace.clock().idleSeconds(entry.lru()));
            case LFU -> writer.frequency(keyspace.clock().frequency(entry.lru()));
            case RANDOM, TTL, NONE -> {}
        }
        if (entry.type() != ValueType.STRING) {
            writer.collection(entry);
        } else if (entry.isContiguous()) {
            writer.string(entry.keyArray(), 0, entry.keyLength(), entry.runArray(0), entry.runOffset(0), (int)
                    entry.valueLength());
        } else {
            writer.stringHeader(entry.keyArray(), 0, entry.keyLength(), entry.valueLength());
            for (long at = 0; at < entry.valueLength(); at += entry.runLength(at)) {
                writer.append(entry.runArray(at), entry.runOffset(at), entry.runLength(at));
            }
        }
        if (entry.isPinned()) {
            writer.hold();
        }
    }

    private void select(int number, RdbWriter writer) throws IOException {
        db = number;
        if (seenDatabases.get(number)) {
            writer.select(number);
            return;
        }
        seenDatabases.set(number);
        writer.database(
                number,
                keyspace.database(number).size(),
                keyspace.database(number).expiring());
    }

    @Override
    public boolean hasFieldTtls() {
        return hasFieldTtls;
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
