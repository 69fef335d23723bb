package io.kdb.server;

import io.kdb.resp.Arguments;
import io.kdb.resp.ChunkPool;
import io.kdb.resp.ReplyBuffer;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.ObeyedCommands;
import io.kdb.server.dispatch.Session;
import io.kdb.server.replication.Applier;
import io.kdb.server.store.StoreFull;
import java.util.List;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the primary's stream through a dispatcher of its own, which asks no gate and logs nothing. Owner: the link's thread. */
final class StreamApplier implements Applier {
    private static final Logger LOG = LoggerFactory.getLogger(StreamApplier.class);
    private static final int RETAINED_BYTES = 64 * 1024;

    private final ObeyedCommands commands;
    private final Session session;

    StreamApplier(Node node) {
        Dispatcher dispatcher = Dispatcher.silent(node, Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "kdb-stream");
            thread.setDaemon(true);
            return thread;
        }));
        commands = dispatcher.obeyed();
        ReplyWriter reply = new ReplyWriter(new ReplyBuffer(new ChunkPool(RETAINED_BYTES)));
        session = new Session(0, dispatcher, null, reply, System.currentTimeMillis());
        session.kind(Session.Kind.PRIMARY);
        session.authenticated(true);
    }

    @Override
    public void enter() {
        commands.enter();
    }

    @Override
    public void leave() {
        commands.leave();
    }

    @Override
    public boolean isAskedToLeave() {
        return commands.isAskedOut();
    }

    @Override
    public void apply(int db, Arguments command) {
        session.db(db);
        if (!commands.apply(session, command)) {
            LOG.warn("The primary's stream has a command that is unknown here: {}", command);
        }
        requireMemory();
    }

    private void requireMemory() {
        if (commands.lackedMemory()) {
            throw new StoreFull();
        }
    }

    @Override
    public void applyTransaction(List<StreamCommand> transaction) {
        commands.applyTransaction(
                session,
                transaction.stream().map(StreamCommand::arguments).toList(),
                transaction.stream().mapToInt(StreamCommand::db).toArray());
        requireMemory();
    }
}
