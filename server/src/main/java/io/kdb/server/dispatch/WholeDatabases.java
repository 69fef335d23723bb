package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.server.store.Database;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;

/**
 * What changes whole databases at once: flushing and swapping, with the watched keys that it changes. Stateless; the
 * caller is in an exclusive section.
 */
public final class WholeDatabases {
    private WholeDatabases() {}

    /** Empties one database; returns how many keys it had. */
    public static long flush(Node node, int db) {
        Keyspace keyspace = node.keyspace();
        long removed = keyspace.database(db).size();
        node.watches().touchDatabases(affected -> affected == db, key -> exists(keyspace, db, key));
        keyspace.flush(db);
        return removed;
    }

    /** Empties every database; returns how many keys there were. */
    public static long flushAll(Node node) {
        Keyspace keyspace = node.keyspace();
        long removed = 0;
        for (int db = 0; db < keyspace.databaseCount(); db++) {
            Database database = keyspace.database(db);
            removed += database.size();
        }
        node.watches().touchDatabases(affected -> true, key -> exists(keyspace, key.db(), key));
        keyspace.flushAll();
        return removed;
    }

    /** Exchanges two databases. A watched key is changed when it exists in either. */
    public static void swap(Node node, int first, int second) {
        Keyspace keyspace = node.keyspace();
        node.watches()
                .touchDatabases(
                        affected -> first != second && (affected == first || affected == second),
                        key -> exists(keyspace, first, key) || exists(keyspace, second, key));
        keyspace.swap(first, second);
    }

    private static boolean exists(Keyspace keyspace, int db, KeyName key) {
        byte[] bytes = key.bytes();
        int slot = keyspace.isCluster() ? Slot.of(bytes, 0, bytes.length) : -1;
        long hash = KeyHash.hash(bytes);
        Segment segment = keyspace.segment(slot, hash);
        boolean unlock = segment.enter();
        try {
            return keyspace.table(db, slot, hash).find(bytes, 0, bytes.length, hash) != 0;
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
    }
}
