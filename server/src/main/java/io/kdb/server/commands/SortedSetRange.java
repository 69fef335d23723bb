package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Kept;
import io.kdb.server.store.LexRange;
import io.kdb.server.store.ScoreRange;
import io.kdb.server.store.SortedSetValue;

/** What ZRANGE and its kin ask for, and where that lies in one sorted set. Owner: one call; its event loop uses it again. */
final class SortedSetRange {
    enum By {
        RANK,
        SCORE,
        LEX
    }

    enum Direction {
        FORWARDS,
        BACKWARDS
    }

    private static final CommandError LIMIT_BY_RANK =
            new CommandError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    private static final CommandError SCORES_BY_LEX =
            new CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");

    private static final Kept<SortedSetRange> KEPT = new Kept<>(SortedSetRange::new);

    private By by;
    private boolean isBackwards;
    private boolean withScores;
    private long offset;
    private long limit;

    private long start;
    private long stop;
    private ScoreRange scores;
    private LexRange members;

    private long first;
    private long count;

    private SortedSetRange() {}

    /**
     * Reads the range behind the key at argument {@code key}, and the options behind it.
     *
     * @param by null when BYSCORE or BYLEX may say so
     * @param direction null when REV may say so
     * @param mayScore whether WITHSCORES is an option
     */
    static SortedSetRange of(Call call, int key, By by, Direction direction, boolean mayScore) {
        Arguments args = call.args();
        SortedSetRange range = start(call, by);
        range.isBackwards = direction == Direction.BACKWARDS;
        for (int i = key + 3; i < args.count(); i++) {
            if (mayScore && args.is(i, "WITHSCORES")) {
                range.withScores = true;
            } else if (args.is(i, "LIMIT") && i + 2 < args.count()) {
                range.offset = call.integer(i + 1);
                range.limit = call.integer(i + 2);
                i += 2;
            } else if (direction == null && args.is(i, "REV")) {
                range.isBackwards = true;
            } else if (range.by == null && args.is(i, "BYLEX")) {
                range.by = By.LEX;
            } else if (range.by == null && args.is(i, "BYSCORE")) {
                range.by = By.SCORE;
            } else {
                throw Errors.SYNTAX;
            }
        }
        range.by = range.by == null ? By.RANK : range.by;
        if (range.limit != -1 && range.by == By.RANK) {
            throw LIMIT_BY_RANK;
        }
        if (range.withScores && range.by == By.LEX) {
            throw SCORES_BY_LEX;
        }
        range.readBounds(call, key + 1);
        return range;
    }

    /** The two arguments behind the key at argument 1, from low to high, without options. */
    static SortedSetRange plain(Call call, By by) {
        SortedSetRange range = start(call, by);
        range.readBounds(call, 2);
        return range;
    }

    private static SortedSetRange start(Call call, By by) {
        SortedSetRange range = call.kept(KEPT);
        range.by = by;
        range.isBackwards = false;
        range.withScores = false;
        range.offset = 0;
        range.limit = -1;
        return range;
    }

    private void readBounds(Call call, int at) {
        int min = isBackwards ? at + 1 : at;
        int max = isBackwards ? at : at + 1;
        switch (by) {
            case RANK -> {
                start = call.integer(at);
                stop = call.integer(at + 1);
            }
            case SCORE -> scores = ScoreArguments.scores(call, min, max);
            case LEX -> members = ScoreArguments.members(call, min, max);
        }
    }

    boolean isByRank() {
        return by == By.RANK;
    }

    boolean withScores() {
        return withScores;
    }

    /** Finds where the range begins, {@link #first}, and how many members it has. */
    void apply(SortedSetValue set) {
        if (by == By.RANK) {
            applyRanks(set.size());
            return;
        }
        if (by == By.SCORE) {
            set.range(scores);
        } else {
            set.range(members, isBackwards);
        }
        long all = set.rangeTo() - set.rangeFrom();
        long skip = offset < 0 ? all : Math.min(offset, all);
        count = limit < 0 ? all - skip : Math.min(limit, all - skip);
        first = isBackwards ? set.rangeTo() - 1 - skip : set.rangeFrom() + skip;
    }

    private void applyRanks(long size) {
        long from = Math.max(0, start < 0 ? size + start : start);
        long to = Math.min(size - 1, stop < 0 ? size + stop : stop);
        // Their difference may be more than a long: from is up to Long.MAX_VALUE, to down to Long.MIN_VALUE + size.
        count = from > to ? 0 : to - from + 1;
        first = isBackwards ? size - 1 - from : from;
    }

    /** The rank of the first member in the direction of the range. */
    long first() {
        return first;
    }

    long count() {
        return count;
    }

    /** On to the next member in the direction of the range. */
    void step(SortedSetValue set) {
        if (isBackwards) {
            set.previous();
        } else {
            set.next();
        }
    }
}
