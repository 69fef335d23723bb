package io.kdb.server.commands;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.geo.GeoArea;
import io.kdb.server.geo.GeoCode;
import io.kdb.server.store.ScoreRange;
import io.kdb.server.store.SortedSetValue;
import java.util.Arrays;

/** The places that a search has found, with their distances. Owner: one call. */
final class GeoPlaces {
    enum Order {
        NONE,
        NEAREST,
        FARTHEST
    }

    private static final int DISTANCE_DECIMALS = 4;

    /** With distances for scores. */
    private final ScoredMembers members = new ScoredMembers();

    private double[] codes = new double[16];
    private int[] order;
    private int shown;

    /** Takes the members within the area, at most {@code limit}, in the order of Redis' search. */
    void collect(SortedSetValue set, GeoArea area, long limit) {
        for (int i = 0; i < area.rangeCount() && members.count() < limit; i++) {
            set.range(new ScoreRange(area.from(i), false, area.to(i), true));
            long left = set.rangeTo() - set.rangeFrom();
            if (left > 0) {
                set.seekIndex(set.rangeFrom());
            }
            for (; left > 0 && members.count() < limit; left--) {
                double score = set.scoreHere();
                long code = GeoCode.ofScore(score);
                if (area.contains(GeoCode.longitude(code), GeoCode.latitude(code))) {
                    add(set, score, area.distance());
                }
                set.next();
            }
        }
    }

    private void add(SortedSetValue set, double score, double distance) {
        int i = members.add(set.element(), distance);
        if (i == codes.length) {
            codes = Arrays.copyOf(codes, i * 2);
        }
        codes[i] = score;
    }

    /** Orders them by distance, and forgets all but the first {@code limit}. */
    void sort(Order by, long limit) {
        order = new int[members.count()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        if (by != Order.NONE) {
            mergeSort(order.clone(), order, 0, order.length, by == Order.NEAREST);
        }
        shown = (int) Math.min(limit, order.length);
    }

    /** Both arrays hold the same between the positions; the second will be sorted. What is equal keeps its order. */
    private void mergeSort(int[] from, int[] to, int start, int end, boolean nearest) {
        if (end - start < 2) {
            return;
        }
        int middle = start + end >>> 1;
        mergeSort(to, from, start, middle, nearest);
        mergeSort(to, from, middle, end, nearest);
        int left = start;
        int right = middle;
        for (int i = start; i < end; i++) {
            boolean takeLeft = right == end || left < middle && !isBefore(from[right], from[left], nearest);
            to[i] = from[takeLeft ? left++ : right++];
        }
    }

    private boolean isBefore(int a, int b, boolean nearest) {
        return nearest ? members.score(a) < members.score(b) : members.score(a) > members.score(b);
    }

    void reply(Call call, boolean withDistance, boolean withHash, boolean withPlace) {
        ReplyWriter reply = call.reply();
        int parts = 1 + (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPlace ? 1 : 0);
        reply.array(shown);
        for (int k = 0; k < shown; k++) {
            int i = order[k];
            if (parts > 1) {
                reply.array(parts);
            }
            members.replyMember(reply, i);
            if (withDistance) {
                reply.fixedBulk(members.score(i), DISTANCE_DECIMALS);
            }
            if (withHash) {
                reply.integer((long) codes[i]);
            }
            if (withPlace) {
                GeoCommands.place(call, GeoCode.ofScore(codes[i]));
            }
        }
    }

    /** Makes the key a sorted set of them, scored by their places or by their distances, and replies with their number. */
    void store(Call call, int arg, boolean distances, String event) {
        ScoredMembers result = new ScoredMembers();
        for (int k = 0; k < shown; k++) {
            result.addFrom(members, order[k], distances ? members.score(order[k]) : codes[order[k]]);
        }
        result.sort();
        result.store(call, arg, event);
        if (shown > 1) {
            call.changed(shown - 1);
        }
    }
}
