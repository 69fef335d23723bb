package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.EXCLUSIVE;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.PROTECTED;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.server.config.MemorySize;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.persist.RdbOutput;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.Segment;
import io.kdb.server.store.ValueType;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** DEBUG: the subcommands that tests and tools use; all run alone in the keyspace. */
public final class DebugCommands {
    private static final Logger LOG = LoggerFactory.getLogger(DebugCommands.class);

    public static final List<CommandSpec> TABLE =
            List.of(row("debug", -2, DebugCommands::debug, ADMIN, NOSCRIPT, LOADING, STALE, PROTECTED, EXCLUSIVE));

    private static final CommandError BAD_THRESHOLD =
            new CommandError("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    private static final long MAX_THRESHOLD = 1L << 32;

    private DebugCommands() {}

    // DEBUG SLEEP seconds | OBJECT key | SET-ACTIVE-EXPIRE 0|1 | DIGEST | DIGEST-VALUE key [key ...] | CHANGE-REPL-ID |
    // RELOAD [MERGE] [NOSAVE] | POPULATE count [prefix] [size] | PROTOCOL type | ERROR string | LOG message |
    // LISTPACK key | HTSTATS db | HTSTATS-KEY key | SET-SKIP-CHECKSUM-VALIDATION 0|1 | PAUSE-CRON 0|1 |
    // QUICKLIST-PACKED-THRESHOLD size | REPLYBUFFER PEAK-RESET-TIME ms|NEVER|RESET | REPLYBUFFER RESIZING 0|1 | HELP
    private static void debug(Call call) {
        Arguments args = call.args();
        int count = args.count();
        if (args.is(1, "DIGEST-VALUE")) {
            digestValues(call);
            return;
        }
        if (args.is(1, "RELOAD")) {
            DebugReload.reload(call);
            return;
        }
        switch (args.text(1).toLowerCase(Locale.ROOT) + "/" + count) {
            case "sleep/3" -> sleep(call);
            case "object/3" -> object(call);
            case "set-active-expire/3" -> {
                call.node().activeExpire(!args.text(2).equals("0"));
                call.reply().ok();
            }
            case "digest/2" ->
                call.reply().simple(new KeyspaceDigest(call.node().keyspace()).hex());
            case "change-repl-id/2" -> {
                LOG.info("Changing replication IDs after receiving change-repl-id");
                call.node().log().changeId();
                call.reply().ok();
            }
            case "error/3" -> call.reply().error(args.text(2).replace('\n', ' ').replace('\r', ' '));
            case "log/3" -> {
                LOG.warn("DEBUG LOG: {}", args.text(2));
                call.reply().ok();
            }
            case "protocol/3" -> DebugProtocol.reply(call.reply(), args.text(2));
            case "populate/3", "populate/4", "populate/5" -> DebugKeys.populate(call);
            case "listpack/3" -> DebugKeys.listpack(call);
            case "htstats/3" -> DebugKeys.tableStatistics(call);
            case "htstats-key/3" -> DebugKeys.valueStatistics(call);
            case "set-skip-checksum-validation/3" -> {
                call.node().checksumsSkipped(isOn(args.text(2)));
                call.reply().ok();
            }
            case "pause-cron/3" -> {
                call.node().pauseCron(isOn(args.text(2)));
                call.reply().ok();
            }
            case "quicklist-packed-threshold/3" -> quicklistPackedThreshold(call);
            case "replybuffer/4" -> replyBuffer(call);
            case "help/2" -> help(call);
            default -> throw unknown(args);
        }
    }

    private static CommandError unknown(Arguments args) {
        return new CommandError("ERR unknown subcommand or wrong number of arguments for '"
                + Errors.clip(args.text(1), 128) + "'. Try DEBUG HELP.");
    }

    /** As C's atoi. */
    private static boolean isOn(String text) {
        return (long) leadingNumber(text) != 0;
    }

    /** A list's elements are packed up to what fits a block, whatever this says: the threshold is checked, no more. */
    private static void quicklistPackedThreshold(Call call) {
        long bytes = MemorySize.parse(call.args().text(2).toLowerCase(Locale.ROOT));
        if (bytes < 0 || bytes > MAX_THRESHOLD) {
            throw BAD_THRESHOLD;
        }
        call.reply().ok();
    }

    /** Reply buffers grow and shrink with every reply here: there is no peak to reset and nothing to resize by time. */
    private static void replyBuffer(Call call) {
        Arguments args = call.args();
        if (args.is(2, "PEAK-RESET-TIME")) {
            if (!args.is(3, "NEVER") && !args.is(3, "RESET")) {
                call.integer(3);
            }
        } else if (!args.is(2, "RESIZING")) {
            throw unknown(args);
        }
        call.reply().ok();
    }

    private static void sleep(Call call) {
        double seconds = leadingNumber(call.args().text(2));
        long end = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        call.reply().ok();
    }

    /** As C's strtod: what does not begin with a number is 0. */
    private static double leadingNumber(String text) {
        java.util.regex.Matcher number = java.util.regex.Pattern.compile("\\s*[-+]?(\\d+\\.?\\d*|\\.\\d+)")
                .matcher(text);
        return number.lookingAt() ? Double.parseDouble(number.group().strip()) : 0;
    }

    private static void digestValues(Call call) {
        KeyspaceDigest digest = new KeyspaceDigest(call.node().keyspace());
        call.reply().array(call.args().count() - 2);
        for (int i = 2; i < call.args().count(); i++) {
            Segment segment = call.segment(i);
            boolean unlock = segment.enter();
            try {
                KeyCursor key = call.glance(i);
                call.reply().simple(key.exists() ? digest.valueHex(key.table(), key.ref()) : "0".repeat(40));
            } finally {
                if (unlock) {
                    segment.unlock();
                }
            }
        }
    }

    private static void object(Call call) {
        Segment segment = call.segment(2);
        boolean unlock = segment.enter();
        try {
            KeyCursor key = call.peek(2);
            if (!key.exists()) {
                throw Errors.NO_SUCH_KEY;
            }
            long idleSeconds = call.node().keyspace().clock().idleSeconds(key.accessBits());
            call.reply()
                    .simple("Value at:" + Long.toHexString(key.ref()) + " refcount:1 encoding:" + key.encodingName()
                            + " serializedlength:" + serializedLength(call, key) + " lru:" + key.accessBits()
                            + " lru_seconds_idle:" + idleSeconds + aboutNodes(call, key));
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
    }

    /** What Redis tells of a list's nodes; nothing of other types. */
    private static String aboutNodes(Call call, KeyCursor key) {
        if (key.type() != ValueType.LIST) {
            return "";
        }
        ListValue list = key.list();
        long nodes = 0;
        long bytes = 0;
        for (boolean more = list.firstNode(); more; more = list.nextNode()) {
            nodes++;
            bytes += list.isSingleNode() ? list.element().length() : list.nodeBytes();
        }
        return String.format(
                Locale.ROOT,
                " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:0 ql_uncompressed_size:%d",
                nodes,
                (double) list.size() / nodes,
                call.node().config().get(Parameters.LIST_MAX_LISTPACK_SIZE),
                bytes);
    }

    /** The bytes of the value in a dump. */
    private static long serializedLength(Call call, KeyCursor key) {
        byte[] value = key.value();
        RdbOutput out = new RdbOutput(
                OutputStream.nullOutputStream(), call.node().config().get(Parameters.RDBCOMPRESSION), false);
        try {
            out.writeString(value, 0, value.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.offset();
    }

    private static void help(Call call) {
        Help.reply(
                call,
                "CHANGE-REPL-ID",
                "    Take a new replication id: replicas need a full resynchronization.",
                "DIGEST",
                "    A checksum of all databases; the same for the same data.",
                "DIGEST-VALUE <key> [<key> ...]",
                "    A checksum of each key's value.",
                "ERROR <string>",
                "    Answer this error.",
                "HTSTATS <dbid>, HTSTATS-KEY <key>",
                "    How much a database, or a value, holds.",
                "LISTPACK <key>",
                "    Write the bytes of a packed value to the log.",
                "LOG <message>",
                "    Write a line to the log.",
                "OBJECT <key>",
                "    How the key's value is kept.",
                "PAUSE-CRON <0|1>",
                "    Stop or start everything that happens by time alone.",
                "POPULATE <count> [<prefix>] [<size>]",
                "    Make keys <prefix>:0 and so on where there are none; replicas do not hear of it.",
                "PROTOCOL <type>",
                "    Answer a value of this type of the protocol.",
                "QUICKLIST-PACKED-THRESHOLD <size>, REPLYBUFFER <setting> <value>",
                "    Checked; without effect.",
                "RELOAD [NOSAVE] [MERGE]",
                "    Write dump.rdb and load it again, or only load it.",
                "SET-ACTIVE-EXPIRE <0|1>",
                "    Stop or start the background search for expired keys.",
                "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
                "    Take RESTORE's payloads whatever their checksum says.",
                "SLEEP <seconds>",
                "    Stop the whole server for so long; may be a fraction.");
    }
}
