package io.kdb.server.cluster;

import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.MalformedRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On disk, while this node has left its own cluster for another but is no member there yet: the record that makes it one.
 * Thread-safe: there is one join at a time.
 */
final class JoinNote {
    private static final Logger LOG = LoggerFactory.getLogger(JoinNote.class);

    private final Path file;

    /** {@code directory}: where the node keeps what it knows of its cluster. */
    JoinNote(Path directory) {
        file = directory.resolve("joining");
    }

    void write(ClusterRecord.NodeJoin record) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.write(
                temporary,
                record.encode(),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.DSYNC);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Null when this node is not on its way into a cluster. */
    ClusterRecord.NodeJoin read() {
        try {
            return ClusterRecord.decode(Files.readAllBytes(file)) instanceof ClusterRecord.NodeJoin join ? join : null;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | MalformedRecord e) {
            LOG.warn("{}: {}", file, e.getMessage());
            return null;
        }
    }

    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // The same record once more, at the next start, does no harm.
            LOG.warn("{}: {}", file, e.getMessage());
        }
    }
}
