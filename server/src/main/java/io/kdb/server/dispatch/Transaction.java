package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.List;

/** What a connection has queued since MULTI. Owner: the session's event loop. */
final class Transaction {
    /** What each argument of a queued command takes beside its bytes. */
    private static final int ARGUMENT_BYTES = 16;

    /** Null for a transaction in a stream from a primary, which holds what has been read of that anyway. */
    private final Holding holding;

    final List<CommandSpec> commands = new ArrayList<>();
    final List<Arguments> arguments = new ArrayList<>();
    /** A command was refused while queueing: EXEC aborts. */
    boolean failed;
    /** Flags of all queued commands together, and of those that lack a flag (for "all may ..." questions). */
    int flagUnion;

    int flagIntersection = -1;
    long bytes;
    /** The database of each command, in a stream from a primary; else null: the session's. */
    int[] dbs;

    Transaction(Holding holding) {
        this.holding = holding;
    }

    /** False when there is no heap for one more; then it has failed, and holds nothing any more. */
    boolean queue(CommandSpec command, Arguments args) {
        if (failed) {
            return true;
        }
        long more = Holding.ITEM_BYTES;
        for (int i = 0; i < args.count(); i++) {
            more += args.length(i) + ARGUMENT_BYTES;
        }
        if (holding != null && !holding.add(more)) {
            failed = true;
            commands.clear();
            arguments.clear();
            release();
            return false;
        }
        bytes += more;
        commands.add(command);
        Arguments copy = args.detach();
        arguments.add(copy);
        flagUnion |= command.flagBits() | (command.runsAlone(copy) ? CommandFlag.EXCLUSIVE.bit() : 0);
        flagIntersection &= command.flagBits();
        return true;
    }

    /** Gives back what it holds: it has run, or never will. */
    void release() {
        if (holding != null) {
            holding.remove(bytes);
        }
        bytes = 0;
    }

    int size() {
        return commands.size();
    }
}
