package io.kdb.server.store;

import java.util.ArrayList;
import java.util.List;

/**
 * One database over all its tables. Thread-safe: it takes one segment's lock at a time, so the caller holds none, or is in an
 * exclusive section. Numbers are exact while nothing else runs.
 */
public final class Database {
    private static final int SCAN_EFFORT = 10; // groups visited for each key asked for, as Redis

    private final Keyspace keyspace;
    private final int db;
    private volatile long averageTtlMs;

    Database(Keyspace keyspace, int db) {
        this.keyspace = keyspace;
        this.db = db;
    }

    public int number() {
        return db;
    }

    /** DBSIZE. */
    public long size() {
        return sum(keyspace.keysBySegment(keyspace.physical(db)));
    }

    /** Keys with an expiry. */
    public long expiring() {
        return sum(keyspace.expiringBySegment(keyspace.physical(db)));
    }

    /** The running estimate of the expire cycle, in milliseconds; 0 when unknown. */
    public long averageTtlMs() {
        return expiring() == 0 ? 0 : averageTtlMs;
    }

    /** One more sample for the running average, of weight 1/50 as in Redis. */
    void sampledTtl(long ms) {
        long average = averageTtlMs;
        averageTtlMs = average == 0 ? ms : average / 50 * 49 + ms / 50;
    }

    private static long sum(int[] counts) {
        long sum = 0;
        for (int count : counts) {
            sum += count;
        }
        return sum;
    }

    private int tables() {
        return keyspace.isCluster() ? KeyspaceOptions.SLOTS : keyspace.segmentCount();
    }

    private Segment segmentOf(int table) {
        return keyspace.segment(table & (keyspace.segmentCount() - 1));
    }

    private KeyTable tableOf(Segment segment, int table) {
        return segment.tableIfMade(keyspace.isCluster() ? keyspace.placeOfTable(table) : keyspace.physical(db));
    }

    /**
     * SCAN: shows at least {@code count} keys, expired ones too, unless that takes too long or the end is reached; answers
     * the next cursor, 0 at the end. A cursor is a table's number and, above it, the cursor in that table.
     */
    public long scan(long cursor, long count, KeyVisitor visitor) {
        int bits = Integer.numberOfTrailingZeros(tables());
        int table = (int) cursor & (tables() - 1);
        int inTable = (int) (cursor >>> bits);
        AddressList group = new AddressList();
        long shown = 0;
        long effort = count > Long.MAX_VALUE / SCAN_EFFORT ? Long.MAX_VALUE : count * SCAN_EFFORT;
        while (true) {
            Segment segment = segmentOf(table);
            boolean unlock = segment.enter();
            try {
                KeyTable keys = tableOf(segment, table);
                do {
                    if (keys == null) {
                        inTable = 0;
                        break;
                    }
                    group.clear();
                    inTable = keys.scanGroup(inTable, group, false);
                    for (int i = 0; i < group.size; i++) {
                        visitor.key(keys, RecordTable.ref(group.items[i]));
                    }
                    shown += group.size;
                    effort--;
                } while (inTable != 0 && shown < count && effort > 0);
            } finally {
                if (unlock) {
                    segment.unlock();
                }
            }
            if (inTable == 0 && ++table == tables()) {
                return 0;
            }
            if (shown >= count || effort <= 0) {
                return (Integer.toUnsignedLong(inTable) << bits) | table;
            }
        }
    }

    /** Shows one key, each with about the same chance, expired ones too; false when there is none. */
    public boolean random(KeyVisitor visitor) {
        return random(visitor, false);
    }

    /** {@link #random(KeyVisitor)} among the keys with an expiry. */
    public boolean randomExpiring(KeyVisitor visitor) {
        return random(visitor, true);
    }

    private boolean random(KeyVisitor visitor, boolean expiringOnly) {
        AddressList found = new AddressList();
        while (true) {
            int s = pickSegment(expiringOnly);
            if (s < 0) {
                return false;
            }
            Segment segment = keyspace.segment(s);
            boolean unlock = segment.enter();
            try {
                KeyTable keys = pickTable(segment, expiringOnly);
                if (keys != null && keys.randomChain(segment.random(), found, expiringOnly)) {
                    int n = Math.floorMod(segment.random(), found.size);
                    visitor.key(keys, RecordTable.ref(found.items[n]));
                    return true;
                }
            } finally {
                if (unlock) {
                    segment.unlock();
                }
            }
        }
    }

    /** A segment, weighted by its keys of this database; -1 when there are none. */
    int pickSegment(boolean expiringOnly) {
        int physical = keyspace.physical(db);
        int[] counts = expiringOnly ? keyspace.expiringBySegment(physical) : keyspace.keysBySegment(physical);
        long total = sum(counts);
        if (total <= 0) {
            return -1;
        }
        long pick = Math.floorMod(keyspace.nextSeed(), total);
        int s = 0;
        while (s < counts.length - 1 && pick >= counts[s]) {
            pick -= counts[s++];
        }
        return s;
    }

    /** A table of the segment, weighted by its keys; null when they are gone. */
    KeyTable pickTable(Segment segment, boolean expiringOnly) {
        if (!keyspace.isCluster()) {
            return segment.tableIfMade(keyspace.physical(db));
        }
        int total = expiringOnly
                ? keyspace.expiringBySegment(0)[segment.index()]
                : keyspace.keysBySegment(0)[segment.index()];
        if (total <= 0) {
            return null;
        }
        int pick = Math.floorMod(segment.random(), total);
        for (int n = 0; n < segment.tableCount(); n++) {
            KeyTable keys = segment.tableIfMade(n);
            int weight = keys == null ? 0 : expiringOnly ? keys.expiring() : keys.size();
            if (pick < weight) {
                return keys;
            }
            pick -= weight;
        }
        return null;
    }

    /** CLUSTER COUNTKEYSINSLOT. */
    public int slotSize(int slot) {
        Segment segment = segmentOf(slot);
        boolean unlock = segment.enter();
        KeyTable keys = tableOf(segment, slot);
        int size = keys == null ? 0 : keys.size();
        if (unlock) {
            segment.unlock();
        }
        return size;
    }

    /** CLUSTER GETKEYSINSLOT. */
    public List<byte[]> slotKeys(int slot, int max) {
        List<byte[]> answer = new ArrayList<>();
        Segment segment = segmentOf(slot);
        boolean unlock = segment.enter();
        try {
            KeyTable keys = tableOf(segment, slot);
            if (keys == null || max <= 0) {
                return answer;
            }
            AddressList group = new AddressList();
            int cursor = 0;
            do {
                group.clear();
                cursor = keys.scanGroup(cursor, group, false);
                for (int i = 0; i < group.size && answer.size() < max; i++) {
                    answer.add(keys.key(RecordTable.ref(group.items[i])));
                }
            } while (cursor != 0 && answer.size() < max);
            return answer;
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
    }

    /** Shows every key, one segment locked at a time. */
    public void forEach(KeyVisitor visitor) {
        long cursor = 0;
        do {
            cursor = scan(cursor, 1000, visitor);
        } while (cursor != 0);
    }
}
