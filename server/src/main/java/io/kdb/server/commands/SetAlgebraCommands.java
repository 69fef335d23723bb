package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SET;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.MOVABLEKEYS;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.counted;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Intersections, unions and differences of sets. */
public final class SetAlgebraCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("sinter", -2, keys(1, -1, 1, RO, ACCESS), SetAlgebraCommands::sinter, READONLY)
                    .in(SET),
            row(
                            "sinterstore",
                            -3,
                            List.of(key(1, RW, UPDATE), keys(2, -1, 1, RO, ACCESS)),
                            SetAlgebraCommands::sinterstore,
                            WRITE,
                            DENYOOM)
                    .in(SET),
            row("sintercard", -3, counted(1, RO, ACCESS), SetAlgebraCommands::sintercard, READONLY, MOVABLEKEYS)
                    .in(SET),
            row("sunion", -2, keys(1, -1, 1, RO, ACCESS), SetAlgebraCommands::sunion, READONLY)
                    .in(SET),
            row(
                            "sunionstore",
                            -3,
                            List.of(key(1, OW, UPDATE), keys(2, -1, 1, RO, ACCESS)),
                            SetAlgebraCommands::sunionstore,
                            WRITE,
                            DENYOOM)
                    .in(SET),
            row("sdiff", -2, keys(1, -1, 1, RO, ACCESS), SetAlgebraCommands::sdiff, READONLY)
                    .in(SET),
            row(
                            "sdiffstore",
                            -3,
                            List.of(key(1, OW, UPDATE), keys(2, -1, 1, RO, ACCESS)),
                            SetAlgebraCommands::sdiffstore,
                            WRITE,
                            DENYOOM)
                    .in(SET));

    private static final CommandError TOO_FEW_KEYS = new CommandError("ERR numkeys should be greater than 0");
    private static final CommandError TOO_MANY_KEYS =
            new CommandError("ERR Number of keys can't be greater than number of args");
    private static final CommandError NEGATIVE_LIMIT = new CommandError("ERR LIMIT can't be negative");

    private SetAlgebraCommands() {}

    /** The sets of these arguments, looked up for reading, null where there is no key. */
    private static SetValue[] sets(Call call, int first, int count) {
        SetValue[] sets = new SetValue[count];
        for (int i = 0; i < count; i++) {
            KeyCursor key = call.more(i, first + i).lookupRead().requireType(ValueType.SET);
            sets[i] = key.exists() ? key.set() : null;
        }
        return sets;
    }

    private static SetValue[] sets(Call call, int first) {
        return sets(call, first, call.args().count() - first);
    }

    // SINTER key [key ...]
    private static void sinter(Call call) {
        reply(call, SetAlgebra.intersection(sets(call, 1)));
    }

    // SUNION key [key ...]
    private static void sunion(Call call) {
        SetValue[] sets = sets(call, 1);
        if (sets.length > SetAlgebra.MAX_UNION_BY_LOOKUP) {
            unionAside(call, sets);
        } else {
            reply(call, SetAlgebra.union(sets));
        }
    }

    // SDIFF key [key ...]
    private static void sdiff(Call call) {
        reply(call, SetAlgebra.difference(sets(call, 1)));
    }

    private static void reply(Call call, SetAlgebra result) {
        call.reply().set(result.count());
        result.forEach(set -> set.element().reply(call.reply()));
    }

    /** Many sets are poured into one that nobody else sees, which is then replied with. */
    private static void unionAside(Call call, SetValue[] sets) {
        SetValue union = new SetValue();
        call.peek(1).createDetached(union, KeyCursor.NO_EXPIRY);
        try {
            SetAlgebra.pour(sets, union);
            call.reply().set(union.size());
            for (boolean more = union.first(); more; more = union.next()) {
                union.element().reply(call.reply());
            }
        } finally {
            union.discard();
        }
    }

    // SINTERCARD numkeys key [key ...] [LIMIT limit]
    private static void sintercard(Call call) {
        Arguments args = call.args();
        long count = call.integer(1, 1, Long.MAX_VALUE, TOO_FEW_KEYS);
        if (count > args.count() - 2) {
            throw TOO_MANY_KEYS;
        }
        long limit = 0;
        for (int i = 2 + (int) count; i < args.count(); i += 2) {
            if (!args.is(i, "LIMIT") || i + 1 == args.count()) {
                throw Errors.SYNTAX;
            }
            limit = call.integer(i + 1, 0, Long.MAX_VALUE, NEGATIVE_LIMIT);
        }
        SetValue[] sets = sets(call, 2, (int) count);
        call.reply().integer(SetAlgebra.intersectionSize(sets, limit));
    }

    /** Fills a set that is empty. */
    private interface Filling {
        void fill(SetValue[] sets, SetValue target);
    }

    // SINTERSTORE destination key [key ...]
    private static void sinterstore(Call call) {
        store(
                call,
                "sinterstore",
                (sets, target) -> SetAlgebra.intersectionMembers(sets, set -> target.add(set.element())));
    }

    // SUNIONSTORE destination key [key ...]
    private static void sunionstore(Call call) {
        store(call, "sunionstore", SetAlgebra::pour);
    }

    // SDIFFSTORE destination key [key ...]
    private static void sdiffstore(Call call) {
        store(call, "sdiffstore", SetAlgebra::pourDifference);
    }

    /** The result is made where nobody sees it, since the destination may be a source, and then gets its key as it is. */
    private static void store(Call call, String event, Filling filling) {
        SetValue[] sets = sets(call, 2);
        KeyCursor target = call.other(call.db(), 1);
        SetValue result = new SetValue();
        target.createDetached(result, KeyCursor.NO_EXPIRY);
        long size;
        try {
            filling.fill(sets, result);
            size = result.size();
            if (size > 0) {
                target.lookupWrite().attach(result);
            }
        } finally {
            result.discard();
        }
        if (size > 0) {
            target.event(KeyspaceEvents.SET, event);
        } else {
            target.replaceByNothing();
        }
        call.reply().integer(size);
    }
}
