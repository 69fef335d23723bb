package io.kdb.tools.bench;

import io.kdb.tools.Launcher;
import io.kdb.tools.bench.Comparison.Side;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb bench hits}: how often a full cache has the key, for each eviction policy, beside redis-server. */
@Command(
        name = "hits",
        description = "Compares the hit ratios of redis-server and kdb on a Zipf trace, for each eviction policy.",
        mixinStandardHelpOptions = true)
final class HitsCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 16_379;
    private static final double EXPONENT = 0.99;
    private static final int TIMEOUT_MS = 60_000;
    private static final int BATCH = 100;
    private static final int TTL_SECONDS = 100_000;
    private static final List<String> POLICIES = List.of(
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl");

    @Option(
            names = {"--redis"},
            defaultValue = "/usr/bin/redis-server",
            description = "redis-server (default: ${DEFAULT-VALUE}).")
    private Path redis;

    @Option(
            names = {"--maxmemory"},
            defaultValue = "20mb",
            description = "maxmemory of both servers (default: ${DEFAULT-VALUE}).")
    private String maxmemory;

    @Option(
            names = {"--keys"},
            defaultValue = "1000000",
            description = "Keys of the trace (default: ${DEFAULT-VALUE}).")
    private int keys;

    @Option(
            names = {"--requests"},
            defaultValue = "2000000",
            description = "Reads of the trace; the second half counts (default: ${DEFAULT-VALUE}).")
    private int requests;

    @Option(
            names = {"--size"},
            defaultValue = "64",
            description = "Bytes of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes;

    @Override
    public Integer call() throws IOException, InterruptedException, Problem {
        int port = PortBlock.find(FIRST_PORT, 1, PortBlock::isFree)
                .orElseThrow(() -> new Problem("no free port from " + FIRST_PORT + " on"));
        Comparison comparison = new Comparison();
        for (String policy : POLICIES) {
            for (Side side : Side.values()) {
                List<String> program = new ArrayList<>(
                        side == Side.REDIS
                                ? List.of(redis.toString())
                                : List.of(Launcher.path().toString(), "server"));
                program.addAll(List.of("--maxmemory", maxmemory, "--maxmemory-policy", policy));
                try (BenchFolder folder = BenchFolder.create();
                        BenchServer server = BenchServer.start(program, port, folder.path());
                        RespConnection connection = RespConnection.open(server.address(), TIMEOUT_MS)) {
                    double ratio = trace(connection, policy.startsWith("volatile"));
                    comparison.add(side, "hits %, " + policy, "%.2f", 100 * ratio);
                }
            }
        }
        System.out.printf(
                "Zipf(%.2f) over %d keys, %d-byte values, %d reads of which the second half counts, maxmemory %s.%n%n",
                EXPONENT, keys, valueBytes, requests, maxmemory);
        comparison.markdown().forEach(System.out::println);
        return 0;
    }

    /** Reads keys and sets those that are missing; the share of hits in the second half. */
    private double trace(RespConnection connection, boolean expiring) throws IOException {
        Zipf zipf = new Zipf(keys, EXPONENT, 1);
        byte[] value = "x".repeat(valueBytes).getBytes(StandardCharsets.US_ASCII);
        byte[][] batch = new byte[BATCH][];
        long hits = 0;
        long counted = 0;
        for (int done = 0; done < requests; done += BATCH) {
            for (int i = 0; i < BATCH; i++) {
                batch[i] = ("key:" + zipf.next()).getBytes(StandardCharsets.US_ASCII);
                connection.write(List.of(bytes("GET"), batch[i]));
            }
            connection.flush();
            List<byte[]> missing = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                boolean hit = connection.read() instanceof Reply.Bulk;
                if (done >= requests / 2) {
                    counted++;
                    hits += hit ? 1 : 0;
                }
                if (!hit) {
                    missing.add(batch[i]);
                }
            }
            for (byte[] key : missing) {
                connection.write(
                        expiring
                                ? List.of(bytes("SET"), key, value, bytes("EX"), bytes("" + TTL_SECONDS))
                                : List.of(bytes("SET"), key, value));
            }
            connection.flush();
            for (int i = 0; i < missing.size(); i++) {
                if (connection.read() instanceof Reply.Failure failure) {
                    throw new IOException(failure.text());
                }
            }
        }
        return (double) hits / counted;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
