package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.pubsub.LoopSubscribers;
import io.kdb.server.pubsub.Parcel;
import io.kdb.server.store.PagePool;
import io.kdb.server.store.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Client-side caching: which connections have read which keys, and telling them when a key changes. The table is cut by
 * segment; a segment's part, and so the order of reading and telling, is owned by its lock. Thread-safe.
 *
 * <p>Note: as in Redis a key is known by its name alone, whatever its database, and a connection that is gone is taken out
 * only when the key changes. Until the first CLIENT TRACKING ON a write pays one field read. The table borrows from the heap's
 * share, a quarter of it at most: a key that it has no room for counts as changed at once.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/client-side-caching/">client-side caching</a>
 */
public final class Tracking {
    /** How many keys of a table over {@code tracking-table-max-keys} are given up before each command. */
    private static final int EFFORT = 100;

    /** The table may have one part in so many of the heap's share. */
    private static final int HEAP_PARTS = 4;

    private static final Prefix[] NO_PREFIXES = {};

    private static final class Part {
        Map<KeyName, long[]> readers = new HashMap<>();
        final KeyName probe = new KeyName();
    }

    private final Node node;
    private final PagePool pool;
    private final Part[] parts;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong keys = new AtomicLong();
    private final AtomicLong items = new AtomicLong();
    private final AtomicInteger clients = new AtomicInteger();
    /** In the order of their bytes; swapped whole under this object's lock. */
    private volatile Prefix[] prefixes = NO_PREFIXES;

    private volatile boolean isUsed;
    /** Where the next key to give up is looked for. */
    private volatile int hand;

    Tracking(Node node, int segments) {
        this.node = node;
        this.pool = node.keyspace().pool();
        this.parts = new Part[segments];
        for (int i = 0; i < segments; i++) {
            parts[i] = new Part();
        }
    }

    /** Whether anybody has ever asked for it. */
    boolean isUsed() {
        return isUsed;
    }

    // ---- who is told ------------------------------------------------------------------------------------------

    /** CLIENT TRACKING ON; called on the session's loop. */
    public synchronized void enable(Session session, ClientTracking mode) {
        long before = bytes(session.tracking());
        session.holding().take(bytes(mode) - before);
        isUsed = true;
        if (session.tracking() == null) {
            clients.incrementAndGet();
        }
        for (byte[] bytes : mode.prefixes()) {
            join(new Prefix(bytes), session);
        }
        session.redirectIsBroken(false);
        session.tracking(mode);
    }

    private void join(Prefix wanted, Session session) {
        int at = Arrays.binarySearch(prefixes, wanted);
        if (at < 0) {
            List<Prefix> next = new ArrayList<>(Arrays.asList(prefixes));
            next.add(-1 - at, wanted);
            prefixes = next.toArray(NO_PREFIXES);
            wanted.members = new Session[] {session};
            return;
        }
        List<Session> members = new ArrayList<>(Arrays.asList(prefixes[at].members));
        if (!members.contains(session)) {
            members.add(session);
            prefixes[at].members = members.toArray(Prefix.NOBODY);
        }
    }

    /** What a connection holds for its prefixes. */
    private static long bytes(ClientTracking mode) {
        long sum = 0;
        if (mode != null) {
            for (byte[] prefix : mode.prefixes()) {
                sum += Holding.array(prefix.length) + Holding.ITEM_BYTES;
            }
        }
        return sum;
    }

    /** CLIENT TRACKING OFF, RESET, or the end of the connection; called on the session's loop. */
    public synchronized void disable(Session session) {
        ClientTracking mode = session.tracking();
        if (mode == null) {
            return;
        }
        session.holding().remove(bytes(mode));
        session.tracking(null);
        session.caching(false);
        session.redirectIsBroken(false);
        clients.decrementAndGet();
        for (byte[] bytes : mode.prefixes()) {
            leave(new Prefix(bytes), session);
        }
    }

    private void leave(Prefix wanted, Session session) {
        int at = Arrays.binarySearch(prefixes, wanted);
        List<Session> members = new ArrayList<>(Arrays.asList(prefixes[at].members));
        members.remove(session);
        prefixes[at].members = members.toArray(Prefix.NOBODY);
        if (members.isEmpty()) {
            List<Prefix> next = new ArrayList<>(Arrays.asList(prefixes));
            next.remove(at);
            prefixes = next.toArray(NO_PREFIXES);
        }
    }

