package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.resp.RequestBatch;
import io.kdb.server.config.Parameters;
import io.kdb.server.log.Effects;
import io.kdb.server.pubsub.LoopSubscribers;
import io.kdb.server.replication.Replication;
import io.kdb.server.store.Exclusion;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.StoreFull;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs the requests of one event loop: finds the row, asks the gates in order, takes the locks, runs the function, logs
 * the effects. Owner: its event loop.
 *
 * <p>Note: the loop enters the keyspace once per batch and looks between commands whether someone asks for it alone
 * ({@link Exclusion}); a command that must itself be alone runs after leaving. All replies of a batch go out in one flush.
 */
public final class Dispatcher {
    private static final int WINDOW = 256;
    /** How long a write waits before it looks again whether the snapshot has caught up. */
    private static final long SNAPSHOT_POLL_MS = 1;
    /** A connection that has written this much without a pause lets the others of its loop go first. */
    private static final int YIELD_BYTES = 1 << 20;

    private final Node node;
    private final ScheduledExecutorService loop;
    private final Exclusion exclusion;
    private final Exclusion.Participant participant;
    private final Call call;
    private final KeyPositions keys = new KeyPositions();
    private final Gates gates;
    private final Toucher toucher;
    private final SegmentLocks locks;
    private final Effects effects;
    private final CommandUsage usage;
    private final Serving serving;
    /** Null where there are no connections. */
    private final LoopSubscribers subscribers;

    private final List<Session> pushed = new ArrayList<>();
    private final Broadcast broadcast;
    /** Whose command runs; null between commands. */
    private Session running;

    // The window's rows and key hashes.
    private CommandSpec[] rows = new CommandSpec[WINDOW];
    private long[] hashes = new long[WINDOW];

    private boolean inExec;
    private boolean inside;
    private CommandError erred;
    private long lastNanos;
    private long hits;
    private long misses;

    public Dispatcher(Node node, ScheduledExecutorService loop) {
        this(node, loop, false, node.pubSub().join(loop));
        node.register(this);
    }

    private Dispatcher(Node node, ScheduledExecutorService loop, boolean silent, LoopSubscribers subscribers) {
        this.subscribers = subscribers;
        this.broadcast = new Broadcast(node.tracking());
        this.node = node;
        this.loop = loop;
        this.exclusion = node.exclusion();
        this.participant = exclusion.join();
        this.call = new Call(this, node);
        this.gates = new Gates(node, keys);
        this.toucher = new Toucher(node);
        this.locks = new SegmentLocks(node.keyspace());
        this.effects = silent ? Effects.muted(node.log()) : new Effects(node.log());
        this.usage = new CommandUsage(node.commands().idCount());
        this.serving = new Serving(this, node);
    }

    /** One that is no event loop's: it has no connections and does not count as one of the node's. */
    public static Dispatcher background(Node node, ScheduledExecutorService thread) {
        return new Dispatcher(node, thread, false, null);
    }

    /** One that logs no effects, for the stream from a primary, whose bytes go into the log as they came. */
    public static Dispatcher silent(Node node, ScheduledExecutorService loop) {
        return new Dispatcher(node, loop, true, null);
    }

    public ScheduledExecutorService loop() {
        return loop;
    }

    Node node() {
        return node;
    }

    public Effects effects() {
        return effects;
    }

    Serving serving() {
        return serving;
    }

    /** The one call of this loop, with the command that runs or ran last. */
    Call call() {
        return call;
    }

    CommandUsage usage() {
        return usage;
    }

    KeyPositions keys() {
        return keys;
    }

    public boolean inExec() {
        return inExec;
    }

    void hit() {
        hits++;
    }

    void miss() {
        misses++;
    }

    /** System.nanoTime after the last command, or after the socket was read: the time by which a lease is judged. */
    long nanos() {
        return lastNanos;
    }

    /** INFO keyspace_hits of this loop; racy read. */
    public long hits() {
        return hits;
    }

    public long misses() {
        return misses;
    }

    void resetHits() {
        hits = 0;
        misses = 0;
    }

    // ---- batches ----------------------------------------------------------------------------------------------

