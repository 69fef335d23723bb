package io.kdb.server.persist;

import io.kdb.cluster.topology.Slot;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.ValueType;
import java.io.IOException;

/** Puts the entries of an RDB file into an empty store. Owner: the thread that loads. */
public final class KeyspaceLoader implements RdbVisitor {
    private final Keyspace keyspace;
    private int db;

    public KeyspaceLoader(Keyspace keyspace) {
        this.keyspace = keyspace;
    }

    @Override
    public void database(int number, long keyCount, long expiryCount) throws IOException {
        if (number >= keyspace.databaseCount()) {
            throw new IOException("database " + number + " (expected: below " + keyspace.databaseCount()
                    + ", as \"databases\" is configured)");
        }
        db = number;
    }

    @Override
    public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idleSeconds, int frequency)
            throws IOException {
        if (key.isContiguous()) {
            put(key.piece(0), key.pieceLength(0), value, expireAtMs, idleSeconds, frequency);
        } else {
            byte[] whole = key.toByteArray();
            put(whole, whole.length, value, expireAtMs, idleSeconds, frequency);
        }
    }

    private void put(byte[] key, int length, PiecedBytes value, long expireAtMs, long idleSeconds, int frequency)
            throws IOException {
        long hash = KeyHash.hash(key, 0, length);
        int slot = keyspace.isCluster() ? Slot.of(key, 0, length) : -1;
        Segment segment = keyspace.segment(slot, hash);
        segment.lock();
        try {
            KeyTable table = keyspace.table(db, slot, hash);
            if (table.find(key, 0, length, hash) != 0) {
                throw new IOException("a key that is there twice");
            }
            long ref = put(table, key, length, hash, value, expireAtMs < 0 ? KeyTable.NO_EXPIRY : expireAtMs);
            if (frequency >= 0 && keyspace.clock().lfu()) {
                table.setLru(ref, keyspace.clock().withFrequency(frequency));
            } else if (idleSeconds >= 0 && !keyspace.clock().lfu()) {
                table.setLru(ref, keyspace.clock().withIdle(idleSeconds));
            }
        } catch (StoreFull e) {
            throw new IOException("out of memory: the data does not fit this node", e);
        } finally {
            segment.unlock();
        }
    }

    private static long put(KeyTable table, byte[] key, int length, long hash, PiecedBytes value, long expireAtMs) {
        if (value.isContiguous()) {
            return table.putString(0, key, 0, length, hash, value.piece(0), 0, value.pieceLength(0), expireAtMs);
        }
        long ref = table.reserve(0, key, 0, length, hash, ValueType.STRING, Encoding.RAW, value.length(), expireAtMs);
        long at = 0;
        for (int i = 0; i < value.pieceCount(); i++) {
            ref = table.write(ref, at, value.piece(i), 0, value.pieceLength(i));
            at += value.pieceLength(i);
        }
        return ref;
    }
}
