package io.kdb.tools;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.ServerLog;
import io.kdb.tools.client.Address;
import io.kdb.tools.client.RespConnection;
import io.kdb.tools.local.ClusterLayout;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * What the launcher runs while the JVM notes the classes for its archive: a node or a tool that goes through the motions
 * of its start, says nothing and ends.
 */
@Command(name = "warm", hidden = true)
final class WarmCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 42_000;
    /** Two that warm up at the same time begin to look for ports at different places. */
    private static final int STARTS = 500;

    private static final int TIMEOUT_MS = 2000;
    private static final int REPLICA_SECONDS = 10;
    private static final int POLL_MS = 50;

    @Parameters(paramLabel = "server|tool")
    private String what;

    @Override
    public Integer call() throws IOException, ConfigFileError, InterruptedException {
        if (what.equals("server")) {
            warmServer();
        } else {
            KdbCommand.commandLine().parseArgs("cli", "-p", "1", "GET", "key");
            KdbCommand.commandLine().parseArgs("status");
        }
        return 0;
    }

    /** A primary and the replica that joins it, in folders that are gone afterwards. */
    private static void warmServer() throws IOException, ConfigFileError, InterruptedException {
        int start = FIRST_PORT + (int) (ProcessHandle.current().pid() % STARTS) * 2;
        OptionalInt port = PortBlock.find(start, 2, PortBlock::isFree);
        if (port.isEmpty()) {
            throw new IOException("no two free ports from " + FIRST_PORT + " on");
        }
        ServerLog.install(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
        Path folder = Files.createTempDirectory("kdb-warm");
        Address first = new Address(ClusterLayout.HOST, port.getAsInt());
        Address second = new Address(ClusterLayout.HOST, port.getAsInt() + 1);
        try (KdbServer primary = KdbServer.start(config(first, folder.resolve("first")))) {
            use(first);
            try (KdbServer replica =
                    KdbServer.start(config(second, folder.resolve("second"), "--join", first.toString()))) {
                awaitReplica(first);
                use(second);
            }
        } finally {
            delete(folder);
        }
    }

    private static ServerConfig config(Address address, Path folder, String... more)
            throws IOException, ConfigFileError {
        List<String> words = new ArrayList<>(List.of(
                "--port",
                Integer.toString(address.port()),
                "--bind",
                address.host(),
                "--dir",
                Files.createDirectories(folder).toString(),
                "--cluster-enabled",
                "yes",
                "--cluster-replicas",
                "1",
                "--repl-diskless-sync-delay",
                "0",
                "--io-threads",
                "1"));
        words.addAll(List.of(more));
        return ServerConfig.load(words, System.in);
    }

    private static void use(Address address) throws IOException {
        try (RespConnection connection = RespConnection.open(address, TIMEOUT_MS)) {
            for (String command :
                    List.of("HELLO 3", "CLUSTER INFO", "CLUSTER NODES", "INFO", "SET k v", "GET k", "DEL k")) {
                connection.call(command.split(" ", -1));
            }
        }
    }

    /** Waits until a replica is in sync, or long enough: an archive without one is good, too. */
    private static void awaitReplica(Address primary) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(REPLICA_SECONDS);
        try (RespConnection connection = RespConnection.open(primary, TIMEOUT_MS)) {
            while (System.nanoTime() < endNs
                    && !connection.call("INFO", "replication").text().contains("state=online")) {
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            }
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
