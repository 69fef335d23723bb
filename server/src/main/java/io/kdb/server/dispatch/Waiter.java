package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.List;

/** A client that waits for keys, and where it is registered. Immutable once registered, but for its {@link Suspension}. */
final class Waiter {
    final Waiting waiting;
    final CommandSpec spec;
    /** The command's words; independent of any loop. */
    final Arguments args;
    /** The segment of a further key that serving needs, or -1. */
    final int otherSegment;

    final List<WaitedKey> keys = new ArrayList<>(1);
    Suspension suspension;

    Waiter(Waiting waiting, CommandSpec spec, Arguments args, int otherSegment) {
        this.waiting = waiting;
        this.spec = spec;
        this.args = args;
        this.otherSegment = otherSegment;
    }
}
