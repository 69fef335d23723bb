package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SORTEDSET;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.resp.Doubles;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Kept;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.log.Effects;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Sorted sets, member by member. */
public final class SortedSetCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("zadd", -4, key(1, RW, UPDATE), SortedSetCommands::zadd, WRITE, DENYOOM, FAST)
                    .in(SORTEDSET)
                    .elements(3, 2),
            row("zincrby", 4, key(1, RW, ACCESS, UPDATE), SortedSetCommands::zincrby, WRITE, DENYOOM, FAST)
                    .in(SORTEDSET)
                    .elements(3, 1),
            row("zrem", -3, key(1, RW, DELETE), SortedSetCommands::zrem, WRITE, FAST)
                    .in(SORTEDSET)
                    .elements(2, 1),
            row("zcard", 2, key(1, RO), SortedSetCommands::zcard, READONLY, FAST)
                    .in(SORTEDSET),
            row("zscore", 3, key(1, RO, ACCESS), SortedSetCommands::zscore, READONLY, FAST)
                    .in(SORTEDSET)
                    .elements(2, 1),
            row("zmscore", -3, key(1, RO, ACCESS), SortedSetCommands::zmscore, READONLY, FAST)
                    .in(SORTEDSET)
                    .elements(2, 1),
            row("zrank", 3, key(1, RO, ACCESS), SortedSetCommands::zrank, READONLY, FAST)
                    .in(SORTEDSET)
                    .elements(2, 1),
            row("zrevrank", 3, key(1, RO, ACCESS), SortedSetCommands::zrevrank, READONLY, FAST)
                    .in(SORTEDSET)
                    .elements(2, 1),
            row("zcount", 4, key(1, RO, ACCESS), SortedSetCommands::zcount, READONLY, FAST)
                    .in(SORTEDSET),
            row("zlexcount", 4, key(1, RO, ACCESS), SortedSetCommands::zlexcount, READONLY, FAST)
                    .in(SORTEDSET));

    static final int NX = 1;
    static final int XX = 2;
    static final int GT = 4;
    static final int LT = 8;
    static final int CH = 16;
    static final int INCR = 32;

    private static final CommandError XX_AND_NX =
            new CommandError("ERR XX and NX options at the same time are not compatible");
    private static final CommandError GT_LT_NX =
            new CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
    private static final CommandError ONE_INCREMENT =
            new CommandError("ERR INCR option supports a single increment-element pair");
    private static final CommandError NOT_A_NUMBER = new CommandError("ERR resulting score is not a number (NaN)");

    private static final Kept<Adding> ADDING = new Kept<>(Adding::new);
    /** A score stands before its member. */
    private static final Scores BEFORE = (args, member) -> ScoreArguments.score(args, member - 1);

    private SortedSetCommands() {}

    /** Reads the score that goes with the member at an argument. */
    interface Scores {
        double of(Arguments args, int member);
    }

    // ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]
    private static void zadd(Call call) {
        Arguments args = call.args();
        int options = 0;
        int first = 2;
        for (int option = option(args, first); option != 0; option = option(args, first)) {
            options |= option;
            first++;
        }
        int words = args.count() - first;
        if (words <= 0 || (words & 1) != 0) {
            throw Errors.SYNTAX;
        }
        requireCompatible(options, words / 2);
        for (int i = first; i < args.count(); i += 2) {
            ScoreArguments.score(args, i);
        }
        add(call, options, words / 2, BEFORE, first + 1, 2);
    }

    private static int option(Arguments args, int i) {
        int length = i < args.count() ? args.length(i) : 0;
        if (length == 2) {
            return args.is(i, "NX")
                    ? NX
                    : args.is(i, "XX") ? XX : args.is(i, "GT") ? GT : args.is(i, "LT") ? LT : args.is(i, "CH") ? CH : 0;
        }
        return length == 4 && args.is(i, "INCR") ? INCR : 0;
    }

    private static void requireCompatible(int options, int pairs) {
        if ((options & (NX | XX)) == (NX | XX)) {
            throw XX_AND_NX;
        }
        if (Integer.bitCount(options & (NX | GT | LT)) > 1) {
            throw GT_LT_NX;
        }
        if ((options & INCR) != 0 && pairs > 1) {
            throw ONE_INCREMENT;
        }
    }

    // ZINCRBY key increment member
    private static void zincrby(Call call) {
        if (option(call.args(), 2) != 0) {
            throw Errors.SYNTAX; // read as ZADD's, it leaves no pair of score and member
        }
        ScoreArguments.score(call.args(), 2);
        add(call, INCR, 1, BEFORE, 3, 1);
    }

    /**
     * Adds or changes members, the first at argument {@code member} and the next {@code step} behind, and replies as ZADD.
     * Answers whether anything changed.
     */
    static boolean add(Call call, int options, int pairs, Scores scores, int member, int step) {
        KeyCursor key = call.write(1).requireType(ValueType.ZSET);
        boolean isIncrement = (options & INCR) != 0;
        if (!key.exists() && (options & XX) != 0) {
            if (isIncrement) {
                call.reply().nullBulk();
            } else {
                call.reply().integer(0);
            }
            return false;
        }
        SortedSetValue set = key.sortedSet();
        Adding adding = call.kept(ADDING);
        adding.start(call, set, options);
        try {
            for (int pair = 0; pair < pairs; pair++) {
                adding.add(member + pair * step, scores.of(call.args(), member + pair * step));
            }
        } catch (StoreFull full) {
            if (adding.changes() > 0) {
                adding.logDone(member, step);
                key.changed();
            }
            throw full;
        }
        if (adding.changes() > 0) {
            key.changed();
            call.changed(adding.changes() - 1);
            key.event(KeyspaceEvents.ZSET, isIncrement ? "zincr" : "zadd");
        }
        adding.reply();
        return adding.changes() > 0;
    }

    /** The members of one ZADD as they are taken. Owner: its call; its event loop uses it again. */
    private static final class Adding {
        private Call call;
        private SortedSetValue set;
        private int options;
        private int added;
        private int updated;
        private int done;
        private boolean applied;
        private double result;

        void start(Call itsCall, SortedSetValue itsSet, int itsOptions) {
            call = itsCall;
            set = itsSet;
            options = itsOptions;
            added = 0;
            updated = 0;
            done = 0;
            applied = false;
            result = 0;
        }

        int changes() {
            return added + updated;
        }

        void add(int i, double score) {
            Arguments args = call.args();
            byte[] array = args.array(i);
            int offset = args.offset(i);
            int length = args.length(i);
            if (set.find(array, offset, length)) {
                update(array, offset, length, score);
            } else if ((options & XX) == 0) {
                set.insert(array, offset, length, score);
                added++;
                applied = true;
                result = score;
            }
            done++;
        }

        private void update(byte[] array, int offset, int length, double score) {
            if ((options & NX) != 0) {
                return;
            }
            double old = set.score();
            double now = score;
            if ((options & INCR) != 0) {
                now += old;
                if (Double.isNaN(now)) {
                    throw NOT_A_NUMBER;
                }
            }
            if ((options & LT) != 0 && now >= old || (options & GT) != 0 && now <= old) {
                return;
            }
            applied = true;
            result = now;
            if (now != old) {
                set.rescore(array, offset, length, now);
                updated++;
            }
        }

        void reply() {
            if ((options & INCR) == 0) {
                call.reply().integer((options & CH) != 0 ? added + updated : added);
            } else if (applied) {
                call.reply().doubleValue(result);
            } else {
                call.reply().nullBulk();
            }
        }

        /** There was no memory for all; what was done stays, so replicas must hear of it. */
        void logDone(int member, int step) {
            Arguments args = call.args();
            byte[] digits = new byte[Doubles.MAX_CHARS];
            for (int pair = 0; pair < done; pair++) {
                int i = member + pair * step;
                if (set.find(args.array(i), args.offset(i), args.length(i))) {
                    int length = Doubles.write(set.score(), digits, 0);
                    Effects effect = call.startEffect(4).argument(Words.ZADD).argument(args, 1);
                    effect.argument(digits, 0, length).argument(args, i);
                }
            }
        }
    }

    // ZREM key member [member ...]
    private static void zrem(Call call) {
        KeyCursor key = call.write(1).requireType(ValueType.ZSET);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        Arguments args = call.args();
        SortedSetValue set = key.sortedSet();
        int deleted = 0;
        try {
            for (int i = 2; i < args.count() && !set.isEmpty(); i++) {
                if (set.find(args.array(i), args.offset(i), args.length(i))) {
                    set.delete(args.array(i), args.offset(i), args.length(i));
                    deleted++;
                    call.doneUpTo(i + 1);
                }
            }
        } finally {
            removed(call, key, set, deleted, "zrem");
        }
        call.reply().integer(deleted);
    }

    /** Removes the members from one rank up to another; what was done before memory was short is logged. */
    static void deleteRange(Call call, KeyCursor key, SortedSetValue set, long from, long to) {
        long size = set.size();
        try {
            set.deleteRange(from, to);
        } catch (StoreFull full) {
            long done = size - set.size();
            if (done > 0) {
                key.changed();
                Effects effect = call.startEffect(4).argument(Words.ZREMRANGEBYRANK);
                effect.argument(key.key()).argument(from).argument(from + done - 1);
            }
            throw full;
        }
    }

    /** Members were removed: says so, and deletes the key if they were the last. */
    static void removed(Call call, KeyCursor key, SortedSetValue set, long count, String event) {
        if (count == 0) {
            return;
        }
        boolean isEmpty = set.isEmpty();
        key.changed();
        call.changed(count - 1);
        key.event(KeyspaceEvents.ZSET, event);
        if (isEmpty) {
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
        }
    }

    // ZCARD key
    private static void zcard(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        call.reply().integer(key.exists() ? key.sortedSet().size() : 0);
    }

    /** The sorted set at argument 1 when it exists and has the member at argument 2, which it has then found; else null. */
    private static SortedSetValue find(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        if (!key.exists()) {
            return null;
        }
        SortedSetValue set = key.sortedSet();
        Arguments args = call.args();
        return set.find(args.array(2), args.offset(2), args.length(2)) ? set : null;
    }

    // ZSCORE key member
    private static void zscore(Call call) {
        SortedSetValue set = find(call);
        if (set == null) {
            call.reply().nullBulk();
        } else {
            call.reply().doubleValue(set.score());
        }
    }

    // ZMSCORE key member [member ...]
    private static void zmscore(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        Arguments args = call.args();
        SortedSetValue set = key.exists() ? key.sortedSet() : null;
        call.reply().array(args.count() - 2);
        for (int i = 2; i < args.count(); i++) {
            if (set != null && set.find(args.array(i), args.offset(i), args.length(i))) {
                call.reply().doubleValue(set.score());
            } else {
                call.reply().nullBulk();
            }
        }
    }

    // ZRANK key member
    private static void zrank(Call call) {
        SortedSetValue set = find(call);
        if (set == null) {
            call.reply().nullBulk();
        } else {
            call.reply().integer(set.rank());
        }
    }

    // ZREVRANK key member
    private static void zrevrank(Call call) {
        SortedSetValue set = find(call);
        if (set == null) {
            call.reply().nullBulk();
        } else {
            call.reply().integer(set.size() - 1 - set.rank());
        }
    }

    // ZCOUNT key min max
    private static void zcount(Call call) {
        var range = ScoreArguments.scores(call, 2, 3);
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        SortedSetValue set = key.sortedSet();
        set.range(range);
        call.reply().integer(set.rangeTo() - set.rangeFrom());
    }

    // ZLEXCOUNT key min max
    private static void zlexcount(Call call) {
        var range = ScoreArguments.members(call, 2, 3);
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        SortedSetValue set = key.sortedSet();
        set.range(range, false);
        call.reply().integer(set.rangeTo() - set.rangeFrom());
    }
}
