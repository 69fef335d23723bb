package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SORTEDSET;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.server.commands.SortedSetRange.By;
import io.kdb.server.commands.SortedSetRange.Direction;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Parts of sorted sets: by rank, by score, by member. */
public final class SortedSetRangeCommands {
    public static final List<CommandSpec> TABLE = List.of(
            reader("zrange", SortedSetRangeCommands::zrange),
            reader("zrevrange", SortedSetRangeCommands::zrevrange),
            reader("zrangebyscore", SortedSetRangeCommands::zrangebyscore),
            reader("zrevrangebyscore", SortedSetRangeCommands::zrevrangebyscore),
            reader("zrangebylex", SortedSetRangeCommands::zrangebylex),
            reader("zrevrangebylex", SortedSetRangeCommands::zrevrangebylex),
            row(
                            "zrangestore",
                            -5,
                            List.of(key(1, OW, UPDATE), key(2, RO, ACCESS)),
                            SortedSetRangeCommands::zrangestore,
                            WRITE,
                            DENYOOM)
                    .in(SORTEDSET),
            remover("zremrangebyrank", SortedSetRangeCommands::zremrangebyrank),
            remover("zremrangebyscore", SortedSetRangeCommands::zremrangebyscore),
            remover("zremrangebylex", SortedSetRangeCommands::zremrangebylex));

    private SortedSetRangeCommands() {}

    private static CommandSpec reader(String name, CommandFunction function) {
        return row(name, -4, key(1, RO, ACCESS), function, READONLY).in(SORTEDSET);
    }

    private static CommandSpec remover(String name, CommandFunction function) {
        return row(name, 4, key(1, RW, DELETE), function, WRITE).in(SORTEDSET);
    }

    // ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]
    private static void zrange(Call call) {
        reply(call, SortedSetRange.of(call, 1, null, null, true));
    }

    // ZREVRANGE key start stop [WITHSCORES]
    private static void zrevrange(Call call) {
        reply(call, SortedSetRange.of(call, 1, By.RANK, Direction.BACKWARDS, true));
    }

    // ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]
    private static void zrangebyscore(Call call) {
        reply(call, SortedSetRange.of(call, 1, By.SCORE, Direction.FORWARDS, true));
    }

    // ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]
    private static void zrevrangebyscore(Call call) {
        reply(call, SortedSetRange.of(call, 1, By.SCORE, Direction.BACKWARDS, true));
    }

    // ZRANGEBYLEX key min max [LIMIT offset count]
    private static void zrangebylex(Call call) {
        reply(call, SortedSetRange.of(call, 1, By.LEX, Direction.FORWARDS, true));
    }

    // ZREVRANGEBYLEX key max min [LIMIT offset count]
    private static void zrevrangebylex(Call call) {
        reply(call, SortedSetRange.of(call, 1, By.LEX, Direction.BACKWARDS, true));
    }

    private static void reply(Call call, SortedSetRange range) {
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        if (!key.exists()) {
            call.reply().array(0);
            return;
        }
        SortedSetValue set = key.sortedSet();
        range.apply(set);
        boolean withScores = range.withScores();
        MemberReply.header(call.reply(), range.count(), withScores);
        if (range.count() > 0) {
            set.seekIndex(range.first());
        }
        for (long left = range.count(); left > 0; left--) {
            MemberReply.member(call.reply(), set, withScores);
            range.step(set);
        }
    }

    // ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]
    private static void zrangestore(Call call) {
        SortedSetRange range = SortedSetRange.of(call, 2, null, null, false);
        KeyCursor source = call.read(2).requireType(ValueType.ZSET);
        ScoredMembers members = new ScoredMembers();
        if (source.exists()) {
            SortedSetValue set = source.sortedSet();
            range.apply(set);
            if (range.count() > 0) {
                set.seekIndex(range.first());
            }
            for (long left = range.count(); left > 0; left--) {
                members.add(set.element(), set.scoreHere());
                range.step(set);
            }
        }
        ServerConfig config = call.node().config();
        long entries = config.get(Parameters.ZSET_MAX_LISTPACK_ENTRIES);
        if (!range.isByRank() || members.count() <= entries) {
            members.addOneByOne(entries, config.get(Parameters.ZSET_MAX_LISTPACK_VALUE));
        }
        members.sort();
        members.store(call, 1, "zrangestore");
    }

    // ZREMRANGEBYRANK key start stop
    private static void zremrangebyrank(Call call) {
        remove(call, SortedSetRange.plain(call, By.RANK), "zremrangebyrank");
    }

    // ZREMRANGEBYSCORE key min max
    private static void zremrangebyscore(Call call) {
        remove(call, SortedSetRange.plain(call, By.SCORE), "zremrangebyscore");
    }

    // ZREMRANGEBYLEX key min max
    private static void zremrangebylex(Call call) {
        remove(call, SortedSetRange.plain(call, By.LEX), "zremrangebylex");
    }

    private static void remove(Call call, SortedSetRange range, String event) {
        KeyCursor key = call.write(1).requireType(ValueType.ZSET);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        SortedSetValue set = key.sortedSet();
        range.apply(set);
        SortedSetCommands.deleteRange(call, key, set, range.first(), range.first() + range.count());
        SortedSetCommands.removed(call, key, set, range.count(), event);
        call.reply().integer(range.count());
    }
}
