package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SORTEDSET;
import static io.kdb.server.dispatch.CommandFlag.BLOCKING;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.MOVABLEKEYS;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.counted;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.dispatch.Waiting;
import io.kdb.server.log.Effects;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Taking the lowest or the highest members out of sorted sets, waiting for them or not. */
public final class SortedSetPopCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("zpopmin", -2, key(1, RW, ACCESS, DELETE), call -> pop(call, false), WRITE, FAST)
                    .in(SORTEDSET)
                    .takes(false),
            row("zpopmax", -2, key(1, RW, ACCESS, DELETE), call -> pop(call, true), WRITE, FAST)
                    .in(SORTEDSET)
                    .takes(true),
            row("zmpop", -4, counted(1, RW, ACCESS, DELETE), SortedSetPopCommands::zmpop, WRITE, MOVABLEKEYS)
                    .in(SORTEDSET),
            row(
                            "bzpopmin",
                            -3,
                            keys(1, -2, 1, RW, ACCESS, DELETE),
                            call -> blockingPop(call, false),
                            WRITE,
                            NOSCRIPT,
                            BLOCKING,
                            FAST)
                    .in(SORTEDSET),
            row(
                            "bzpopmax",
                            -3,
                            keys(1, -2, 1, RW, ACCESS, DELETE),
                            call -> blockingPop(call, true),
                            WRITE,
                            NOSCRIPT,
                            BLOCKING,
                            FAST)
                    .in(SORTEDSET),
            row(
                            "bzmpop",
                            -5,
                            counted(2, RW, ACCESS, DELETE),
                            SortedSetPopCommands::bzmpop,
                            WRITE,
                            BLOCKING,
                            MOVABLEKEYS)
                    .in(SORTEDSET));

    private static final CommandError KEYS_NOT_POSITIVE = new CommandError("ERR numkeys should be greater than 0");
    private static final CommandError COUNT_NOT_POSITIVE = new CommandError("ERR count should be greater than 0");

    private SortedSetPopCommands() {}

    /** What a reply holds beside the members. */
    private enum Shape {
        /** Member, score, member, score. */
        FLAT,
        /** Pairs of member and score: ZPOPMIN with a count in RESP3. */
        PAIRS,
        /** The key, then member and score: BZPOPMIN. */
        KEY_AND_ONE,
        /** The key, and an array of pairs: ZMPOP. */
        KEY_AND_PAIRS
    }

    // ZPOPMIN key [count]
    // ZPOPMAX key [count]
    private static void pop(Call call, boolean max) {
        Arguments args = call.args();
        if (args.count() > 3) {
            throw Errors.SYNTAX;
        }
        boolean counts = args.count() == 3;
        long count = counts ? call.integer(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE) : 1;
        KeyCursor key = call.write(1).requireType(ValueType.ZSET);
        if (!key.exists() || count == 0) {
            call.reply().array(0);
            return;
        }
        take(call, key, max, count, counts && call.reply().resp3() ? Shape.PAIRS : Shape.FLAT);
    }

    /** Takes members out of the key, which has some, and replies; answers how many. */
    private static long take(Call call, KeyCursor key, boolean max, long wanted, Shape shape) {
        SortedSetValue set = key.sortedSet();
        long size = set.size();
        long count = Math.min(wanted, size);
        ReplyWriter reply = call.reply();
        switch (shape) {
            case FLAT -> reply.array(2 * count);
            case PAIRS -> reply.array(count);
            case KEY_AND_ONE -> {
                reply.array(3);
                reply.bulk(key.key());
            }
            case KEY_AND_PAIRS -> {
                reply.array(2);
                reply.bulk(key.key());
                reply.array(count);
            }
        }
        set.seekIndex(max ? size - 1 : 0);
        for (long left = count; left > 0; left--) {
            if (shape == Shape.PAIRS || shape == Shape.KEY_AND_PAIRS) {
                reply.array(2);
            }
            set.element().reply(reply);
            reply.doubleValue(set.scoreHere());
            if (left > 1) {
                var unused = max ? set.previous() : set.next();
            }
        }
        SortedSetCommands.deleteRange(call, key, set, max ? size - count : 0, max ? size : count);
        SortedSetCommands.removed(call, key, set, count, max ? "zpopmax" : "zpopmin");
        return count;
    }

    // ZMPOP numkeys key [key ...] MIN | MAX [COUNT count]
    private static void zmpop(Call call) {
        Options options = new Options(call, 1);
        if (!takeFirst(call, options)) {
            call.reply().nullArray();
        }
    }

    /** Takes from the first of the keys that has members; false when none has. */
    private static boolean takeFirst(Call call, Options options) {
        for (int i = 0; i < options.keyCount; i++) {
            int arg = options.firstKey + i;
            KeyCursor key = call.write(arg).requireType(ValueType.ZSET);
            if (key.exists()) {
                options.take(call, key);
                return true;
            }
        }
        return false;
    }

    // BZPOPMIN key [key ...] timeout
    // BZPOPMAX key [key ...] timeout
    private static void blockingPop(Call call, boolean max) {
        long timeoutMs = BlockingTimeouts.seconds(call, call.args().count() - 1);
        takeOrWait(call, new Options(max, 1, call.args().count() - 2), timeoutMs);
    }

    // BZMPOP timeout numkeys key [key ...] MIN | MAX [COUNT count]
    private static void bzmpop(Call call) {
        long timeoutMs = BlockingTimeouts.seconds(call, 1);
        takeOrWait(call, new Options(call, 2), timeoutMs);
    }

    private static void takeOrWait(Call call, Options options, long timeoutMs) {
        if (!takeFirst(call, options)) {
            call.block(options, options.firstKey, options.keyCount, timeoutMs);
        }
    }

    /** What one of these commands wants, now or when its client is served. Immutable. */
    private static final class Options implements Waiting {
        private final int firstKey;
        private final int keyCount;
        private final boolean max;
        private final long count;
        private final boolean many;

        /** BZPOPMIN and BZPOPMAX. */
        Options(boolean max, int firstKey, int keyCount) {
            this.max = max;
            this.firstKey = firstKey;
            this.keyCount = keyCount;
            this.count = 1;
            this.many = false;
        }

        /** ZMPOP and BZMPOP: {@code numkeys key [key ...] MIN | MAX [COUNT count]} from an argument on. */
        Options(Call call, int at) {
            Arguments args = call.args();
            long number = call.integer(at, 1, Long.MAX_VALUE, KEYS_NOT_POSITIVE);
            if (number >= args.count() - at - 1) {
                throw Errors.SYNTAX;
            }
            firstKey = at + 1;
            keyCount = (int) number;
            int where = firstKey + keyCount;
            max = args.is(where, "MAX");
            if (!max && !args.is(where, "MIN")) {
                throw Errors.SYNTAX;
            }
            long wanted = -1;
            for (int i = where + 1; i < args.count(); i += 2) {
                if (wanted != -1 || !args.is(i, "COUNT") || i + 1 == args.count()) {
                    throw Errors.SYNTAX;
                }
                wanted = call.integer(i + 1, 1, Long.MAX_VALUE, COUNT_NOT_POSITIVE);
            }
            count = Math.max(1, wanted);
            many = true;
        }

        void take(Call call, KeyCursor key) {
            long taken =
                    SortedSetPopCommands.take(call, key, max, count, many ? Shape.KEY_AND_PAIRS : Shape.KEY_AND_ONE);
            Effects effect = call.startEffect(many ? 3 : 2)
                    .argument(max ? Words.ZPOPMAX : Words.ZPOPMIN)
                    .argument(key.key());
            if (many) {
                effect.argument(taken);
            }
        }

        @Override
        public int type() {
            return ValueType.ZSET;
        }

        @Override
        public void serve(Call call, KeyCursor key) {
            take(call, key);
        }
    }
}
