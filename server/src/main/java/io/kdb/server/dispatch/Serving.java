package io.kdb.server.dispatch;

import io.kdb.resp.ChunkPool;
import io.kdb.resp.ReplyBuffer;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.log.Effects;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;
import io.kdb.server.store.StoreFull;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Serves clients that wait for the keys a command, or EXEC, has just changed: after it, in the same piece of the log, before
 * its locks are released. Keys in the order in which they were first changed, clients of a key in the order they came.
 * Owner: its event loop.
 *
 * <p>Note: what a client needs beside the key (BLMOVE's destination) may lie in a segment that is not held. It is taken only
 * if it is free, since waiting for it could be a circle. Else the key is marked as owed: the loop lets go of everything,
 * takes the segments in order and serves then, in a piece of its own; whoever meets the mark before does it instead.
 */
final class Serving {
    private static final int SCRATCH_BYTES = 16 * 1024;

    /** A client that has been served, and the bytes of its reply. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    private record Served(Suspension suspension, byte[] reply) {}

    private final Dispatcher dispatcher;
    private final Node node;
    private final Blocking blocking;
    private final KeyPositions keys = new KeyPositions();
    private final KeyName probe = new KeyName();

    private final ArrayDeque<WaitedKey> ready = new ArrayDeque<>();
    private final ArrayDeque<WaitedKey> owed = new ArrayDeque<>();
    private final List<Served> served = new ArrayList<>();
    private final List<Segment> taken = new ArrayList<>();
    private Call call;
    private ReplyWriter reply;

    Serving(Dispatcher dispatcher, Node node) {
        this.dispatcher = dispatcher;
        this.node = node;
        this.blocking = node.blocking();
    }

    /** Whether {@link #serve} has something to look at. */
    boolean isPending() {
        return !ready.isEmpty();
    }

    /** Whether {@link #pay} has something to do. */
    boolean owes() {
        return !owed.isEmpty();
    }

    /** A waited key may serve somebody now; its segment is held. */
    void ready(WaitedKey key) {
        if (!key.ready) {
            key.ready = true;
            ready.add(key);
        }
    }

    /** Serves from all keys that are ready, and from those that become so by it. */
    void serve() {
        for (WaitedKey key = ready.poll(); key != null; key = ready.poll()) {
            if (!hold(key.segment)) {
                owed.add(key);
                continue;
            }
            key.ready = false;
            blocking.owe(key, false);
            serve(key);
        }
    }

    /** What was served is in the log, up to {@code offset} (0: it is not active): lets go of what {@link #serve} took, and the clients answer. */
    void release(long offset) {
        if (!taken.isEmpty()) {
            taken.forEach(Segment::unlock);
            taken.clear();
        }
        if (!served.isEmpty()) {
            for (Served each : served) {
                byte[] bytes = each.reply;
                each.suspension.finish(done -> {
                    if (offset > 0) {
                        done.session().writtenOffset(offset);
                    }
                    done.reply().raw(bytes, 0, bytes.length);
                });
            }
            served.clear();
        }
    }

    private boolean hold(int segment) {
        Segment lock = node.keyspace().segment(segment);
        if (lock.isHeld()) {
            return true;
        }
        if (!lock.tryLock()) {
            return false;
        }
        taken.add(lock);
        return true;
    }

    private void serve(WaitedKey key) {
        Iterator<Waiter> waiters = key.waiters.iterator();
        while (waiters.hasNext()) {
            Waiter waiter = waiters.next();
            if (waiter.suspension.isOver()) {
                waiters.remove();
                blocking.removed(key, waiter);
                continue;
            }
            KeyCursor cursor = start(waiter).waited(key.name);
            if (!waiter.waiting.isServable(cursor)) {
                if (!cursor.exists() && key.goneListeners == 0) {
                    return;
                }
                CommandError error = waiter.waiting.gone();
                boolean gone = !cursor.exists() || cursor.type() != waiter.waiting.type();
                if (gone && error != null && waiter.suspension.claim(Suspension.Outcome.SERVED)) {
                    waiters.remove();
                    blocking.removed(key, waiter);
                    answer(waiter, error);
                }
                continue;
            }
            if (isHeld(waiter)) {
                waiter.suspension.runAgain(waiter.args);
                continue;
            }
            if (waiter.otherSegment >= 0 && !hold(waiter.otherSegment)) {
                blocking.owe(key, true);
                owed.add(key);
                return;
            }
            if (waiter.suspension.claim(Suspension.Outcome.SERVED)) {
                waiters.remove();
                blocking.removed(key, waiter);
                serve(waiter, cursor);
            }
        }
    }

    /** Another key that it writes changes hands: it runs again from the first gate, and waits there. */
    private boolean isHeld(Waiter waiter) {
        return node.hold().isActive() && node.hold().holds(waiter.spec, waiter.args, keys, probe);
    }

    private Call start(Waiter waiter) {
        if (call == null) {
            call = new Call(dispatcher, node);
            reply = new ReplyWriter(new ReplyBuffer(new ChunkPool(SCRATCH_BYTES)));
        }
        Session session = waiter.suspension.session();
        call.start(session, waiter.spec, waiter.args, dispatcher.call().nowMs());
        call.reply(reply);
        reply.resp3(session.reply().resp3());
        return call;
    }

    private void serve(Waiter waiter, KeyCursor cursor) {
        CommandError error = null;
        try {
            waiter.waiting.serve(call, cursor);
        } catch (CommandError thrown) {
            error = thrown;
        } catch (StoreFull full) {
            error = Errors.OUT_OF_MEMORY;
        } finally {
            call.dropEmptyCollections();
        }
        if (call.dirty() > 0) {
            node.persistence().changed(call.dirty());
        }
        answer(waiter, error);
    }

    private void answer(Waiter waiter, CommandError error) {
        ReplyBuffer buffer = reply.buffer();
        if (error != null) {
            buffer.truncate(buffer.drained());
            node.stats().countError(error.line());
            reply.error(error.line());
        }
        byte[] bytes = new byte[Math.toIntExact(buffer.size())];
        int[] at = new int[1];
        buffer.drain((array, from, length) -> {
            System.arraycopy(array, from, bytes, at[0], length);
            at[0] += length;
        });
        served.add(new Served(waiter.suspension, bytes));
    }

    // ---- owed keys --------------------------------------------------------------------------------------------

    /** Serves from the keys that this loop owes; no segment is held, or the loop is alone in the keyspace. */
    void pay() {
        for (WaitedKey key = owed.poll(); key != null; key = owed.poll()) {
            pay(key);
        }
    }

    /** Serves from every owed key of a segment, whoever owes it; no segment is held. */
    void pay(int segment) {
        blocking.owedKeys(segment).forEach(this::pay);
    }

    private void pay(WaitedKey key) {
        Keyspace keyspace = node.keyspace();
        Segment home = keyspace.segment(key.segment);
        int further;
        home.lock();
        try {
            if (!key.owed && !key.ready) {
                return;
            }
            further = furtherSegment(key);
        } finally {
            home.unlock();
        }
        Segment other = further < 0 || further == key.segment ? null : keyspace.segment(further);
        Segment low = other != null && further < key.segment ? other : home;
        Segment high = low == home ? other : home;
        low.lock();
        if (high != null) {
            high.lock();
        }
        try {
            if (key.owed || key.ready) {
                key.ready = true;
                ready.add(key);
                serveAsPiece();
            }
        } finally {
            if (high != null) {
                high.unlock();
            }
            low.unlock();
        }
    }

    /** The segment that the first client of the key needs beside the key's, or -1. */
    private static int furtherSegment(WaitedKey key) {
        for (Waiter waiter : key.waiters) {
            if (!waiter.suspension.isOver()) {
                return waiter.otherSegment;
            }
        }
        return -1;
    }

    private void serveAsPiece() {
        Effects effects = dispatcher.effects();
        effects.begin();
        try {
            serve();
        } finally {
            release(effects.commit());
        }
    }
}
