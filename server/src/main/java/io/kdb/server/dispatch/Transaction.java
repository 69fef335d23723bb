package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.List;

/** What a connection has queued since MULTI. Owner: the session's event loop. */
final class Transaction {
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

    void queue(CommandSpec command, Arguments args) {
        commands.add(command);
        Arguments copy = args.detach();
        arguments.add(copy);
        flagUnion |= command.flagBits() | (command.runsAlone(copy) ? CommandFlag.EXCLUSIVE.bit() : 0);
        flagIntersection &= command.flagBits();
        for (int i = 0; i < copy.count(); i++) {
            bytes += copy.length(i) + 16;
        }
    }

    int size() {
        return commands.size();
    }
}
