package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.resp.RequestBatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * How a connection stops in the middle of its requests, suspended or after much output, and goes on later. Owner: the
 * dispatcher's event loop.
 */
final class Turns {
    /** How long a write waits before it looks again whether the snapshot has caught up. */
    private static final long SNAPSHOT_POLL_MS = 1;
    /** A connection that has written this much without a pause lets the others of its loop go first. */
    private static final int YIELD_BYTES = 1 << 20;

    private final Dispatcher dispatcher;
    private final Node node;
    private final Execution execution;
    private final Call call;

    Turns(Dispatcher dispatcher, Node node, Execution execution) {
        this.dispatcher = dispatcher;
        this.node = node;
        this.execution = execution;
        this.call = execution.call();
    }

    /** Whether the session's turn is over: it is suspended, about to close, or has written much. */
    static boolean isOver(Session session) {
        return session.isSuspended() || session.isClosing() || isLoud(session);
    }

    private static boolean isLoud(Session session) {
        return session.reply().buffer().size() > YIELD_BYTES;
    }

    /** Keeps the requests from {@code r} on for later: after the suspension, or after the other connections' turn. */
    void defer(Session session, RequestBatch batch, int r) {
        if (session.isClosing()) {
            return;
        }
        if (r < batch.size() || batch.error() != null || batch.more()) {
            session.deferred = batch.copyRest(r);
            session.deferredAt = 0;
            if (!session.isSuspended()) {
                dispatcher.loop().execute(() -> goOn(session));
            }
        }
    }

    /** Stops the session until the returned suspension ends; the command then starts at the first gate again. */
    Suspension postpone(Session session, Arguments args) {
        if (session.isThisReplyMuted() && session.replyMode() == Session.ReplyMode.ON) {
            session.replyMode(Session.ReplyMode.SKIP_NEXT);
        }
        Arguments copy = args.detach();
        Suspension suspension = call.suspend(0, null, null);
        suspension.rerun(copy);
        // Not refused: it is only late. Who comes after it may be.
        long kept = Holding.array(copy.totalLength());
        session.holding().addAnyway(kept);
        suspension.keeps(kept);
        return suspension;
    }

    /** As {@link #postpone}, for a moment. */
    void postponeBriefly(Session session, Arguments args) {
        Suspension suspension = postpone(session, args);
        var unused = dispatcher
                .loop()
                .schedule(
                        () -> suspension.end(Suspension.Outcome.SERVED, null), SNAPSHOT_POLL_MS, TimeUnit.MILLISECONDS);
    }

    /** Second half of a wait: the reply, then what arrived behind the suspended command. */
    void resume(Session session, Suspension suspension, Consumer<Call> reply) {
        if (session.suspension() != suspension) {
            return;
        }
        end(session, suspension);
        if (session.connection() != null && !session.connection().isOpen()) {
            return;
        }
        dispatcher.begin();
        try {
            long nowMs = System.currentTimeMillis();
            if (suspension.rerun() != null) {
                dispatcher.one(session, suspension.rerun(), nowMs);
            } else if (reply != null) {
                answer(session, suspension, reply, nowMs);
            }
        } finally {
            dispatcher.end();
        }
        goOn(session);
    }

    private void answer(Session session, Suspension suspension, Consumer<Call> reply, long nowMs) {
        call.start(session, session.lastCommand(), Arguments.of(new byte[0]), nowMs);
        long mark = session.reply().buffer().written();
        try {
            reply.accept(call);
        } catch (CommandError error) {
            execution.replyError(session, error);
        }
        if (suspension.isMuted()) {
            session.reply().buffer().truncate(mark);
        }
    }

    private void end(Session session, Suspension suspension) {
        session.suspension(null);
        node.stats().blockedClients.decrementAndGet();
        suspension.ended();
    }

    /** The connection is gone: it waits for nothing any more. */
    void forget(Session session) {
        Suspension suspension = session.suspension();
        if (suspension != null && suspension.claim(Suspension.Outcome.KILLED)) {
            end(session, suspension);
        }
        session.deferred = null;
    }

    /** Runs what waits behind a suspension or a yield, flushes, and lets the connection decode again. */
    private void goOn(Session session) {
        Connection connection = session.connection();
        if (connection != null && !connection.isOpen()) {
            return;
        }
        runDeferred(session);
        if (connection == null) {
            return;
        }
        if (!session.isBusy() && !session.isClosing()) {
            connection.resumeDecoding();
        }
        connection.flush();
        if (session.isClosing()) {
            connection.closeAfterFlush();
        }
    }

    private void runDeferred(Session session) {
        RequestBatch rest = session.deferred;
        if (rest == null || session.isSuspended() || session.isClosing()) {
            return;
        }
        dispatcher.begin();
        try {
            long nowMs = System.currentTimeMillis();
            while (session.deferredAt < rest.size()) {
                dispatcher.one(session, rest.get(session.deferredAt++), nowMs);
                if (session.isSuspended() || session.isClosing()) {
                    return;
                }
                if (isLoud(session) && session.deferredAt < rest.size()) {
                    dispatcher.loop().execute(() -> goOn(session));
                    return;
                }
            }
            session.deferred = null;
            if (rest.error() != null) {
                dispatcher.protocolError(session, rest);
            }
        } finally {
            dispatcher.end();
        }
    }
}
