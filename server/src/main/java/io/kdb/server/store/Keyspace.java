package io.kdb.server.store;

import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * All keys of a node: the page pool, the segments, the databases and the running snapshots. Thread-safe; what changes many
 * tables at once (flush, swap, start of a snapshot) is for exclusive sections, where no other thread is in the keyspace.
 */
public final class Keyspace {
    /** At least this part of all pages, one over it, is free when the store is not nearly full. */
    private static final int FREE_SHARE = 8;

    private final KeyspaceOptions options;
    private final PagePool pool;
    private final Segment[] segments;
    private final int segmentBits;
    private final AccessClock clock = new AccessClock();
    private final int[][] keys; // by physical database and segment; written under the segment's lock
    private final int[][] expiring;
    private final Database[] databases;
    private final Snapshot[] snapshots = new Snapshot[Snapshot.MAX];
    private final AtomicLong seeds;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong awaitsFreeing = new AtomicLong();
    private volatile int[] physical; // by logical database
    private volatile CollectionLimits limits = CollectionLimits.DEFAULT;
    private volatile boolean writersMustWait;
    private long generation; // changed under all locks

    public Keyspace(KeyspaceOptions options) {
        this.options = options;
        pool = new PagePool(options.pageBytes(), options.maxPageBytes());
        seeds = new AtomicLong(options.seed());
        segmentBits = Integer.numberOfTrailingZeros(options.segments());
        segments = new Segment[options.segments()];
        int dbs = options.cluster() ? 1 : options.databases();
        keys = new int[dbs][segments.length];
        expiring = new int[dbs][segments.length];
        physical = new int[dbs];
        databases = new Database[dbs];
        int tablesEach = options.cluster() ? KeyspaceOptions.SLOTS / segments.length : dbs;
        for (int i = 0; i < segments.length; i++) {
            segments[i] = new Segment(this, i, tablesEach, options.seed());
        }
        for (int i = 0; i < dbs; i++) {
            physical[i] = i;
            databases[i] = new Database(this, i);
        }
    }

    public KeyspaceOptions options() {
        return options;
    }

    public PagePool pool() {
        return pool;
    }

    /** How many hashes have fields with an expiry. */
    public long fieldTtlHashes() {
        long count = 0;
        for (Segment segment : segments) {
            boolean unlock = segment.enter();
            try {
                count += segment.fieldTtls.count();
            } finally {
                if (unlock) {
                    segment.unlock();
                }
            }
        }
        return count;
    }

    /** When collections change their encodings. */
    public CollectionLimits limits() {
        return limits;
    }

    public void limits(CollectionLimits now) {
        limits = now;
    }

    public AccessClock clock() {
        return clock;
    }

    public boolean isCluster() {
        return options.cluster();
    }

    public int segmentCount() {
        return segments.length;
    }

    public Segment segment(int index) {
        return segments[index];
    }

    /** The segment of a key; the slot counts in cluster mode, the hash otherwise. */
    public int segmentIndex(int slot, long hash) {
        if (options.cluster()) {
            return slot & (segments.length - 1);
        }
        return segmentBits == 0 ? 0 : (int) (hash >>> (64 - segmentBits));
    }

    public Segment segment(int slot, long hash) {
        return segments[segmentIndex(slot, hash)];
    }

    /** The table of a key: the slot counts in cluster mode, database and hash otherwise. Its segment must be locked. */
    public KeyTable table(int db, int slot, long hash) {
        Segment segment = segment(slot, hash);
        return segment.table(options.cluster() ? slot >>> segmentBits : physical[db]);
    }

    int tableIndex(int segment, int n) {
        return (n << segmentBits) | segment;
    }

    /** All tables there can be; index n lies in segment n mod segments. */
    int tableCount() {
        return segments[0].tableCount() << segmentBits;
    }

    Segment segmentOfTable(int index) {
        return segments[index & (segments.length - 1)];
    }

    int placeOfTable(int index) {
        return index >>> segmentBits;
    }

    int physicalDbOf(int n) {
        return options.cluster() ? 0 : n;
    }

    public int databaseCount() {
        return databases.length;
    }

    /** A view of one database. */
    public Database database(int db) {
        return databases[db];
    }

    int physical(int db) {
        return physical[db];
    }

    int logical(int physicalDb) {
        int[] map = physical;
        int db = 0;
        while (map[db] != physicalDb) {
            db++;
        }
        return db;
    }

    int[] logicalOfPhysical() {
        int[] map = physical;
        int[] inverse = new int[map.length];
        for (int i = 0; i < map.length; i++) {
            inverse[map[i]] = i;
        }
        return inverse;
    }

    void count(int physicalDb, int segment, int keyDelta, int expiringDelta) {
        if (keyDelta != 0) {
            keys[physicalDb][segment] += keyDelta;
        }
        if (expiringDelta != 0) {
            expiring[physicalDb][segment] += expiringDelta;
        }
    }

    int[] keysBySegment(int physicalDb) {
        return keys[physicalDb];
    }

    int[] expiringBySegment(int physicalDb) {
        return expiring[physicalDb];
    }

    long nextSeed() {
        long x = seeds.addAndGet(0x9E3779B97F4A7C15L);
        x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }

    AtomicLong usedMemoryTotal() {
        return used;
    }

    void awaitsFreeing(long bytes) {
        awaitsFreeing.addAndGet(bytes);
    }

    /** About how many of the bytes in use nobody owns any more: {@link #freeSome} is about to free them. */
    public long awaitsFreeing() {
        return awaitsFreeing.get();
    }

