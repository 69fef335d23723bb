package io.kdb.server.store;

import io.kdb.resp.Arguments;

/**
 * A stream's node: entries with close IDs in one listpack of Redis' form. Stateless; the listpack begins at {@code at}.
 *
 * <p>It starts with the master entry (entries that live, entries deleted, number of fields, the fields' names, 0), whose ID is
 * the node's key. An entry is: flags, its ID's distance to the master's (ms, seq), then, unless {@link #SAME_FIELDS} says
 * that it has the master's fields, the number of its fields; its values, or fields and values; and the number of listpack
 * entries before this one that are its. Deleting only sets {@link #DELETED}.
 */
final class StreamNode {
    static final int DELETED = 1;
    static final int SAME_FIELDS = 2;

    private StreamNode() {}

    private static int bytesOf(Arguments args, int i) {
        return Listpack.bytesOf(args.array(i), args.offset(i), args.length(i));
    }

    private static int write(byte[] a, int p, Arguments args, int i) {
        return Listpack.write(a, p, args.array(i), args.offset(i), args.length(i));
    }

    /** Bytes of a new node of no entries yet, with the names of these pairs as its fields. */
    static long newBytes(Arguments args, int first, int pairs) {
        long bytes = Listpack.EMPTY_BYTES + 2 + 2 + Listpack.bytesOf(pairs) + 2;
        for (int i = 0; i < pairs; i++) {
            bytes += bytesOf(args, first + 2 * i);
        }
        return bytes;
    }

    static void writeNew(byte[] a, int at, Arguments args, int first, int pairs) {
        int p = at + Listpack.HEADER_BYTES;
        p = Listpack.write(a, p, 0);
        p = Listpack.write(a, p, 0);
        p = Listpack.write(a, p, pairs);
        for (int i = 0; i < pairs; i++) {
            p = write(a, p, args, first + 2 * i);
        }
        p = Listpack.write(a, p, 0);
        Listpack.end(a, p);
        Listpack.header(a, at, p + 1 - at, pairs + 4);
    }

    private static int countAt(int at) {
        return at + Listpack.HEADER_BYTES;
    }

    /** Entries that live. */
    static long count(byte[] a, int at) {
        return Listpack.integer(a, countAt(at));
    }

    static long deleted(byte[] a, int at) {
        return Listpack.integer(a, Listpack.next(a, countAt(at)));
    }

    /** Where the number of the master's fields lies. */
    static int fieldsAt(byte[] a, int at) {
        return Listpack.next(a, Listpack.next(a, countAt(at)));
    }

    /** Whether these pairs have the master's fields in the master's order. */
    static boolean sameFields(byte[] a, int at, Arguments args, int first, int pairs) {
        int p = fieldsAt(a, at);
        if (Listpack.integer(a, p) != pairs) {
            return false;
        }
        for (int i = 0; i < pairs; i++) {
            p = Listpack.next(a, p);
            int arg = first + 2 * i;
            if (!Listpack.equal(a, p, args.array(arg), args.offset(arg), args.length(arg))) {
                return false;
            }
        }
        return true;
    }

    /** Bytes of an entry. */
    static long entryBytes(long msDelta, long seqDelta, boolean same, Arguments args, int first, int pairs) {
        long bytes = 2L
                + Listpack.bytesOf(msDelta)
                + Listpack.bytesOf(seqDelta)
                + Listpack.bytesOf(listpackEntries(same, pairs));
        if (!same) {
            bytes += Listpack.bytesOf(pairs);
        }
        for (int i = same ? 1 : 0; i < 2 * pairs; i += same ? 2 : 1) {
            bytes += bytesOf(args, first + i);
        }
        return bytes;
    }

    private static int listpackEntries(boolean same, int pairs) {
        return same ? 3 + pairs : 4 + 2 * pairs;
    }

