package io.kdb.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server process under test: a real Redis 7.0.15 or a kdb. Owner: the test that started it, which closes it. */
public final class RunningServer implements AutoCloseable {
    private static final long STOP_SECONDS = 60;
    private static final long START_MS = 60_000;

    private final String name;
    private final int port;
    private final Path directory;
    private final Process process;

    private RunningServer(String name, int port, Path directory, Process process) {
        this.name = name;
        this.port = port;
        this.directory = directory;
        this.process = process;
    }

    /** A Redis with these options, on a free port, in a folder of its own. */
    public static RunningServer redis(String... options) throws IOException, InterruptedException {
        return start("redis", List.of(redisExecutable().toString()), freePort(options), options);
    }

    /** A Redis that reads this file first. */
    static RunningServer redisWith(Path file, int port, String... options) throws IOException, InterruptedException {
        return start("redis", List.of(redisExecutable().toString(), file.toString()), port, options);
    }

    /** A kdb with these options, on a free port, in a folder of its own. */
    public static RunningServer kdb(String... options) throws IOException, InterruptedException {
        return start("kdb", kdbCommand(), freePort(options), options);
    }

    /** A node's cluster port must be free as well. */
    private static int freePort(String... options) throws IOException {
        boolean clustered = List.of(options).contains("--cluster-enabled");
        return clustered ? FreePort.inCluster(1).get(0) : FreePort.next();
    }

    /** As {@link #kdb}, with the collector and the regions of the launcher and a heap of so many MB. */
    static RunningServer smallKdb(int heapMb, String... options) throws IOException, InterruptedException {
        List<String> words = NodeCommand.kdb(heapMb);
        words.remove("-XX:+UseSerialGC");
        words.addAll(
                1,
                List.of(
                        "-XX:+UseG1GC",
                        "-XX:G1HeapRegionSize=1m",
                        "-Dkdb.region.bytes=1048576",
                        "-XX:MaxDirectMemorySize=24m"));
        words.add("server");
        return start("kdb", words, FreePort.next(), options);
    }

    static List<String> kdbCommand() {
        List<String> words = NodeCommand.kdb(256);
        words.add("server");
        return words;
    }

    private static RunningServer start(String name, List<String> command, int port, String... options)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("kdb-compat-");
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of(
                "--port", String.valueOf(port), "--dir", directory.toString(), "--save", "", "--bind", "127.0.0.1"));
        words.addAll(List.of(options));
        Path log = directory.resolve(name + ".log");
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        RunningServer server = new RunningServer(name, port, directory, process);
        server.awaitReady(log);
        return server;
    }

    private void awaitReady(Path log) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MS);
        while (!Files.readString(log, StandardCharsets.ISO_8859_1).contains("Ready to accept connections")) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new IOException(name + " did not start: " + Files.readString(log, StandardCharsets.ISO_8859_1));
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** The executable in embedded-redis' jar for this machine, unpacked once. */
    static Path redisExecutable() throws IOException {
        boolean mac = System.getProperty("os.name").startsWith("Mac");
        boolean arm = System.getProperty("os.arch").matches("aarch64|arm64");
        String resource = "/redis-server-7.0.15-" + (mac ? "darwin" : "linux") + (arm ? "-arm64" : "-amd64");
        Path target = Path.of(System.getProperty("java.io.tmpdir"), "kdb-compat-" + resource.substring(1));
        if (Files.isExecutable(target)) return target;
        Path fresh = Files.createTempFile("redis-server", ".new");
        try (InputStream in = RunningServer.class.getResourceAsStream(resource)) {
            if (in == null) throw new IOException(resource + " is not in embedded-redis' jar");
            Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
        }
        if (!fresh.toFile().setExecutable(true)) throw new IOException("cannot make " + fresh + " executable");
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return target;
    }

    /** Runs a server that is expected to exit by itself and returns its output; one that starts is stopped at once. */
    static String output(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        StringBuilder text = new StringBuilder();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                text.append(line).append('\n');
                if (line.contains("Ready to accept connections")) process.destroy();
            }
        }
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
        return text.toString();
    }

    RespClient connect() throws IOException {
        return new RespClient(port);
    }

    public int port() {
        return port;
    }

    public Path directory() {
        return directory;
    }

    Process process() {
        return process;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
