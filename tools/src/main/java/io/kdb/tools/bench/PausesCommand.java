package io.kdb.tools.bench;

import io.kdb.tools.Launcher;
import io.kdb.tools.client.Address;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb bench pauses}: the longest stop of the JVM under steady overwrites, beside an idle one. */
@Command(
        name = "pauses",
        description = "Overwrites random keys at a steady rate and tells the longest stop of the JVM.",
        mixinStandardHelpOptions = true)
final class PausesCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 16_379;
    private static final int VALUE_BYTES = 64;
    private static final int TICK_MS = 1;
    private static final Pattern STOP = Pattern.compile("\\bTotal: *(\\d+) ns");

    @Option(
            names = {"--keys"},
            defaultValue = "10000000",
            description = "Keys, all loaded first (default: ${DEFAULT-VALUE}).")
    private long keys;

    @Option(
            names = {"--rate"},
            defaultValue = "100000",
            description = "Overwrites a second (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = {"--seconds"},
            defaultValue = "60",
            description = "Seconds of load in a round (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = {"--rounds"},
            defaultValue = "3",
            description = "Rounds (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Override
    public Integer call() throws IOException, InterruptedException, Problem {
        OptionalInt port = PortBlock.find(FIRST_PORT, 2, PortBlock::isFree);
        if (port.isEmpty()) {
            throw new Problem("no two free ports from " + FIRST_PORT + " on");
        }
        List<Double> longest = new ArrayList<>();
        List<Double> controls = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            try (BenchFolder folder = BenchFolder.create()) {
                round(folder.path(), port.getAsInt(), longest, controls);
            }
            System.out.printf(
                    Locale.ROOT,
                    "round %d: longest stop %.2f ms; idle JVM beside it %.2f ms%n",
                    round,
                    longest.get(round - 1),
                    controls.get(round - 1));
        }
        System.out.printf(
                Locale.ROOT,
                "median of %d: %.2f ms; idle JVM %.2f ms%n",
                rounds,
                Comparison.median(longest),
                Comparison.median(controls));
        return 0;
    }

    private void round(Path folder, int port, List<Double> longest, List<Double> controls)
            throws IOException, InterruptedException, Problem {
        Path log = folder.resolve("stops.log");
        Path controlLog = folder.resolve("control.log");
        try (BenchServer server = start(port, folder.resolve("loaded"), log);
                BenchServer control = start(port + 1, folder.resolve("idle"), controlLog)) {
            BenchCommand.fill(server.address(), keys, VALUE_BYTES);
            int stopsBefore = stopsMs(log).size();
            int controlBefore = stopsMs(controlLog).size();
            overwrite(server.address());
            longest.add(max(stopsMs(log), stopsBefore));
            controls.add(max(stopsMs(controlLog), controlBefore));
        }
    }

    private static BenchServer start(int port, Path folder, Path log)
            throws IOException, InterruptedException, Problem {
        List<String> program = List.of(Launcher.path().toString(), "server", "--io-threads", "1");
        return BenchServer.start(
                program,
                port,
                folder,
                Map.of("KDB_JVM_OPTS", "-Xlog:safepoint:file=" + log + ":uptime", "KDB_CDS", "no"));
    }

    /** Sends a tick's share of the overwrites each tick, the next only when it is answered and due. */
    private void overwrite(Address address) throws IOException, InterruptedException {
        int perTick = Math.max(1, rate * TICK_MS / 1000);
        long ticks = seconds * 1000L / TICK_MS;
        Load load = new KeyLoad(KeyLoad.Kind.SET, keys, VALUE_BYTES, false, 1);
        try (LoadGenerator generator = new LoadGenerator(address, 1, perTick, load)) {
            long startNs = System.nanoTime();
            for (long tick = 0; tick < ticks; tick++) {
                long wait = startNs + TimeUnit.MILLISECONDS.toNanos(tick * TICK_MS) - System.nanoTime();
                if (wait > 0) {
                    TimeUnit.NANOSECONDS.sleep(wait);
                }
                LoadGenerator.Result result = generator.run(perTick, 0);
                if (result.errors() > 0) {
                    throw new IOException(result.errors() + " overwrites were refused");
                }
            }
            double took = (System.nanoTime() - startNs) / 1e9;
            System.out.printf(Locale.ROOT, "%.0f overwrites a second for %.1f s; ", ticks * perTick / took, took);
        }
    }

    /** The stops in a safepoint log, in milliseconds. */
    static List<Double> stopsMs(Path log) throws IOException {
        List<Double> stops = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            Matcher matcher = STOP.matcher(line);
            if (matcher.find()) {
                stops.add(Long.parseLong(matcher.group(1)) / 1e6);
            }
        }
        return stops;
    }

    private static double max(List<Double> stops, int from) {
        return stops.stream().skip(from).mapToDouble(Double::doubleValue).max().orElse(0);
    }
}