    /** Runs every request of {@code batch} for {@code session}, up to one that suspends or closes it. */
    public void run(Session session, RequestBatch batch) {
        if (subscribers != null) {
            subscribers.deliverWaiting();
        }
        enter();
        try {
            lastNanos = System.nanoTime();
            long nowMs = System.currentTimeMillis();
            int size = batch.size();
            for (int from = 0; from < size; from += WINDOW) {
                int to = Math.min(size, from + WINDOW);
                look(session, batch, from, to);
                for (int r = from; r < to; r++) {
                    one(session, batch.get(r), rows[r - from], hashes[r - from], true, nowMs);
                    if (session.isSuspended() || session.isClosing() || isLoud(session)) {
                        if (!session.isClosing()) {
                            defer(session, batch, r + 1);
                        }
                        return;
                    }
                    if (participant.isAskedOut()) {
                        participant.stepOut();
                    }
                }
            }
            if (batch.error() != null) {
                protocolError(session, batch);
            }
        } finally {
            leave();
            announce();
        }
    }

    private static boolean isLoud(Session session) {
        return session.reply().buffer().size() > YIELD_BYTES;
    }

    /** Keeps the requests from {@code r} on for later: after the suspension, or after the other connections' turn. */
    private void defer(Session session, RequestBatch batch, int r) {
        if (r < batch.size() || batch.error() != null || batch.more()) {
            session.deferred = batch.copyRest(r);
            session.deferredAt = 0;
            if (!session.isSuspended()) {
                loop.execute(() -> goOn(session));
            }
        }
    }

    private void protocolError(Session session, RequestBatch batch) {
        session.reply().error("ERR " + batch.error().getMessage());
        node.stats().countError("ERR");
        session.closeAfterReply();
    }

    /** Finds the rows and key hashes of a window of requests. */
    private void look(Session session, RequestBatch batch, int from, int to) {
        CommandTable commands = node.commands();
        for (int r = from; r < to; r++) {
            Arguments args = batch.get(r);
            CommandSpec spec = commands.find(args);
            rows[r - from] = spec;
            if (spec != null && spec.onlyKey != 0 && spec.onlyKey < args.count()) {
                int k = spec.onlyKey;
                hashes[r - from] = KeyHash.hash(args.array(k), args.offset(k), args.length(k));
            }
        }
        if (to - from > 1) {
            toucher.touch(session.db(), batch, from, to, rows, hashes);
        }
    }

    private void enter() {
        participant.enter();
        inside = true;
    }

    private void leave() {
        inside = false;
        participant.leave();
    }

    // ---- one command ------------------------------------------------------------------------------------------

    private void one(Session session, Arguments args, CommandSpec found, long hash, boolean hashed, long nowMs) {
        if (found == node.execSpec() && Transactions.runsAlone(session) && !exclusion.isExclusive()) {
            // Its gates in the same section: a view or a hold must not come between them and its keys.
            exclusively(() -> one(session, args, found, hash, hashed, nowMs));
            return;
        }
        CommandSpec spec = found;
        if (spec != null && spec.isContainer()) {
            spec = subcommand(spec, args);
        }
        session.startCommandReply();
        session.pushes().commandStarts();
        running = session;
        if (node.tracking().isUsed()) {
            node.tracking().limit(this);
        }
        call.start(session, spec, args, nowMs);
        call.keyHash(hashed && spec != null && spec == found ? spec.onlyKey : 0, hash);
        if (spec != null) {
            session.active(spec, nowMs);
        }
        CommandError refusal = gates.refuse(call, found, spec, args);
        boolean postponed = false;
        if (refusal != null) {
            reject(session, spec, refusal);
        } else if (gates.isHeld()) {
            postponed = true;
            node.hold().add(postpone(session, args), gates.releasesSeen());
        } else if (gates.postpones(session, spec)) {
            postponed = true;
            node.pause().add(postpone(session, args));
        } else if (gates.awaitsSnapshot(session, spec)) {
            postponed = true;
            Suspension suspension = postpone(session, args);
            var unused = loop.schedule(
                    () -> suspension.end(Suspension.Outcome.SERVED, null), SNAPSHOT_POLL_MS, TimeUnit.MILLISECONDS);
        } else if (session.transaction != null && !gates.runsInMulti(spec)) {
            session.transaction.queue(spec, args);
            session.reply().simple("QUEUED");
        } else {
            execute(spec);
        }
        running = null;
        session.pushes().commandEnds();
        if (session.caching()
                && session.transaction == null
                && (spec == null || !spec.parentOrSelf().name().equals("client"))) {
            session.caching(false);
        }
        if (!postponed && session.asking() && (spec == null || !spec.has(CommandFlag.KEEPS_ASKING))) {
            session.asking(false);
        }
    }

    private static CommandSpec subcommand(CommandSpec container, Arguments args) {
        if (args.count() < 2) {
            return container;
        }
        for (CommandSpec sub : container.subcommands().values()) {
            if (args.is(1, sub.name())) {
                return sub;
            }
        }
        return null;
    }

