package io.kdb.server.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A mutual exclusion lock that spins briefly, then parks; not fair, not reentrant. Thread-safe.
 *
 * <p>Note: letting go is an ordered store, which does not wait for the stores before it as an atomic exchange would: they are
 * what the holder has written, often to memory that is not in the cache. The price: the holder may look for waiters just
 * before one that has seen the lock held becomes visible. So a waiter does not park for longer than {@link #PARK_NANOS}.
 */
public class SegmentLock {
    private static final int SPINS = 64;
    private static final long PARK_NANOS = 50_000;
    private static final VarHandle STATE;
    private static final VarHandle WAITING;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(SegmentLock.class, "state", int.class);
            WAITING = lookup.findVarHandle(SegmentLock.class, "waiting", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ConcurrentLinkedQueue<Thread> waiters = new ConcurrentLinkedQueue<>();

    /** 1 while it is held. */
    @SuppressWarnings("unused") // through STATE
    private volatile int state;

    /** How many are, or will soon be, among {@link #waiters}. */
    @SuppressWarnings("unused") // through WAITING
    private volatile int waiting;

    private long owner;

    public final void lock() {
        if (!STATE.compareAndSet(this, 0, 1)) {
            lockSlowly();
        }
        owner = Thread.currentThread().getId();
    }

    public final boolean tryLock() {
        if (!STATE.compareAndSet(this, 0, 1)) {
            return false;
        }
        owner = Thread.currentThread().getId();
        return true;
    }

    public final void unlock() {
        assert isHeld() : "unlock: not the holder";
        owner = 0;
        STATE.setRelease(this, 0);
        if ((int) WAITING.getOpaque(this) != 0) {
            LockSupport.unpark(waiters.peek());
        }
    }

    /** True when the calling thread holds the lock. */
    public final boolean isHeld() {
        return owner == Thread.currentThread().getId();
    }

    /** Locks unless the calling thread holds it already; answers whether the caller now has to unlock. */
    public final boolean enter() {
        if (isHeld()) {
            return false;
        }
        lock();
        return true;
    }

    private void lockSlowly() {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
            if ((int) STATE.getOpaque(this) == 0 && STATE.compareAndSet(this, 0, 1)) {
                return;
            }
        }
        Thread self = Thread.currentThread();
        boolean interrupted = false;
        WAITING.getAndAdd(this, 1);
        waiters.add(self);
        while (!STATE.compareAndSet(this, 0, 1)) {
            LockSupport.parkNanos(this, PARK_NANOS);
            interrupted |= Thread.interrupted();
        }
        waiters.remove(self);
        WAITING.getAndAdd(this, -1);
        if (interrupted) {
            self.interrupt();
        }
    }
}
