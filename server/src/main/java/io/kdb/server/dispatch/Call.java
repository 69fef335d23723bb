package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.log.Effects;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * One running command: its arguments, its session, its reply, its keys and what it changed. Owner: the event loop, which
 * has one and reuses it; a command must not keep it.
 */
public final class Call {
    private static final int MAX_KEPT_CURSORS = 32;

    private final Dispatcher dispatcher;
    private final Node node;
    private final KeyCursor key;
    private final KeyCursor otherKey;
    private final List<KeyCursor> more = new ArrayList<>();
    private Object[] kept = {};

    private Session session;
    private CommandSpec spec;
    private Arguments args;
    private ReplyWriter reply;
    private long replyMark;
    private long nowMs;

    // What the command did, for the log and rdb_changes_since_last_save.
    private long dirty;
    private boolean rewritten;
    private int doneArguments;
    private boolean suspended;
    private boolean madeCollection;
    int slot = -1;

    // The hash of the only key, known from the touch pass.
    private int hashedArg;
    private long hash;

    Call(Dispatcher dispatcher, Node node) {
        this.dispatcher = dispatcher;
        this.node = node;
        this.key = new KeyCursor(this);
        this.otherKey = new KeyCursor(this);
    }

    /** The hash of argument {@code arg} is already known; 0 for none. */
    void keyHash(int arg, long known) {
        hashedArg = arg;
        hash = known;
    }

    long hashOf(Arguments arguments, int arg) {
        return arg == hashedArg && arg != 0
                ? hash
                : KeyHash.hash(arguments.array(arg), arguments.offset(arg), arguments.length(arg));
    }

    int onlyKeySegment() {
        return segmentOf(args, spec.onlyKey);
    }

    int segmentOf(Arguments arguments, int arg) {
        Keyspace keyspace = node.keyspace();
        return keyspace.isCluster()
                ? keyspace.segmentIndex(Slot.of(arguments.array(arg), arguments.offset(arg), arguments.length(arg)), 0)
                : keyspace.segmentIndex(-1, hashOf(arguments, arg));
    }

    /** The segment of the key at argument {@code arg}, for a command that takes its locks itself. */
    public Segment segment(int arg) {
        return node.keyspace().segment(segmentOf(args, arg));
    }

    void start(Session newSession, CommandSpec command, Arguments arguments, long now) {
        if (session != newSession) {
            session = newSession;
        }
        if (spec != command) {
            spec = command;
        }
        if (args != arguments) {
            args = arguments;
        }
        ReplyWriter itsReply = newSession.reply();
        if (reply != itsReply) {
            reply = itsReply;
        }
        replyMark = reply.buffer().written();
        nowMs = now;
        dirty = 0;
        rewritten = false;
        doneArguments = 0;
        suspended = false;
        slot = -1;
        hashedArg = 0;
    }

    void forgetArguments() {
        args = null;
    }

    public Node node() {
        return node;
    }

    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** Replies go there instead of to the session's connection. */
    void reply(ReplyWriter elsewhere) {
        reply = elsewhere;
        replyMark = elsewhere.buffer().written();
    }

    public Session session() {
        return session;
    }

    /** Whom the command borrows heap from that grows with a value. */
    public HeapLoan heap() {
        return dispatcher.heap();
    }

    public CommandSpec spec() {
        return spec;
    }

    public Arguments args() {
        return args;
    }

    public ReplyWriter reply() {
        return reply;
    }

    /** Drops what the command has written (GETEX replies the value first), for an error instead. */
    void takeBackReply() {
        reply.buffer().truncate(replyMark);
    }

    /** Bytes that the command has replied. */
    long repliedBytes() {
        return reply.buffer().written() - replyMark;
    }

    /** Wall clock, milliseconds since 1970, as of the start of the read batch. */
    public long nowMs() {
        return nowMs;
    }

    public int db() {
        return session.db();
    }

