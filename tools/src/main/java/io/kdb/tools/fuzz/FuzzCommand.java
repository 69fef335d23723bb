package io.kdb.tools.fuzz;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.ServerLog;
import io.kdb.tools.client.Address;
import io.kdb.tools.client.RespConnection;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb fuzz}: a kdb in this process beside a redis-server, for as long as wanted or until they differ. */
@Command(
        name = "fuzz",
        description = "Sends random commands to kdb and to a redis-server 7.0.15 and compares replies and keys.",
        mixinStandardHelpOptions = true)
public final class FuzzCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 16_479;
    private static final int START_SECONDS = 20;
    private static final int POLL_MS = 20;
    private static final int TIMEOUT_MS = 10_000;
    private static final long REPORT_NS = TimeUnit.SECONDS.toNanos(10);

    @Option(
            names = {"--redis"},
            defaultValue = "/usr/bin/redis-server",
            description = "redis-server (default: ${DEFAULT-VALUE}).")
    private Path redis;

    @Option(
            names = {"--minutes"},
            defaultValue = "1",
            description = "How long (default: ${DEFAULT-VALUE}).")
    private double minutes;

    @Option(
            names = {"--seed"},
            description = "Seed of the first round; the others count up from it (default: from the clock).")
    private Long seed;

    @Option(
            names = {"--rounds"},
            defaultValue = "2147483647",
            description = "At most so many rounds of " + Fuzzer.COMMANDS + " commands.")
    private int rounds;

    @Option(
            names = {"--differences"},
            defaultValue = "1",
            description = "Go on until so many were found (default: ${DEFAULT-VALUE}).")
    private int differences;

    @Option(
            names = {"--families"},
            split = ",",
            description = "Only these families of commands.")
    private List<String> families = List.of();

    @Option(
            names = {"--log"},
            description = "A file for the log of kdb (default: none).")
    private Path log;

    @Override
    public Integer call() throws IOException, InterruptedException, ConfigFileError {
        Families.named(families);
        OutputStream out = log == null ? OutputStream.nullOutputStream() : Files.newOutputStream(log);
        ServerLog.install(new PrintStream(out, true, StandardCharsets.UTF_8));
        int port = PortBlock.find(FIRST_PORT, 2, PortBlock::isFree)
                .orElseThrow(() -> new IOException("no free ports from " + FIRST_PORT + " on"));
        Path folder = Files.createTempDirectory("kdb-fuzz");
        Process process = start(port, folder);
        try (KdbServer kdb = KdbServer.start(ServerConfig.of(
                "port " + (port + 1),
                "bind 127.0.0.1",
                "save \"\"",
                "enable-debug-command yes",
                "dir \"" + folder + "\""))) {
            return fuzz(new Fuzzer(new Address("127.0.0.1", port), new Address("127.0.0.1", kdb.port()), families));
        } finally {
            process.destroy();
            process.onExit().join();
            delete(folder);
        }
    }

    private int fuzz(Fuzzer fuzzer) throws IOException {
        long startNs = System.nanoTime();
        long endNs = startNs + (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        long reportedNs = startNs;
        long next = seed != null ? seed : System.currentTimeMillis();
        int found = 0;
        long done = 0;
        for (; done < rounds && System.nanoTime() < endNs && found < differences; done++) {
            Difference difference = fuzzer.round(next++);
            if (difference != null) {
                found++;
                System.out.println(difference.report());
            }
            if (System.nanoTime() - reportedNs > REPORT_NS) {
                reportedNs = System.nanoTime();
                report(done + 1, reportedNs - startNs, found);
            }
        }
        report(done, System.nanoTime() - startNs, found);
        return found == 0 ? 0 : 1;
    }

    private static void report(long rounds, long ns, int found) {
        long commands = rounds * Fuzzer.COMMANDS;
        System.out.printf(
                "%d commands in %d s (%d/s), %d differences%n",
                commands, TimeUnit.NANOSECONDS.toSeconds(ns), commands * 1_000_000_000L / Math.max(1, ns), found);
    }

    private Process start(int port, Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        redis.toString(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--enable-debug-command",
                        "yes",
                        "--dir",
                        folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("redis.log").toFile())
                .start();
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (RespConnection connection = RespConnection.open(new Address("127.0.0.1", port), TIMEOUT_MS)) {
                if (connection.call("PING").text().equals("PONG")) {
                    return process;
                }
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadlineNs) {
                    process.destroy();
                    throw new IOException(redis + " does not answer", e);
                }
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
