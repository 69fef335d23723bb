package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SORTEDSET;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Element;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Members of sorted sets by chance, and in steps. */
public final class SortedSetWalkCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("zrandmember", -2, key(1, RO, ACCESS), SortedSetWalkCommands::zrandmember, READONLY)
                    .in(SORTEDSET),
            row("zscan", -3, key(1, RO, ACCESS), SortedSetWalkCommands::zscan, READONLY)
                    .in(SORTEDSET));

    private SortedSetWalkCommands() {}

    // ZRANDMEMBER key [count [WITHSCORES]]
    private static void zrandmember(Call call) {
        Arguments args = call.args();
        if (args.count() == 2) {
            KeyCursor key = call.read(1).requireType(ValueType.ZSET);
            if (key.exists()) {
                SortedSetValue set = key.sortedSet();
                RandomElements.one(set);
                set.element().reply(call.reply());
            } else {
                call.reply().nullBulk();
            }
            return;
        }
        long count = call.integer(2);
        if (count == Long.MIN_VALUE) {
            throw RandomElements.COUNT_OUT_OF_RANGE;
        }
        boolean withScores = args.count() > 3;
        if (args.count() > 4 || withScores && !args.is(3, "WITHSCORES")) {
            throw Errors.SYNTAX;
        }
        if (withScores && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
            throw Errors.OUT_OF_RANGE;
        }
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        if (!key.exists() || count == 0) {
            call.reply().array(0);
            return;
        }
        randomMembers(call.reply(), key.sortedSet(), count, withScores);
    }

    private static void randomMembers(ReplyWriter reply, SortedSetValue set, long count, boolean withScores) {
        long members = count < 0 ? -count : Math.min(count, set.size());
        MemberReply.header(reply, members, withScores);
        Runnable member = () -> MemberReply.member(reply, set, withScores);
        if (count < 0) {
            RandomElements.repeated(set, members, reply, member);
        } else if (count >= set.size()) {
            for (boolean more = set.first(); more; more = set.next()) {
                member.run();
            }
        } else {
            RandomElements.distinct(set, count, member);
        }
    }

    // ZSCAN key cursor [MATCH pattern] [COUNT count]
    private static void zscan(Call call) {
        long cursor = CollectionScan.cursor(call);
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        if (!key.exists()) {
            CollectionScan.empty(call);
            return;
        }
        SortedSetValue set = key.sortedSet();
        ReplyWriter reply = call.reply();
        Element kept = new Element();
        CollectionScan.reply(call, set, cursor, 2, () -> {
            set.element().reply(reply);
            Element text = set.scoreText(kept);
            if (text != null) {
                text.reply(reply);
            } else {
                reply.doubleBulk(set.scoreHere());
            }
        });
    }
}