    /** A gate's refusal: counts it, and spoils an open transaction. */
    private void reject(Session session, CommandSpec spec, CommandError error) {
        if (session.transaction != null) {
            session.transaction.failed = true;
        }
        if (spec != null) {
            usage.rejected[spec.id]++;
            if (spec == node.execSpec()) {
                Transactions.abort(call, error, gates.wasRedirected());
                return;
            }
        }
        replyError(session, error);
    }

    void replyError(Session session, CommandError error) {
        erred = error;
        node.stats().countError(error.line());
        session.reply().error(error.line());
    }

    /** Runs a command that has passed every gate, in its locks or in an exclusive section, and logs its effects. */
    private void execute(CommandSpec spec) {
        boolean failed = false;
        try {
            if (spec == node.execSpec()) {
                Transactions.exec(this, call);
            } else if (spec.runsAlone(call.args())) {
                exclusively(() -> runAndLog(spec));
            } else {
                runLocked(spec, true);
            }
        } catch (CommandError error) {
            failed = true;
            replyError(call.session(), error);
        } catch (StoreFull full) {
            failed = true;
            call.takeBackReply();
            replyError(call.session(), Errors.OUT_OF_MEMORY);
        }
        if (serving.owes()) {
            serving.pay();
        }
        account(spec, failed);
    }

    /** Takes the segments of the command's keys, if it has any, and runs it. */
    private void runLocked(CommandSpec spec, boolean logs) {
        if (spec.onlyKey != 0) {
            int segment = call.onlyKeySegment();
            lockOne(segment);
            try {
                runIn(spec, logs);
            } finally {
                locks.unlockOne(segment);
            }
        } else if (!spec.keySpecs().isEmpty() && !spec.has(CommandFlag.OWN_LOCKS)) {
            locks.begin();
            // Positions that cannot be told are the command's own error; it then reaches no key.
            if (keys.collect(spec, call.args())) {
                addLocks(call.args());
            }
            lockAll();
            try {
                runIn(spec, logs);
            } finally {
                locks.unlockAll();
            }
        } else {
            runIn(spec, logs);
        }
    }

    /** Takes the segment; clients to whom a key of it is owed are served before the command. */
    private void lockOne(int segment) {
        locks.lockOne(segment);
        while (node.blocking().isOwed(segment)) {
            locks.unlockOne(segment);
            serving.pay(segment);
            locks.lockOne(segment);
        }
    }

    /** As {@link #lockOne}, for all segments that are marked. */
    void lockAll() {
        locks.lockAll();
        if (node.blocking().isOwing()) {
            for (int s = locks.owedSegment(node.blocking()); s >= 0; s = locks.owedSegment(node.blocking())) {
                locks.pause();
                serving.pay(s);
                locks.lockAll();
            }
        }
    }

    private void runIn(CommandSpec spec, boolean logs) {
        if (logs) {
            runAndLog(spec);
        } else {
            runFunction(spec);
            propagate(spec);
        }
    }

    private void account(CommandSpec spec, boolean failed) {
        long now = System.nanoTime();
        usage.calls[spec.id]++;
        long took = now - lastNanos;
        usage.nanos[spec.id] += took;
        if (node.observers().tracksLatency() && !call.isSuspended()) {
            usage.durations(spec).record(took);
        }
        node.observers().ran(call, spec, took);
        if (failed) {
            usage.failed[spec.id]++;
        }
        lastNanos = now;
    }

    /** Marks the segments of the command's keys for {@link SegmentLocks#lockAll}; {@link #keys} is filled. */
    void addLocks(Arguments args) {
        for (int i = 0; i < keys.count(); i++) {
            locks.add(call.segmentOf(args, keys.at(i)));
        }
    }

    SegmentLocks locks() {
        return locks;
    }

    /** Runs {@code section} alone in the keyspace: leaves it first if this loop is in it, and comes back. */
    public void exclusively(Runnable section) {
        if (exclusion.isExclusive()) {
            section.run();
            return;
        }
        boolean was = inside;
        if (was) {
            leave();
        }
        try {
            exclusion.exclusively(section);
        } finally {
            if (was) {
                enter();
            }
        }
    }

    private void runAndLog(CommandSpec spec) {
        beginEffects();
        try {
            runFunction(spec);
            propagate(spec);
        } finally {
            // What a failed command has done before it failed (an expired key deleted) is logged all the same.
            commitEffects();
        }
    }

