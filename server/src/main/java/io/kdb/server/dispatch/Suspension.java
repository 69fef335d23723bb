package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A command that waits without holding its thread: its connection's decoding stops until it is served, timed out,
 * unblocked or killed, and one compare-and-set decides which. Thread-safe; the reply is written on the session's loop.
 *
 * <p>The command makes one, hands it to whoever will serve it, and passes it to {@link Call#suspend}. It may be served
 * before the command has returned.
 */
public final class Suspension {
    /** How it ended. */
    public enum Outcome {
        SERVED,
        TIMED_OUT,
        UNBLOCKED,
        KILLED
    }

    private final Session session;
    private final AtomicReference<Outcome> outcome = new AtomicReference<>();
    private final Runnable onEnd;
    private final Consumer<Call> onTimeout;
    private Future<?> timer;
    private Arguments rerun;
    private long kept;
    /** For which keys it waits, if for keys. */
    private volatile Waiter waiter;
    /** Ends when this node becomes a replica. */
    private volatile boolean endsWithRole;
    /** The command's reply is thrown away (CLIENT REPLY). */
    private final boolean muted;

    Suspension(Session session, Consumer<Call> onTimeout, Runnable onEnd) {
        this.session = session;
        this.onTimeout = onTimeout;
        this.onEnd = onEnd;
        this.muted = session.isThisReplyMuted();
    }

    Waiter waiter() {
        return waiter;
    }

    void waiter(Waiter registered) {
        waiter = registered;
        endsWithRole = true;
    }

    boolean endsWithRole() {
        return endsWithRole;
    }

    /** The wait makes no sense on a replica: it then ends, and the connection with it, as in Redis. */
    public void endWithRole() {
        endsWithRole = true;
    }

    boolean isMuted() {
        return muted;
    }

    public Session session() {
        return session;
    }

    public boolean isOver() {
        return outcome.get() != null;
    }

    /**
     * Ends the wait; false when someone else has already ended it. The winner's {@code reply} runs on the session's loop,
     * outside all locks, and writes the command's one reply.
     */
    public boolean end(Outcome how, Consumer<Call> reply) {
        if (!claim(how)) {
            return false;
        }
        finish(reply);
        return true;
    }

    /** CLIENT UNBLOCK: as if timed out, or with an error; false for a wait that has no time limit's answer or is over. */
    public boolean unblock(boolean error) {
        if (onTimeout == null) {
            return false;
        }
        return end(
                Outcome.UNBLOCKED,
                error
                        ? call -> {
                            throw new CommandError("UNBLOCKED client unblocked via CLIENT UNBLOCK");
                        }
                        : onTimeout);
    }

    /** First half of {@link #end}: decides the outcome; the winner must call {@link #finish}. */
    public boolean claim(Outcome how) {
        return outcome.compareAndSet(null, how);
    }

    /** Second half of {@link #end}. */
    public void finish(Consumer<Call> reply) {
        session.loop().execute(() -> session.dispatcher().resume(session, this, reply));
    }

    /** Instead of a reply: these arguments are run from the first gate again (CLIENT PAUSE). */
    void rerun(Arguments args) {
        rerun = args;
    }

    /** Ends the wait by running these words from the first gate again. */
    void runAgain(Arguments args) {
        if (claim(Outcome.SERVED)) {
            rerun = args;
            finish(null);
        }
    }

    /** So much of the session's {@link Holding} is kept for this wait, and given back at its end. */
    void keeps(long bytes) {
        kept += bytes;
    }

    Arguments rerun() {
        return rerun;
    }

    void timer(Future<?> scheduled) {
        timer = scheduled;
    }

    /** On the session's loop, after the outcome is decided. */
    void ended() {
        if (timer != null) {
            timer.cancel(false);
        }
        if (onEnd != null) {
            onEnd.run();
        }
        session.holding().remove(kept);
        kept = 0;
    }
}
