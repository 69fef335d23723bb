package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SORTEDSET;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.MOVABLEKEYS;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.counted;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.server.commands.SortedSetAlgebra.Kind;
import io.kdb.server.commands.SortedSetAlgebra.Operation;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import java.util.List;

/** Unions, intersections and differences of sorted sets. */
public final class SortedSetAlgebraCommands {
    public static final List<CommandSpec> TABLE = List.of(
            reader("zunion", SortedSetAlgebraCommands::zunion),
            reader("zinter", SortedSetAlgebraCommands::zinter),
            reader("zdiff", SortedSetAlgebraCommands::zdiff),
            reader("zintercard", SortedSetAlgebraCommands::zintercard),
            writer("zunionstore", SortedSetAlgebraCommands::zunionstore),
            writer("zinterstore", SortedSetAlgebraCommands::zinterstore),
            writer("zdiffstore", SortedSetAlgebraCommands::zdiffstore));

    private SortedSetAlgebraCommands() {}

    private static CommandSpec reader(String name, CommandFunction function) {
        return row(name, -3, counted(1, RO, ACCESS), function, READONLY, MOVABLEKEYS)
                .in(SORTEDSET);
    }

    private static CommandSpec writer(String name, CommandFunction function) {
        return row(name, -4, List.of(key(1, OW, UPDATE), counted(2, RO, ACCESS)), function, WRITE, DENYOOM, MOVABLEKEYS)
                .in(SORTEDSET);
    }

    // ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]
    private static void zunion(Call call) {
        reply(call, Operation.UNION);
    }

    // ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]
    private static void zinter(Call call) {
        reply(call, Operation.INTERSECTION);
    }

    // ZDIFF numkeys key [key ...] [WITHSCORES]
    private static void zdiff(Call call) {
        reply(call, Operation.DIFFERENCE);
    }

    private static void reply(Call call, Operation operation) {
        SortedSetAlgebra algebra = new SortedSetAlgebra(call, 1, operation, Kind.REPLY);
        algebra.result(operation).reply(call.reply(), algebra.withScores());
    }

    // ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX]
    private static void zunionstore(Call call) {
        store(call, Operation.UNION, "zunionstore");
    }

    // ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX]
    private static void zinterstore(Call call) {
        store(call, Operation.INTERSECTION, "zinterstore");
    }

    // ZDIFFSTORE destination numkeys key [key ...]
    private static void zdiffstore(Call call) {
        store(call, Operation.DIFFERENCE, "zdiffstore");
    }

    private static void store(Call call, Operation operation, String event) {
        SortedSetAlgebra algebra = new SortedSetAlgebra(call, 2, operation, Kind.STORE);
        algebra.result(operation).store(call, 1, event);
    }

    // ZINTERCARD numkeys key [key ...] [LIMIT limit]
    private static void zintercard(Call call) {
        SortedSetAlgebra algebra = new SortedSetAlgebra(call, 1, Operation.INTERSECTION, Kind.COUNT);
        call.reply().integer(algebra.countCommon());
    }
}