    /** The monotonic clock as of the end of the command before, or of the read from the socket. */
    public long nanos() {
        return dispatcher.nanos();
    }

    // ---- keys -------------------------------------------------------------------------------------------------

    /** The key of argument {@code arg}, looked up for reading: a hit or miss is counted, access time is updated. */
    public KeyCursor read(int arg) {
        return key.at(session.db(), arg).lookupRead();
    }

    /** The key of argument {@code arg}, looked up to be changed: an expired one is deleted first. */
    public KeyCursor write(int arg) {
        return key.at(session.db(), arg).lookupWrite();
    }

    /** The key without statistics or access time (TYPE, TTL, OBJECT, EXISTS as Redis' LOOKUP_NOTOUCH does). */
    public KeyCursor peek(int arg) {
        return key.at(session.db(), arg).lookupPeek();
    }

    /** The key with its hit or miss counted, but no access noted (Redis' LOOKUP_NOTOUCH: TTL, TYPE, EXISTS, OBJECT). */
    public KeyCursor glance(int arg) {
        return key.at(session.db(), arg).lookupGlance();
    }

    /** As {@link #glance}, but a miss is no event (OBJECT). */
    public KeyCursor silent(int arg) {
        return key.at(session.db(), arg).lookupSilently();
    }

    /** A second cursor, for commands on two keys, in database {@code db}; not yet looked up. */
    public KeyCursor other(int db, int arg) {
        return otherKey.at(db, arg);
    }

    /** One more cursor, the n-th, at argument {@code arg} of the session's database; not yet looked up. */
    public KeyCursor more(int n, int arg) {
        if (n >= MAX_KEPT_CURSORS) {
            return new KeyCursor(this).at(session.db(), arg);
        }
        while (more.size() <= n) {
            more.add(new KeyCursor(this));
        }
        return more.get(n).at(session.db(), arg);
    }

    /** The first cursor at a key that clients wait for, without statistics or access time. */
    KeyCursor waited(KeyName name) {
        return key.at(name).lookupPeek();
    }

    /** The segment of a key that is no argument, for a command that runs alone; see {@link CommandSpec#aloneWhen}. */
    public Segment segment(byte[] key) {
        Keyspace keyspace = node.keyspace();
        return keyspace.segment(
                keyspace.isCluster()
                        ? keyspace.segmentIndex(Slot.of(key, 0, key.length), 0)
                        : keyspace.segmentIndex(-1, KeyHash.hash(key)));
    }

    /** The second cursor at a key that is no argument, in the session's database; its segment is held. Not yet looked up. */
    public KeyCursor other(byte[] key) {
        return otherKey.at(session.db(), key, 0, key.length, KeyHash.hash(key));
    }

    /** The first cursor, unpositioned, for commands that walk keys by themselves. */
    KeyCursor cursor() {
        return key;
    }

    /** Whole databases are empty now: clients forget what they cache. Runs alone. */
    public void databasesFlushed() {
        node.tracking().flushed(dispatcher);
    }

    /** The object of this name that this call uses again; see {@link Kept}. */
    @SuppressWarnings("unchecked") // a number is one name's alone
    public <T> T kept(Kept<T> name) {
        if (name.number >= kept.length) {
            kept = Arrays.copyOf(kept, name.number + 1);
        }
        if (kept[name.number] == null) {
            kept[name.number] = name.make.get();
        }
        return (T) kept[name.number];
    }

    // ---- keyspace events ----------------------------------------------------------------------------------------

    /** As {@link KeyCursor#event}, for the key of argument {@code arg} when no cursor stands on it. Its segment is held. */
    public void event(int eventClass, String event, int arg) {
        event(eventClass, event, session.db(), arg);
    }

    /** As {@link #event(int, String, int)}, in database {@code db}. */
    public void event(int eventClass, String event, int db, int arg) {
        KeyEvents events = node.keyEvents();
        if (events.publishes(eventClass) && !session.isSilent()) {
            events.publish(dispatcher, eventClass, event, db, args.array(arg), args.offset(arg), args.length(arg));
        }
    }

