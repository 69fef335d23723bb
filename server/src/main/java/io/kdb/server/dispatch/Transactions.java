package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.List;

/**
 * MULTI, EXEC, DISCARD, WATCH and UNWATCH. An EXEC holds the segments of all its keys, watched ones included, from the
 * look at the watch flag to the append of its effects; one that contains a command for the whole keyspace runs in an
 * exclusive section instead. Stateless.
 */
public final class Transactions {
    private static final int NEEDS_EXCLUSIVE = CommandFlag.EXCLUSIVE.bit() | CommandFlag.OWN_LOCKS.bit();

    private Transactions() {}

    /** Whether the session's EXEC needs the keyspace to itself. */
    static boolean runsAlone(Session session) {
        return session.transaction != null && (session.transaction.flagUnion & NEEDS_EXCLUSIVE) != 0;
    }

    /** MULTI. */
    public static void multi(Call call) {
        if (call.session().transaction != null) {
            throw new CommandError("ERR MULTI calls can not be nested");
        }
        call.session().transaction = new Transaction(call.session().holding());
        call.reply().ok();
    }

    /** DISCARD. */
    public static void discard(Call call) {
        if (call.session().transaction == null) {
            throw new CommandError("ERR DISCARD without MULTI");
        }
        call.session().dropTransaction();
        unwatchAll(call.node(), call.session());
        call.reply().ok();
    }

    /** WATCH key [key ...]; the keys' segments are held. */
    public static void watch(Call call) {
        Session session = call.session();
        if (session.transaction != null) {
            throw new CommandError("ERR WATCH inside MULTI is not allowed");
        }
        if (session.watches == null) {
            session.watches = new WatchSet();
        }
        for (int i = 1; i < call.args().count(); i++) {
            KeyCursor key = call.peek(i);
            KeyName name = key.name();
            if (!session.watches.contains(name)) {
                session.holding().take(WatchSet.bytes(name));
                call.node().watches().add(session.watches, name.own(), key.segment(), key.isExpiredRecord());
            }
        }
        call.reply().ok();
    }

    /** UNWATCH. */
    public static void unwatch(Call call) {
        unwatchAll(call.node(), call.session());
        call.reply().ok();
    }

    /** Forgets what the session watches; takes each key's segment for a moment, so none may be held. */
    static void unwatchAll(Node node, Session session) {
        WatchSet set = session.watches;
        if (set == null) {
            return;
        }
        session.watches = null;
        for (WatchSet.Watched watched : set.keys) {
            session.holding().remove(WatchSet.bytes(watched.key()));
            boolean locked = node.keyspace().segment(watched.segment()).enter();
            try {
                node.watches().remove(set, watched);
            } finally {
                if (locked) {
                    node.keyspace().segment(watched.segment()).unlock();
                }
            }
        }
    }

    /** EXEC refused by a gate, in a transaction or not: the reason travels behind EXECABORT, a redirect as it is. */
    static void abort(Execution execution, Call call, CommandError reason, boolean redirect) {
        Session session = call.session();
        session.dropTransaction();
        unwatchAll(call.node(), session);
        if (redirect) {
            execution.replyError(session, reason);
            return;
        }
        String line = reason.line();
        String text = line.startsWith("ERR ") ? line.substring(4) : line;
        execution.replyError(session, new CommandError("EXECABORT Transaction discarded because of: " + text));
    }

    /** EXEC. */
    static void exec(Execution execution, Call call) {
        Session session = call.session();
        Transaction tx = session.transaction;
        if (tx == null) {
            throw new CommandError("ERR EXEC without MULTI");
        }
        if (tx.failed) {
            session.dropTransaction();
            unwatchAll(call.node(), session);
            throw Errors.EXEC_ABORT;
        }
        session.transaction = null;
        execution.inExec(true);
        try {
            if ((tx.flagUnion & NEEDS_EXCLUSIVE) != 0) {
                execution.exclusively(() -> run(execution, call, session, tx, true));
            } else {
                lockAll(execution, call, session, tx);
                try {
                    run(execution, call, session, tx, false);
                } finally {
                    execution.locks().unlockAll();
                }
            }
        } finally {
            execution.inExec(false);
            tx.release();
            unwatchAll(call.node(), session);
        }
    }

    private static void lockAll(Execution execution, Call call, Session session, Transaction tx) {
        SegmentLocks locks = execution.locks();
        locks.begin();
        for (int i = 0; i < tx.size(); i++) {
            CommandSpec spec = tx.commands.get(i);
            Arguments args = tx.arguments.get(i);
            execution.addLocks(spec, args);
        }
        if (session.watches != null) {
            for (WatchSet.Watched watched : session.watches.keys) {
                locks.add(watched.segment());
            }
        }
        execution.lockAll();
    }

    private static void run(Execution execution, Call call, Session session, Transaction tx, boolean lockEach) {
        if (session.watches != null && isTouched(execution, call, session.watches, lockEach)) {
            session.reply().nullArray();
            return;
        }
        List<CommandSpec> commands = tx.commands;
        session.reply().array(commands.size());
        long nowMs = call.nowMs();
        CommandSpec exec = call.spec();
        Arguments execArgs = call.args();
        execution.beginEffects();
        try {
            for (int i = 0; i < commands.size(); i++) {
                if (tx.dbs != null) {
                    session.db(tx.dbs[i]);
                }
                execution.runQueued(session, commands.get(i), tx.arguments.get(i), nowMs, lockEach);
            }
        } finally {
            execution.commitEffects();
        }
        call.start(session, exec, execArgs, nowMs);
    }

    private static boolean isTouched(Execution execution, Call call, WatchSet set, boolean lockEach) {
        if (set.isDirty()) {
            return true;
        }
        for (WatchSet.Watched watched : set.keys) {
            if (!watched.wasExpired() && call.cursor().isExpired(watched.key(), watched.segment(), lockEach)) {
                return true;
            }
        }
        return false;
    }
}
