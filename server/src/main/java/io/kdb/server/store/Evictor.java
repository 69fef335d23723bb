package io.kdb.server.store;

/**
 * Chooses keys to evict as Redis does: samples some, keeps the best candidates of all samples in a pool of 16, takes the best.
 * Owner: one thread, which holds no segment's lock when it calls; every I/O thread has its own.
 */
public final class Evictor {
    private static final int POOL = 16;
    private static final int ATTEMPTS = 64;

    private final Keyspace keyspace;
    private final AddressList chain = new AddressList();
    // The pool, worst candidate first.
    private final long[] scores = new long[POOL];
    private final int[] tables = new int[POOL];
    private final byte[][] keys = new byte[POOL][];
    private int size;
    private EvictionPolicy pooledFor = EvictionPolicy.NOEVICTION;
    private int nextDb;

    public Evictor(Keyspace keyspace) {
        this.keyspace = keyspace;
    }

    /**
     * Evicts one key by calling the remover for it.
     *
     * @param samples maxmemory-samples
     * @return false when the policy allows no key to go
     */
    public boolean evictOne(EvictionPolicy policy, int samples, KeyRemover remover) {
        if (policy == EvictionPolicy.NOEVICTION) {
            return false;
        }
        if (policy.isRandom()) {
            return evictRandom(policy.isVolatile(), remover);
        }
        if (policy != pooledFor) {
            size = 0;
            pooledFor = policy;
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            boolean any = false;
            for (int db = 0; db < keyspace.databaseCount(); db++) {
                any |= sample(db, policy, samples);
            }
            if (!any) {
                return false;
            }
            while (size > 0) {
                size--;
                byte[] key = keys[size];
                keys[size] = null;
                if (evict(tables[size], key, policy.isVolatile(), remover)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean evictRandom(boolean expiringOnly, KeyRemover remover) {
        for (int i = 0; i < keyspace.databaseCount(); i++) {
            Database database = keyspace.database(nextDb++ % keyspace.databaseCount());
            boolean found = expiringOnly ? database.randomExpiring(remover::remove) : database.random(remover::remove);
            if (found) {
                return true;
            }
        }
        return false;
    }

    private boolean evict(int tableIndex, byte[] key, boolean expiringOnly, KeyRemover remover) {
        Segment segment = keyspace.segmentOfTable(tableIndex);
        boolean unlock = segment.enter();
        try {
            KeyTable table = segment.tableIfMade(keyspace.placeOfTable(tableIndex));
            long ref = table == null ? 0 : table.find(key, 0, key.length, KeyHash.hash(key));
            if (ref == 0 || (expiringOnly && table.expireAt(ref) == KeyTable.NO_EXPIRY)) {
                return false;
            }
            remover.remove(table, ref);
            return true;
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
    }

    /** Puts some keys of a database into the pool; false when it has none that may go. */
    private boolean sample(int db, EvictionPolicy policy, int samples) {
        Database database = keyspace.database(db);
        boolean expiringOnly = policy.isVolatile();
        int segmentIndex = database.pickSegment(expiringOnly);
        if (segmentIndex < 0) {
            return false;
        }
        Segment segment = keyspace.segment(segmentIndex);
        boolean unlock = segment.enter();
        try {
            int taken = 0;
            for (int i = 0; taken < samples && i < samples; i++) { // a slot's table may have one key only
                KeyTable table = database.pickTable(segment, expiringOnly);
                if (table == null || !table.randomChain(segment.random(), chain, expiringOnly)) {
                    break;
                }
                for (int j = 0; j < chain.size && taken < samples; j++, taken++) {
                    offer(table, RecordTable.ref(chain.items[j]), policy);
                }
            }
            return true;
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
    }

    private long score(KeyTable table, long ref, EvictionPolicy policy) {
        if (policy == EvictionPolicy.VOLATILE_TTL) {
            return Long.MAX_VALUE - table.expireAt(ref);
        }
        AccessClock clock = keyspace.clock();
        return policy.isLfu() ? 255 - clock.frequency(table.lru(ref)) : clock.idleSeconds(table.lru(ref));
    }

    private void offer(KeyTable table, long ref, EvictionPolicy policy) {
        long score = score(table, ref, policy);
        if (size == POOL && score <= scores[0]) {
            return;
        }
        int length = table.keyLength(ref);
        for (int i = 0; i < size; i++) {
            if (tables[i] == table.index() && keys[i].length == length && table.hasKey(ref, keys[i])) {
                return;
            }
        }
        if (size == POOL) {
            size--;
            System.arraycopy(scores, 1, scores, 0, size);
            System.arraycopy(tables, 1, tables, 0, size);
            System.arraycopy(keys, 1, keys, 0, size);
        }
        int at = size;
        while (at > 0 && scores[at - 1] > score) {
            at--;
        }
        System.arraycopy(scores, at, scores, at + 1, size - at);
        System.arraycopy(tables, at, tables, at + 1, size - at);
        System.arraycopy(keys, at, keys, at + 1, size - at);
        scores[at] = score;
        tables[at] = table.index();
        keys[at] = table.key(ref);
        size++;
    }
}
