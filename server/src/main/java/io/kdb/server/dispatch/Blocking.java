package io.kdb.server.dispatch;

import io.kdb.server.config.Parameters;
import io.kdb.server.store.Segment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

/**
 * Which clients wait for which keys, cut by segment: BLPOP and its like, of all families. Owner of a segment's part: that
 * segment's lock. {@link Serving} gives them what they wait for.
 *
 * <p>Note: a waiter is registered under all its keys while their segments are held, so nothing is pushed between its look
 * and its registration. Who ends its wait leaves the other registrations behind; the client's own loop takes them back.
 */
public final class Blocking {
    /** How often waiting clients are asked whether this node still serves their keys. */
    private static final long CHECK_MS = 100;

    private static final CommandError ROLE_CHANGED = new CommandError(
            "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)");

    /** The waited keys of one segment. */
    private static final class Part {
        final Map<KeyName, WaitedKey> keys = new HashMap<>();
        int owed;
    }

    private final Node node;
    private final Part[] parts;
    private final AtomicInteger waiters = new AtomicInteger();
    /** How many keys are owed in all segments; a command looks at its segments' only when it is not zero. */
    private final AtomicInteger owed = new AtomicInteger();

    private long lastCheckMs;

    Blocking(Node node, int segments) {
        this.node = node;
        parts = new Part[segments];
        for (int i = 0; i < segments; i++) {
            parts[i] = new Part();
        }
    }

    /** Whether nobody waits for a key of the segment; its lock is held. */
    boolean isEmpty(int segment) {
        return parts[segment].keys.isEmpty();
    }

    /** Null when nobody waits for that key; the segment's lock is held. */
    WaitedKey find(int segment, KeyName probe) {
        return parts[segment].keys.get(probe);
    }

    /** Puts a waiter behind those who wait for that key, whose name may be kept; the segment's lock is held. */
    void add(Waiter waiter, KeyName name, int segment) {
        WaitedKey key = find(segment, name);
        if (key == null) {
            key = new WaitedKey(name, segment);
            parts[segment].keys.put(name, key);
        }
        if (key.waiters.add(waiter)) {
            waiter.keys.add(key);
            if (waiter.waiting.gone() != null) {
                key.goneListeners++;
            }
        }
    }

    void begun() {
        waiters.incrementAndGet();
    }

    /** The wait is over: takes what registrations are left back. Inside the keyspace, no lock held. */
    void forget(Waiter waiter) {
        for (WaitedKey key : waiter.keys) {
            Segment segment = node.keyspace().segment(key.segment);
            boolean locked = segment.enter();
            try {
                if (key.waiters.remove(waiter)) {
                    removed(key, waiter);
                }
            } finally {
                if (locked) {
                    segment.unlock();
                }
            }
        }
        waiters.decrementAndGet();
    }

    /** A waiter was taken out of the key's queue; the segment's lock is held. */
    void removed(WaitedKey key, Waiter waiter) {
        if (waiter.waiting.gone() != null) {
            key.goneListeners--;
        }
        if (key.waiters.isEmpty() && !key.owed) {
            parts[key.segment].keys.remove(key.name, key);
        }
    }

    // ---- owed keys --------------------------------------------------------------------------------------------

    /** Whether a key of the segment is owed; its lock is held. */
    boolean isOwed(int segment) {
        return owed.get() != 0 && parts[segment].owed != 0;
    }

    /** Whether any key is owed: a quick first question. */
    boolean isOwing() {
        return owed.get() != 0;
    }

    /** Marks the key, or takes the mark back; the segment's lock is held. */
    void owe(WaitedKey key, boolean yes) {
        if (key.owed == yes) {
            return;
        }
        key.owed = yes;
        parts[key.segment].owed += yes ? 1 : -1;
        owed.addAndGet(yes ? 1 : -1);
        if (!yes && key.waiters.isEmpty()) {
            parts[key.segment].keys.remove(key.name, key);
        }
    }

    /** The owed keys of a segment; takes its lock, which must not be held. */
    List<WaitedKey> owedKeys(int segment) {
        List<WaitedKey> found = new ArrayList<>(1);
        Segment lock = node.keyspace().segment(segment);
        lock.lock();
        try {
            if (parts[segment].owed != 0) {
                parts[segment].keys.values().stream().filter(key -> key.owed).forEach(found::add);
            }
        } finally {
            lock.unlock();
        }
        return found;
    }

    // ---- changes from outside a command -----------------------------------------------------------------------

    /** The waited keys of whole databases (FLUSHALL, SWAPDB) are looked at by {@code serving}. In an exclusive section. */
    void databasesChanged(Serving serving, IntPredicate affected) {
        if (waiters.get() == 0) {
            return;
        }
        for (Part part : parts) {
            part.keys.forEach((name, key) -> {
                if (affected.test(name.db())) {
                    serving.ready(key);
                }
            });
        }
    }

    /** A key was deleted by no command (expired, evicted, migrated); the segment's lock is held. */
    void removed(int segment, KeyName probe) {
        WaitedKey key = find(segment, probe);
        if (key == null || key.goneListeners == 0) {
            return;
        }
        for (Waiter waiter : key.waiters) {
            CommandError error = waiter.waiting.gone();
            if (error != null) {
                end(waiter.suspension, error, false);
            }
        }
    }

    /** This node has become a replica: whoever waits, for keys or in WAIT, is told so and its connection closed. */
    void roleChanged() {
        for (Session session : node.clients().all()) {
            Suspension suspension = session.suspension();
            if (suspension != null && suspension.endsWithRole()) {
                end(suspension, ROLE_CHANGED, true);
            }
        }
    }

    /** The node's clock tick: clients whose keys this node serves no longer are redirected. Owner: the tick's thread. */
    public void tick(long nowMs) {
        if (waiters.get() != 0 && (nowMs - lastCheckMs >= CHECK_MS || nowMs < lastCheckMs)) {
            lastCheckMs = nowMs;
            check(nowMs);
        }
    }

    private void check(long nowMs) {
        ClusterRouter router = node.router();
        boolean readOnly = node.isReplica() && node.config().get(Parameters.REPLICA_READ_ONLY);
        if (router == null && !readOnly) {
            return;
        }
        long nanos = System.nanoTime();
        for (Session session : node.clients().all()) {
            Suspension suspension = session.suspension();
            Waiter waiter = suspension == null ? null : suspension.waiter();
            if (waiter == null) {
                continue;
            }
            if (readOnly && waiter.spec.has(CommandFlag.WRITE)) {
                end(suspension, ROLE_CHANGED, true);
            } else if (router != null) {
                KeyName name = waiter.keys.get(0).name;
                CommandError redirect = router.redirectWaiting(session, waiter.spec, name.bytes(), nanos, nowMs);
                if (redirect != null) {
                    end(suspension, redirect, false);
                }
            }
        }
    }

    private static void end(Suspension suspension, CommandError error, boolean close) {
        suspension.end(Suspension.Outcome.UNBLOCKED, call -> {
            if (close) {
                call.session().closeAfterReply();
            }
            throw error;
        });
    }
}