    /** {@link #usedMemory} within 4 KiB a segment, for the price of one read. */
    public long usedMemoryAbout() {
        return used.get();
    }

    /** Without locks: the address of the key's bucket, 0 when there is none; it may be nonsense. */
    int bucketAbout(int db, int slot, long hash) {
        KeyTable table = tableIfMade(db, slot, hash);
        return table == null ? 0 : table.bucketAbout(hash);
    }

    /** Without locks: the address of the key's record, 0 when there is none; it may be another's, or nonsense. */
    int recordAbout(int db, int slot, long hash) {
        return Buckets.addressAbout(segments[0].blocks, bucketAbout(db, slot, hash), BucketTable.tag(hash));
    }

    private KeyTable tableIfMade(int db, int slot, long hash) {
        int place = options.cluster() ? slot >>> segmentBits : physical[db];
        return segment(slot, hash).tableIfMade(place);
    }

    /** Bytes of all blocks in use: records, buckets, chains, and what snapshots have set aside. */
    public long usedMemory() {
        long bytes = 0;
        for (Segment segment : segments) {
            bytes += segment.blocks.usedBytes();
        }
        return bytes;
    }

    /**
     * True near the page pool's hard maximum: a command that needs memory is to be refused. What deleted keys have left
     * free inside of spans that are still in use counts as room, or a node once full would stay so.
     */
    public boolean isNearlyFull() {
        return pool.availableBytes() < (long) Math.max(4, segments.length / 8) * PagePool.SPAN_BYTES
                && usedMemory() > pool.maxBytes() - pool.maxBytes() / FREE_SHARE;
    }

    /** FLUSHDB: every key of the database is gone at once; {@link #freeSome} frees the memory. Exclusive. */
    public void flush(int db) {
        if (databases.length == 1) {
            flushAll();
            return;
        }
        for (Segment segment : segments) {
            boolean unlock = segment.enter();
            segment.detach(physical[db]);
            if (unlock) {
                segment.unlock();
            }
        }
    }

    /** FLUSHALL. Without a running snapshot the memory is free on return. Exclusive. */
    public void flushAll() {
        for (Segment segment : segments) {
            boolean unlock = segment.enter();
            segment.clear();
            if (unlock) {
                segment.unlock();
            }
        }
    }

    /** SWAPDB. Exclusive. */
    public void swap(int db1, int db2) {
        int[] map = physical.clone();
        map[db1] = physical[db2];
        map[db2] = physical[db1];
        physical = map;
    }

    /** Detaches a slot's keys at once; {@link #freeSome} frees them. The slot's segment must be locked. */
    public void dropSlot(int slot) {
        segments[slot & (segments.length - 1)].detach(slot >>> segmentBits);
    }

    /** Frees memory of detached tables, holding a lock for at most {@code sliceNanos}; true when there is more to do. */
    public boolean freeSome(long sliceNanos) {
        boolean more = false;
        for (Segment segment : segments) {
            boolean unlock = segment.enter();
            more |= segment.freeSome(System.nanoTime() + sliceNanos);
            if (unlock) {
                segment.unlock();
            }
        }
        return more;
    }

    /** True while a snapshot's set-aside limit is passed: a write has to wait before it runs. */
    public boolean writersMustWait() {
        return writersMustWait;
    }

    void updateWritersMustWait() {
        boolean wait = false;
        synchronized (snapshots) {
            for (Snapshot snapshot : snapshots) {
                wait |= snapshot != null && snapshot.isOverLimit();
            }
            writersMustWait = wait;
        }
    }

    long generation() {
        return generation;
    }

    Snapshot snapshot(int k) {
        return snapshots[k];
    }

    /**
     * Fixes a point in time of the whole keyspace. {@code atPoint} runs at that point, under all locks: it reads the log's
     * offset. Locks held by the caller stay held.
     *
     * @throws IllegalStateException when {@link Snapshot#MAX} are running
     */
    public Snapshot startSnapshot(Runnable atPoint) {
        return startSnapshot(null, atPoint);
    }

    /** {@link #startSnapshot(Runnable)} of some slots only; null is all. */
    public Snapshot startSnapshot(BitSet slots, Runnable atPoint) {
        boolean[] unlock = new boolean[segments.length];
        for (int i = 0; i < segments.length; i++) {
            unlock[i] = segments[i].enter();
        }
        try {
            int k = 0;
            synchronized (snapshots) {
                while (k < Snapshot.MAX && snapshots[k] != null) {
                    k++;
                }
                if (k == Snapshot.MAX) {
                    throw new IllegalStateException("snapshots: " + k + " running (expected: fewer)");
                }
                generation++;
                snapshots[k] = new Snapshot(this, k, generation, slots, logicalOfPhysical());
            }
            for (Segment segment : segments) {
                segment.snapshots |= 1 << k;
            }
            atPoint.run();
            return snapshots[k];
        } finally {
            for (int i = 0; i < segments.length; i++) {
                if (unlock[i]) {
                    segments[i].unlock();
                }
            }
        }
    }

    void endSnapshot(int k) {
        for (Segment segment : segments) {
            boolean unlock = segment.enter();
            segment.snapshots &= ~(1 << k);
            if (unlock) {
                segment.unlock();
            }
        }
        synchronized (snapshots) {
            snapshots[k] = null;
        }
        updateWritersMustWait();
    }

    public void close() {
        pool.close();
    }
}
