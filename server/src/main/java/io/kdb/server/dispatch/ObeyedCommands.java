package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.List;

/**
 * Runs the commands of our primary's stream, of a file or of a slot that moves here: no gate is asked, nobody reads the
 * reply. Owner: its dispatcher's thread.
 */
public final class ObeyedCommands {
    private final Dispatcher dispatcher;
    private final Node node;
    private final Presence presence;
    private final Execution execution;
    private final Call call;

    ObeyedCommands(Dispatcher dispatcher, Node node, Presence presence, Execution execution) {
        this.dispatcher = dispatcher;
        this.node = node;
        this.presence = presence;
        this.execution = execution;
        this.call = execution.call();
    }

    /** Comes into the keyspace for a part of the stream; {@link #leave} follows. */
    public void enter() {
        presence.enter();
    }

    public void leave() {
        presence.leave();
    }

    /** Somebody wants the keyspace to himself: it is time to {@link #leave}. */
    public boolean isAskedOut() {
        return presence.isAskedOut();
    }

    /**
     * Runs a command, or queues it between MULTI and EXEC.
     *
     * @return false when there is no such command
     */
    public boolean apply(Session session, Arguments args) {
        CommandSpec spec = node.commands().resolve(args);
        if (spec == null || spec.function() == null) {
            return false;
        }
        boolean wasInside = presence.enterIfOut();
        execution.forgetError();
        try {
            execution.timer().start();
            call.start(session, spec, args, System.currentTimeMillis());
            call.keyHash(0, 0);
            if (session.transaction != null && !spec.has(CommandFlag.RUNS_IN_MULTI)) {
                session.transaction.queue(spec, args);
            } else {
                execution.run(spec);
            }
        } finally {
            end(session, wasInside);
        }
        return true;
    }

    /** The error of the command that {@link #apply} ran last, or null. */
    public CommandError error() {
        return execution.error();
    }

    /** Whether there was no memory for what {@link #apply} or {@link #applyTransaction} did last, or for a part of it. */
    public boolean lackedMemory() {
        return execution.lackedMemory();
    }

    /** Runs the commands of a transaction as one; {@code dbs}: the database of each. */
    public void applyTransaction(Session session, List<Arguments> commands, int[] dbs) {
        Transaction transaction = new Transaction(null);
        for (Arguments args : commands) {
            CommandSpec spec = node.commands().resolve(args);
            if (spec != null && spec.function() != null) {
                transaction.queue(spec, args);
            }
        }
        transaction.dbs = dbs;
        session.transaction = transaction;
        boolean wasInside = presence.enterIfOut();
        execution.forgetError();
        try {
            execution.timer().start();
            call.start(session, node.execSpec(), Arguments.of("EXEC"), System.currentTimeMillis());
            execution.run(node.execSpec());
        } finally {
            session.transaction = null;
            end(session, wasInside);
        }
    }

    private void end(Session session, boolean wasInside) {
        session.reply().buffer().release();
        presence.leaveUnless(wasInside);
        dispatcher.broadcast().flush(dispatcher);
    }
}
