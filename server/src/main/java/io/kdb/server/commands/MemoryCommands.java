package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Telemetry;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** MEMORY: what keys and the node take. */
public final class MemoryCommands {
    public static final List<CommandSpec> TABLE = List.of(container(
            "memory",
            -2,
            List.of(
                    row("doctor", 2, MemoryCommands::doctor),
                    row("help", 2, MemoryCommands::help, LOADING, STALE),
                    row("malloc-stats", 2, MemoryCommands::mallocStats),
                    row("purge", 2, MemoryCommands::purge),
                    row("stats", 2, MemoryCommands::stats),
                    row("usage", -3, key(2, RO), MemoryCommands::usage, READONLY))));

    private static final long LITTLE_BYTES = 5 << 20;
    /** In percent of what is used now. */
    private static final long HIGH_PEAK = 150;

    private static final long HIGH_RESIDENT = 250;
    private static final long HIGH_CLIENTS = 50;
    /** In percent of the heap's maximum. */
    private static final long HIGH_HEAP = 90;

    private MemoryCommands() {}

    // MEMORY USAGE key [SAMPLES count]
    private static void usage(Call call) {
        Arguments args = call.args();
        for (int i = 3; i < args.count(); i += 2) {
            if (!args.is(i, "SAMPLES") || i + 1 == args.count()) {
                throw Errors.SYNTAX;
            }
            if (call.integer(i + 1) < 0) {
                throw Errors.SYNTAX;
            }
        }
        KeyCursor key = call.peek(2);
        if (key.exists()) {
            // Trees know their size: nothing has to be sampled.
            call.reply().integer(key.memoryBytes());
        } else {
            call.reply().nullBulk();
        }
    }

    // MEMORY STATS
    private static void stats(Call call) {
        Node node = call.node();
        Telemetry telemetry = node.telemetry();
        long used = telemetry.usedMemory();
        long dataset = node.keyspace().usedMemory();
        long keys = 0;
        for (int db = 0; db < node.keyspace().databaseCount(); db++) {
            keys += node.keyspace().database(db).size();
        }
        long resident = ProcessFacts.residentBytes();
        ReplyWriter reply = call.reply();
        reply.map(resident > 0 ? 12 : 10);
        put(reply, "peak.allocated", telemetry.peakBytes());
        put(reply, "total.allocated", used);
        put(reply, "replication.backlog", node.log().memoryBytes());
        put(reply, "clients.normal", telemetry.clientBytes());
        put(reply, "overhead.total", used - dataset);
        put(reply, "keys.count", keys);
        put(reply, "keys.bytes-per-key", keys == 0 ? 0 : dataset / keys);
        put(reply, "dataset.bytes", dataset);
        put(reply, "dataset.percentage", 100.0 * dataset / Math.max(1, used));
        put(reply, "peak.percentage", 100.0 * used / Math.max(1, telemetry.peakBytes()));
        if (resident > 0) {
            put(reply, "fragmentation", (double) resident / Math.max(1, used));
            put(reply, "fragmentation.bytes", resident - used);
        }
    }

    private static void put(ReplyWriter reply, String name, long value) {
        reply.bulk(name);
        reply.integer(value);
    }

    private static void put(ReplyWriter reply, String name, double value) {
        reply.bulk(name);
        reply.doubleValue(value);
    }

    // MEMORY DOCTOR
    private static void doctor(Call call) {
        Telemetry telemetry = call.node().telemetry();
        long used = telemetry.usedMemory();
        Runtime runtime = Runtime.getRuntime();
        StringBuilder found = new StringBuilder();
        if (used < LITTLE_BYTES) {
            found.append("This node is empty or uses very little memory: there is nothing to look for.\n");
        } else {
            if (telemetry.peakBytes() * 100 > used * HIGH_PEAK) {
                found.append(
                        " * Peak: the node once used much more memory than now; the heap may still have that size.\n");
            }
            if (ProcessFacts.residentBytes() * 100 > used * HIGH_RESIDENT) {
                found.append(" * Resident set: the process takes much more memory than its data.\n");
            }
            if (telemetry.clientBytes() * 100 > used * HIGH_CLIENTS) {
                found.append(" * Clients: their buffers take more than half of the memory used.\n");
            }
            if ((runtime.totalMemory() - runtime.freeMemory()) * 100 > runtime.maxMemory() * HIGH_HEAP) {
                found.append(" * Heap: it is nearly full; set a lower maxmemory or give the node more memory.\n");
            }
            if (found.length() == 0) {
                found.append("No memory problems were found.\n");
            } else {
                found.insert(0, "Found in this node's memory:\n\n");
            }
        }
        call.reply().verbatim("txt", found.toString().getBytes(StandardCharsets.US_ASCII));
    }

    // MEMORY MALLOC-STATS
    private static void mallocStats(Call call) {
        call.reply().bulk("Stats not supported for the current allocator");
    }

    // MEMORY PURGE
    private static void purge(Call call) {
        System.gc(); // the launcher makes it a concurrent one, after which the heap shrinks
        call.reply().ok();
    }

    // MEMORY HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "DOCTOR",
                "    Memory problems, in words.",
                "MALLOC-STATS",
                "    Statistics of the memory allocator: kdb has none.",
                "PURGE",
                "    Collect garbage, after which unused heap goes back.",
                "STATS",
                "    How the node's memory is used.",
                "USAGE <key> [SAMPLES <count>]",
                "    The bytes that <key> takes with its value.");
    }
}
