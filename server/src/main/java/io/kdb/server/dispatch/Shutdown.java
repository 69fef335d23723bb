package io.kdb.server.dispatch;

import java.util.function.Consumer;

/** Stops the node, for SHUTDOWN and for signals. Thread-safe. */
public interface Shutdown {
    /** What SHUTDOWN was given. {@code save}: null to save where there are save points. */
    record Options(Boolean save, boolean now, boolean force) {}

    /**
     * Begins to stop: waits for replicas up to {@code shutdown-timeout} (unless now), saves, ends the process.
     *
     * @param failed gets the error line when the node does not stop after all; on any thread
     */
    void begin(Options options, Consumer<CommandError> failed);

    /** SHUTDOWN ABORT; false when none was in progress. */
    boolean abort();
}
