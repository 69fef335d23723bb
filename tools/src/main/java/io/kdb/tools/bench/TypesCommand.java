package io.kdb.tools.bench;

import io.kdb.tools.Launcher;
import io.kdb.tools.bench.Comparison.Side;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb bench types}: lists, sets, hashes, sorted sets and streams beside redis-server, as a Markdown table. */
@Command(
        name = "types",
        description = "Measures the data types of redis-server and kdb by turns and prints the medians as Markdown.",
        mixinStandardHelpOptions = true)
final class TypesCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 16_379;
    private static final int CONNECTIONS = 50;
    private static final int VALUE_BYTES = 64;
    private static final int PIPELINE = 16;
    /** How often in a round each figure of the one server is followed by the same of the other. */
    private static final int TURNS = 2;

    private static final int SETTLE_MS = 300;
    private static final long PER_SECOND = 250_000;

    /** redis-benchmark's own tests, and how much slower than a GET they are. */
    private static final Map<String, Integer> TESTS = Map.of(
            "LPUSH",
            1,
            "LRANGE_100",
            8,
            "SADD",
            1,
            "HSET",
            1,
            "ZADD",
            1,
            "SPOP",
            1,
            "ZPOPMIN",
            1,
            "INCR",
            1,
            "MSET",
            6);

    /** Those for which redis-benchmark's core is the bound: a client of ours that only counts replies drives them, too. */
    private static final Map<String, Load> LIGHTER = Map.of(
            "LPUSH",
            Load.always("LPUSH", "mylist", "x".repeat(VALUE_BYTES)),
            "LRANGE_100",
            Load.always("LRANGE", "mylist", "0", "99"));

    /**
     * The keys that grow as long as they are measured: each turn begins without them, in memory that an unmeasured turn has
     * had before. The first touch of memory may cost a virtual machine more than the command.
     */
    private static final Map<String, String> GROWING = Map.of("LPUSH", "mylist", "XADD", "mystream");

    /** On the large collections; __rand_int__ is below the collection's number of elements. */
    private static final Map<BigCollection, List<String>> LARGE = Map.of(
            BigCollection.HASH,
            List.of("HGET bighash __rand_int__"),
            BigCollection.ZSET,
            List.of(
                    "ZRANGEBYSCORE bigzset __rand_int__ +inf LIMIT 0 10",
                    "ZRANK bigzset __rand_int__",
                    "ZADD bigzset __rand_int__ __rand_int__"),
            BigCollection.LIST,
            List.of("LINDEX biglist %d"));

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
            defaultValue = "100",
            description =
                    "Seconds of load, of all commands by turns, before a server is measured (default: ${DEFAULT-VALUE}:"
                            + " ten for each command, as `compare` has).")
    private int warmupSeconds;

    @Option(
            names = {"--seconds"},
            defaultValue = "4",
            description = "Seconds of each figure, about (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = {"--elements"},
            defaultValue = "10000000",
            description =
                    "Elements of the large list; the others have half, the hashes are a tenth (default: ${DEFAULT-VALUE}).")
    private long elements;

    private final Comparison comparison = new Comparison();
    private RedisBenchmark small;
    private RedisBenchmark large;
    private int port;

    @Override
    public Integer call() throws IOException, InterruptedException, Problem {
        Path benchmark = redis.toAbsolutePath().resolveSibling("redis-benchmark");
        if (!Files.isExecutable(redis) || !Files.isExecutable(benchmark)) {
            throw new Problem(redis + ": not found (expected: redis-server, with redis-benchmark beside it)");
        }
        port = PortBlock.find(FIRST_PORT, 2, PortBlock::isFree)
                .orElseThrow(() -> new Problem("no two free ports from " + FIRST_PORT + " on"));
        small = new RedisBenchmark(benchmark, CONNECTIONS, VALUE_BYTES, 1_000_000);
        large = new RedisBenchmark(benchmark, CONNECTIONS, VALUE_BYTES, elements / 2);
        RedisBenchmark.pinThisProcess();
        for (int round = 1; round <= rounds; round++) {
            System.err.println("round " + round + " of " + rounds);
            try (BenchFolder folder = BenchFolder.create();
                    ServerPair servers = ServerPair.start(
                            List.of(redis.toString()),
                            List.of(Launcher.path().toString(), "server", "--io-threads", "1"),
                            port,
                            folder.path())) {
                for (Side side : Side.values()) {
                    warm(servers.of(side));
                }
                for (int turn = 0; turn < TURNS; turn++) {
                    speed(servers);
                }
                for (BigCollection collection : BigCollection.values()) {
                    collection(servers, collection);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%nPipeline %d, %d connections, one core for the servers, one for the client; warmed for %d s;"
                        + " medians of %d rounds with %d turns each.%n%n",
                PIPELINE,
                CONNECTIONS,
                warmupSeconds,
                rounds,
                TURNS);
        comparison.markdown().forEach(System.out::println);
        return 0;
    }

    private void warm(BenchServer server) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + warmupSeconds * 1_000_000_000L;
        while (System.nanoTime() < endNs) {
            for (Map.Entry<String, Integer> test : TESTS.entrySet()) {
                small.run(server.address(), test.getKey(), PIPELINE, PER_SECOND / 2 / test.getValue());
            }
            xadd(server, PER_SECOND / 2);
            for (Map.Entry<String, Load> load : LIGHTER.entrySet()) {
                lighter(server, load.getValue(), PER_SECOND / 2 / TESTS.get(load.getKey()));
            }
            // So that what a key's first elements need is compiled, too.
            for (String key : GROWING.values()) {
                send(server, "DEL", key);
            }
        }
    }

    private void speed(ServerPair servers) throws IOException, InterruptedException {
        for (String test : TESTS.keySet().stream().sorted().toList()) {
            long requests = PER_SECOND * seconds / TESTS.get(test) / TURNS;
            turn(servers, test, "", requests, server -> small.run(server.address(), test, PIPELINE, requests));
            Load load = LIGHTER.get(test);
            if (load != null) {
                turn(servers, test, ", a lighter client", requests, server -> lighter(server, load, requests));
            }
        }
        long requests = PER_SECOND * seconds / TURNS;
        turn(servers, "XADD", "", requests, server -> xadd(server, requests));
    }

    /** Requests to one server, and their number per second. */
    private interface ServerLoad {
        double perSecond(BenchServer server) throws IOException, InterruptedException;
    }

    /** One figure of the one server, then the same of the other. */
    private void turn(ServerPair servers, String command, String title, long requests, ServerLoad load)
            throws IOException, InterruptedException {
        String growing = GROWING.get(command);
        for (Side side : Side.values()) {
            BenchServer server = servers.of(side);
            if (growing != null) {
                load.perSecond(server);
                send(server, "DEL", growing);
                settled(server);
            }
            comparison.add(side, command, title, server.cost(requests, () -> load.perSecond(server)));
        }
    }

    private static void send(BenchServer server, String... words) throws IOException {
        try (Filler filler = new Filler(server.address())) {
            filler.send(List.of(words));
            filler.drain();
        }
    }

    private static double lighter(BenchServer server, Load load, long requests) throws IOException {
        try (LoadGenerator generator = new LoadGenerator(server.address(), CONNECTIONS, PIPELINE, load)) {
            LoadGenerator.Result result = generator.run(requests, 0);
            if (result.errors() > 0) {
                throw new IOException(result.errors() + " requests were refused");
            }
            return result.perSecond();
        }
    }

    private double xadd(BenchServer server, long requests) throws IOException, InterruptedException {
        return small.runWords(server.address(), PIPELINE, requests, List.of("XADD", "mystream", "*", "field", "value"));
    }

    private void collection(ServerPair servers, BigCollection collection) throws IOException, InterruptedException {
        long count = collection.count(elements);
        String title = ", " + count + " " + collection.title;
        for (Side side : Side.values()) {
            BenchServer server = servers.of(side);
            send(server, "FLUSHALL");
            long before = settled(server);
            collection.fill(server.address(), count);
            comparison.add(side, "bytes each" + title, "%.1f", (double) (server.usedMemoryBytes() - before) / count);
        }
        for (String command : LARGE.getOrDefault(collection, List.of())) {
            List<String> words =
                    List.of(command.replace("%d", Long.toString(elements / 2)).split(" ", -1));
            long perSecond = collection == BigCollection.LIST ? PER_SECOND / 100 : PER_SECOND / 2;
            long requests = perSecond * seconds / TURNS;
            for (Side side : Side.values()) {
                large.runWords(servers.of(side).address(), PIPELINE, requests, words);
            }
            for (int turn = 0; turn < TURNS; turn++) {
                turn(
                        servers,
                        words.get(0),
                        title,
                        requests,
                        server -> large.runWords(server.address(), PIPELINE, requests, words));
            }
        }
    }

    /** used_memory once it shrinks no more: what was flushed may be freed bit by bit. */
    private static long settled(BenchServer server) throws IOException, InterruptedException {
        long used = server.usedMemoryBytes();
        while (true) {
            TimeUnit.MILLISECONDS.sleep(SETTLE_MS);
            long now = server.usedMemoryBytes();
            if (now >= used) {
                return now;
            }
            used = now;
        }
    }
}
