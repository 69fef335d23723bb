package io.kdb.server.persist;

import io.kdb.server.store.KeyHash;
import java.util.Arrays;

/** Tells whether byte strings are all different, by their hashes of 64 bits under secret seeds. Owner: one thread. */
final class DistinctHashes {
    private long[] table = new long[64];
    private int count;

    void clear() {
        if (count > 0) {
            if (table.length > 4096) {
                table = new long[64];
            }
            Arrays.fill(table, 0);
            count = 0;
        }
    }

    /** False when the same bytes were added before. */
    boolean add(byte[] bytes, int offset, int length) {
        long hash = KeyHash.hash(bytes, offset, length);
        hash = hash == 0 ? 1 : hash;
        if (2 * count > table.length) {
            long[] old = table;
            table = new long[2 * old.length];
            for (long known : old) {
                if (known != 0) {
                    put(known);
                }
            }
        }
        if (!put(hash)) {
            return false;
        }
        count++;
        return true;
    }

    private boolean put(long hash) {
        int i = (int) hash & table.length - 1;
        while (table[i] != 0) {
            if (table[i] == hash) {
                return false;
            }
            i = i + 1 & table.length - 1;
        }
        table[i] = hash;
        return true;
    }
}
