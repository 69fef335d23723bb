package io.kdb.server.replication;

import io.kdb.resp.Arguments;
import java.util.List;

/** Runs what the primary's stream says. Called on the link's thread only; the dispatcher implements it. */
public interface Applier {
    /** A command of a transaction, with the database it runs in; independent of any buffer. */
    record StreamCommand(int db, Arguments arguments) {}

    /** Enters the keyspace, as an event loop does for a batch. */
    void enter();

    /** Leaves it. What was applied is in the log by then. */
    void leave();

    /** Whether someone waits for the keyspace to be left. */
    boolean isAskedToLeave();

    /**
     * Runs one command; it makes no reply and no effects.
     *
     * @throws io.kdb.server.store.StoreFull when there was no memory for it: this node's data is no longer the primary's
     */
    void apply(int db, Arguments command);

    /** As {@link #apply}, for the commands between MULTI and EXEC as one. */
    void applyTransaction(List<StreamCommand> commands);
}
