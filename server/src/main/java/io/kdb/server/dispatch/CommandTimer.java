package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;

/**
 * Times the commands of one loop and counts them, for INFO commandstats and latencystats, LATENCY and SLOWLOG. Owner: the
 * dispatcher's thread.
 *
 * <p>Note: a reading of the clock costs some twentieth of a small command. So up to {@link #SHARED} commands of one name that
 * follow each other in a pipeline share one, if they are fast ones whose words and reply are short: each is counted with the same
 * part of the time, and should that have been long, the last of them is the one that SLOWLOG shows. Every command has a reading
 * of its own while somebody looks at shorter times than {@link #FINE_NANOS}, and on a node of a cluster, where the last reading
 * decides whether a lease still runs.
 */
final class CommandTimer {
    private static final int SHARED = 4;
    private static final int SHORT_BYTES = 4096;
    private static final long FINE_NANOS = 1_000_000;

    private final Node node;
    private final CommandUsage usage;

    private long lastNanos;
    /** The command that has run {@link #count} times since the clock was read. */
    private CommandSpec spec;

    private int count;
    private int failed;
    /** Whether the words of the command that {@link #expect} has seen last are short. */
    private boolean hasShortWords;

    CommandTimer(Node node, CommandUsage usage) {
        this.node = node;
        this.usage = usage;
    }

    /** System.nanoTime after the last command that had a reading, or after {@link #start}. */
    long nanos() {
        return lastNanos;
    }

    /** Reads the clock: what runs next began now. */
    void start() {
        lastNanos = System.nanoTime();
    }

    /** Before a command starts: reads the clock for those that have run, unless it may share with them. */
    void expect(Call call, CommandSpec next, Arguments args) {
        hasShortWords = next != null && args.lieWithin(SHORT_BYTES);
        if (count > 0 && (next != spec || !hasShortWords)) {
            settle(call);
        }
    }

    /** A command of a pipeline has run; {@link #settle} or another command will follow. */
    void ran(Call call, CommandSpec command, boolean hasFailed) {
        if (spec != command) {
            spec = command;
        }
        count++;
        failed += hasFailed ? 1 : 0;
        if (count == SHARED || !mayShare(call, command)) {
            settle(call);
        }
    }

    /** A command has run that has a reading of its own. */
    void ranAlone(Call call, CommandSpec command, boolean hasFailed) {
        assert count == 0 : "timer: " + count + " commands without a reading";
        spec = command;
        count = 1;
        failed = hasFailed ? 1 : 0;
        settle(call);
    }

    private boolean mayShare(Call call, CommandSpec command) {
        return command.has(CommandFlag.FAST)
                && !call.isSuspended()
                && call.repliedBytes() <= SHORT_BYTES
                && hasShortWords
                && node.router() == null
                && !node.observers().lookBelow(FINE_NANOS);
    }

    /** Reads the clock for the commands that share a reading; {@code call} still holds the last of them. */
    void settle(Call call) {
        if (count == 0) {
            return;
        }
        CommandSpec command = spec;
        int times = count;
        count = 0;
        long now = System.nanoTime();
        long took = now - lastNanos;
        lastNanos = now;
        usage.calls[command.id] += times;
        usage.nanos[command.id] += took;
        usage.failed[command.id] += failed;
        failed = 0;
        if (node.observers().tracksLatency() && !call.isSuspended()) {
            usage.durations(command).record(took / times, times);
        }
        node.observers().ran(call, command, took);
    }
}