    /** Writes an entry at {@code p} and the listpack's end behind it; answers where that is. Counts are the caller's. */
    static int writeEntry(
            byte[] a, int p, long msDelta, long seqDelta, boolean same, Arguments args, int first, int pairs) {
        int to = Listpack.write(a, p, same ? SAME_FIELDS : 0);
        to = Listpack.write(a, to, msDelta);
        to = Listpack.write(a, to, seqDelta);
        if (!same) {
            to = Listpack.write(a, to, pairs);
        }
        for (int i = same ? 1 : 0; i < 2 * pairs; i += same ? 2 : 1) {
            to = write(a, to, args, first + i);
        }
        to = Listpack.write(a, to, listpackEntries(same, pairs));
        Listpack.end(a, to);
        return to;
    }

    /** How many listpack entries an entry is made of. */
    static int entryCount(boolean same, int pairs) {
        return listpackEntries(same, pairs) + 1;
    }

    /** By how much the listpack grows with other counts; negative when it shrinks. */
    static int countsGrowth(byte[] a, int at, long count, long deleted) {
        return Listpack.bytesOf(count) + Listpack.bytesOf(deleted) - (fieldsAt(a, at) - countAt(at));
    }

    /** Writes the counts of the master entry; there is room for {@link #countsGrowth}. */
    static void writeCounts(byte[] a, int at, long count, long deleted) {
        int growth = countsGrowth(a, at, count, deleted);
        if (growth != 0) {
            int bytes = Listpack.bytes(a, at);
            int from = fieldsAt(a, at);
            System.arraycopy(a, from, a, from + growth, at + bytes - from);
            Bytes.putInt(a, at, bytes + growth);
        }
        Listpack.write(a, Listpack.write(a, countAt(at), count), deleted);
    }

    /** Marks the entry whose flags lie here as deleted; the counts are the caller's. */
    static void markDeleted(byte[] a, int flagsAt) {
        a[flagsAt] |= DELETED;
    }

    /**
     * Whether a sound listpack is a sound node: every entry of the form above, the counts true. IDs are not looked at.
     */
    static boolean isValid(byte[] a, int at, int length) {
        if (!Listpack.isValid(a, at, length)) {
            return false;
        }
        Walk walk = new Walk(a, at);
        long count = walk.integer();
        long deleted = walk.integer();
        long fields = walk.integer();
        if (walk.broken || count < 0 || deleted < 0 || fields < 0 || !walk.skip(fields) || walk.integer() != 0) {
            return false;
        }
        long live = 0;
        long dead = 0;
        while (!walk.broken && !walk.atEnd()) {
            long flags = walk.integer();
            walk.integer();
            walk.integer();
            if (flags < 0 || flags > (DELETED | SAME_FIELDS) || !walk.smallInteger) {
                return false;
            }
            boolean same = (flags & SAME_FIELDS) != 0;
            long own = same ? fields : walk.integer();
            if (walk.broken || own < 0 || own > length || !walk.skip(same ? own : 2 * own)) {
                return false;
            }
            if (walk.integer() != (same ? 3 + own : 4 + 2 * own)) {
                return false;
            }
            if ((flags & DELETED) == 0) {
                live++;
            } else {
                dead++;
            }
        }
        return !walk.broken && live == count && dead == deleted;
    }

    /** A walk over what may be another listpack than a node's. Owner: one validation. */
    private static final class Walk {
        private final byte[] a;
        private int p;
        private boolean broken;
        /** The first byte of an entry says all of it; flags are set in place. */
        private boolean smallInteger = true;

        Walk(byte[] a, int at) {
            this.a = a;
            p = at + Listpack.HEADER_BYTES;
        }

        boolean atEnd() {
            return Listpack.isEnd(a, p);
        }

        long integer() {
            if (atEnd() || !Listpack.isInteger(a, p)) {
                broken = true;
                return -1;
            }
            long value = Listpack.integer(a, p);
            smallInteger &= value < 0 || value > (DELETED | SAME_FIELDS) || a[p] == value;
            p = Listpack.next(a, p);
            return value;
        }

        boolean skip(long entries) {
            for (long i = 0; i < entries; i++) {
                if (atEnd()) {
                    broken = true;
                    return false;
                }
                p = Listpack.next(a, p);
            }
            return true;
        }
    }
}
