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
        call.session().transaction = new Transaction();
        call.reply().ok();
    }

    /** DISCARD. */
    public static void discard(Call call) {
        if (call.session().transaction == null) {
            throw new CommandError("ERR DISCARD without MULTI");
        }
        call.session().transaction = null;
        unwatchAll(call.dispatcher(), call.session());
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
            KeyName name = key.name().own();
            if (!session.watches.contains(name)) {
                call.node().watches().add(session.watches, name, key.segment(), key.isExpiredRecord());
            }
        }
        call.reply().ok();
    }

    /** UNWATCH. */
    public static void unwatch(Call call) {
        unwatchAll(call.dispatcher(), call.session());
        call.reply().ok();
    }

    /** Forgets what the session watches; takes each key's segment for a moment, so none may be held. */
    static void unwatchAll(Dispatcher dispatcher, Session session) {
        WatchSet set = session.watches;
        if (set == null) {
            return;
        }
        session.watches = null;
        Node node = dispatcher.node();
        for (WatchSet.Watched watched : set.keys) {
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
    static void abort(Call call, CommandError reason, boolean redirect) {
        Session session = call.session();
        session.transaction = null;
        unwatchAll(call.dispatcher(), session);
        if (redirect) {
            call.dispatcher().replyError(session, reason);
            return;
        }
        String line = reason.line();
        String text = line.startsWith("ERR ") ? line.substring(4) : line;
        call.dispatcher().replyError(session, new CommandError("EXECABORT Transaction discarded because of: " + text));
    }

    /** EXEC. */
    static void exec(Dispatcher dispatcher, Call call) {
        Session session = call.session();
        Transaction tx = session.transaction;
        if (tx == null) {
            throw new CommandError("ERR EXEC without MULTI");
        }
        if (tx.failed) {
            session.transaction = null;
            unwatchAll(dispatcher, session);
            throw Errors.EXEC_ABORT;
        }
        session.transaction = null;
        dispatcher.inExec(true);
        try {
            if ((tx.flagUnion & NEEDS_EXCLUSIVE) != 0) {
                dispatcher.exclusively(() -> run(dispatcher, call, session, tx, true));
            } else {
                lockAll(dispatcher, call, session, tx);
                try {
                    run(dispatcher, call, session, tx, false);
                } finally {
                    dispatcher.locks().unlockAll();
                }
            }
        } finally {
            dispatcher.inExec(false);
            unwatchAll(dispatcher, session);
        }
    }

    private static void lockAll(Dispatcher dispatcher, Call call, Session session, Transaction tx) {
        SegmentLocks locks = dispatcher.locks();
        locks.begin();
        for (int i = 0; i < tx.size(); i++) {
            CommandSpec spec = tx.commands.get(i);
            Arguments args = tx.arguments.get(i);
            // Positions that cannot be told are the command's own error when it runs; it then takes no key.
            if (dispatcher.keys().collect(spec, args)) {
                dispatcher.addLocks(args);
            }
        }
        if (session.watches != null) {
            for (WatchSet.Watched watched : session.watches.keys) {
                locks.add(watched.segment());
            }
        }
        dispatcher.lockAll();
    }

    private static void run(Dispatcher dispatcher, Call call, Session session, Transaction tx, boolean lockEach) {
        if (session.watches != null && isTouched(dispatcher, call, session.watches, lockEach)) {
            session.reply().nullArray();
            return;
        }
        List<CommandSpec> commands = tx.commands;
        session.reply().array(commands.size());
        long nowMs = call.nowMs();
        CommandSpec exec = call.spec();
        Arguments execArgs = call.args();
        dispatcher.beginEffects();
        try {
            for (int i = 0; i < commands.size(); i++) {
                if (tx.dbs != null) {
                    session.db(tx.dbs[i]);
                }
                dispatcher.runQueued(session, commands.get(i), tx.arguments.get(i), nowMs, lockEach);
            }
        } finally {
            dispatcher.commitEffects();
        }
        call.start(session, exec, execArgs, nowMs);
    }

    private static boolean isTouched(Dispatcher dispatcher, Call call, WatchSet set, boolean lockEach) {
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
