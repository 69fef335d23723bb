package io.kdb.server.store;

/** Is shown keys one by one, under the lock of the table's segment. What is shown by a scan must not be changed. */
@FunctionalInterface
public interface KeyVisitor {
    void key(KeyTable table, long ref);
}
