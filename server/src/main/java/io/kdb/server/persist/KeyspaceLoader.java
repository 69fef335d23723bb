package io.kdb.server.persist;

import io.kdb.cluster.topology.Slot;
import io.kdb.server.store.CollectionValue;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.ValueType;
import java.io.IOException;

/** Puts the entries of an RDB file into a store. Owner: the thread that loads. */
public final class KeyspaceLoader implements RdbVisitor {
    private final Keyspace keyspace;
    private final Place place = new Place();
    private final boolean replaces;
    private int db;

    /** For an empty store: a key that is there already fails the load. */
    public KeyspaceLoader(Keyspace keyspace) {
        this(keyspace, false);
    }

    /** @param replaces whether an entry takes the place of a key that is there already */
    public KeyspaceLoader(Keyspace keyspace, boolean replaces) {
        this.keyspace = keyspace;
        this.replaces = replaces;
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
        place.at(key, length, expireAtMs);
        place.lock();
        try {
            long ref = put(place.table, place.replaced(), key, length, place.hash, value, place.expireAtMs);
            setAccess(place.table, ref, idleSeconds, frequency);
        } catch (StoreFull e) {
            throw full(e);
        } finally {
            place.unlock();
        }
    }

    @Override
    public boolean collection(
            PiecedBytes key,
            ValueRdb rdb,
            int form,
            RdbInput in,
            long expireAtMs,
            long idleSeconds,
            int frequency,
            boolean expired)
            throws IOException {
        byte[] name = NewValue.array(key);
        place.at(name, (int) key.length(), expireAtMs);
        try {
            rdb.read(form, in, place);
            if (expired) {
                return false;
            }
            place.lock();
            try {
                CollectionValue made = place.made();
                made.attach(place.replaced(), null);
                setAccess(place.table, made.ref(), idleSeconds, frequency);
            } finally {
                place.unlock();
            }
            return true;
        } catch (EmptyValueException e) {
            return false;
        } catch (StoreFull e) {
            throw full(e);
        } finally {
            place.discard();
        }
    }

    private static IOException full(StoreFull cause) {
        return new IOException("out of memory: the data does not fit this node", cause);
    }

    private void setAccess(KeyTable table, long ref, long idleSeconds, int frequency) {
        if (frequency >= 0 && keyspace.clock().lfu()) {
            table.setLru(ref, keyspace.clock().withFrequency(frequency));
        } else if (idleSeconds >= 0 && !keyspace.clock().lfu()) {
            table.setLru(ref, keyspace.clock().withIdle(idleSeconds));
        }
    }

    private static long put(
            KeyTable table, long found, byte[] key, int length, long hash, PiecedBytes value, long expireAtMs) {
        if (value.isContiguous()) {
            return table.putString(found, key, 0, length, hash, value.piece(0), 0, value.pieceLength(0), expireAtMs);
        }
        long ref =
                table.reserve(found, key, 0, length, hash, ValueType.STRING, Encoding.RAW, value.length(), expireAtMs);
        long at = 0;
        for (int i = 0; i < value.pieceCount(); i++) {
            ref = table.write(ref, at, value.piece(i), 0, value.pieceLength(i));
            at += value.pieceLength(i);
        }
        return ref;
    }

    /** The key that is being loaded, and where it belongs. */
    private final class Place extends NewValue {
        KeyTable table; // known once locked
        long hash;
        long expireAtMs;
        private byte[] key;
        private int length;
        private int slot;
        private Segment segment;

        void at(byte[] name, int size, long expiry) {
            key = name;
            length = size;
            hash = KeyHash.hash(name, 0, size);
            slot = keyspace.isCluster() ? Slot.of(name, 0, size) : -1;
            segment = keyspace.segment(slot, hash);
            expireAtMs = expiry < 0 ? KeyTable.NO_EXPIRY : expiry;
        }

        @Override
        protected void lock() {
            segment.lock();
            table = keyspace.table(db, slot, hash);
        }

        @Override
        protected void unlock() {
            segment.unlock();
        }

        @Override
        protected void create(CollectionValue value) {
            value.createDetached(table, key, 0, length, hash, expireAtMs);
        }

        /** The record whose place the entry takes; 0: none. */
        long replaced() throws IOException {
            long found = table.find(key, 0, length, hash);
            if (found != 0 && !replaces) {
                throw new IOException("a key that is there twice");
            }
            return found;
        }
    }
}
