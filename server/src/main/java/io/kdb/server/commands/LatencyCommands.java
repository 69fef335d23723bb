package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.CommandTable;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.UsageReport;
import io.kdb.server.observe.Durations;
import io.kdb.server.observe.LatencyMonitor;
import io.kdb.server.observe.Sparkline;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** LATENCY and its subcommands. https://redis.io/docs/latest/commands/latency/ */
public final class LatencyCommands {
    public static final List<CommandSpec> TABLE = List.of(container(
            "latency",
            -2,
            List.of(
                    sub("latest", 2, LatencyCommands::latest),
                    sub("history", 3, LatencyCommands::history),
                    sub("reset", -2, LatencyCommands::reset),
                    sub("graph", 3, LatencyCommands::graph),
                    sub("doctor", 2, LatencyCommands::doctor),
                    sub("histogram", -2, LatencyCommands::histogram),
                    row("help", 2, LatencyCommands::help, LOADING, STALE))));

    private static final String RULE = "-".repeat(80);

    private LatencyCommands() {}

    private static CommandSpec sub(String name, int arity, CommandFunction function) {
        return row(name, arity, function, ADMIN, NOSCRIPT, LOADING, STALE);
    }

    private static LatencyMonitor monitor(Call call) {
        return call.node().observers().latency();
    }

    // LATENCY LATEST
    private static void latest(Call call) {
        Map<String, LatencyMonitor.Sample> latest = new LinkedHashMap<>();
        for (String event : new TreeSet<>(monitor(call).events())) {
            List<LatencyMonitor.Sample> samples = monitor(call).history(event);
            if (!samples.isEmpty()) {
                latest.put(event, samples.get(samples.size() - 1));
            }
        }
        call.reply().array(latest.size());
        latest.forEach((event, sample) -> {
            call.reply().array(4);
            call.reply().bulk(event);
            call.reply().integer(sample.timeSeconds());
            call.reply().integer(sample.ms());
            call.reply().integer(monitor(call).maxMs(event));
        });
    }

    // LATENCY HISTORY event
    private static void history(Call call) {
        List<LatencyMonitor.Sample> samples = monitor(call).history(call.args().text(2));
        call.reply().array(samples.size());
        for (LatencyMonitor.Sample sample : samples) {
            call.reply().array(2);
            call.reply().integer(sample.timeSeconds());
            call.reply().integer(sample.ms());
        }
    }

    // LATENCY RESET [event [event ...]]
    private static void reset(Call call) {
        Arguments args = call.args();
        List<String> events = new ArrayList<>();
        for (int i = 2; i < args.count(); i++) {
            events.add(args.text(i));
        }
        if (events.isEmpty()) {
            events.addAll(monitor(call).events());
        }
        call.reply().integer(events.stream().filter(monitor(call)::reset).count());
    }

