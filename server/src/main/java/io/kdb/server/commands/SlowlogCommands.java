package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.observe.SlowLog;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** MONITOR, and SLOWLOG with its subcommands. https://redis.io/docs/latest/commands/slowlog/ */
public final class SlowlogCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("monitor", 1, SlowlogCommands::monitor, ADMIN, NOSCRIPT, LOADING, STALE),
            container(
                    "slowlog",
                    -2,
                    List.of(
                            row("get", -2, SlowlogCommands::get, ADMIN, LOADING, STALE),
                            row("len", 2, SlowlogCommands::len, ADMIN, LOADING, STALE),
                            row("reset", 2, SlowlogCommands::reset, ADMIN, LOADING, STALE),
                            row("help", 2, SlowlogCommands::help, LOADING, STALE))));

    private static final long DEFAULT_COUNT = 10;
    private static final CommandError BAD_COUNT = new CommandError("ERR count should be greater than or equal to -1");
    private static final CommandError NOT_IN_EXEC =
            new CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client");

    private SlowlogCommands() {}

    // MONITOR
    private static void monitor(Call call) {
        if (call.dispatcher().inExec()) {
            throw NOT_IN_EXEC;
        }
        // As in Redis a client that monitors already gets no answer.
        if (!call.session().isMonitor()) {
            call.node().observers().monitor(call.session());
            call.reply().ok();
        }
    }

    // SLOWLOG GET [count]
    private static void get(Call call) {
        if (call.args().count() > 3) {
            throw Errors.subcommandSyntax(call.args().text(1), "slowlog");
        }
        long count = call.args().count() == 3 ? call.integer(2, -1, Long.MAX_VALUE, BAD_COUNT) : DEFAULT_COUNT;
        List<SlowLog.Entry> entries = call.node().observers().slowLog().latest(count == -1 ? Long.MAX_VALUE : count);
        ReplyWriter reply = call.reply();
        reply.array(entries.size());
        for (SlowLog.Entry entry : entries) {
            reply.array(6);
            reply.integer(entry.id());
            reply.integer(entry.timeSeconds());
            reply.integer(entry.micros());
            reply.array(entry.arguments().size());
            entry.arguments().forEach(reply::bulk);
            reply.bulk(entry.peer());
            reply.bulk(entry.clientName().getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    // SLOWLOG LEN
    private static void len(Call call) {
        call.reply().integer(call.node().observers().slowLog().size());
    }

    // SLOWLOG RESET
    private static void reset(Call call) {
        call.node().observers().slowLog().clear();
        call.reply().ok();
    }

    // SLOWLOG HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "GET [<count>]",
                "    Answer the latest <count> slow commands (default: 10, -1 for all), each as",
                "    id, time, duration in microseconds, arguments, client address, client name.",
                "LEN",
                "    Count the slow commands that are kept.",
                "RESET",
                "    Forget them.");
    }
}
