package io.kdb.server.store;

/** Is shown keys one by one, under the lock of the table's segment. It must not change the table. */
@FunctionalInterface
public interface KeyVisitor {
    void key(KeyTable table, long ref);
}
