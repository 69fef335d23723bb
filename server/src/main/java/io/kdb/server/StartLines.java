package io.kdb.server;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.Node;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node logs when it starts, in the lines that scripts know from Redis. Stateless. */
final class StartLines {
    private static final Logger LOG = LoggerFactory.getLogger(StartLines.class);

    private static final String LOGO = """


                 _        _ _
                | | __ __| | |__      kdb %s (Redis %s), Java %s
                | |/ // _` | '_ \\
                |   <| (_| | |_) |     Running in %s mode
                |_|\\_\\\\__,_|_.__/      Port: %d
                                      PID: %d

                """;

    private StartLines() {}

    /** Once the configuration is read. */
    static void configured(ServerConfig config) {
        long pid = ProcessHandle.current().pid();
        LOG.warn(
                "kdb version={}, Redis version={}, Java={}, pid={}, just started",
                Node.KDB_VERSION,
                ServerConfig.REDIS_VERSION,
                System.getProperty("java.version"),
                pid);
        LOG.warn(
                config.file().isPresent()
                        ? "Configuration loaded"
                        : "Warning: no config file specified, using the default config.");
        List<String> ineffective = config.ineffective();
        if (!ineffective.isEmpty()) {
            LOG.warn(
                    "Parameters that have no effect in kdb (docs/differences.md says why): {}",
                    String.join(", ", ineffective));
        }
    }

    /** Once the port is bound. */
    static void serving(ServerConfig config, int port) {
        String mode = config.get(Parameters.CLUSTER_ENABLED) ? "cluster" : "standalone";
        if (config.get(Parameters.ALWAYS_SHOW_LOGO)) {
            LOG.info(LOGO.formatted(
                    Node.KDB_VERSION,
                    ServerConfig.REDIS_VERSION,
                    System.getProperty("java.version"),
                    mode,
                    port,
                    ProcessHandle.current().pid()));
        } else {
            LOG.info("Running mode={}, port={}.", mode, port);
        }
        LOG.warn("Server initialized");
    }

    /** Once the data is there and commands are served. */
    static void ready() {
        LOG.info("Ready to accept connections");
    }
}
