package io.kdb.tools;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file with this process' number: written when asked for, and by every daemon, as in Redis. Immutable. */
final class PidFile {
    private static final Logger LOG = LoggerFactory.getLogger(PidFile.class);
    private static final String DAEMON_DEFAULT = "/var/run/redis.pid";

    /** Null: none. */
    private final Path path;

    private PidFile(Path path) {
        this.path = path;
    }

    static PidFile of(ServerConfig config) {
        String asked = config.get(Parameters.PIDFILE);
        if (asked == null || asked.isEmpty()) {
            return new PidFile(config.get(Parameters.DAEMONIZE) ? Path.of(DAEMON_DEFAULT) : null);
        }
        return new PidFile(config.current().path(Parameters.PIDFILE));
    }

    /** Writes the file; where that is not possible the log says so and the node runs on, as in Redis. */
    void write() {
        if (path != null) {
            try {
                Files.writeString(path, ProcessHandle.current().pid() + "\n");
            } catch (IOException e) {
                LOG.warn("Failed to write PID file: {}", e.toString());
            }
        }
    }

    void remove() {
        if (path != null) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                LOG.warn("Failed to remove PID file: {}", e.toString());
            }
        }
    }
}
