package io.kdb.tools.bench;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server under measurement, alone on one core with all its threads. Owner: the main thread. */
final class BenchServer implements AutoCloseable {
    private static final String CORE = "0";
    private static final int START_SECONDS = 30;
    private static final int POLL_MS = 20;
    private static final int TIMEOUT_MS = 60_000;
    private static final int TICKS_PER_SECOND = 100;
    /** Of /proc/stat's numbers, that of idle ticks, before those of waiting for a disk. */
    private static final int IDLE_FIELD = 3;
    /** Those from here on are counted among the ones before. */
    private static final int GUEST_FIELD = 8;

    private final Process process;
    private final Address address;
    private final Path log;

    private BenchServer(Process process, Address address, Path log) {
        this.process = process;
        this.address = address;
        this.log = log;
    }

    /** Starts {@code program} with the port and nothing saved, in {@code folder}, and waits until it answers. */
    static BenchServer start(List<String> program, int port, Path folder) throws IOException, InterruptedException {
        return start(program, port, folder, Map.of());
    }

    /** As {@link #start(List, int, Path)}, with these variables in the program's environment. */
    static BenchServer start(List<String> program, int port, Path folder, Map<String, String> environment)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path log = folder.resolve("server.log");
        List<String> command = new ArrayList<>(List.of("taskset", "-c", CORE));
        command.addAll(program);
        command.addAll(List.of(
                "--port", Integer.toString(port), "--bind", "127.0.0.1", "--dir", folder.toString(), "--save", ""));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // What the launcher would make beside the server, on the same core, would be measured with it.
        builder.environment().put("KDB_CDS", "now");
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        BenchServer server = new BenchServer(process, new Address("127.0.0.1", port), log);
        boolean ready = false;
        try {
            server.awaitReady();
            ready = true;
            return server;
        } finally {
            if (!ready) {
                server.close();
            }
        }
    }

    Address address() {
        return address;
    }

    /** INFO's used_memory. */
    long usedMemoryBytes() throws IOException {
        return Long.parseLong(info("memory", "used_memory"));
    }

    /** A field of INFO. */
    String info(String section, String field) throws IOException {
        try (RespConnection connection = RespConnection.open(address, TIMEOUT_MS)) {
            Reply reply = connection.call("INFO", section);
            for (String line : reply.text().split("\r\n", -1)) {
                if (line.startsWith(field + ":")) {
                    return line.substring(field.length() + 1);
                }
            }
            throw new IOException(
                    "INFO " + section + " has no " + field + (reply.text().isEmpty() ? "" : ": " + reply.text()));
        }
    }

    /** What the process keeps in memory, as the kernel counts it. */
    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        throw new IOException("no VmRSS of process " + process.pid());
    }

    /** Processor time the process has used so far, in seconds: fields 14 and 15 of its {@code stat}. */
    double processorSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / (double) TICKS_PER_SECOND;
    }

    /** Runs a load of {@code requests} against this server and tells what it cost both sides. */
    Cost cost(long requests, Run load) throws IOException, InterruptedException {
        double before = processorSeconds();
        long[] clientBefore = clientTicks();
        double rate = load.perSecond();
        double used = processorSeconds() - before;
        long[] client = clientTicks();
        double clientPercent = 100.0 * (client[0] - clientBefore[0]) / Math.max(1, client[1] - clientBefore[1]);
        return new Cost(rate, used * 1e6 / requests, 100 * used * rate / requests, clientPercent);
    }

    /** Of the client's core: the ticks in which it did something, and all ticks; from the kernel's count since it started. */
    private static long[] clientTicks() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
            if (line.startsWith("cpu" + RedisBenchmark.CORE + " ")) {
                long[] ticks = Arrays.stream(line.split(" +", -1))
                        .skip(1)
                        .mapToLong(Long::parseLong)
                        .toArray();
                long all = Arrays.stream(ticks).limit(GUEST_FIELD).sum();
                return new long[] {all - ticks[IDLE_FIELD] - ticks[IDLE_FIELD + 1], all};
            }
        }
        throw new IOException("no core " + RedisBenchmark.CORE + " in /proc/stat");
    }

    /** A load that tells its requests per second. */
    interface Run {
        double perSecond() throws IOException, InterruptedException;
    }

    /**
     * What a load was for the server.
     *
     * @param perSecond requests per second, as the client counts them
     * @param micros the server's processor time per request, in microseconds
     * @param corePercent how much of its core the server used: far below 100, the client was the bound
     * @param clientPercent how much of the client's core was used, whoever used it: near 100, the client was the bound
     */
    record Cost(double perSecond, double micros, double corePercent, double clientPercent) {}

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }

    private void awaitReady() throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (RespConnection connection = RespConnection.open(address, TIMEOUT_MS)) {
                if (connection.call("PING").text().equals("PONG")) {
                    return;
                }
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadlineNs) {
                    throw new IOException("the server does not answer; see " + log, e);
                }
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }
}
