package io.kdb.server.dispatch;

import io.kdb.server.observe.Durations;
import java.util.ArrayList;
import java.util.List;

/** What all event loops together counted; racy sums, for INFO. Stateless. */
public final class UsageReport {
    /** How one command was used. */
    public record Usage(CommandSpec command, long calls, long nanos, long rejected, long failed) {}

    private UsageReport() {}

    /** The commands that were called, refused or failed at least once, subcommands by themselves, in the table's order. */
    public static List<Usage> commands(Node node) {
        List<Usage> all = new ArrayList<>();
        for (CommandSpec spec : node.commands().all()) {
            add(node, spec, all);
            spec.subcommands().values().forEach(sub -> add(node, sub, all));
        }
        return all;
    }

    private static void add(Node node, CommandSpec spec, List<Usage> all) {
        long calls = 0;
        long nanos = 0;
        long rejected = 0;
        long failed = 0;
        for (Dispatcher dispatcher : node.dispatchers()) {
            CommandUsage usage = dispatcher.usage();
            calls += usage.calls[spec.id];
            nanos += usage.nanos[spec.id];
            rejected += usage.rejected[spec.id];
            failed += usage.failed[spec.id];
        }
        if (calls + rejected + failed > 0) {
            all.add(new Usage(spec, calls, nanos, rejected, failed));
        }
    }

    /** How long a command took on all loops, or null when it has not run or is not tracked. */
    public static Durations durations(Node node, CommandSpec spec) {
        Durations sum = null;
        for (Dispatcher dispatcher : node.dispatchers()) {
            Durations its = dispatcher.usage().durationsOrNull(spec);
            if (its != null) {
                sum = sum == null ? new Durations() : sum;
                sum.add(its);
            }
        }
        return sum;
    }

    /** Commands that ran since start or CONFIG RESETSTAT. */
    public static long totalCalls(Node node) {
        long calls = 0;
        for (Dispatcher dispatcher : node.dispatchers()) {
            for (long count : dispatcher.usage().calls) {
                calls += count;
            }
        }
        return calls;
    }

    public static long hits(Node node) {
        return node.dispatchers().stream().mapToLong(Dispatcher::hits).sum();
    }

    public static long misses(Node node) {
        return node.dispatchers().stream().mapToLong(Dispatcher::misses).sum();
    }

    /** CONFIG RESETSTAT: all counters to zero; what is just being counted may survive. */
    public static void reset(Node node) {
        node.stats().reset();
        node.replication().resetSyncCounts();
        for (Dispatcher dispatcher : node.dispatchers()) {
            dispatcher.usage().reset();
            dispatcher.resetHits();
        }
        node.telemetry().reset();
    }
}
