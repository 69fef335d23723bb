package io.kdb.server.store;

import io.kdb.resp.Doubles;

/**
 * A sorted set in one listpack, as Redis keeps a small one: member, score, member, score, in order. A score is an integer
 * where it is one, else its 17 digits. Owner: its {@link SortedSetValue}.
 */
final class PackedSortedSet extends SortedSetForm {
    private final PackedValue packed;
    private final Element view = new Element();
    private final byte[] digits = new byte[Doubles.MAX_CHARS];
    private int digitCount;
    private boolean isInteger;
    private int found;
    private int at;

    PackedSortedSet(SortedSetValue owner, PackedValue packed) {
        super(owner);
        this.packed = packed;
    }

    @Override
    void opened() {}

    @Override
    long size() {
        return packed.count() / 2;
    }

    private double scoreAt(int member) {
        return score(packed.array(), Listpack.next(packed.array(), packed.offset() + member));
    }

    /** The score that the listpack's entry at {@code p} is. */
    static double score(byte[] a, int p) {
        return Listpack.isInteger(a, p)
                ? Listpack.integer(a, p)
                : Doubles.parse(a, Listpack.stringOffset(a, p), Listpack.stringLength(a, p));
    }

    /** Whether a listpack of members and scores is in a sorted set's order. */
    static boolean isSorted(byte[] listpack) {
        Element before = new Element();
        Element member = new Element();
        double score = Double.NEGATIVE_INFINITY;
        int previous = -1;
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
            int here = p;
            p = Listpack.next(listpack, p);
            double its = score(listpack, p);
            if (previous >= 0 && its <= score) {
                byte[] bytes = Listpack.get(listpack, previous, before).array();
                boolean isBehind =
                        Listpack.get(listpack, here, member).compareTo(bytes, before.offset(), before.length()) > 0;
                if (its < score || !isBehind) {
                    return false;
                }
            }
            score = its;
            previous = here;
        }
        return true;
    }

    /** The member behind, or NONE. */
    private int after(int member) {
        return packed.next(packed.next(member));
    }

    private int before(int member) {
        int score = packed.previous(member);
        return score == PackedValue.NONE ? PackedValue.NONE : packed.previous(score);
    }

    // ---- by member --------------------------------------------------------------------------------------------

    @Override
    boolean find(byte[] member, int offset, int length) {
        found = packed.find(packed.first(), member, offset, length, 1);
        return found != PackedValue.NONE;
    }

    @Override
    double foundScore() {
        return scoreAt(found);
    }

    @Override
    long foundRank() {
        long rank = 0;
        for (int p = packed.first(); p != found; p = after(p)) {
            rank++;
        }
        return rank;
    }

    @Override
    void insert(byte[] member, int offset, int length, double score) {
        insert(place(member, offset, length, score), member, offset, length, score);
    }

    /** Where such a member stands, or is to be inserted. */
    private int place(byte[] member, int offset, int length, double score) {
        int last = packed.last();
        if (last == PackedValue.NONE || isBefore(packed.previous(last), member, offset, length, score)) {
            return packed.bytes() - 1;
        }
        int p = packed.first();
        while (isBefore(p, member, offset, length, score)) {
            p = after(p);
        }
        return p;
    }

    private boolean isBefore(int p, byte[] member, int offset, int length, double score) {
        double other = scoreAt(p);
        return other < score || other == score && packed.get(p, view).compareTo(member, offset, length) < 0;
    }

    private void insert(int position, byte[] member, int offset, int length, double score) {
        int memberBytes = Listpack.bytesOf(member, offset, length);
        packed.splice(position, 0, memberBytes + prepare(score), 2);
        int p = Listpack.write(packed.array(), packed.offset() + position, member, offset, length);
        if (isInteger) {
            Listpack.write(packed.array(), p, (long) score);
        } else {
            Listpack.write(packed.array(), p, digits, 0, digitCount);
        }
    }

    /** Redis keeps a score as an integer where that loses nothing and it is well within 64 bits; answers its bytes. */
    private int prepare(double score) {
        boolean keepsSign = score == 0 && Double.doubleToRawLongBits(score) != 0 && !owner.dropsSign(score);
        isInteger = isInteger(score) && !keepsSign;
        if (isInteger) {
            return Listpack.bytesOf((long) score);
        }
        digitCount = Doubles.write(score, digits, 0);
        return Listpack.bytesOf(digits, 0, digitCount);
    }

    /** A negative zero too, which thereby loses its sign. */
    static boolean isInteger(double score) {
        return score == (long) score && Math.abs(score) <= (double) (Long.MAX_VALUE / 2);
    }

    /** Bytes that such a member adds. */
    int bytesOf(byte[] member, int offset, int length, double score) {
        return Listpack.bytesOf(member, offset, length) + prepare(score);
    }

    @Override
    void rescore(byte[] member, int offset, int length, double score) {
        int old = found;
        int place = place(member, offset, length, score);
        int scoreAt = packed.next(old);
        if (place == old || place == after(old) || after(old) == PackedValue.NONE && place == packed.bytes() - 1) {
            prepare(score);
            if (isInteger) {
                packed.replace(scoreAt, (long) score);
            } else {
                packed.replace(scoreAt, digits, 0, digitCount);
            }
            return;
        }
        int before = packed.bytes();
        insert(place, member, offset, length, score);
        packed.delete(place < old ? old + packed.bytes() - before : old, 2);
    }

    @Override
    void delete(byte[] member, int offset, int length) {
        packed.delete(found, 2);
    }

    // ---- by place ---------------------------------------------------------------------------------------------

    @Override
    void seek(long rank) {
        at = packed.at(2 * rank);
    }

    @Override
    boolean next() {
        at = after(at);
        return at != PackedValue.NONE;
    }

    @Override
    boolean previous() {
        at = before(at);
        return at != PackedValue.NONE;
    }

    @Override
    Element member(Element shown) {
        return packed.get(at, shown);
    }

    @Override
    double score() {
        return scoreAt(at);
    }

    /** The score as it is kept: ZSCAN shows that. */
    Element scoreText(Element shown) {
        return packed.get(packed.next(at), shown);
    }

    @Override
    long scan(long cursor, Runnable visit) {
        for (at = packed.first(); at != PackedValue.NONE; at = after(at)) {
            visit.run();
        }
        return 0;
    }

    @Override
    void deleteRange(long from, long to) {
        packed.delete(packed.at(2 * from), (int) (2 * (to - from)));
    }

    @Override
    long countBelow(double score, boolean orEqual) {
        byte[] a = packed.array();
        int p = packed.offset() + Listpack.HEADER_BYTES;
        long count = 0;
        while (!Listpack.isEnd(a, p)) {
            p = Listpack.next(a, p);
            double other = score(a, p);
            if (orEqual ? other > score : other >= score) {
                break;
            }
            p = Listpack.next(a, p);
            count++;
        }
        return count;
    }

    /** Where scores differ, this is what Redis makes of it: from the first member within as far as they are within. */
    @Override
    void lexRange(LexRange range, boolean backwards) {
        rangeFrom = 0;
        rangeTo = 0;
        long size = size();
        if (size == 0
                || !range.mayContain()
                || !range.isAboveMin(packed.get(packed.previous(packed.last()), view))
                || !range.isBelowMax(packed.get(packed.first(), view))) {
            return;
        }
        if (backwards) {
            long end = size;
            int p = packed.previous(packed.last());
            while (p != PackedValue.NONE && !range.isBelowMax(packed.get(p, view))) {
                p = before(p);
                end--;
            }
            long start = end;
            while (p != PackedValue.NONE && range.isAboveMin(packed.get(p, view))) {
                p = before(p);
                start--;
            }
            rangeFrom = start;
            rangeTo = end;
            return;
        }
        long start = 0;
        int p = packed.first();
        while (p != PackedValue.NONE && !range.isAboveMin(packed.get(p, view))) {
            p = after(p);
            start++;
        }
        long end = start;
        while (p != PackedValue.NONE && range.isBelowMax(packed.get(p, view))) {
            p = after(p);
            end++;
        }
        rangeFrom = start;
        rangeTo = end;
    }
}