    // ---- reading ----------------------------------------------------------------------------------------------

    /** Remembers that the session has read these keys; their segments are held. */
    void read(Call call, Session session, Arguments args, KeyPositions positions) {
        ClientTracking mode = session.tracking();
        if (mode.broadcast() || mode.optIn() && !session.caching() || mode.optOut() && session.caching()) {
            return;
        }
        for (int i = 0; i < positions.count(); i++) {
            int arg = positions.at(i);
            int segment = call.segmentOf(args, arg);
            Segment held = node.keyspace().segment(segment);
            boolean locked = held.enter();
            try {
                if (!remember(segment, args, arg, session.id())) {
                    byte[] key =
                            Arrays.copyOfRange(args.array(arg), args.offset(arg), args.offset(arg) + args.length(arg));
                    session.pushes().invalidateAfterReply(TrackingNotice.keys(List.of(key)));
                }
            } finally {
                if (locked) {
                    held.unlock();
                }
            }
        }
    }

    /** False: there is no room for one more. */
    private boolean remember(int segment, Arguments args, int arg, long id) {
        KeyName probe = parts[segment].probe.at(0, args.array(arg), args.offset(arg), args.length(arg));
        try {
            return remember(parts[segment].readers, probe, id);
        } finally {
            probe.forget();
        }
    }

    private boolean remember(Map<KeyName, long[]> readersOf, KeyName key, long id) {
        long[] readers = readersOf.get(key);
        if (readers == null) {
            if (!borrow(keyBytes(key.length()) + Long.BYTES)) {
                return false;
            }
            readersOf.put(key.own(), new long[] {id});
            keys.incrementAndGet();
            items.incrementAndGet();
            return true;
        }
        for (long reader : readers) {
            if (reader == id) {
                return true;
            }
        }
        if (!borrow(Long.BYTES)) {
            return false;
        }
        long[] next = withoutTheGone(readers, id);
        giveBack((long) (readers.length + 1 - next.length) * Long.BYTES);
        items.addAndGet(next.length - readers.length);
        readersOf.replace(key, next);
        return true;
    }

    private boolean borrow(long more) {
        if (bytes.get() + more > most() || !pool.lend(more)) {
            return false;
        }
        bytes.addAndGet(more);
        return true;
    }

    private void giveBack(long less) {
        bytes.addAndGet(-less);
        pool.lent(-less);
    }

    private long most() {
        return pool.heapBytes() / HEAP_PARTS;
    }

    /** What a key takes beside the numbers of its readers. */
    private static long keyBytes(int length) {
        return Holding.ITEM_BYTES + Holding.array(length);
    }

    /** The readers that are still connected, and one more: else a key that never changes would collect them for ever. */
    private long[] withoutTheGone(long[] readers, long another) {
        long[] next = new long[readers.length + 1];
        int count = 0;
        for (long reader : readers) {
            if (node.clients().get(reader) != null) {
                next[count++] = reader;
            }
        }
        next[count++] = another;
        return count == next.length ? next : Arrays.copyOf(next, count);
    }

    // ---- changing ---------------------------------------------------------------------------------------------

    /** A command changed this key, whose segment is held. */
    void changed(Call call, int segment, byte[] array, int offset, int length) {
        byte[] key = null;
        for (Prefix prefix : prefixes) {
            if (prefix.starts(array, offset, length)) {
                key = key == null ? Arrays.copyOfRange(array, offset, offset + length) : key;
                call.dispatcher().broadcast().add(prefix, key, call.session());
            }
        }
        invalidate(call.dispatcher(), call.dispatcher().running(), segment, array, offset, length);
    }

    /** The node itself changed this key, whose segment is held: it expired, was evicted, or left. */
    void changed(int segment, byte[] key) {
        Prefix[] all = prefixes;
        if (all.length > 0) {
            Broadcast broadcast = new Broadcast(this);
            for (Prefix prefix : all) {
                if (prefix.starts(key, 0, key.length)) {
                    broadcast.add(prefix, key, null);
                }
            }
            broadcast.flush(null);
        }
        invalidate(null, null, segment, key, 0, key.length);
    }

