package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Element;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.StoreFull;
import java.util.Arrays;

/**
 * Members with scores that a command puts together before it replies with them or keeps them: copies in one array, found by
 * hash. Owner: one call. It grows with what was added, never with what a client announced.
 */
final class ScoredMembers {
    private static final int MAX_BYTES = Integer.MAX_VALUE - 64;

    private byte[] bytes = new byte[256];
    private int[] ends = new int[16];
    private double[] scores = new double[16];
    private int count;
    /** Open addressing by hash: index + 1, 0 is free. Made when the first member is searched. */
    private int[] table;

    /** The members' indexes in order, once {@link #sort} was called. */
    private int[] order;

    int count() {
        return count;
    }

    double score(int i) {
        return scores[i];
    }

    void score(int i, double score) {
        scores[i] = score;
    }

    private int start(int i) {
        return i == 0 ? 0 : ends[i - 1];
    }

    /** Adds a member that is not among them; answers its index. */
    int add(Element member, double score) {
        int length = member.length();
        reserve(length);
        int at = start(count);
        member.copyTo(bytes, at);
        return added(at + length, score);
    }

    /** Adds one of other members, which is not among these. */
    void addFrom(ScoredMembers others, int i, double score) {
        int length = others.ends[i] - others.start(i);
        reserve(length);
        int at = start(count);
        System.arraycopy(others.bytes, others.start(i), bytes, at, length);
        added(at + length, score);
    }

    void replyMember(ReplyWriter reply, int i) {
        reply.bulk(bytes, start(i), ends[i] - start(i));
    }

    private void reserve(int length) {
        int used = start(count);
        if (length > MAX_BYTES - used) {
            throw new StoreFull();
        }
        if (used + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_BYTES, Math.max(used + length, 2L * bytes.length)));
        }
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
            scores = Arrays.copyOf(scores, count * 2);
        }
    }

    private int added(int end, double score) {
        ends[count] = end;
        scores[count] = score;
        count++;
        order = null;
        if (table != null) {
            if (count * 2 > table.length) {
                rehash(table.length * 2);
            } else {
                put(count - 1);
            }
        }
        return count - 1;
    }

    private void rehash(int size) {
        table = new int[size];
        for (int i = 0; i < count; i++) {
            put(i);
        }
    }

    private void put(int i) {
        int slot = slot(bytes, start(i), ends[i] - start(i));
        while (table[slot] != 0) {
            slot = slot + 1 & table.length - 1;
        }
        table[slot] = i + 1;
    }

    private int slot(byte[] array, int offset, int length) {
        return (int) (KeyHash.hash(array, offset, length) >>> 20) & table.length - 1;
    }

    /** The index of a member, or -1. */
    int find(Element member) {
        if (table == null) {
            rehash(Math.max(32, Integer.highestOneBit(count) * 4));
        }
        byte[] array = member.array();
        int offset = member.offset();
        int length = member.length();
        for (int slot = slot(array, offset, length); table[slot] != 0; slot = slot + 1 & table.length - 1) {
            int i = table[slot] - 1;
            if (Arrays.equals(bytes, start(i), ends[i], array, offset, offset + length)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Takes the signs of zeros for which Redis, adding the members in their present order, would still have a listpack, which
     * keeps none.
     */
    void addOneByOne(long maxEntries, long maxBytes) {
        for (int i = 0; i < count && i < maxEntries && ends[i] - start(i) <= maxBytes; i++) {
            scores[i] += 0.0;
        }
    }

    /** Puts them in the order of a sorted set. */
    void sort() {
        order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        for (int i = 1; i < count; i++) {
            if (compare(i - 1, i) > 0) {
                mergeSort(order.clone(), order, 0, count);
                return;
            }
        }
    }

    private int compare(int a, int b) {
        if (scores[a] != scores[b]) {
            return scores[a] < scores[b] ? -1 : 1;
        }
        return Arrays.compareUnsigned(bytes, start(a), ends[a], bytes, start(b), ends[b]);
    }

    /** Both arrays hold the same between the positions; the second will be sorted. */
    private void mergeSort(int[] from, int[] to, int start, int end) {
        if (end - start < 2) {
            return;
        }
        int middle = start + end >>> 1;
        mergeSort(to, from, start, middle);
        mergeSort(to, from, middle, end);
        int left = start;
        int right = middle;
        for (int i = start; i < end; i++) {
            boolean takeLeft = right == end || left < middle && compare(from[left], from[right]) <= 0;
            to[i] = from[takeLeft ? left++ : right++];
        }
    }

    /** Replies with all of them in order, which {@link #sort} has made. */
    void reply(ReplyWriter reply, boolean withScores) {
        MemberReply.header(reply, count, withScores);
        for (int i : order) {
            MemberReply.before(reply, withScores);
            replyMember(reply, i);
            if (withScores) {
                reply.doubleValue(scores[i]);
            }
        }
    }

    /**
     * Makes the key of argument {@code arg} a sorted set of them, or deletes it when there are none; replies with their
     * number and says the event. {@link #sort} has been called.
     */
    void store(Call call, int arg, String event) {
        if (count == 0) {
            call.other(call.db(), arg).replaceByNothing();
        } else {
            KeyCursor key = call.write(arg);
            fill(call, key, arg);
            key.changed();
            key.event(KeyspaceEvents.ZSET, event);
        }
        call.reply().integer(count);
    }

    private void fill(Call call, KeyCursor key, int arg) {
        SortedSetValue set = key.replaceBy(new SortedSetValue(), KeyCursor.NO_EXPIRY);
        try {
            set.beginFill();
            for (int i : order) {
                set.insert(bytes, start(i), ends[i] - start(i), scores[i]);
            }
            set.endFill();
        } catch (StoreFull full) {
            // What the key held is gone, and so is the half of what it was to hold: replicas must hear of it.
            Arguments args = call.args();
            key.delete();
            call.startEffect(2).argument(Words.DEL).argument(args, arg);
            throw full;
        }
    }
}
