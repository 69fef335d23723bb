package io.kdb.server.dispatch;

import io.kdb.server.observe.Durations;

/**
 * How often and how long one event loop ran each command. Owner: that loop; others read (INFO commandstats) and reset
 * without a lock, so a sum may miss what is just being counted.
 */
final class CommandUsage {
    final long[] calls;
    final long[] nanos;
    final long[] rejected;
    final long[] failed;
    private final Durations[] durations;

    CommandUsage(int commands) {
        calls = new long[commands];
        nanos = new long[commands];
        rejected = new long[commands];
        failed = new long[commands];
        durations = new Durations[commands];
    }

    /** The durations of a command, made with its first call. */
    Durations durations(CommandSpec spec) {
        Durations its = durations[spec.id];
        if (its == null) {
            its = new Durations();
            durations[spec.id] = its;
        }
        return its;
    }

    /** As {@link #durations}, null before the first call. */
    Durations durationsOrNull(CommandSpec spec) {
        return durations[spec.id];
    }

    void reset() {
        java.util.Arrays.fill(durations, null);
        java.util.Arrays.fill(calls, 0);
        java.util.Arrays.fill(nanos, 0);
        java.util.Arrays.fill(rejected, 0);
        java.util.Arrays.fill(failed, 0);
    }
}
