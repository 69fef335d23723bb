package io.kdb.server.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * CLIENT PAUSE: until a point in time, commands of clients (all, or those that write) wait. A hand-over of a slot and a
 * manual failover use it too. Thread-safe.
 */
public final class ClientPause {
    /** Whose commands wait. */
    public enum Mode {
        OFF,
        WRITE,
        ALL
    }

    private volatile Mode mode = Mode.OFF;
    private volatile long untilMs;
    private final Queue<Suspension> waiting = new ArrayDeque<>();

    public Mode mode() {
        return mode;
    }

    public long untilMs() {
        return untilMs;
    }

    /** Pauses; as in Redis a running pause is only made stricter and longer, never the reverse. */
    public synchronized void pause(Mode newMode, long until) {
        if (newMode.ordinal() > mode.ordinal()) {
            mode = newMode;
        }
        untilMs = Math.max(untilMs, until);
    }

    /** Ends the pause; what waited runs. */
    public void resume() {
        List<Suspension> freed;
        synchronized (this) {
            mode = Mode.OFF;
            untilMs = 0;
            freed = new ArrayList<>(waiting);
            waiting.clear();
        }
        freed.forEach(suspension -> suspension.end(Suspension.Outcome.SERVED, null));
    }

    /** Ends a pause whose time is over; for the node's clock tick. */
    public void tick(long nowMs) {
        if (mode != Mode.OFF && nowMs >= untilMs) {
            resume();
        }
    }

    boolean holds(CommandSpec command, int flagUnion) {
        Mode now = mode;
        return now == Mode.ALL
                || now == Mode.WRITE
                        && ((command.flagBits() | flagUnion)
                                        & (CommandFlag.WRITE.bit() | CommandFlag.MAY_REPLICATE.bit()))
                                != 0;
    }

    synchronized void add(Suspension suspension) {
        if (mode == Mode.OFF) {
            suspension.end(Suspension.Outcome.SERVED, null);
        } else {
            waiting.add(suspension);
        }
    }
}
