package io.kdb.server.dispatch;

/**
 * How often and how long one event loop ran each command. Owner: that loop; others read (INFO commandstats) and reset
 * without a lock, so a sum may miss what is just being counted.
 */
final class CommandUsage {
    final long[] calls;
    final long[] nanos;
    final long[] rejected;
    final long[] failed;

    CommandUsage(int commands) {
        calls = new long[commands];
        nanos = new long[commands];
        rejected = new long[commands];
        failed = new long[commands];
    }

    void reset() {
        java.util.Arrays.fill(calls, 0);
        java.util.Arrays.fill(nanos, 0);
        java.util.Arrays.fill(rejected, 0);
        java.util.Arrays.fill(failed, 0);
    }
}
