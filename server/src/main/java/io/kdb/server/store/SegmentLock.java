package io.kdb.server.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A mutual exclusion lock that spins briefly, then parks; not fair, not reentrant. Thread-safe.
 *
 * <p>State 0 is free, 1 held, 2 held and perhaps waited for. A waiter first stands in the queue, then exchanges the
 * state for 2: if it was 0 the waiter holds the lock, otherwise the holder will see the 2 and wake the queue's head. A
 * woken thread that gets the lock leaves it in state 2, so the next unlock looks at the queue again.
 */
public class SegmentLock {
    private static final int SPINS = 64;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(SegmentLock.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ConcurrentLinkedQueue<Thread> waiters = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("unused") // through STATE
    private volatile int state;

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
        if ((int) STATE.getAndSet(this, 0) == 2) {
            LockSupport.unpark(waiters.poll());
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
        waiters.add(self);
        while ((int) STATE.getAndSet(this, 2) != 0) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
            if (!waiters.contains(self)) {
                waiters.add(self);
            }
        }
        waiters.remove(self);
        if (interrupted) {
            self.interrupt();
        }
    }
}