    private void runFunction(CommandSpec spec) {
        try {
            spec.function().run(call);
        } finally {
            call.dropEmptyCollections();
            if (call.session().tracking() != null && spec.has(CommandFlag.READONLY)) {
                keys.collect(spec, call.args());
                node.tracking().read(call, call.session(), call.args(), keys);
            }
        }
    }

    void beginEffects() {
        effects.begin();
    }

    /** Serves clients that wait for what was changed, then appends the piece; the locks are still held. */
    void commitEffects() {
        try {
            if (serving.isPending()) {
                serving.serve();
            }
        } finally {
            long offset = 0;
            if (effects.count() > 0) {
                offset = effects.commit();
                call.session().writtenOffset(offset);
            } else {
                effects.rollback();
            }
            serving.release(offset);
        }
    }

    /** Adds the command's own words to the effects unless it changed nothing or said them differently. */
    private void propagate(CommandSpec spec) {
        long dirty = call.dirty();
        if (dirty > 0) {
            node.persistence().changed(dirty);
            if (!call.isRewritten() && effects.wanted()) {
                call.effectOf(call.args());
            }
        }
    }

    /** Runs one queued command of an EXEC: its effects belong to the piece the EXEC began. */
    void runQueued(Session session, CommandSpec spec, Arguments args, long nowMs, boolean lockEach) {
        call.start(session, spec, args, nowMs);
        call.keyHash(0, 0);
        session.active(spec, nowMs);
        boolean failed = false;
        try {
            if (lockEach) {
                runLocked(spec, false);
            } else {
                runIn(spec, false);
            }
        } catch (CommandError error) {
            failed = true;
            replyError(session, error);
        } catch (StoreFull full) {
            failed = true;
            call.takeBackReply();
            replyError(session, Errors.OUT_OF_MEMORY);
        }
        account(spec, failed);
    }

    void inExec(boolean yes) {
        inExec = yes;
    }

    // ---- pushes -----------------------------------------------------------------------------------------------

    /** Whose command runs on this loop; null between commands. */
    Session running() {
        return running;
    }

    Broadcast broadcast() {
        return broadcast;
    }

    /** This loop's subscribers; null for a dispatcher without connections. */
    public LoopSubscribers subscribers() {
        return subscribers;
    }

    /** Something was pushed to a connection of this loop: it is sent soon, after what runs now. */
    void pushed(Session session) {
        if (session.pushes().isListed || session.connection() == null) {
            return;
        }
        session.pushes().isListed = true;
        pushed.add(session);
        if (pushed.size() == 1) {
            loop.execute(this::flushPushed);
        }
    }

    private void flushPushed() {
        List<Session> sessions = List.copyOf(pushed);
        pushed.clear();
        for (Session session : sessions) {
            session.pushes().isListed = false;
            if (session.connection().isOpen()) {
                session.connection().flush();
                session.pushes().checkLimit();
            }
        }
    }

    /** Takes a connection's subscriptions back, without telling it. */
    public void unsubscribeAll(Session session) {
        if (session.subscriptions() != null) {
            subscribers.unsubscribeAll(session.pushes(), session.subscriptions());
            session.subscriptions(null);
        }
    }

    // ---- obeyed commands --------------------------------------------------------------------------------------

    /**
     * Runs a command from the stream of our primary or from a file: no gate, no reply, no own effect in the log.
     *
     * @return false when there is no such command
     */
    public boolean apply(Session session, Arguments args) {
        CommandSpec spec = node.commands().find(args);
        if (spec != null && spec.isContainer()) {
            spec = subcommand(spec, args);
        }
        if (spec == null || spec.function() == null) {
            return false;
        }
        boolean wasInside = inside;
        if (!wasInside) {
            enter();
        }
        erred = null;
        try {
            lastNanos = System.nanoTime();
            call.start(session, spec, args, System.currentTimeMillis());
            call.keyHash(0, 0);
            if (session.transaction != null && !gates.runsInMulti(spec)) {
                session.transaction.queue(spec, args);
            } else {
                execute(spec);
            }
        } finally {
            session.reply().buffer().release();
            if (!wasInside) {
                leave();
            }
            broadcast.flush(this);
        }
        return true;
    }

    /** The error of the command that {@link #apply} ran last, or null. */
    public CommandError applyError() {
        return erred;
    }

    /** Comes into the keyspace for a part of the stream; {@link #leaveStream} follows. */
    public void enterStream() {
        enter();
    }

    public void leaveStream() {
        leave();
    }

    public boolean isAskedOut() {
        return participant.isAskedOut();
    }

