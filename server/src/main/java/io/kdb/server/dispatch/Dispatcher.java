package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.resp.RequestBatch;
import io.kdb.server.config.Parameters;
import io.kdb.server.log.Effects;
import io.kdb.server.pubsub.LoopSubscribers;
import io.kdb.server.replication.Replication;
import io.kdb.server.store.ElementTouch;
import io.kdb.server.store.Exclusion;
import io.kdb.server.store.KeyHash;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * Takes the requests of one event loop to their ends: finds the row, asks the gates in order, and lets {@link Execution} run
 * what may run. Owner: its event loop.
 *
 * <p>Note: the loop enters the keyspace once per batch and looks between commands whether someone asks for it alone
 * ({@link Exclusion}); a command that must itself be alone runs after leaving. All replies of a batch go out in one flush.
 */
public final class Dispatcher {
    private static final int WINDOW = 256;

    private final Node node;
    private final ScheduledExecutorService loop;
    private final Presence presence;
    private final Effects effects;
    private final Execution execution;
    private final Call call;
    private final Gates gates;
    private final Toucher toucher;
    private final Turns turns;
    private final ObeyedCommands obeyed;
    /** Null where there are no connections. */
    private final LoopSubscribers subscribers;

    private final HeapLoan heap;
    private final PushedSessions pushed;
    private final Broadcast broadcast;
    /** Whose command runs, or ran last. */
    private Session served;

    private boolean isRunning;

    // The window's rows and key hashes.
    private final CommandSpec[] rows = new CommandSpec[WINDOW];
    private final long[] hashes = new long[WINDOW];

    private long hits;
    private long misses;

    public Dispatcher(Node node, ScheduledExecutorService loop) {
        this(node, loop, false, node.pubSub().join(loop));
        node.register(this);
    }

