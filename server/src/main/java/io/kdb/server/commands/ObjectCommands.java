package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.KEYSPACE;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.server.config.MaxmemoryPolicy;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Encoding;
import java.util.List;

/** OBJECT: how a key is kept and how it was used. */
public final class ObjectCommands {
    public static final List<CommandSpec> TABLE = List.of(container(
            "object",
            -2,
            List.of(
                    subcommand("encoding", ObjectCommands::encoding),
                    subcommand("freq", ObjectCommands::freq),
                    row("help", 2, ObjectCommands::help, LOADING, STALE).in(KEYSPACE),
                    subcommand("idletime", ObjectCommands::idletime),
                    subcommand("refcount", ObjectCommands::refcount))));

    private static final String POLICY_NOTE = " Please note that when switching between policies at runtime LRU and LFU"
            + " data will take some time to adjust.";
    private static final CommandError NOT_LFU = new CommandError(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked." + POLICY_NOTE);
    private static final CommandError IS_LFU =
            new CommandError("ERR An LFU maxmemory policy is selected, idle time not tracked." + POLICY_NOTE);

    /** Redis keeps one object for each of the integers below this, and says that they have this many owners. */
    private static final int SHARED_INTEGERS = 10_000;

    private static final int SHARED_REFERENCES = Integer.MAX_VALUE;

    private ObjectCommands() {}

    private static CommandSpec subcommand(String name, CommandFunction function) {
        return row(name, 3, key(2, RO), function, READONLY).in(KEYSPACE);
    }

    private static MaxmemoryPolicy.Order order(Call call) {
        return call.node().config().get(Parameters.MAXMEMORY_POLICY).order();
    }

    // OBJECT ENCODING key
    private static void encoding(Call call) {
        KeyCursor key = call.silent(2);
        if (key.exists()) {
            call.reply().bulk(key.encodingName());
        } else {
            call.reply().nullBulk();
        }
    }

    // OBJECT FREQ key
    private static void freq(Call call) {
        KeyCursor key = call.silent(2);
        if (!key.exists()) {
            call.reply().nullBulk();
        } else if (order(call) != MaxmemoryPolicy.Order.LFU) {
            throw NOT_LFU;
        } else {
            call.reply().integer(call.node().keyspace().clock().frequency(key.accessBits()));
        }
    }

    // OBJECT IDLETIME key
    private static void idletime(Call call) {
        KeyCursor key = call.silent(2);
        if (!key.exists()) {
            call.reply().nullBulk();
        } else if (order(call) == MaxmemoryPolicy.Order.LFU) {
            throw IS_LFU;
        } else {
            call.reply().integer(call.node().keyspace().clock().idleSeconds(key.accessBits()));
        }
    }

    // OBJECT REFCOUNT key
    private static void refcount(Call call) {
        KeyCursor key = call.silent(2);
        if (key.exists()) {
            call.reply().integer(isShared(call, key) ? SHARED_REFERENCES : 1);
        } else {
            call.reply().nullBulk();
        }
    }

    private static boolean isShared(Call call, KeyCursor key) {
        MaxmemoryPolicy.Order order = order(call);
        boolean shares = call.node().config().get(Parameters.MAXMEMORY) == 0
                || order != MaxmemoryPolicy.Order.LRU && order != MaxmemoryPolicy.Order.LFU;
        if (!shares || !key.isString() || key.encoding() != Encoding.INT) {
            return false;
        }
        long value = key.integerValue(Errors.NOT_INTEGER);
        return value >= 0 && value < SHARED_INTEGERS;
    }

    // OBJECT HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "ENCODING <key>",
                "    The name of the representation that the value of <key> has.",
                "FREQ <key>",
                "    How often <key> was used lately, as the LFU policies count it.",
                "IDLETIME <key>",
                "    The seconds since <key> was used last.",
                "REFCOUNT <key>",
                "    How many owners the value of <key> has.");
    }
}
