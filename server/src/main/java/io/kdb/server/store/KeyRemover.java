package io.kdb.server.store;

/**
 * Removes a key that has expired or is to be evicted, and logs it. It is called under the lock of the table's segment and has
 * to {@link KeyTable#delete} the key.
 */
@FunctionalInterface
public interface KeyRemover {
    void remove(KeyTable table, long ref);
}
