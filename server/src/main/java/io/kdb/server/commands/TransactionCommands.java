package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ALLOW_BUSY;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.RUNS_IN_MULTI;
import static io.kdb.server.dispatch.CommandFlag.SKIP_SLOWLOG;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeySpec;
import io.kdb.server.dispatch.Transactions;
import java.util.List;

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH; see {@link Transactions}. */
public final class TransactionCommands {
    public static final List<CommandSpec> TABLE = List.of(
            // MULTI
            row("multi", 1, Transactions::multi, NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY, RUNS_IN_MULTI)
                    .in(AclCategory.TRANSACTION),
            // EXEC: the dispatcher runs it, for it alone takes the locks of many commands
            row("exec", 1, call -> {}, NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG, RUNS_IN_MULTI)
                    .in(AclCategory.TRANSACTION),
            // DISCARD
            row("discard", 1, Transactions::discard, NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY, RUNS_IN_MULTI)
                    .in(AclCategory.TRANSACTION),
            // WATCH key [key ...]
            row(
                            "watch",
                            -2,
                            KeySpec.keys(1, -1, 1, KeySpec.Flag.RO),
                            Transactions::watch,
                            NOSCRIPT,
                            LOADING,
                            STALE,
                            FAST,
                            ALLOW_BUSY,
                            RUNS_IN_MULTI)
                    .in(AclCategory.TRANSACTION),
            // UNWATCH
            row("unwatch", 1, Transactions::unwatch, NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
                    .in(AclCategory.TRANSACTION));

    private TransactionCommands() {}
}
