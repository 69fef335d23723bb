package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.ALLOW_BUSY;
import static io.kdb.server.dispatch.CommandFlag.EXCLUSIVE;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.NO_ASYNC_LOADING;
import static io.kdb.server.dispatch.CommandFlag.NO_MULTI;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Persistence;
import io.kdb.server.dispatch.Shutdown;
import io.kdb.server.dispatch.Suspension;
import io.kdb.server.dispatch.WholeDatabases;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** The node as a whole: its databases, its dump, its end. https://redis.io/docs/latest/commands/?group=server */
public final class ServerCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("dbsize", 1, ServerCommands::dbsize, READONLY, FAST).in(AclCategory.KEYSPACE),
            row("flushall", -1, ServerCommands::flushall, WRITE, EXCLUSIVE)
                    .in(AclCategory.KEYSPACE, AclCategory.DANGEROUS),
            row("flushdb", -1, ServerCommands::flushdb, WRITE, EXCLUSIVE)
                    .in(AclCategory.KEYSPACE, AclCategory.DANGEROUS),
            row("swapdb", 3, ServerCommands::swapdb, WRITE, FAST, EXCLUSIVE)
                    .in(AclCategory.KEYSPACE, AclCategory.DANGEROUS),
            row("time", 1, ServerCommands::time, LOADING, STALE, FAST),
            row("lolwut", -1, ServerCommands::lolwut, READONLY, FAST),
            row("role", 1, ServerCommands::role, NOSCRIPT, LOADING, STALE, FAST)
                    .in(AclCategory.ADMIN, AclCategory.DANGEROUS),
            row("lastsave", 1, ServerCommands::lastsave, LOADING, STALE, FAST)
                    .in(AclCategory.ADMIN, AclCategory.DANGEROUS),
            row("save", 1, ServerCommands::save, ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI),
            row("bgsave", -1, ServerCommands::bgsave, ADMIN, NOSCRIPT, NO_ASYNC_LOADING),
            row("shutdown", -1, ServerCommands::shutdown, ADMIN, NOSCRIPT, LOADING, STALE, NO_MULTI, ALLOW_BUSY),
            row("info", -1, ServerCommands::info, LOADING, STALE).in(AclCategory.DANGEROUS));

    private static final CommandError SAVING = new CommandError("ERR Background save already in progress");
    private static final CommandError NO_SHUTDOWN = new CommandError("ERR No shutdown in progress.");

    private ServerCommands() {}

    // DBSIZE
    private static void dbsize(Call call) {
        call.reply().integer(call.node().keyspace().database(call.db()).size());
    }

    // FLUSHALL [ASYNC | SYNC]
    private static void flushall(Call call) {
        checkFlushMode(call.args());
        Node node = call.node();
        call.changed(WholeDatabases.flushAll(node) + 1);
        call.databasesChanged(db -> true);
        call.databasesFlushed();
        if (!node.config().get(Parameters.SAVE).points().isEmpty()) {
            node.persistence().save(false, problem -> {});
        }
        call.reply().ok();
    }

    // FLUSHDB [ASYNC | SYNC]
    private static void flushdb(Call call) {
        checkFlushMode(call.args());
        // Also without a key it is propagated: a replica may have keys that are expired here.
        call.changed(Math.max(1, WholeDatabases.flush(call.node(), call.db())));
        int flushed = call.db();
        call.databasesChanged(db -> db == flushed);
        call.databasesFlushed();
        call.reply().ok();
    }

    private static void checkFlushMode(Arguments args) {
        if (args.count() > 2 || args.count() == 2 && !args.is(1, "ASYNC") && !args.is(1, "SYNC")) {
            throw Errors.SYNTAX;
        }
    }

    // SWAPDB index1 index2
    private static void swapdb(Call call) {
        if (call.node().isClustered()) {
            throw new CommandError("ERR SWAPDB is not allowed in cluster mode");
        }
        int first = database(call, 1, "ERR invalid first DB index");
        int second = database(call, 2, "ERR invalid second DB index");
        int count = call.node().keyspace().databaseCount();
        if (first < 0 || first >= count || second < 0 || second >= count) {
            throw Errors.DB_OUT_OF_RANGE;
        }
        WholeDatabases.swap(call.node(), first, second);
        call.databasesChanged(db -> db == first || db == second);
        call.changed(1);
        call.reply().ok();
    }

    private static int database(Call call, int arg, String refusal) {
        return (int) call.integer(arg, Integer.MIN_VALUE, Integer.MAX_VALUE, new CommandError(refusal));
    }

    // TIME
    private static void time(Call call) {
        Instant now = Instant.now();
        call.reply().array(2);
        call.reply().bulk(now.getEpochSecond());
        call.reply().bulk(now.getNano() / 1000L);
    }

    // LOLWUT [VERSION version [number ...]]
    private static void lolwut(Call call) {
        Arguments args = call.args();
        if (args.count() > 2 && args.is(1, "VERSION")) {
            long version = call.integer(2);
            // The pictures of 5 and 6 have sizes; kdb draws none, and says what version it is like all others.
            int sizes = version == 5 ? 3 : version == 6 ? 2 : 0;
            for (int i = 3; i < Math.min(args.count(), 3 + sizes); i++) {
                call.integer(i);
            }
        }
        String text = "Redis ver. " + ServerConfig.REDIS_VERSION + "\n";
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
    }

    // ROLE
    private static void role(Call call) {
        call.node().replication().role(call.reply());
    }

    // LASTSAVE
    private static void lastsave(Call call) {
        call.reply().integer(call.node().persistence().lastSaveSeconds());
    }

    // SAVE: waits without an I/O thread
    private static void save(Call call) {
        Persistence persistence = call.node().persistence();
        if (persistence.isSaving()) {
            throw SAVING;
        }
        Suspension waiting = call.suspend(0, null, null);
        if (!persistence.save(false, problem -> waiting.end(Suspension.Outcome.SERVED, c -> saved(c, problem)))) {
            waiting.end(Suspension.Outcome.SERVED, c -> {
                throw SAVING;
            });
        }
    }

    private static void saved(Call call, IOException problem) {
        if (problem != null) {
            throw new CommandError("ERR");
        }
        call.reply().ok();
    }

    // BGSAVE [SCHEDULE]: SCHEDULE only matters while an AOF is rewritten, which never happens here
    private static void bgsave(Call call) {
        Arguments args = call.args();
        if (args.count() > 2 || args.count() == 2 && !args.is(1, "SCHEDULE")) {
            throw Errors.SYNTAX;
        }
        if (!call.node().persistence().save(true, problem -> {})) {
            throw SAVING;
        }
        call.reply().simple("Background saving started");
    }

    // SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]
    private static void shutdown(Call call) {
        Arguments args = call.args();
        Boolean save = null;
        boolean now = false;
        boolean force = false;
        boolean abort = false;
        for (int i = 1; i < args.count(); i++) {
            if (args.is(i, "NOSAVE") && !Boolean.TRUE.equals(save)) {
                save = false;
            } else if (args.is(i, "SAVE") && !Boolean.FALSE.equals(save)) {
                save = true;
            } else if (args.is(i, "NOW")) {
                now = true;
            } else if (args.is(i, "FORCE")) {
                force = true;
            } else if (args.is(i, "ABORT")) {
                abort = true;
            } else {
                throw Errors.SYNTAX;
            }
        }
        if (abort && args.count() > 2) {
            throw Errors.SYNTAX;
        }
        Shutdown shutdown = call.node().service(Shutdown.class);
        if (abort) {
            if (!shutdown.abort()) {
                throw NO_SHUTDOWN;
            }
            call.reply().ok();
            return;
        }
        Suspension waiting = call.suspend(0, null, null);
        shutdown.begin(
                new Shutdown.Options(save, now, force),
                error -> waiting.end(Suspension.Outcome.SERVED, c -> {
                    throw error;
                }));
    }

    // INFO [section [section ...]]
    private static void info(Call call) {
        Arguments args = call.args();
        String[] sections = new String[args.count() - 1];
        for (int i = 0; i < sections.length; i++) {
            sections[i] = args.text(i + 1);
        }
        byte[] text = new InfoReport(call.node(), call.nowMs())
                .of(sections)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        call.reply().verbatim("txt", text);
    }
}
