package io.kdb.server.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Lets one thread have the keyspace to itself while nobody pays for it otherwise. Every thread that touches the keyspace
 * is a participant: it enters once per batch (one ordered store), looks at a flag between commands, and steps out when
 * asked. A section runs once all other participants are out. Thread-safe.
 *
 * <p>Note: a participant asks for a section only while it is out itself, so two of them cannot wait for each other; the
 * later one waits at the mutex, outside. Sections do not nest: {@link #exclusively} from within one just runs.
 */
public final class Exclusion {
    private static final long SPIN_NANOS = 20_000;

    private final ReentrantLock mutex = new ReentrantLock(true);
    private final List<Participant> participants = new CopyOnWriteArrayList<>();
    private volatile boolean wanted;

    /** One thread's presence in the keyspace. Owner: that thread. */
    public final class Participant {
        private static final VarHandle INSIDE;

        static {
            try {
                INSIDE = MethodHandles.lookup().findVarHandle(Participant.class, "inside", boolean.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        // Padding keeps two loops' flags off one cache line.
        @SuppressWarnings("unused")
        private long p0, p1, p2, p3, p4, p5, p6;

        private volatile boolean inside;

        @SuppressWarnings("unused")
        private long q0, q1, q2, q3, q4, q5, q6;

        /** Comes in; waits while a section runs. */
        public void enter() {
            if (mutex.isHeldByCurrentThread()) {
                return;
            }
            inside = true;
            while (wanted) {
                inside = false;
                mutex.lock();
                try {
                    inside = true;
                } finally {
                    mutex.unlock();
                }
            }
        }

        /** Goes out. */
        public void leave() {
            INSIDE.setRelease(this, false);
        }

        /** True when someone waits for a section: the participant should {@link #stepOut} at the next safe point. */
        public boolean isAskedOut() {
            return wanted;
        }

        /** Steps out for a waiting section and comes back in behind it. */
        public void stepOut() {
            leave();
            enter();
        }

        /** True while this thread is in, or runs a section. */
        public boolean isInside() {
            return inside || mutex.isHeldByCurrentThread();
        }

        /** Leaves for good. */
        public void retire() {
            leave();
            participants.remove(this);
        }
    }

    /** A new participant for the calling thread or for a thread that is about to start; it is outside. */
    public Participant join() {
        Participant participant = new Participant();
        participants.add(participant);
        return participant;
    }

    /** Runs {@code section} alone in the keyspace. The caller's own participant must be outside. */
    public <T> T exclusively(Supplier<T> section) {
        if (mutex.isHeldByCurrentThread()) {
            return section.get();
        }
        mutex.lock();
        try {
            wanted = true;
            for (Participant participant : participants) {
                awaitOutside(participant);
            }
            return section.get();
        } finally {
            wanted = false;
            mutex.unlock();
        }
    }

    /** {@link #exclusively(Supplier)} without a result. */
    public void exclusively(Runnable section) {
        exclusively(() -> {
            section.run();
            return null;
        });
    }

    /** True when the calling thread is in a section. */
    public boolean isExclusive() {
        return mutex.isHeldByCurrentThread();
    }

    private static void awaitOutside(Participant participant) {
        long start = System.nanoTime();
        while (participant.inside) {
            if (System.nanoTime() - start < SPIN_NANOS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(50_000);
            }
        }
    }
}
