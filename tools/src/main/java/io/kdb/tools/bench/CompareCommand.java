package io.kdb.tools.bench;

import io.kdb.tools.Launcher;
import io.kdb.tools.bench.Comparison.Side;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb bench compare}: redis-server and kdb by turns on one core, the client on another, as a Markdown table. */
@Command(
        name = "compare",
        description = "Measures redis-server and kdb by turns (A B A B ...) and prints the medians as Markdown.",
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 16_379;
    private static final int CONNECTIONS = 50;
    private static final int VALUE_BYTES = 64;
    private static final int LARGE_KEYS = 10_000_000;
    private static final List<String> COMMANDS = List.of("SET", "GET");

    /** A pipeline, and about how many requests a second redis-server answers with it. */
    private record Depth(int pipeline, long perSecond) {}

    /** How often in a round each figure of the one server is followed by the same of the other. */
    private static final int TURNS = 2;

    private static final List<Depth> DEPTHS =
            List.of(new Depth(1, 60_000), new Depth(16, 350_000), new Depth(64, 500_000));

    @Option(
            names = {"--redis"},
            defaultValue = "/usr/bin/redis-server",
            description = "redis-server, with redis-benchmark beside it (default: ${DEFAULT-VALUE}).")
    private Path redis;

    @Option(
            names = {"--rounds"},
            defaultValue = "3",
            description = "Rounds of each server (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = {"--warmup"},
            defaultValue = "20",
            description = "Seconds of load before a server is measured (default: ${DEFAULT-VALUE}).")
    private int warmupSeconds;

    @Option(
            names = {"--seconds"},
            defaultValue = "5",
            description = "Seconds of each figure, about (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = {"--keys"},
            defaultValue = "1000000",
            description = "Keys, all loaded first (default: ${DEFAULT-VALUE}).")
    private long keys;

    @Option(
            names = {"--large"},
            description = "Also the memory of 10 million keys.")
    private boolean large;

    @Option(
            names = {"--io"},
            defaultValue = "auto",
            description = "kdb's transport: auto, io_uring, epoll or nio (default: ${DEFAULT-VALUE}).")
    private String io;

    private final Comparison comparison = new Comparison();
    private Path folder;
    private int port;
    private String transport = "?";

    @Override
    public Integer call() throws IOException, InterruptedException, Problem {
        Path benchmark = redis.toAbsolutePath().resolveSibling("redis-benchmark");
        for (Path program : List.of(redis, benchmark)) {
            if (!Files.isExecutable(program)) {
                throw new Problem(program + ": not found (expected: redis-server, with redis-benchmark beside it)");
            }
        }
        if (Runtime.getRuntime().availableProcessors() < 2) {
            throw new Problem("cores: 1 (expected: one for the server, one for the client)");
        }
        OptionalInt free = PortBlock.find(FIRST_PORT, 2, PortBlock::isFree);
        port = free.orElseThrow(() -> new Problem("no two free ports from " + FIRST_PORT + " on"));
        try (BenchFolder temporary = BenchFolder.create()) {
            folder = temporary.path();
            measureAll(new RedisBenchmark(benchmark, CONNECTIONS, VALUE_BYTES, keys));
        }
        System.out.println();
        System.out.printf(
                "%d connections, %d-byte values, %d keys all loaded first; one core for the servers, one for the client;"
                        + " transport %s; warmed for %d s; medians of %d rounds with %d turns each.%n%n",
                CONNECTIONS, VALUE_BYTES, keys, transport, warmupSeconds, rounds, TURNS);
        comparison.markdown().forEach(System.out::println);
        return 0;
    }

    private void measureAll(RedisBenchmark benchmark) throws IOException, InterruptedException, Problem {
        for (int round = 1; round <= rounds; round++) {
            System.err.println("round " + round + " of " + rounds);
            try (ServerPair servers = start()) {
                for (Side side : Side.values()) {
                    measureMemory(side, servers.of(side), keys);
                    warm(servers.of(side), benchmark);
                }
                for (int turn = 0; turn < TURNS; turn++) {
                    measureSpeed(servers, benchmark);
                }
            }
        }
        if (large) {
            System.err.println("10 M keys");
            try (ServerPair servers = start()) {
                for (Side side : Side.values()) {
                    measureMemory(side, servers.of(side), LARGE_KEYS);
                }
            }
        }
    }

    private void measureMemory(Side side, BenchServer server, long keyCount) throws IOException {
        long before = server.usedMemoryBytes();
        BenchCommand.fill(server.address(), keyCount, VALUE_BYTES);
        String label = keyCount % 1_000_000 == 0 ? keyCount / 1_000_000 + " M keys" : keyCount + " keys";
        long used = server.usedMemoryBytes() - before;
        comparison.add(side, "bytes per key (used_memory), " + label, "%.1f", (double) used / keyCount);
        comparison.add(side, "resident set, " + label + " (MB)", "%.0f", server.residentBytes() / 1e6);
    }

    private void warm(BenchServer server, RedisBenchmark benchmark) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(warmupSeconds);
        while (System.nanoTime() < endNs) {
            for (Depth depth : DEPTHS) {
                for (String command : COMMANDS) {
                    benchmark.run(server.address(), command, depth.pipeline(), depth.perSecond());
                }
            }
        }
    }

    private void measureSpeed(ServerPair servers, RedisBenchmark benchmark) throws IOException, InterruptedException {
        for (Depth depth : DEPTHS) {
            long requests = depth.perSecond() * seconds / TURNS;
            for (String command : COMMANDS) {
                for (Side side : Side.values()) {
                    BenchServer server = servers.of(side);
                    comparison.add(
                            side,
                            command,
                            ", pipeline " + depth.pipeline(),
                            server.cost(
                                    requests,
                                    () -> benchmark.run(server.address(), command, depth.pipeline(), requests)));
                }
            }
        }
    }

    private ServerPair start() throws IOException, InterruptedException, Problem {
        ServerPair servers = ServerPair.start(
                List.of(redis.toString()),
                List.of(Launcher.path().toString(), "server", "--io", io, "--io-threads", "1"),
                port,
                folder);
        transport = servers.kdb().info("server", "multiplexing_api");
        return servers;
    }
}