    private Dispatcher(Node node, ScheduledExecutorService loop, boolean silent, LoopSubscribers subscribers) {
        this.node = node;
        this.loop = loop;
        this.subscribers = subscribers;
        this.pushed = new PushedSessions(loop);
        this.broadcast = new Broadcast(node.tracking());
        this.presence = new Presence(node.exclusion());
        this.effects = silent ? Effects.muted(node.log()) : new Effects(node.log());
        this.heap = new HeapLoan(node.keyspace().pool());
        KeyPositions keys = new KeyPositions();
        this.execution = new Execution(this, node, presence, keys, effects);
        this.call = execution.call();
        this.gates = new Gates(node, keys);
        this.toucher = new Toucher(node);
        this.turns = new Turns(this, node, execution);
        this.obeyed = new ObeyedCommands(this, node, presence, execution);
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

    /** Between commands: lets go of the arguments of the last one. */
    public void forgetRequest() {
        call.forgetArguments();
    }

    /** The heap that this loop's large replies and payloads take. */
    public HeapLoan heap() {
        return heap;
    }

    public Effects effects() {
        return effects;
    }

    /** What is known of elements that are about to be looked up. */
    ElementTouch touchedElements() {
        return toucher.elements();
    }

    Serving serving() {
        return execution.serving();
    }

    /** The one call of this loop, with the command that runs or ran last. */
    Call call() {
        return call;
    }

    CommandUsage usage() {
        return execution.usage();
    }

    public boolean inExec() {
        return execution.inExec();
    }

    /** What runs on this thread without gates and replies. */
    public ObeyedCommands obeyed() {
        return obeyed;
    }

    void hit() {
        hits++;
    }

    void miss() {
        misses++;
    }

    /** System.nanoTime after the last command, or after the socket was read: the time by which a lease is judged. */
    long nanos() {
        return execution.timer().nanos();
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
        begin();
        try {
            long nowMs = System.currentTimeMillis();
            int size = batch.size();
            for (int from = 0; from < size; from += WINDOW) {
                int to = Math.min(size, from + WINDOW);
                look(session, batch, from, to);
                for (int r = from; r < to; r++) {
                    one(session, batch.get(r), rows[r - from], hashes[r - from], true, nowMs);
                    if (Turns.isOver(session)) {
                        turns.defer(session, batch, r + 1);
                        return;
                    }
                    if (presence.isAskedOut()) {
                        execution.timer().settle(call);
                        presence.stepOut();
                        execution.timer().start();
                    }
                }
            }
            if (batch.error() != null) {
                protocolError(session, batch);
            }
        } finally {
            toucher.forget();
            end();
        }
    }

    /** Comes into the keyspace for some commands, at the time that the clock shows now; {@link #end} follows. */
    void begin() {
        presence.enter();
        execution.timer().start();
    }

    void end() {
        execution.timer().settle(call);
        presence.leave();
        announce();
    }

    /** What was done reaches those who wait for word of it: replicas, and clients that cache by prefix. */
    private void announce() {
        broadcast.flush(this);
        effects.announce();
    }

    /** Runs {@code section} inside the keyspace, on this dispatcher's thread, and announces what it logged. */
    public void inside(Runnable section) {
        boolean was = presence.enterIfOut();
        try {
            section.run();
        } finally {
            presence.leaveUnless(was);
        }
        announce();
    }

    /** Runs {@code section} alone in the keyspace: leaves it first if this loop is in it, and comes back. */
    public void exclusively(Runnable section) {
        presence.exclusively(section);
    }

    void protocolError(Session session, RequestBatch batch) {
        session.reply().error("ERR " + batch.error().getMessage());
        node.stats().countError("ERR");
        session.closeAfterReply();
    }

    /** Finds the rows and key hashes of a window of requests. */
    private void look(Session session, RequestBatch batch, int from, int to) {
        CommandTable commands = node.commands();
        int place = CommandTable.NONE;
        for (int r = from; r < to; r++) {
            Arguments args = batch.get(r);
            place = commands.place(args, place);
            CommandSpec spec = place == CommandTable.NONE ? null : commands.at(place);
            if (rows[r - from] != spec) {
                rows[r - from] = spec;
            }
            if (spec != null && spec.onlyKey != 0 && spec.onlyKey < args.count()) {
                int k = spec.onlyKey;
                hashes[r - from] = KeyHash.hash(args.array(k), args.offset(k), args.length(k));
            }
        }
        if (to - from > 1) {
            toucher.touch(session.db(), batch, from, to, rows, hashes);
        }
    }

    // ---- one command ------------------------------------------------------------------------------------------

    /** Takes a request that comes from no window through the gates. */
    void one(Session session, Arguments args, long nowMs) {
        one(session, args, node.commands().find(args), 0, false, nowMs);
    }

    private void one(Session session, Arguments args, CommandSpec found, long hash, boolean hashed, long nowMs) {
        if (found == node.execSpec() && Transactions.runsAlone(session) && !presence.isAlone()) {
            // Its gates in the same section: a view or a hold must not come between them and its keys.
            presence.exclusively(() -> one(session, args, found, hash, hashed, nowMs));
            return;
        }
        CommandSpec spec = found;
        if (spec != null && spec.isContainer()) {
            spec = spec.subcommand(args);
        }
        execution.timer().expect(call, spec, args);
        session.startCommandReply();
        session.pushes().commandStarts();
        if (served != session) {
            served = session;
        }
        isRunning = true;
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
            node.hold().add(turns.postpone(session, args), gates.releasesSeen());
        } else if (gates.postpones(session, spec)) {
            postponed = true;
            node.pause().add(turns.postpone(session, args));
        } else if (gates.awaitsSnapshot(session, spec)) {
            postponed = true;
            turns.postponeBriefly(session, args);
        } else if (session.transaction != null && !spec.has(CommandFlag.RUNS_IN_MULTI)) {
            if (session.transaction.queue(spec, args)) {
                session.reply().simple("QUEUED");
            } else {
                reject(session, spec, Errors.OUT_OF_MEMORY);
            }
        } else {
            execution.runInPipeline(spec);
        }
        isRunning = false;
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

    /** A gate's refusal: counts it, and spoils an open transaction. */
    private void reject(Session session, CommandSpec spec, CommandError error) {
        if (session.transaction != null) {
            session.transaction.failed = true;
        }
        if (spec != null) {
            execution.usage().rejected[spec.id]++;
            if (spec == node.execSpec()) {
                Transactions.abort(execution, call, error, gates.wasRedirected());
                return;
            }
        }
        execution.replyError(session, error);
    }

    /** As {@link Turns#postpone}. */
    Suspension postpone(Session session, Arguments args) {
        return turns.postpone(session, args);
    }

    /** As {@link Turns#resume}; runs on this loop. */
    void resume(Session session, Suspension suspension, Consumer<Call> reply) {
        turns.resume(session, suspension, reply);
    }

    // ---- pushes -----------------------------------------------------------------------------------------------

    /** Whose command runs on this loop; null between commands. */
    Session running() {
        return isRunning ? served : null;
    }

    Broadcast broadcast() {
        return broadcast;
    }

    /** This loop's subscribers; null for a dispatcher without connections. */
    public LoopSubscribers subscribers() {
        return subscribers;
    }

    /** The connections of this loop that have got pushes. */
    PushedSessions pushed() {
        return pushed;
    }

    /** Takes a connection's subscriptions back, without telling it. */
    public void unsubscribeAll(Session session) {
        if (session.subscriptions() != null) {
            session.holding().remove(Subscribing.bytes(session.subscriptions()));
            subscribers.unsubscribeAll(session.pushes(), session.subscriptions());
            session.subscriptions(null);
        }
    }

    // ---- a connection's life ------------------------------------------------------------------------------------

    /** RESET: transaction, watches, name, database and protocol as right after connecting. */
    public void reset(Session session) {
        session.dropTransaction();
        Transactions.unwatchAll(node, session);
        forgetInterests(session);
        session.reset();
        session.user("default");
        session.authenticated(node.config().get(Parameters.REQUIREPASS).isEmpty());
    }

    /** The connection is gone: gives back what it held in the keyspace. */
    public void disconnected(Session session) {
        turns.forget(session);
        presence.enter();
        try {
            Transactions.unwatchAll(node, session);
        } finally {
            presence.leave();
        }
        session.dropTransaction();
        forgetInterests(session);
        session.holding().close();
        if (session.replicaPeer() != null) {
            node.service(Replication.class).primary().gone(session.replicaPeer());
        }
    }

    private void forgetInterests(Session session) {
        unsubscribeAll(session);
        node.tracking().disable(session);
        node.observers().forget(session);
    }
}
