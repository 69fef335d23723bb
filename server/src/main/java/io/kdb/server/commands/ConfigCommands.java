package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Allowance;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.RefusedSetting;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.Settings;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Session;
import io.kdb.server.dispatch.Suspension;
import io.kdb.server.dispatch.UsageReport;
import io.kdb.server.text.Glob;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** CONFIG. https://redis.io/docs/latest/commands/config/ */
public final class ConfigCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigCommands.class);

    private static final CommandError LISTENS_IN_TRANSACTION =
            new CommandError("ERR CONFIG SET of port or bind waits for sockets, which it cannot inside a transaction");

    public static final List<CommandSpec> TABLE = List.of(container(
            "config",
            -2,
            List.of(
                    row("get", -3, ConfigCommands::get, ADMIN, NOSCRIPT, LOADING, STALE),
                    row("set", -4, ConfigCommands::set, ADMIN, NOSCRIPT, LOADING, STALE),
                    row("resetstat", 2, ConfigCommands::resetstat, ADMIN, NOSCRIPT, LOADING, STALE),
                    row("rewrite", 2, ConfigCommands::rewrite, ADMIN, NOSCRIPT, LOADING, STALE),
                    row("help", 2, ConfigCommands::help, LOADING, STALE))));

    private ConfigCommands() {}

    // CONFIG GET parameter [parameter ...]
    private static void get(Call call) {
        Arguments args = call.args();
        // A plain name is answered as it was written; a name found by two arguments comes once.
        Map<String, String> shown = new LinkedHashMap<>();
        for (int i = 2; i < args.count(); i++) {
            String pattern = args.text(i);
            if (pattern.matches("[^*?\\[]*")) {
                if (Parameters.find(pattern) != null) {
                    shown.putIfAbsent(pattern.toLowerCase(Locale.ROOT), pattern);
                }
                continue;
            }
            Parameters.byName().forEach((name, parameter) -> {
                if (!Parameters.hidden(parameter) && Glob.matches(pattern, name, true)) {
                    shown.putIfAbsent(name, name);
                }
            });
        }
        Settings settings = call.node().config().current();
        call.reply().map(shown.size());
        shown.forEach((name, asWritten) -> {
            call.reply().bulk(asWritten);
            call.reply()
                    .bulk(settings.format(Parameters.find(name))
                            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        });
    }

    // CONFIG SET parameter value [parameter value ...]
    private static void set(Call call) {
        Arguments args = call.args();
        if (args.count() % 2 != 0) {
            throw Errors.SYNTAX;
        }
        List<String> changes = new ArrayList<>();
        for (int i = 2; i < args.count(); i++) {
            changes.add(args.text(i));
        }
        Node node = call.node();
        boolean mayProtected = mayProtected(node.config(), call.session());
        if (!opensSockets(changes)) {
            set(node, changes, mayProtected);
            call.reply().ok();
            return;
        }
        if (!call.maySuspend()) {
            throw LISTENS_IN_TRANSACTION;
        }
        Suspension waiting = call.suspend(0, null, null);
        new Thread(() -> answer(waiting, node, changes, mayProtected), "kdb-config").start();
    }

    private static void answer(Suspension waiting, Node node, List<String> changes, boolean mayProtected) {
        CommandError refusal;
        try {
            set(node, changes, mayProtected);
            refusal = null;
        } catch (CommandError e) {
            refusal = e;
        }
        CommandError error = refusal;
        waiting.end(Suspension.Outcome.SERVED, done -> {
            if (error != null) {
                throw error;
            }
            done.reply().ok();
        });
    }

    private static void set(Node node, List<String> changes, boolean mayProtected) {
        try {
            node.config().set(changes, node.isLoading(), mayProtected);
        } catch (RefusedSetting refused) {
            throw new CommandError(refused.getMessage());
        }
    }

    /** Whether the change may wait for sockets, which an event loop must not. */
    private static boolean opensSockets(List<String> changes) {
        for (int i = 0; i < changes.size(); i += 2) {
            if (changes.get(i).equalsIgnoreCase("port") || changes.get(i).equalsIgnoreCase("bind")) {
                return true;
            }
        }
        return false;
    }

    private static boolean mayProtected(ServerConfig config, Session session) {
        Allowance allowed = config.get(Parameters.ENABLE_PROTECTED_CONFIGS);
        boolean local = session.connection() == null || session.connection().isLocal();
        return allowed == Allowance.YES || allowed == Allowance.LOCAL && local;
    }

    // CONFIG RESETSTAT
    private static void resetstat(Call call) {
        UsageReport.reset(call.node());
        call.reply().ok();
    }

    // CONFIG REWRITE
    private static void rewrite(Call call) {
        try {
            call.node().config().rewrite();
        } catch (RefusedSetting refused) {
            throw new CommandError(refused.getMessage());
        } catch (IOException e) {
            LOG.warn("CONFIG REWRITE failed: {}", e.toString());
            throw new CommandError("ERR Rewriting config file: " + e.getMessage());
        }
        LOG.warn("CONFIG REWRITE executed with success.");
        call.reply().ok();
    }

    // CONFIG HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "GET <pattern> [<pattern> ...]",
                "    Show the parameters whose names match, with their values.",
                "SET <parameter> <value> [<parameter> <value> ...]",
                "    Change all of these parameters, or none when one is refused.",
                "RESETSTAT",
                "    Set the counters of INFO to zero.",
                "REWRITE",
                "    Write the current settings into the configuration file.");
    }
}
