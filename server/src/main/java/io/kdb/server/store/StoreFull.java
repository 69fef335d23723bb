package io.kdb.server.store;

/**
 * The page pool has reached its hard maximum: the operation did nothing, and its caller answers Redis' OOM error.
 * Stackless.
 */
public final class StoreFull extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreFull() {
        super("page pool: exhausted (expected: free pages)", null, false, false);
    }
}
