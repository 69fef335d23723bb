package io.kdb.server.store;

import java.util.List;

/**
 * Finds keys that have expired without anybody asking for them. Owner: one thread, which holds no segment's lock; primaries
 * only.
 *
 * <p>A round goes over the segments and stays in a table as long as more than a tenth of the keys it looks at have expired, as
 * Redis does. The tags say which keys have an expiry, so no record without one is read.
 */
public final class ExpireCycle {
    private static final int KEYS_PER_LOOP = 20;
    private static final int GROUPS_PER_LOOP = 400;

    /** How long a lock is held at a time. */
    private static final long SLICE_NANOS = 200_000;

    private final Keyspace keyspace;
    private final AddressList group = new AddressList();
    private int nextSegment;
    private int nextFieldSegment;
    private long ttlSum;
    private long ttlCount;

    public ExpireCycle(Keyspace keyspace) {
        this.keyspace = keyspace;
    }

    /**
     * One round over the segments, or what of it fits into the budget; the next call goes on from there.
     *
     * @return how many keys were removed
     */
    public long run(long nowMs, long budgetNanos, KeyRemover remover) {
        long deadline = System.nanoTime() + budgetNanos;
        long removed = 0;
        for (int i = 0; i < keyspace.segmentCount(); i++) {
            Segment segment = keyspace.segment(nextSegment);
            nextSegment = (nextSegment + 1) % keyspace.segmentCount();
            boolean searched = false;
            for (int db = 0; db < keyspace.databaseCount(); db++) {
                if (keyspace.expiringBySegment(keyspace.physical(db))[segment.index()] > 0) {
                    removed += runSegment(segment, keyspace.database(db), nowMs, deadline, remover);
                    searched = true;
                }
            }
            // Only then: on some machines reading the clock costs more than all else of a segment in which nothing
            // expires.
            if (searched && System.nanoTime() >= deadline) {
                break;
            }
        }
        return removed;
    }

    /** What is done about expired fields of a hash: they are removed from it, and if it is empty then, so is its key. */
    public interface FieldRemover {
        /** False when memory was too short to remove all of them. */
        boolean remove(HashValue hash, List<byte[]> fields);
    }

    /** As {@link #run}, for fields of hashes that have an expiry of their own. */
    public void runFields(long nowMs, long budgetNanos, FieldRemover remover) {
        long deadline = System.nanoTime() + budgetNanos;
        boolean inTime = true;
        for (int i = 0; i < keyspace.segmentCount() && inTime; i++) {
            nextFieldSegment = (nextFieldSegment + 1) % keyspace.segmentCount();
            Segment segment = keyspace.segment(nextFieldSegment);
            boolean more = segment.fieldTtls.mayHaveDue(nowMs);
            while (more && inTime) {
                boolean unlock = segment.enter();
                try {
                    more = segment.fieldTtls.expire(nowMs, System.nanoTime() + SLICE_NANOS, remover);
                } finally {
                    if (unlock) {
                        segment.unlock();
                    }
                }
                inTime = System.nanoTime() < deadline;
            }
        }
    }

    private long runSegment(Segment segment, Database database, long nowMs, long deadline, KeyRemover remover) {
        ttlSum = 0;
        ttlCount = 0;
        long removed = 0;
        int first = keyspace.isCluster() ? 0 : keyspace.physical(database.number());
        int end = keyspace.isCluster() ? segment.tableCount() : first + 1;
        for (int n = first; n < end; n++) {
            int more;
            do {
                boolean unlock = segment.enter();
                try {
                    KeyTable table = segment.tableIfMade(n);
                    more = table == null || table.expiring() == 0 ? 0 : runTable(table, nowMs, remover);
                } finally {
                    if (unlock) {
                        segment.unlock();
                    }
                }
                removed += Math.abs(more);
            } while (more > 0 && System.nanoTime() < deadline);
        }
        if (ttlCount > 0) {
            database.sampledTtl(ttlSum / ttlCount);
        }
        return removed;
    }

    /** One slice; answers how many keys went, negated when so few that the table can wait. */
    private int runTable(KeyTable table, long nowMs, KeyRemover remover) {
        long sliceEnd = System.nanoTime() + SLICE_NANOS;
        int allRemoved = 0;
        while (true) {
            int looked = 0;
            int removed = 0;
            for (int g = 0; g < GROUPS_PER_LOOP && looked < KEYS_PER_LOOP && table.expiring() > 0; g++) {
                group.clear();
                table.expireCursor = table.scanGroup(table.expireCursor, group, true);
                for (int i = 0; i < group.size; i++) {
                    long ref = RecordTable.ref(group.items[i]);
                    looked++;
                    if (table.isExpired(ref, nowMs)) {
                        remover.remove(table, ref);
                        removed++;
                    } else {
                        ttlSum += table.expireAt(ref) - nowMs;
                        ttlCount++;
                    }
                }
                if (table.expireCursor == 0) {
                    break;
                }
            }
            allRemoved += removed;
            if (removed * 10 <= looked) {
                return -allRemoved;
            }
            if (System.nanoTime() >= sliceEnd) {
                return allRemoved;
            }
        }
    }
}
