package io.kdb.server.store;

import java.util.ArrayList;
import java.util.List;

/**
 * The hashes of a segment that have fields with an expiry, and when the first field of each may be due: what the search for
 * expired fields goes by. Owner: the segment's lock.
 *
 * <p>Note: an entry is a key's hash and its table, 36 bytes, in open addressing; the record is found by it. An entry whose
 * record is gone, or has no such field any more, is dropped when it is due: so whoever deletes or replaces a key need not
 * know of this. A note that is too early only costs a look.
 */
final class FieldTtls {
    private final HashValue value = new HashValue();
    private final Element view = new Element();
    private final List<byte[]> due = new ArrayList<>();
    private KeyTable[] tables = new KeyTable[8]; // null: no entry
    private long[] hashes = new long[8];
    private long[] dueAt = new long[8];
    /** Where a look at an entry's fields goes on, and the first expiry that it has met; the cursor 0 is none. */
    private long[] cursors = new long[8];

    private long[] met = new long[8];
    private int size;
    /** None is due before; read without the lock. */
    private volatile long nextDue = Long.MAX_VALUE;

    private int next;

    int size() {
        return size;
    }

    /** A guess that needs no lock. */
    boolean mayHaveDue(long nowMs) {
        return nextDue < nowMs;
    }

    void clear() {
        java.util.Arrays.fill(tables, null);
        size = 0;
    }

    /** Forgets a table that is no longer part of the keyspace. */
    void forget(KeyTable table) {
        for (int i = 0; i < tables.length && size > 0; ) {
            if (tables[i] == table) {
                remove(i);
            } else {
                i++;
            }
        }
    }

    /** A field of the hash at this key may be due then. */
    void note(KeyTable table, long hash, long atMs) {
        nextDue = Math.min(nextDue, atMs);
        int i = place(table, hash);
        if (tables[i] != null) {
            dueAt[i] = Math.min(dueAt[i], atMs);
            return;
        }
        size++;
        if (2 * size > tables.length) {
            grow();
            i = place(table, hash);
        }
        tables[i] = table;
        hashes[i] = hash;
        dueAt[i] = atMs;
        cursors[i] = 0;
        met[i] = Long.MAX_VALUE;
    }

    private int home(long hash) {
        return (int) (hash * 0x9E3779B97F4A7C15L >>> 40) & tables.length - 1;
    }

    private int place(KeyTable table, long hash) {
        int i = home(hash);
        while (tables[i] != null && (hashes[i] != hash || tables[i] != table)) {
            i = i + 1 & tables.length - 1;
        }
        return i;
    }

    private void grow() {
        KeyTable[] oldTables = tables;
        long[] oldHashes = hashes;
        long[] oldDue = dueAt;
        long[] oldCursors = cursors;
        long[] oldMet = met;
        int capacity = 2 * oldTables.length;
        tables = new KeyTable[capacity];
        hashes = new long[capacity];
        dueAt = new long[capacity];
        cursors = new long[capacity];
        met = new long[capacity];
        for (int i = 0; i < oldTables.length; i++) {
            if (oldTables[i] != null) {
                int to = place(oldTables[i], oldHashes[i]);
                tables[to] = oldTables[i];
                hashes[to] = oldHashes[i];
                dueAt[to] = oldDue[i];
                cursors[to] = oldCursors[i];
                met[to] = oldMet[i];
            }
        }
    }

    /** Takes an entry out; those behind it that it kept from their places move up. */
    private void remove(int entry) {
        int mask = tables.length - 1;
        int hole = entry;
        int i = hole;
        while (true) {
            i = i + 1 & mask;
            if (tables[i] == null) {
                break;
            }
            if ((i - home(hashes[i]) & mask) >= (i - hole & mask)) {
                tables[hole] = tables[i];
                hashes[hole] = hashes[i];
                dueAt[hole] = dueAt[i];
                cursors[hole] = cursors[i];
                met[hole] = met[i];
                hole = i;
            }
        }
        tables[hole] = null;
        size--;
    }

    /** How many entries stand for a hash that has such fields; the others are dropped. */
    int count() {
        for (int i = 0; i < tables.length; ) {
            if (tables[i] != null && tables[i].findFieldTtls(hashes[i]) == 0) {
                remove(i);
            } else {
                i++;
            }
        }
        return size;
    }

    /** Removes fields that are past their time, until the deadline; true when there may be more. */
    boolean expire(long nowMs, long deadlineNanos, ExpireCycle.FieldRemover remover) {
        nextDue = Long.MAX_VALUE; // what is noted from here on counts
        long first = Long.MAX_VALUE;
        for (int looked = 0; looked < tables.length && size > 0; looked++) {
            next = next + 1 & tables.length - 1;
            if (tables[next] != null && dueAt[next] < nowMs) {
                int before = size;
                look(next, nowMs, deadlineNanos, remover);
                if (size < before) {
                    next = next - 1 & tables.length - 1; // another entry may stand here now
                }
                if (System.nanoTime() >= deadlineNanos) {
                    nextDue = 0;
                    return true;
                }
            }
            if (tables[next] != null) {
                first = Math.min(first, dueAt[next]);
            }
        }
        nextDue = Math.min(nextDue, first);
        return false;
    }

    private void look(int entry, long nowMs, long deadlineNanos, ExpireCycle.FieldRemover remover) {
        KeyTable table = tables[entry];
        long hash = hashes[entry];
        long cursor = cursors[entry];
        long first = cursor == 0 ? Long.MAX_VALUE : met[entry];
        dueAt[entry] = Long.MAX_VALUE; // what is noted from here on counts
        do {
            long ref = table.findFieldTtls(hash);
            if (ref == 0) {
                remove(place(table, hash));
                return;
            }
            value.open(table, ref, hash, null);
            cursor = value.scanExpiries(cursor);
            while (value.nextExpiry()) {
                if (value.expiryHere() < nowMs) {
                    due.add(value.expiringField(view).copy());
                } else {
                    first = Math.min(first, value.expiryHere());
                }
            }
            if (!due.isEmpty()) {
                if (!remover.remove(value, due)) {
                    first = Math.min(first, nowMs); // soon again
                }
                due.clear();
            }
        } while (cursor != 0 && System.nanoTime() < deadlineNanos);
        int now = place(table, hash);
        if (tables[now] == null) {
            return;
        }
        if (table.findFieldTtls(hash) == 0) {
            remove(now);
            return;
        }
        cursors[now] = cursor;
        met[now] = first;
        dueAt[now] = cursor == 0 ? Math.min(dueAt[now], first) : 0;
    }
}