    @SuppressWarnings("ReferenceEquality") // a session is itself
    private void invalidate(Dispatcher running, Session current, int segment, byte[] array, int offset, int length) {
        Part part = parts[segment];
        if (part.readers.isEmpty()) {
            return;
        }
        long[] readers = part.readers.remove(part.probe.at(0, array, offset, length));
        part.probe.forget();
        if (readers == null) {
            return;
        }
        keys.decrementAndGet();
        items.addAndGet(-readers.length);
        giveBack(keyBytes(length) + (long) readers.length * Long.BYTES);
        byte[] value = null;
        for (long id : readers) {
            Session session = node.clients().get(id);
            ClientTracking mode = session == null ? null : session.tracking();
            if (mode == null || mode.broadcast() || mode.noLoop() && session == current) {
                continue;
            }
            if (value == null) {
                value = TrackingNotice.keys(List.of(Arrays.copyOfRange(array, offset, offset + length)));
            }
            if (session == current) {
                session.pushes().invalidateAfterReply(value);
            } else {
                tell(running, session, value);
            }
        }
    }

    /** Whole databases are emptied, or their content is another: everybody forgets everything. In an exclusive section. */
    public void flushed() {
        flushed(null);
    }

    @SuppressWarnings("ReferenceEquality") // a session is itself
    void flushed(Dispatcher running) {
        if (!isUsed) {
            return;
        }
        for (Session session : node.clients().all()) {
            if (session.tracking() == null) {
                continue;
            }
            byte[] all = session.reply().resp3() ? TrackingNotice.ALL_RESP3 : TrackingNotice.ALL_RESP2;
            if (running != null && session == running.running()) {
                session.pushes().invalidateAfterReply(all);
            } else {
                tell(running, session, all);
            }
        }
        for (Part part : parts) {
            part.readers = new HashMap<>();
        }
        giveBack(bytes.get());
        keys.set(0);
        items.set(0);
    }

    /** Tells a session, or whom it redirects to. {@code running}: the calling loop's dispatcher, null on other threads. */
    @SuppressWarnings("ReferenceEquality") // a dispatcher is itself
    void tell(Dispatcher running, Session session, byte[] value) {
        ClientTracking mode = session.tracking();
        if (mode == null) {
            return;
        }
        Session to = mode.redirect() == 0 ? session : node.clients().get(mode.redirect());
        if (to == null) {
            session.redirectIsBroken(true);
            if (session.reply().resp3()) {
                send(running, session, new BrokenRedirect(session, mode.redirect()));
            }
            return;
        }
        send(running, to, new TrackingNotice(to, value, mode.redirect() != 0, false));
    }

    private record BrokenRedirect(Session session, long redirect) implements Parcel {
        @Override
        public long bytes() {
            return 64;
        }

        @Override
        public void open(LoopSubscribers at) {
            session.pushes().push(TrackingNotice.broken(redirect), false);
        }

        @Override
        public Parcel withoutContent() {
            return this;
        }
    }

    private static void send(Dispatcher running, Session to, Parcel notice) {
        LoopSubscribers loop = to.dispatcher().subscribers();
        if (running != null && running.subscribers() == loop) {
            loop.deliverWaiting();
            notice.open(loop);
        } else {
            loop.post(notice);
        }
    }

    // ---- limits and figures -----------------------------------------------------------------------------------

    /** Gives keys up, as if they had changed, while there are more than {@code tracking-table-max-keys}. No lock is held. */
    void limit(Dispatcher running) {
        long max = node.config().get(Parameters.TRACKING_TABLE_MAX_KEYS);
        if (max == 0 || keys.get() <= max) {
            return;
        }
        int looked = 0;
        for (int given = 0; given < EFFORT && keys.get() > max && looked < parts.length; ) {
            int segment = hand;
            Segment held = node.keyspace().segment(segment);
            boolean locked = held.enter();
            try {
                Part part = parts[segment];
                if (part.readers.isEmpty()) {
                    looked++;
                    hand = (segment + 1) % parts.length;
                    continue;
                }
                byte[] key = part.readers.keySet().iterator().next().bytes();
                invalidate(running, null, segment, key, 0, key.length);
                given++;
            } finally {
                if (locked) {
                    held.unlock();
                }
            }
        }
    }

    /** Connections that asked for it. */
    public int clientCount() {
        return clients.get();
    }

    public long keyCount() {
        return keys.get();
    }

    /** Pairs of a key and a reader. */
    public long itemCount() {
        return items.get();
    }

    public int prefixCount() {
        return prefixes.length;
    }
}
