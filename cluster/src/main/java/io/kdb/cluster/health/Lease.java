package io.kdb.cluster.health;

/**
 * The right to serve for a while, counted from when it was asked for. Immutable.
 *
 * @param sentNanos monotonic clock of the holder when the request was sent
 * @param sentWallMs its wall clock then: a suspended machine's monotonic clock may have stood still
 */
public record Lease(long sentNanos, long sentWallMs, long durationMs) {
    public static final Lease NONE = new Lease(0, 0, 0);
    private static final long NANOS_PER_MS = 1_000_000;

    /** Whether it runs still; the times must have been taken after the socket was read. */
    public boolean runs(long nowNanos, long nowWallMs) {
        return nowNanos - sentNanos < durationMs * NANOS_PER_MS && nowWallMs - sentWallMs < durationMs;
    }
}
