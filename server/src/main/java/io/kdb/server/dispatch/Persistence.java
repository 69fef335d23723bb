package io.kdb.server.dispatch;

import io.kdb.server.store.Tallies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** What the request path and the commands tell the persistence of, and ask it. Thread-safe. */
public interface Persistence {
    /** {@code count} changes since the last save. */
    void changed(long count);

    /** Where one thread that changes much counts its changes, instead. */
    Tallies.Tally tally();

    /** The last background save failed and {@code stop-writes-on-bgsave-error} is on. */
    boolean refusesWrites();

    /** Whether a dump is being written or waits to be. */
    boolean isSaving();

    /**
     * SAVE, BGSAVE: starts a dump.
     *
     * @param inBackground whether INFO shows it as a background save
     * @param done gets null, or what went wrong; on any thread
     * @return false when a dump is already in progress: nothing was started
     */
    boolean save(boolean inBackground, Consumer<IOException> done);

    /**
     * The last dump before the node stops. Waits, so never on an event loop.
     *
     * @return null, or what went wrong
     */
    IOException saveNow() throws InterruptedException;

    /**
     * A dump in an exclusive section, for DEBUG RELOAD.
     *
     * @return null, or what went wrong
     */
    IOException saveInSection();

    /** Where the dump file is now. */
    Path dumpFile();

    /** The end of the last dump that worked, in seconds since 1970. */
    long lastSaveSeconds();

    /** Appends INFO's rdb_ fields, a line each, CRLF at each end. */
    void info(StringBuilder out);
}
