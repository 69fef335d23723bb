package io.kdb.server.dispatch;

import io.kdb.resp.ReplyWriter;
import io.kdb.resp.RequestBatch;
import io.kdb.server.pubsub.Subscriptions;
import io.kdb.server.replication.ReplicaPeer;
import java.util.concurrent.ScheduledExecutorService;

/**
 * One client connection's state between its commands. Owner: the connection's event loop; fields that other loops read
 * (CLIENT LIST, INFO) are volatile or read there as a task.
 */
public final class Session {
    /** CLIENT REPLY's three modes. */
    public enum ReplyMode {
        ON,
        OFF,
        SKIP_NEXT
    }

    /** What kind of peer this is, as {@code client-output-buffer-limit} names it. */
    public enum Kind {
        NORMAL,
        REPLICA,
        PUBSUB,
        /** The stream from our primary, or a file being loaded: obeyed, whatever the gates say. */
        PRIMARY
    }

    private final long id;
    private final Dispatcher dispatcher;
    private final Connection connection;
    private final ReplyWriter reply;
    private final long createdMs;

    private volatile Kind kind = Kind.NORMAL;
    private boolean silent;
    private volatile String name = "";
    private volatile String libName = "";
    private volatile String libVersion = "";
    private volatile String user = "default";
    private volatile int db;
    private volatile boolean authenticated;
    private volatile long lastActiveMs;
    private volatile CommandSpec lastCommand;

    private ReplyMode replyMode = ReplyMode.ON;
    private boolean skipThisReply;
    private boolean asking;
    private boolean readOnly;
    private boolean noEvict;
    private boolean noTouch;
    private volatile boolean closing; // set by who kills it, too, on another loop
    private long writtenOffset;
    private ReplicaPeer replicaPeer;

    private final Pushes pushes = new Pushes(this);
    private final Holding holding;
    private volatile Subscriptions subscriptions;
    private volatile ClientTracking tracking;
    private volatile boolean redirectIsBroken;
    private boolean caching;
    private volatile boolean isMonitor;

    Transaction transaction;
    WatchSet watches;
    private volatile Suspension suspension;
    /** Requests decoded behind the one that suspended the session; null when none. */
    RequestBatch deferred;

    int deferredAt;

    public Session(long id, Dispatcher dispatcher, Connection connection, ReplyWriter reply, long nowMs) {
        this.id = id;
        this.dispatcher = dispatcher;
        this.connection = connection;
        this.reply = reply;
        this.createdMs = nowMs;
        this.lastActiveMs = nowMs;
        this.holding = new Holding(dispatcher.heap());
    }

    public long id() {
        return id;
    }

    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** The event loop that runs this session; tasks for it keep their order. */
    public ScheduledExecutorService loop() {
        return dispatcher.loop();
    }

    /** Null for a session without a socket (the stream from a primary, a file being loaded). */
    public Connection connection() {
        return connection;
    }

    public ReplyWriter reply() {
        return reply;
    }

    Pushes pushes() {
        return pushes;
    }

    /** Writes a push made for this connection alone; see {@link io.kdb.server.pubsub.Frames}. */
    public void push(byte[] frame) {
        pushes.push(frame, true);
    }

    /** What it is subscribed to; null when it never was. */
    public Subscriptions subscriptions() {
        return subscriptions;
    }

    void subscriptions(Subscriptions its) {
        subscriptions = its;
    }

    /** MONITOR: it is told of every command. */
    public boolean isMonitor() {
        return isMonitor;
    }

    void isMonitor(boolean yes) {
        isMonitor = yes;
    }

    /** How it is told of changes to keys; null while it is not. */
    public ClientTracking tracking() {
        return tracking;
    }

    void tracking(ClientTracking mode) {
        tracking = mode;
    }

    /** CLIENT CACHING was called for the command that comes next. */
    public boolean caching() {
        return caching;
    }

    public void caching(boolean yes) {
        caching = yes;
    }

    /** Whom it redirects to is gone. */
    public boolean redirectIsBroken() {
        return redirectIsBroken;
    }

    void redirectIsBroken(boolean yes) {
        redirectIsBroken = yes;
    }

    /** RESP2 and subscribed: only few commands are allowed. */
    public boolean isSubscriberContext() {
        return kind == Kind.PUBSUB && !reply.resp3();
    }

    public long createdMs() {
        return createdMs;
    }

    public Kind kind() {
        return kind;
    }

    public void kind(Kind newKind) {
        kind = newKind;
    }

    /** What this session does has happened elsewhere: it makes no keyspace events. */
    public void makeSilent() {
        silent = true;
    }

    boolean isSilent() {
        return silent;
    }

    /** The stream from our primary is obeyed; a client is checked. */
    boolean isObeyed() {
        return kind == Kind.PRIMARY;
    }

    public String name() {
        return name;
    }

    /** Fails with {@link io.kdb.server.store.StoreFull} where there is no heap for so long a name. */
    public void name(String newName) {
        exchange(name, newName);
        name = newName;
    }

