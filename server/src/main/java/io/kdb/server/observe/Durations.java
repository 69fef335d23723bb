package io.kdb.server.observe;

import java.util.Arrays;

/**
 * How often each duration occurred, to two decimal digits, from a nanosecond to a second: the buckets of an HDR histogram,
 * as Redis keeps them. Owner: the thread that records; others read and sum up without a lock, and may miss the latest.
 */
public final class Durations {
    private static final long MAX_NANOS = 1_000_000_000;
    /** Durations below are exact; above, each power of two has half as many buckets. */
    private static final int EXACT = 256;

    private static final int EXACT_BITS = 8;
    private static final int HALF = EXACT / 2;
    private static final int BUCKETS = bucket(MAX_NANOS) + 1;
    /** The first boundary that LATENCY HISTOGRAM shows; each next one is the double. */
    private static final long FIRST_BOUNDARY = 1024;

    private final long[] counts = new long[BUCKETS];

    private static int bucket(long nanos) {
        if (nanos < EXACT) {
            return (int) nanos;
        }
        int shift = Long.SIZE - Long.numberOfLeadingZeros(nanos) - EXACT_BITS;
        return EXACT + (shift - 1) * HALF + (int) (nanos >> shift) - HALF;
    }

    /** The longest duration that is counted in the same bucket as this one. */
    private static long highest(int bucket) {
        if (bucket < EXACT) {
            return bucket;
        }
        int shift = (bucket - EXACT) / HALF + 1;
        long top = (bucket - EXACT) % HALF + HALF;
        return (top + 1 << shift) - 1;
    }

    /** Records so many durations of this length. */
    public void record(long nanos, int times) {
        counts[bucket(Math.max(1, Math.min(MAX_NANOS, nanos)))] += times;
    }

    public void add(Durations other) {
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] += other.counts[i];
        }
    }

    public long count() {
        return Arrays.stream(counts).sum();
    }

    /** The duration, in ns, that so many percent do not exceed. */
    public long percentile(double percent) {
        long wanted = Math.max(1, (long) (percent / 100 * count() + 0.5));
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return highest(i);
            }
        }
        return 0;
    }

    /** Pairs of a boundary in microseconds and how many durations do not exceed it, where that many is more than before. */
    public long[] cumulative() {
        long[] pairs = new long[2 * Long.SIZE];
        int used = 0;
        long before = 0;
        long boundary = FIRST_BOUNDARY;
        long total = count();
        long seen = 0;
        int next = 0;
        while (before < total) {
            int last = Math.min(BUCKETS - 1, bucket(boundary));
            while (next <= last) {
                seen += counts[next++];
            }
            if (seen > before) {
                pairs[used++] = highest(last) / 1000;
                pairs[used++] = seen;
            }
            before = seen;
            boundary *= 2;
            if (last == BUCKETS - 1) {
                break;
            }
        }
        return Arrays.copyOf(pairs, used);
    }

    public void clear() {
        Arrays.fill(counts, 0);
    }
}
