package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.List;

/** What a connection has queued since MULTI. Owner: the session's event loop. */
final class Transaction {
    /** What a queued command and each of its arguments take beside the arguments' bytes. */
    private static final int COMMAND_BYTES = 96;

    private static final int ARGUMENT_BYTES = 16;
    /** So small a transaction asks nobody. */
    private static final int UNCOUNTED_BYTES = 4 << 10;

    private static final int LOAN_BYTES = 64 << 10;

    private HeapLoan heap;
    private long lentBytes;
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

    /** It borrows what it holds from there; until then from nobody. */
    Transaction borrowFrom(HeapLoan loan) {
        heap = loan;
        return this;
    }

    /** False when there is no heap for one more; then it has failed, and holds nothing any more. */
    boolean queue(CommandSpec command, Arguments args) {
        if (failed) {
            return true;
        }
        long more = COMMAND_BYTES;
        for (int i = 0; i < args.count(); i++) {
            more += args.length(i) + ARGUMENT_BYTES;
        }
        if (!borrow(bytes + more)) {
            failed = true;
            commands.clear();
            arguments.clear();
            bytes = 0;
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

    private boolean borrow(long total) {
        if (heap == null || total <= UNCOUNTED_BYTES + lentBytes) {
            return true;
        }
        long step = Math.max(total - UNCOUNTED_BYTES - lentBytes, LOAN_BYTES);
        if (!heap.lend(step)) {
            return false;
        }
        lentBytes += step;
        return true;
    }

    /** Gives back what it borrowed: it has run, or never will. */
    void release() {
        if (lentBytes > 0) {
            heap.giveBack(lentBytes);
            lentBytes = 0;
        }
    }

    int size() {
        return commands.size();
    }
}