    /** A cursor has made an empty collection. */
    void madeCollection() {
        madeCollection = true;
    }

    /** Deletes what a cursor has made and the command left empty, an error having stopped it; the locks are still held. */
    void dropEmptyCollections() {
        if (madeCollection) {
            madeCollection = false;
            key.dropEmpty();
            otherKey.dropEmpty();
        }
    }

    // ---- effects ----------------------------------------------------------------------------------------------

    /** Counts changes; a write command with none is not propagated. */
    public void changed(long count) {
        dirty += count;
    }

    /** How many changes the command has counted so far. */
    public long changes() {
        return dirty;
    }

    long dirty() {
        return dirty;
    }

    /** Says that the command's effect differs from its own words: nothing but {@link #effect} calls is propagated. */
    public void rewriteEffect() {
        rewritten = true;
    }

    /** Adds {@code words} as an effect, in the session's database, and takes the command's own words out. */
    public void effect(byte[]... words) {
        rewritten = true;
        dispatcher.effects().add(session.db(), slot, words);
    }

    /** As {@link #effect} without garbage: as many {@link Effects#argument} calls must follow. After the change. */
    public Effects startEffect(int words) {
        rewritten = true;
        return dispatcher.effects().start(session.db(), slot, words);
    }

    /**
     * Says that the command has done what its arguments before {@code arg} ask for: should it run out of memory now, these are
     * logged. For commands that take one argument, or pair, after the other.
     */
    public void doneUpTo(int arg) {
        doneArguments = arg;
    }

    int doneArguments() {
        return doneArguments;
    }

    /** Adds the first {@code count} of these words, as they came, as an effect. */
    void effectOf(Arguments arguments, int count) {
        Effects effects = dispatcher.effects();
        effects.start(session.db(), slot, count);
        for (int i = 0; i < count; i++) {
            byte[][] pieces = arguments.pieces(i);
            if (pieces == null) {
                effects.argument(arguments.array(i), arguments.offset(i), arguments.length(i));
            } else {
                effects.argumentHeader(arguments.length(i));
                for (byte[] piece : pieces) {
                    effects.append(piece, 0, piece.length);
                }
                effects.argumentEnd();
            }
        }
    }

    boolean isRewritten() {
        return rewritten;
    }

    // ---- expiry -----------------------------------------------------------------------------------------------

    /** The stream from our primary, or a file, is obeyed: limits for clients do not hold. */
    public boolean isObeyed() {
        return session.isObeyed();
    }

    /** Whether this node deletes keys because of their time. */
    public boolean mayExpire() {
        return !node.isReplica() && !node.expiryIsPaused();
    }

    /** Whether a key that is to expire at this time is to be deleted instead; never on a replica or while loading. */
    public boolean isPast(long atMs) {
        return atMs <= nowMs && !node.isReplica() && !node.isLoading() && !session.isObeyed();
    }

    /**
     * Deletes those of these keys that are past their time, each with its own piece of the log; for commands that hold no
     * lock ({@link CommandFlag#OWN_LOCKS}) or run alone.
     */
    public void deleteExpired(List<byte[]> names) {
        if (!mayExpire()) {
            return;
        }
        for (byte[] name : names) {
            key.expireInItsLock(session.db(), name);
        }
    }

    // ---- suspending -------------------------------------------------------------------------------------------

    /**
     * Stops this connection until the returned suspension is ended; the command returns without a reply. When
     * {@code timeoutMs} is positive, {@code onTimeout} then writes the reply. {@code onEnd} runs on the loop however it
     * ended, before the reply, to take registrations back; may be null.
     */
    public Suspension suspend(long timeoutMs, Consumer<Call> onTimeout, Runnable onEnd) {
        Suspension suspension = new Suspension(session, onTimeout, onEnd);
        suspended = true;
        session.suspension(suspension);
        node.stats().blockedClients.incrementAndGet();
        if (timeoutMs > 0) {
            suspension.timer(dispatcher
                    .loop()
                    .schedule(
                            () -> suspension.end(Suspension.Outcome.TIMED_OUT, onTimeout),
                            timeoutMs,
                            TimeUnit.MILLISECONDS));
        }
        return suspension;
    }