    /** Runs the commands of a transaction in the stream as one; {@code dbs}: the database of each. */
    public void applyTransaction(Session session, List<Arguments> commands, int[] dbs) {
        Transaction transaction = new Transaction();
        for (Arguments args : commands) {
            CommandSpec spec = node.commands().find(args);
            if (spec != null && spec.function() != null) {
                transaction.queue(spec, args);
            }
        }
        transaction.dbs = dbs;
        session.transaction = transaction;
        boolean wasInside = inside;
        if (!wasInside) {
            enter();
        }
        try {
            lastNanos = System.nanoTime();
            call.start(session, node.execSpec(), Arguments.of("EXEC"), System.currentTimeMillis());
            execute(node.execSpec());
        } finally {
            session.transaction = null;
            session.reply().buffer().release();
            if (!wasInside) {
                leave();
            }
            broadcast.flush(this);
        }
    }

    // ---- suspending -------------------------------------------------------------------------------------------

    /** Stops the session until the returned suspension ends; the command then starts at the first gate again. */
    Suspension postpone(Session session, Arguments args) {
        if (session.isThisReplyMuted() && session.replyMode() == Session.ReplyMode.ON) {
            session.replyMode(Session.ReplyMode.SKIP_NEXT);
        }
        Arguments copy = args.detach();
        Suspension suspension = call.suspend(0, null, null);
        suspension.rerun(copy);
        return suspension;
    }

    /** Runs {@code section} inside the keyspace, on this dispatcher's thread, and announces what it logged. */
    public void inside(Runnable section) {
        boolean was = inside;
        if (!was) {
            enter();
        }
        try {
            section.run();
        } finally {
            if (!was) {
                leave();
            }
        }
        announce();
    }

    /** What was done reaches those who wait for word of it: replicas, and clients that cache by prefix. */
    private void announce() {
        broadcast.flush(this);
        effects.announce();
    }

    /** Second half of a wait, on this loop: the reply, then what arrived behind the suspended command. */
    void resume(Session session, Suspension suspension, Consumer<Call> reply) {
        if (session.suspension() != suspension) {
            return;
        }
        session.suspension(null);
        node.stats().blockedClients.decrementAndGet();
        suspension.ended();
        if (session.connection() != null && !session.connection().isOpen()) {
            return;
        }
        enter();
        try {
            lastNanos = System.nanoTime();
            long nowMs = System.currentTimeMillis();
            if (suspension.rerun() != null) {
                Arguments args = suspension.rerun();
                one(session, args, node.commands().find(args), 0, false, nowMs);
            } else if (reply != null) {
                call.start(session, session.lastCommand(), Arguments.of(new byte[0]), nowMs);
                long mark = session.reply().buffer().written();
                try {
                    reply.accept(call);
                } catch (CommandError error) {
                    replyError(session, error);
                }
                if (suspension.isMuted()) {
                    session.reply().buffer().truncate(mark);
                }
            }
        } finally {
            leave();
            announce();
        }
        goOn(session);
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
        enter();
        try {
            lastNanos = System.nanoTime();
            long nowMs = System.currentTimeMillis();
            while (session.deferredAt < rest.size()) {
                Arguments args = rest.get(session.deferredAt++);
                one(session, args, node.commands().find(args), 0, false, nowMs);
                if (session.isSuspended() || session.isClosing()) {
                    return;
                }
                if (isLoud(session) && session.deferredAt < rest.size()) {
                    loop.execute(() -> goOn(session));
                    return;
                }
            }
            session.deferred = null;
            if (rest.error() != null) {
                protocolError(session, rest);
            }
        } finally {
            leave();
            announce();
        }
    }

    /** RESET: transaction, watches, name, database and protocol as right after connecting. */
    public void reset(Session session) {
        session.transaction = null;
        Transactions.unwatchAll(this, session);
        unsubscribeAll(session);
        node.tracking().disable(session);
        node.observers().forget(session);
        session.reset();
        session.user("default");
        session.authenticated(node.config().get(Parameters.REQUIREPASS).isEmpty());
    }

    /** The connection is gone: gives back what it held in the keyspace. */
    public void disconnected(Session session) {
        Suspension suspension = session.suspension();
        if (suspension != null && suspension.claim(Suspension.Outcome.KILLED)) {
            session.suspension(null);
            node.stats().blockedClients.decrementAndGet();
            suspension.ended();
        }
        enter();
        try {
            Transactions.unwatchAll(this, session);
        } finally {
            leave();
        }
        session.transaction = null;
        session.deferred = null;
        unsubscribeAll(session);
        node.tracking().disable(session);
        node.observers().forget(session);
        if (session.replicaPeer() != null) {
            node.service(Replication.class).primary().gone(session.replicaPeer());
        }
    }
}
