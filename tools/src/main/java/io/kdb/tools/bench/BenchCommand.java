package io.kdb.tools.bench;

import io.kdb.tools.client.Address;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb bench}: load from one thread, and what came of it. */
@Command(
        name = "bench",
        description = "Measures a server with a load of GETs and SETs; 'bench compare' puts kdb beside redis-server.",
        mixinStandardHelpOptions = true,
        subcommands = {
            CompareCommand.class,
            PausesCommand.class,
            FailoverCommand.class,
            IdleCommand.class,
            TypesCommand.class,
            HitsCommand.class
        })
public final class BenchCommand implements Callable<Integer> {
    @Option(
            names = {"-H", "--host"},
            defaultValue = "127.0.0.1",
            description = "Server host (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(
            names = {"-p", "--port"},
            defaultValue = "6379",
            description = "Server port (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = {"-c", "--connections"},
            defaultValue = "50",
            description = "Connections (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(
            names = {"-P", "--pipeline"},
            defaultValue = "1",
            description = "Requests sent at once (default: ${DEFAULT-VALUE}).")
    private int pipeline;

    @Option(
            names = {"-r", "--keys"},
            defaultValue = "1000000",
            description = "How many keys there are (default: ${DEFAULT-VALUE}).")
    private long keys;

    @Option(
            names = {"-d", "--size"},
            defaultValue = "64",
            description = "Bytes of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes;

    @Option(
            names = {"-t", "--load"},
            defaultValue = "get",
            description = "get, set or mixed (default: ${DEFAULT-VALUE}).")
    private String kind;

    @Option(
            names = {"--seconds"},
            defaultValue = "10",
            description = "How long (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = {"--fill"},
            description = "First SET every key once.")
    private boolean fill;

    @Override
    public Integer call() throws IOException {
        Address address = new Address(host, port);
        if (fill) {
            print("fill", fill(address, keys, valueBytes));
        }
        Load load = new KeyLoad(KeyLoad.Kind.valueOf(kind.toUpperCase(Locale.ROOT)), keys, valueBytes, false, 1);
        try (LoadGenerator generator = new LoadGenerator(address, connections, pipeline, load)) {
            print(kind, generator.run(Long.MAX_VALUE, seconds));
        }
        return 0;
    }

    /** Sets every key once, as fast as one connection set allows. */
    static LoadGenerator.Result fill(Address address, long keys, int valueBytes) throws IOException {
        Load load = new KeyLoad(KeyLoad.Kind.SET, keys, valueBytes, true, 1);
        try (LoadGenerator generator = new LoadGenerator(address, 8, 64, load)) {
            LoadGenerator.Result result = generator.run(keys, 0);
            if (result.errors() > 0) {
                throw new IOException(result.errors() + " of " + keys + " SETs were refused");
            }
            return result;
        }
    }

    private static void print(String what, LoadGenerator.Result result) {
        Histogram latency = result.latency();
        System.out.printf(
                Locale.ROOT,
                "%s: %d requests in %.2f s, %.0f per second, %d errors; ms: p50 %.3f p99 %.3f p99.9 %.3f max %.3f%n",
                what,
                result.requests(),
                result.tookNs() / 1e9,
                result.perSecond(),
                result.errors(),
                latency.getValueAtPercentile(50) / 1e6,
                latency.getValueAtPercentile(99) / 1e6,
                latency.getValueAtPercentile(99.9) / 1e6,
                latency.getMaxValue() / 1e6);
    }
}
