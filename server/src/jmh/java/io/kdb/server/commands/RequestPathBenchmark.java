package io.kdb.server.commands;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * GET and SET of 64-byte values from the bytes of a request to the bytes of its reply: decoder, dispatcher, store, reply
 * writer; no Netty. Random keys of 100,000; one request at a time and 16 in a window.
 *
 * <p>The wanted garbage is 0 B an operation (gc.alloc.rate.norm). {@code docs/performance.md} says how it is run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(value = 1, jvmArgs = "-Xmx512m")
public class RequestPathBenchmark {
    private static final int KEYS = 100_000;
    private static final int WINDOWS = 4096;
    private static final int REQUESTS = 16;
    private static final String VALUE = "0123456789abcdef".repeat(4);

    @Param({"1", "16"})
    public int pipeline;

    private final byte[][] gets = new byte[WINDOWS][];
    private final byte[][] sets = new byte[WINDOWS][];
    private CommandRig rig;
    private int next;

    @Setup(Level.Trial)
    public void load() {
        rig = new CommandRig(KeyspaceOptions.standalone().withMaxPageBytes(128 << 20));
        // As in a node that has no replica.
        rig.node().log().deactivate();
        for (int i = 0; i < KEYS; i++) {
            receive(CommandRig.requests(set(i)));
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < WINDOWS; i++) {
            gets[i] = window(random, false);
            sets[i] = window(random, true);
        }
    }

    private byte[] window(SplittableRandom random, boolean write) {
        String[] lines = new String[pipeline];
        for (int i = 0; i < pipeline; i++) {
            int number = random.nextInt(KEYS);
            lines[i] = write ? set(number) : "GET " + key(number);
        }
        return CommandRig.requests(lines);
    }

    private static String set(int number) {
        return "SET " + key(number) + " " + VALUE;
    }

    private static String key(int number) {
        return String.format("key:%012d", number);
    }

    @TearDown(Level.Trial)
    public void end() {
        rig.close();
    }

    private void receive(byte[] requests) {
        rig.receive(requests);
        rig.session().reply().buffer().release();
    }

    private void run(byte[][] windows) {
        for (int i = 0; i < REQUESTS / pipeline; i++) {
            receive(windows[next++ & (WINDOWS - 1)]);
        }
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void get() {
        run(gets);
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void set() {
        run(sets);
    }

    /** Runs it with the gc profiler. */
    public static void main(String[] arguments) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(RequestPathBenchmark.class.getName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }
}
