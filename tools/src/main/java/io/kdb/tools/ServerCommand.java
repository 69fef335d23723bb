package io.kdb.tools;

import io.kdb.server.KdbServer;
import io.kdb.server.commands.Commands;
import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.MemorySize;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.ServerLog;
import io.kdb.server.dispatch.CommandSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code kdb server [file] [--name value...]}: one node, its arguments read as redis-server reads them. It stays away from
 * picocli: the parameters are not options in its sense, and a node starts faster without it.
 */
final class ServerCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

    private static final int OUT_OF_MEMORY_STATUS = 3;

    private ServerCommand() {}

    /** Runs the node until it is shut down; the exit status. */
    static int run(List<String> arguments) throws InterruptedException, IOException {
        if (!arguments.isEmpty()
                && (arguments.get(0).equals("--help") || arguments.get(0).equals("-h"))) {
            System.out.println("Usage: kdb server [config-file] [-] [--port 6379] [--name value]...");
            System.out.println("A redis.conf and options with the same names; '-' reads more lines from the input.");
            System.out.println("kdb's own: --join host:port, --io auto|io_uring|epoll|nio, --cluster-replicas n.");
            return 0;
        }
        ServerLog serverLog = ServerLog.install(System.out);
        Thread.setDefaultUncaughtExceptionHandler(ServerCommand::ended);
        byte[] input = arguments.contains("-") ? System.in.readAllBytes() : new byte[0];
        ServerConfig config;
        try {
            config = ServerConfig.load(arguments, new ByteArrayInputStream(input));
            config.checkRenames(Commands.ALL.stream()
                    .flatMap(List::stream)
                    .map(CommandSpec::name)
                    .toList());
        } catch (ConfigFileError e) {
            if (e.isLogLine()) {
                LOG.warn(e.getMessage());
            } else {
                System.err.println(e.getMessage());
            }
            return 1;
        }
        Optional<String> refusal = memoryRefusal(
                config.get(Parameters.MAXMEMORY), Runtime.getRuntime().maxMemory());
        if (refusal.isPresent()) {
            System.err.println(refusal.get());
            return 1;
        }
        if (config.get(Parameters.DAEMONIZE) && !Daemon.isDaemon()) {
            return Daemon.start(arguments, input, config);
        }
        serverLog.follow(config);
        return serve(config, serverLog);
    }

    private static int serve(ServerConfig config, ServerLog serverLog) throws InterruptedException {
        PidFile pidFile = PidFile.of(config);
        StopSignals signals = StopSignals.install();
        KdbServer server;
        try {
            server = KdbServer.open(config);
        } catch (IOException e) {
            // The server has logged what it could not do.
            return 1;
        }
        serverLog.role(() -> server.node().isReplica() ? 'S' : 'M');
        signals.started(server);
        pidFile.write();
        // A client that sees its connection end does not find the file any more.
        server.whenClosing(pidFile::remove);
        AtomicBoolean ended = new AtomicBoolean();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.terminate();
                            pidFile.remove();
                            if (!ended.get()) {
                                // SIGTERM or SIGINT: as in Redis a stop that was asked for is no failure.
                                Runtime.getRuntime().halt(0);
                            }
                        },
                        "shutdown"));
        Daemon.announce();
        int status = 0;
        try {
            server.load();
            server.awaitClose();
        } catch (IOException e) {
            status = 1;
        }
        ended.set(true);
        return status;
    }

    /** Why this maxmemory cannot be kept: it must fit into the heap, which is fixed when the JVM starts. */
    static Optional<String> memoryRefusal(long maxmemory, long heapBytes) {
        return maxmemory <= heapBytes
                ? Optional.empty()
                : Optional.of("maxmemory: " + MemorySize.format(maxmemory) + " (expected: at most " + (heapBytes >> 20)
                        + "mb, the heap that fits this machine; KDB_JVM_OPTS=-Xmx... sets another)");
    }

    /** A thread ended by a fault. Without memory the node ends as a whole: half of one would serve nobody, a replica does. */
    private static void ended(Thread thread, Throwable fault) {
        if (fault instanceof OutOfMemoryError) {
            try {
                System.err.println("Out of memory: the heap is exhausted, the node ends");
            } finally {
                Runtime.getRuntime().halt(OUT_OF_MEMORY_STATUS);
            }
        }
        LOG.error("{}: ended by a fault", thread.getName(), fault);
    }
}
