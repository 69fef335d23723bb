package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.DANGEROUS;
import static io.kdb.server.dispatch.AclCategory.LIST;
import static io.kdb.server.dispatch.AclCategory.SET;
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
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeySpec;
import java.util.List;

/**
 * SORT and SORT_RO. With BY or GET they read keys that are not among their arguments: then they run alone in the keyspace,
 * and not at all in cluster mode.
 */
public final class SortCommands {
    private static final KeySpec DERIVED = KeySpec.unknown(RO, ACCESS)
            .withNotes("For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the"
                    + " content of the key we sort");

    public static final List<CommandSpec> TABLE = List.of(
            row(
                            "sort",
                            -2,
                            List.of(
                                    key(1, RO, ACCESS),
                                    DERIVED,
                                    KeySpec.unknown(OW, UPDATE)
                                            .withNotes(
                                                    "For the optional STORE keyword. It is marked 'unknown' because the"
                                                            + " keyword can appear anywhere in the argument array")),
                            SortCommands::sort,
                            WRITE,
                            DENYOOM,
                            MOVABLEKEYS)
                    .in(SET, SORTEDSET, LIST, DANGEROUS)
                    .aloneWhen(SortCommands::readsOtherKeys),
            row("sort_ro", -2, List.of(key(1, RO, ACCESS), DERIVED), SortCommands::sortRo, READONLY, MOVABLEKEYS)
                    .in(SET, SORTEDSET, LIST, DANGEROUS)
                    .aloneWhen(SortCommands::readsOtherKeys));

    private SortCommands() {}

    private static boolean readsOtherKeys(Arguments args) {
        for (int i = 2; i < args.count() - 1; i++) {
            if (args.is(i, "LIMIT")) {
                i += 2;
            } else if (args.is(i, "STORE")) {
                i++;
            } else if (args.is(i, "BY")) {
                i++;
                if (SortPattern.of(args, i).isVariable()) {
                    return true;
                }
            } else if (args.is(i, "GET")) {
                i++;
                if (SortPattern.of(args, i).isVariable()) {
                    return true;
                }
            }
        }
        return false;
    }

    // SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] [STORE
    // destination]
    private static void sort(Call call) {
        new Sorting(call, false).run();
    }

    // SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]
    private static void sortRo(Call call) {
        new Sorting(call, true).run();
    }
}
