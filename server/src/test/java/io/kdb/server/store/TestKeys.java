package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** Short ways to single operations, each under the key's lock. Stateless but for its keyspace. */
final class TestKeys {
    private final Keyspace keyspace;

    TestKeys(Keyspace keyspace) {
        this.keyspace = keyspace;
    }

    /** What is done with a key's table under its lock. */
    interface Operation<T> {
        T run(KeyTable table, long ref, byte[] key, long hash);
    }

    static int slot(String key) {
        return (key.hashCode() & 0x7FFFFFFF) % KeyspaceOptions.SLOTS;
    }

    <T> T with(int db, String key, Operation<T> operation) {
        byte[] k = key.getBytes(ISO_8859_1);
        long hash = KeyHash.hash(k);
        Segment segment = keyspace.segment(slot(key), hash);
        segment.lock();
        try {
            KeyTable table = keyspace.table(db, slot(key), hash);
            return operation.run(table, table.find(k, 0, k.length, hash), k, hash);
        } finally {
            segment.unlock();
        }
    }

    void set(int db, String key, byte[] value, long expireAt) {
        with(
                db,
                key,
                (table, ref, k, hash) -> table.putString(ref, k, 0, k.length, hash, value, 0, value.length, expireAt));
    }

    void set(String key, String value) {
        set(0, key, value.getBytes(ISO_8859_1), KeyTable.NO_EXPIRY);
    }

    String get(int db, String key) {
        return with(db, key, (table, ref, k, hash) -> ref == 0 ? null : new String(table.value(ref), ISO_8859_1));
    }

    boolean delete(int db, String key) {
        return with(db, key, (table, ref, k, hash) -> {
            if (ref != 0) {
                table.delete(ref, hash);
            }
            return ref != 0;
        });
    }
}
