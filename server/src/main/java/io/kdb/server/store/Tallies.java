package io.kdb.server.store;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A sum that event loops add to all the time: each has a {@link Tally} of its own, which costs it a plain addition, where an
 * atomic one would wait for all its stores before. Others {@link #add} now and then. Thread-safe.
 */
public final class Tallies {
    private final LongAdder shared = new LongAdder();
    private final List<Tally> tallies = new CopyOnWriteArrayList<>();

    /** One thread's part of the sum. Owner: that thread. */
    public static final class Tally {
        private final AtomicLong count = new AtomicLong();

        private Tally() {}

        /** Whoever reads the sum sees it a little later, or, if something else orders the two, at once. */
        public void add(long more) {
            count.setOpaque(count.getPlain() + more);
        }
    }

    /** A part for one thread, which counts in the sum from now on. */
    public Tally tally() {
        Tally tally = new Tally();
        tallies.add(tally);
        return tally;
    }

    /** From any thread. */
    public void add(long more) {
        shared.add(more);
    }

    public long sum() {
        long sum = shared.sum();
        for (Tally tally : tallies) {
            sum += tally.count.getOpaque();
        }
        return sum;
    }
}