    public String libName() {
        return libName;
    }

    public void libName(String newName) {
        exchange(libName, newName);
        libName = newName;
    }

    public String libVersion() {
        return libVersion;
    }

    public void libVersion(String newVersion) {
        exchange(libVersion, newVersion);
        libVersion = newVersion;
    }

    private void exchange(String before, String now) {
        long more = Holding.array(now.length()) - Holding.array(before.length());
        if (more > 0) {
            holding.take(more);
        } else {
            holding.remove(-more);
        }
    }

    public String user() {
        return user;
    }

    public int db() {
        return db;
    }

    public void db(int index) {
        db = index;
    }

    public boolean authenticated() {
        return authenticated;
    }

    public void user(String newUser) {
        user = newUser;
    }

    public void authenticated(boolean yes) {
        authenticated = yes;
    }

    public long lastActiveMs() {
        return lastActiveMs;
    }

    /** The last command that was found, whether it ran or not; null before the first. */
    public CommandSpec lastCommand() {
        return lastCommand;
    }

    void active(CommandSpec command, long nowMs) {
        if (lastCommand != command) {
            lastCommand = command;
        }
        if (lastActiveMs != nowMs) {
            lastActiveMs = nowMs;
        }
    }

    public ReplyMode replyMode() {
        return replyMode;
    }

    public void replyMode(ReplyMode mode) {
        replyMode = mode;
    }

    /** CLIENT REPLY OFF and SKIP: the running command gets no reply either. */
    public void muteThisReply() {
        skipThisReply = true;
    }

    /** CLIENT REPLY ON: the running command is answered. */
    public void unmuteThisReply() {
        skipThisReply = false;
    }

    boolean isThisReplyMuted() {
        return skipThisReply;
    }

    /** Settles whether what the next command writes is thrown away; moves SKIP on by one command. */
    void startCommandReply() {
        skipThisReply = replyMode != ReplyMode.ON;
        if (replyMode == ReplyMode.SKIP_NEXT) {
            replyMode = ReplyMode.ON;
        }
    }

    public boolean asking() {
        return asking;
    }

    public void asking(boolean yes) {
        asking = yes;
    }

    public boolean readOnly() {
        return readOnly;
    }

    public void readOnly(boolean yes) {
        readOnly = yes;
    }

    public boolean noEvict() {
        return noEvict;
    }

    public void noEvict(boolean yes) {
        noEvict = yes;
    }

    public boolean noTouch() {
        return noTouch;
    }

    public void noTouch(boolean yes) {
        noTouch = yes;
    }

    public boolean inTransaction() {
        return transaction != null;
    }

    /** Forgets the transaction, if there is one, and all it holds. */
    void dropTransaction() {
        Transaction tx = transaction;
        transaction = null;
        if (tx != null) {
            tx.release();
        }
    }

    /** What it keeps of its requests. */
    Holding holding() {
        return holding;
    }

    /** Bytes that it keeps of its requests: queued and waiting commands, names of channels, of keys, its own. */
    public long heldBytes() {
        return holding.bytes();
    }

    /** Commands queued since MULTI, or -1 outside. */
    public int queuedCount() {
        Transaction tx = transaction;
        return tx == null ? -1 : tx.size();
    }

    /** Bytes of the commands queued since MULTI. */
    public long queuedBytes() {
        Transaction tx = transaction;
        return tx == null ? 0 : tx.bytes;
    }

    /** A watched key has changed. */
    public boolean watchIsDirty() {
        WatchSet set = watches;
        return set != null && set.isDirty();
    }

    /** After its replies are sent the connection closes; nothing more is run. */
    public boolean isClosing() {
        return closing;
    }

    /** From any thread: at most the command that is running is still done. */
    public void closeAfterReply() {
        closing = true;
    }

    public Suspension suspension() {
        return suspension;
    }

    void suspension(Suspension waiting) {
        suspension = waiting;
    }

    public boolean isSuspended() {
        return suspension != null;
    }

    /** True while requests that arrive have to wait: the session is suspended, or yields after much output. */
    public boolean isBusy() {
        return suspension != null || deferred != null;
    }

    /** Where the log ended after this session's last write: what WAIT waits for. */
    public long writtenOffset() {
        return writtenOffset;
    }

    void writtenOffset(long offset) {
        writtenOffset = offset;
    }

    /** The replica at the other end, once it has said so; else null. */
    public ReplicaPeer replicaPeer() {
        return replicaPeer;
    }

    public void replicaPeer(ReplicaPeer peer) {
        replicaPeer = peer;
    }

    /** RESET: everything as right after connecting, but the id and the authentication rule. */
    void reset() {
        kind = Kind.NORMAL;
        name("");
        db = 0;
        replyMode = ReplyMode.ON;
        asking = false;
        readOnly = false;
        noEvict = false;
        noTouch = false;
        reply.resp3(false);
    }
}