    // LATENCY GRAPH event
    private static void graph(Call call) {
        String event = call.args().text(2);
        List<LatencyMonitor.Sample> samples = monitor(call).history(event);
        if (samples.isEmpty()) {
            throw new CommandError(
                    "ERR No samples available for event '" + Errors.clip(event, Integer.MAX_VALUE) + "'");
        }
        List<Long> values = samples.stream().map(LatencyMonitor.Sample::ms).toList();
        List<String> ages = samples.stream()
                .map(sample -> age(call.nowMs() / 1000 - sample.timeSeconds()))
                .toList();
        String text = event + " - high " + values.stream().max(Long::compare).orElse(0L) + " ms, low "
                + values.stream().min(Long::compare).orElse(0L) + " ms (all time high "
                + monitor(call).maxMs(event) + " ms)\n" + RULE + "\n" + Sparkline.draw(values, ages);
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String age(long seconds) {
        if (seconds < 60) {
            return Math.max(0, seconds) + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m";
        }
        return seconds < 86_400 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
    }

    // LATENCY DOCTOR
    private static void doctor(Call call) {
        call.reply().verbatim("txt", report(call).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String report(Call call) {
        Set<String> events = new TreeSet<>(monitor(call).events());
        long thresholdMs = call.node().config().get(Parameters.LATENCY_MONITOR_THRESHOLD);
        if (events.isEmpty()) {
            return thresholdMs == 0
                    ? "Nothing is watched: latency-monitor-threshold is 0. CONFIG SET latency-monitor-threshold <ms> watches"
                            + " everything that takes as long or longer.\n"
                    : "Nothing has taken " + thresholdMs + " ms or longer.\n";
        }
        StringBuilder text = new StringBuilder("Delays of " + thresholdMs + " ms or longer:\n\n");
        int number = 0;
        for (String event : events) {
            List<LatencyMonitor.Sample> samples = monitor(call).history(event);
            if (samples.isEmpty()) {
                continue;
            }
            double mean = samples.stream()
                    .mapToLong(LatencyMonitor.Sample::ms)
                    .average()
                    .orElse(0);
            long spanSeconds = call.nowMs() / 1000 - samples.get(0).timeSeconds();
            text.append(String.format(
                    Locale.ROOT,
                    "%d. %s: %d times (%.0f ms on average, every %.2f seconds), at worst %d ms.\n",
                    ++number,
                    event,
                    samples.size(),
                    mean,
                    (double) Math.max(0, spanSeconds) / samples.size(),
                    monitor(call).maxMs(event)));
        }
        return text.append("\nWhat to do:\n\n"
                        + "- SLOWLOG GET shows the commands that took long. Commands over whole large values (KEYS, SMEMBERS,"
                        + " SORT, big ranges) can be replaced by SCAN and smaller ranges.\n"
                        + "- The log has the JVM's and the machine's part: long stops of the collector, swapping, too few"
                        + " cores for the I/O threads.\n")
                .toString();
    }

    // LATENCY HISTOGRAM [command [command ...]]
    private static void histogram(Call call) {
        Map<CommandSpec, Durations> found = new LinkedHashMap<>();
        CommandTable commands = call.node().commands();
        Arguments args = call.args();
        if (args.count() == 2) {
            commands.all().forEach(spec -> collect(call, spec, found));
        }
        for (int i = 2; i < args.count(); i++) {
            CommandSpec spec = find(commands, args.text(i));
            if (spec != null) {
                collect(call, spec, found);
            }
        }
        ReplyWriter reply = call.reply();
        reply.map(found.size());
        found.forEach((spec, durations) -> {
            reply.bulk(spec.fullName());
            reply.map(2);
            reply.bulk("calls");
            reply.integer(durations.count());
            reply.bulk("histogram_usec");
            long[] pairs = durations.cumulative();
            reply.map(pairs.length / 2);
            for (long number : pairs) {
                reply.integer(number);
            }
        });
    }

    private static CommandSpec find(CommandTable commands, String name) {
        int bar = name.indexOf('|');
        CommandSpec spec = commands.find(bar < 0 ? name : name.substring(0, bar));
        return spec == null || bar < 0
                ? spec
                : spec.subcommands().get(name.substring(bar + 1).toLowerCase(Locale.ROOT));
    }

    private static void collect(Call call, CommandSpec spec, Map<CommandSpec, Durations> found) {
        Durations durations = UsageReport.durations(call.node(), spec);
        if (durations != null) {
            found.put(spec, durations);
        }
        spec.subcommands().values().forEach(sub -> collect(call, sub, found));
    }

    // LATENCY HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "DOCTOR",
                "    Report in plain words.",
                "GRAPH <event>",
                "    Draw the latest delays of an event.",
                "HISTOGRAM [COMMAND ...]",
                "    Answer how the durations of these commands (or all) are spread.",
                "HISTORY <event>",
                "    Answer the latest delays of an event with their times.",
                "LATEST",
                "    Answer the latest and the longest delay of each event.",
                "RESET [<event> ...]",
                "    Forget the delays of these events (or all).");
    }
}
