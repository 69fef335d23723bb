package io.kdb.compat.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisClusterException;
import redis.clients.jedis.util.SafeEncoder;

/** One node's process and folder. Owner: the test. */
final class ClusterNode {
    private static final int TIMEOUT_MS = 30_000;
    private static final long STOP_SECONDS = 60;

    private final int port;
    private final Path directory;
    private final List<String> options;
    private Path configFile;
    private Process process;
    private String id = "";

    ClusterNode(int port, Path directory, List<String> options) {
        this.port = port;
        this.directory = directory;
        this.options = options;
    }

    /** Starts the process, again perhaps; it answers some time later. */
    void start() throws IOException {
        Files.createDirectories(directory);
        List<String> words = new ArrayList<>(LocalCluster.java());
        words.add("server");
        if (configFile != null) {
            words.add(configFile.toString());
        }
        words.addAll(List.of("--port", String.valueOf(port), "--dir", directory.toString()));
        words.addAll(List.of("--bind", "127.0.0.1", "--cluster-enabled", "yes", "--enable-debug-command", "local"));
        words.addAll(List.of("--repl-diskless-sync-delay", "0", "--save", ""));
        words.addAll(options);
        process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log()))
                .start();
    }

    /** To be read before its options. */
    void configFile(Path file) {
        configFile = file;
    }

    private File log() {
        return directory.resolve("log").toFile();
    }

    /** The last lines that it logged. */
    String lastLog() throws IOException {
        List<String> lines = Files.readAllLines(log().toPath(), StandardCharsets.ISO_8859_1);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    int port() {
        return port;
    }

    boolean runs() {
        return process != null && process.isAlive();
    }

    /** kill -9; done once it has ended. */
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    /** kill -9, where nobody waits for the end. */
    void destroy() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** SIGSTOP: it does nothing until {@link #goOn}. */
    void stop() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** SIGCONT. */
    void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("kill -" + name + " " + process.pid() + ": exit code " + exit);
        }
    }

    /** Ends it as an operator would. */
    void shutdown() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            kill();
        }
    }

    /** Of a process that ends by itself. */
    int exitCode() throws IOException, InterruptedException {
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(this + " does not end: " + lastLog());
        }
        return process.exitValue();
    }

    Path directory() {
        return directory;
    }

    Jedis connect() {
        return new Jedis("127.0.0.1", port, TIMEOUT_MS);
    }

    /** One command on a connection of its own; texts, numbers and lists as they come, an error as an exception. */
    Object call(String... words) {
        try (Jedis jedis = connect()) {
            return call(jedis, words);
        }
    }

    static Object call(Jedis jedis, String... words) {
        ProtocolCommand name = () -> SafeEncoder.encode(words[0]);
        String[] arguments = List.of(words).subList(1, words.length).toArray(new String[0]);
        return SafeEncoder.encodeObject(jedis.sendCommand(name, arguments));
    }

    /** As {@link #call}, again while the answer is CLUSTERDOWN: a busy machine may cost a node its lease for a moment. */
    static Object callUntilServed(Jedis jedis, long limitMs, String... words) throws InterruptedException {
        Object[] reply = {null};
        Await.until(
                limitMs,
                () -> {
                    try {
                        reply[0] = call(jedis, words);
                        return true;
                    } catch (JedisClusterException e) {
                        if (!e.getMessage().startsWith("CLUSTERDOWN")) {
                            throw e;
                        }
                        return false;
                    }
                },
                () -> String.join(" ", words) + ": CLUSTERDOWN");
        return reply[0];
    }

    /** A section's fields, of INFO or of CLUSTER INFO. */
    Map<String, String> info(String... words) {
        Map<String, String> fields = new HashMap<>();
        for (String line : call(words).toString().split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return fields;
    }

    long stat(String name) {
        return Long.parseLong(info("INFO", "stats").get(name));
    }

    String id() {
        if (id.isEmpty()) {
            id = call("CLUSTER", "MYID").toString();
        }
        return id;
    }

    boolean isPrimary() {
        return info("INFO", "replication").get("role").equals("master");
    }

    @Override
    public String toString() {
        return "node " + port;
    }
}
