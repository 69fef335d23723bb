package io.kdb.server.dispatch;

/** What the request path tells the persistence of, and asks it. Thread-safe. */
public interface Persistence {
    /** {@code count} changes since the last save. */
    void changed(long count);

    /** The last background save failed and {@code stop-writes-on-bgsave-error} is on. */
    boolean refusesWrites();
}
