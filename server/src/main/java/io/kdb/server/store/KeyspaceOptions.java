package io.kdb.server.store;

/**
 * What a keyspace is made with. Immutable.
 *
 * @param cluster true: 16384 slots with a table each; false: databases
 * @param segments a power of two from 1 to 16384
 * @param databases number of databases; in cluster mode there is one
 * @param pageBytes the heap's region size, 128 KiB to 4 MiB
 * @param maxPageBytes hard maximum of all pages together
 * @param setAsideLimitBytes snapshot set-aside limit: what writers may set aside for one snapshot before they have to wait
 * @param seed of the random numbers for sampling
 */
public record KeyspaceOptions(
        boolean cluster,
        int segments,
        int databases,
        int pageBytes,
        long maxPageBytes,
        long setAsideLimitBytes,
        long seed) {
    public static final int SLOTS = 16384;

    public KeyspaceOptions {
        if (Integer.bitCount(segments) != 1 || segments > SLOTS) {
            throw new IllegalArgumentException("segments: " + segments + " (expected: a power of two up to 16384)");
        }
        if (databases < 1) {
            throw new IllegalArgumentException("databases: " + databases + " (expected: at least 1)");
        }
    }

    public static KeyspaceOptions standalone() {
        return new KeyspaceOptions(false, 256, 16, 1 << 20, defaultMaximum(), 64L << 20, System.nanoTime());
    }

    public static KeyspaceOptions clustered() {
        return new KeyspaceOptions(true, 256, 1, 1 << 20, defaultMaximum(), 64L << 20, System.nanoTime());
    }

    /** Three quarters of the heap; the rest is for everything that is not a record. */
    private static long defaultMaximum() {
        return Runtime.getRuntime().maxMemory() / 4 * 3;
    }

    public KeyspaceOptions withSegments(int count) {
        return new KeyspaceOptions(cluster, count, databases, pageBytes, maxPageBytes, setAsideLimitBytes, seed);
    }

    public KeyspaceOptions withDatabases(int count) {
        return new KeyspaceOptions(cluster, segments, count, pageBytes, maxPageBytes, setAsideLimitBytes, seed);
    }

    public KeyspaceOptions withPageBytes(int bytes) {
        return new KeyspaceOptions(cluster, segments, databases, bytes, maxPageBytes, setAsideLimitBytes, seed);
    }

    public KeyspaceOptions withMaxPageBytes(long bytes) {
        return new KeyspaceOptions(cluster, segments, databases, pageBytes, bytes, setAsideLimitBytes, seed);
    }

    public KeyspaceOptions withSetAsideLimit(long bytes) {
        return new KeyspaceOptions(cluster, segments, databases, pageBytes, maxPageBytes, bytes, seed);
    }

    public KeyspaceOptions withSeed(long value) {
        return new KeyspaceOptions(cluster, segments, databases, pageBytes, maxPageBytes, setAsideLimitBytes, value);
    }
}
