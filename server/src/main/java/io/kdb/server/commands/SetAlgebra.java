package io.kdb.server.commands;

import io.kdb.server.store.Element;
import io.kdb.server.store.SetValue;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Consumer;

/**
 * Which members of some sets belong to their intersection, union or difference: a bit for each, so that the result can be
 * counted before it is replied with, and is never copied. Owner: the running call; the sets must not change.
 */
final class SetAlgebra {
    /** The union of more sets is cheaper by putting them all into one. */
    static final int MAX_UNION_BY_LOOKUP = 6;

    private final SetValue[] sets;
    private final long[][] taken;
    private long count;

    private SetAlgebra(SetValue[] sets) {
        this.sets = sets;
        this.taken = new long[sets.length][];
    }

    long count() {
        return count;
    }

    /** Each member of the result, with the set that stands on it. */
    void forEach(Consumer<SetValue> visit) {
        for (int i = 0; i < sets.length; i++) {
            if (taken[i] == null) {
                continue;
            }
            int index = 0;
            for (boolean more = sets[i].first(); more; more = sets[i].next(), index++) {
                if (has(taken[i], index)) {
                    visit.accept(sets[i]);
                }
            }
        }
    }

    private static boolean has(long[] bits, int index) {
        return (bits[index >> 6] & 1L << index) != 0;
    }

    private long[] bits(int i) {
        if (sets[i].size() > Integer.MAX_VALUE - 64) {
            throw new IllegalStateException("members: " + sets[i].size() + " (expected: an int)");
        }
        taken[i] = new long[(int) (sets[i].size() + 63 >> 6)];
        return taken[i];
    }

    /** Sets without a key are null; with one of these an intersection is empty. */
    private static SetValue[] smallestFirst(SetValue[] sets) {
        for (SetValue set : sets) {
            if (set == null) {
                return new SetValue[0];
            }
        }
        SetValue[] sorted = sets.clone();
        Arrays.sort(sorted, Comparator.comparingLong(SetValue::size));
        return sorted;
    }

    private static SetValue[] existing(SetValue[] sets) {
        return Arrays.stream(sets).filter(set -> set != null).toArray(SetValue[]::new);
    }

    static SetAlgebra intersection(SetValue[] all) {
        SetAlgebra result = new SetAlgebra(smallestFirst(all));
        if (result.sets.length > 0) {
            result.takeFirst();
        }
        return result;
    }

    /** The smallest set's members that all others have. */
    private void takeFirst() {
        long[] bits = bits(0);
        int index = 0;
        for (boolean more = sets[0].first(); more; more = sets[0].next(), index++) {
            if (inAll(sets, sets[0].element())) {
                bits[index >> 6] |= 1L << index;
                count++;
            }
        }
    }

    private static boolean inAll(SetValue[] sets, Element member) {
        for (int i = 1; i < sets.length; i++) {
            if (!sets[i].contains(member)) {
                return false;
            }
        }
        return true;
    }

    /** The intersection one by one, without bits. */
    static void intersectionMembers(SetValue[] all, Consumer<SetValue> visit) {
        SetValue[] sets = smallestFirst(all);
        if (sets.length == 0) {
            return;
        }
        for (boolean more = sets[0].first(); more; more = sets[0].next()) {
            if (inAll(sets, sets[0].element())) {
                visit.accept(sets[0]);
            }
        }
    }

    /** How many members the intersection has, counted up to the limit unless that is 0. */
    static long intersectionSize(SetValue[] all, long limit) {
        SetValue[] sets = smallestFirst(all);
        long size = 0;
        if (sets.length > 0) {
            for (boolean more = sets[0].first(); more && (limit == 0 || size < limit); more = sets[0].next()) {
                size += inAll(sets, sets[0].element()) ? 1 : 0;
            }
        }
        return size;
    }

    /** Of each set what none before it has, the largest first. */
    static SetAlgebra union(SetValue[] all) {
        SetValue[] sets = existing(all);
        Arrays.sort(sets, Comparator.comparingLong(SetValue::size).reversed());
        SetAlgebra result = new SetAlgebra(sets);
        for (int i = 0; i < sets.length; i++) {
            long[] bits = result.bits(i);
            int index = 0;
            for (boolean more = sets[i].first(); more; more = sets[i].next(), index++) {
                if (i == 0 || !inAny(sets, 0, i, sets[i].element())) {
                    bits[index >> 6] |= 1L << index;
                    result.count++;
                }
            }
        }
        return result;
    }

    private static boolean inAny(SetValue[] sets, int from, int to, Element member) {
        for (int i = from; i < to; i++) {
            if (sets[i].contains(member)) {
                return true;
            }
        }
        return false;
    }

    /** Puts all members of all sets into one. */
    static void pour(SetValue[] all, SetValue target) {
        for (SetValue set : existing(all)) {
            for (boolean more = set.first(); more; more = set.next()) {
                target.add(set.element());
            }
        }
    }

    /** The first set's members that no other has. */
    static SetAlgebra difference(SetValue[] all) {
        if (all[0] == null) {
            return new SetAlgebra(new SetValue[0]);
        }
        SetAlgebra result = new SetAlgebra(new SetValue[] {all[0]});
        SetValue[] others = subtrahends(all);
        long[] bits = result.bits(0);
        if (othersAreSmall(all[0], others)) {
            result.takeAllBut(bits, others);
            return result;
        }
        int index = 0;
        for (boolean more = all[0].first(); more; more = all[0].next(), index++) {
            if (!inAny(others, 0, others.length, all[0].element())) {
                bits[index >> 6] |= 1L << index;
                result.count++;
            }
        }
        return result;
    }

    /** Puts the difference into a set, which passes through all that Redis' passes through: that decides its encoding. */
    static void pourDifference(SetValue[] all, SetValue target) {
        if (all[0] == null) {
            return;
        }
        SetValue[] others = subtrahends(all);
        if (!othersAreSmall(all[0], others)) {
            difference(all).forEach(set -> target.add(set.element()));
            return;
        }
        pour(new SetValue[] {all[0]}, target);
        for (SetValue other : others) {
            for (boolean more = other.first(); more && target.size() > 0; more = other.next()) {
                if (target.contains(other.element())) {
                    target.remove();
                }
            }
        }
    }

    /** The largest first: it is the likeliest to have a member. */
    private static SetValue[] subtrahends(SetValue[] all) {
        SetValue[] others = existing(Arrays.copyOfRange(all, 1, all.length));
        Arrays.sort(others, Comparator.comparingLong(SetValue::size).reversed());
        return others;
    }

    /** Whether it is less work to take the others' members out than to look up each of the first's in them, as Redis reckons it. */
    private static boolean othersAreSmall(SetValue first, SetValue[] others) {
        long lookups = first.size() * (others.length + 1) / 2;
        long members = first.size();
        for (SetValue other : others) {
            members += other.size();
        }
        return lookups > members;
    }

    /** Starts with all members of the set and takes out those of the others: better when these are small. */
    private void takeAllBut(long[] bits, SetValue[] others) {
        SetValue first = sets[0];
        count = first.size();
        Arrays.fill(bits, -1L);
        for (SetValue other : others) {
            for (boolean more = other.first(); more; more = other.next()) {
                int index = (int) first.indexOf(other.element());
                if (index >= 0 && has(bits, index)) {
                    bits[index >> 6] &= ~(1L << index);
                    count--;
                }
            }
        }
    }
}