    /**
     * Stops this connection until one of the keys from argument {@code firstKey} on, which the command has just found to
     * hold nothing for it, can serve it. The command returns without a reply. Where it must not wait, and once
     * {@code timeoutMs} are over (0: never), its reply is a null array. The keys' segments are held.
     */
    public void block(Waiting waiting, int firstKey, int keyCount, long timeoutMs) {
        block(waiting, firstKey, keyCount, 0, timeoutMs);
    }

    /** As {@link #block}, when serving also needs the key of argument {@code otherKey} (a destination). */
    public void block(Waiting waiting, int firstKey, int keyCount, int otherKey, long timeoutMs) {
        if (!maySuspend()) {
            reply.nullArray();
            return;
        }
        Blocking blocking = node.blocking();
        long kept = Holding.array(args.totalLength()) + Holding.ITEM_BYTES;
        for (int i = 0; i < keyCount; i++) {
            kept += Holding.array(args.length(firstKey + i)) + Holding.ITEM_BYTES;
        }
        session.holding().take(kept);
        Waiter waiter;
        KeyName[] names = new KeyName[keyCount];
        try {
            waiter = new Waiter(waiting, spec, args.detach(), otherKey == 0 ? -1 : segmentOf(args, otherKey));
            for (int i = 0; i < keyCount; i++) {
                names[i] = key.at(session.db(), firstKey + i).name().own();
            }
        } catch (OutOfMemoryError error) {
            session.holding().remove(kept);
            throw error;
        }
        // From here on nothing fails for want of memory.
        Suspension suspension = suspend(
                timeoutMs, done -> done.reply().nullArray(), () -> dispatcher.inside(() -> blocking.forget(waiter)));
        suspension.keeps(kept);
        waiter.suspension = suspension;
        for (int i = 0; i < keyCount; i++) {
            key.at(session.db(), firstKey + i);
            blocking.add(waiter, names[i], key.segment());
        }
        blocking.begun();
        suspension.waiter(waiter);
    }

    /** Whole databases were flushed or exchanged: clients that wait for their keys are looked at after the command. */
    public void databasesChanged(IntPredicate affected) {
        node.blocking().databasesChanged(dispatcher.serving(), affected);
    }

    /** The command starts at the first gate again once something held is released; see {@link KeyHold#holdKeys}. */
    public void waitForHold(long releasesSeen) {
        node.hold().add(dispatcher.postpone(session, args), releasesSeen);
    }

    /** False where a command must not wait: inside EXEC, in the stream from a primary. */
    public boolean maySuspend() {
        return !dispatcher.inExec() && session.kind() != Session.Kind.PRIMARY;
    }

    boolean isSuspended() {
        return suspended;
    }

    // ---- arguments --------------------------------------------------------------------------------------------

    /** Argument {@code i} as a signed 64-bit integer, strictly as Redis' string2ll; else {@link Errors#NOT_INTEGER}. */
    public long integer(int i) {
        return integer(i, Errors.NOT_INTEGER);
    }

    public long integer(int i, CommandError otherwise) {
        return ArgumentNumbers.integer(args, i, otherwise);
    }

    /** Argument {@code i} as a signed 32-bit integer, with Redis' two errors. */
    public int integer32(int i) {
        long value = integer(i);
        if (value != (int) value) {
            throw Errors.NOT_INT;
        }
        return (int) value;
    }

    /** An integer that must lie in [min, max]; else {@code otherwise}. */
    public long integer(int i, long min, long max, CommandError otherwise) {
        long value = integer(i, otherwise);
        if (value < min || value > max) {
            throw otherwise;
        }
        return value;
    }
}
