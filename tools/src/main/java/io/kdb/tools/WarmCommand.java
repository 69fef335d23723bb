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
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
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

    @Parameters(paramLabel = "server|tool")
    private String what;

    @Override
    public Integer call() throws IOException, ConfigFileError {
        if (what.equals("server")) {
            warmServer();
        } else {
            KdbCommand.commandLine().parseArgs("cli", "-p", "1", "GET", "key");
            KdbCommand.commandLine().parseArgs("status");
        }
        return 0;
    }

    /** A node of a cluster of one, in a folder that is gone afterwards. */
    private static void warmServer() throws IOException, ConfigFileError {
        OptionalInt port = PortBlock.find(FIRST_PORT, 1, PortBlock::isFree);
        if (port.isEmpty()) {
            throw new IOException("no free port from " + FIRST_PORT + " on");
        }
        ServerLog.install(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
        Path folder = Files.createTempDirectory("kdb-warm");
        try {
            ServerConfig config = ServerConfig.load(
                    List.of(
                            "--port",
                            Integer.toString(port.getAsInt()),
                            "--bind",
                            ClusterLayout.HOST,
                            "--dir",
                            folder.toString(),
                            "--cluster-enabled",
                            "yes",
                            "--io-threads",
                            "1"),
                    System.in);
            try (KdbServer server = KdbServer.start(config);
                    RespConnection connection =
                            RespConnection.open(new Address(ClusterLayout.HOST, server.port()), 2000)) {
                for (String command :
                        List.of("HELLO 3", "CLUSTER INFO", "CLUSTER NODES", "INFO", "SET k v", "GET k", "DEL k")) {
                    connection.call(command.split(" ", -1));
                }
            }
        } finally {
            delete(folder);
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
