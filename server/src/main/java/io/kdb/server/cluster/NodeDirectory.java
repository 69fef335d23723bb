package io.kdb.server.cluster;

import io.kdb.cluster.topology.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of one cluster node, which it keeps for itself while it runs: dump files of two nodes in one folder would
 * replace each other. Owner: the server, which closes it.
 *
 * <p>Note: the lock file stays when the node ends; the lock does not, however it ends.
 */
public final class NodeDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);
    private static final String LOCK = "cluster.lock";
    private static final String CONTROL = "cluster-";
    private static final String NODE_ID = "node-id";

    private final FileChannel channel;

    private NodeDirectory(FileChannel channel) {
        this.channel = channel;
    }

    /** Where the node of a port keeps what it knows of its cluster. */
    static Path control(Path directory, int port) {
        return directory.resolve(CONTROL + port);
    }

    /**
     * Takes the folder for the node of this port.
     *
     * @throws IOException when another node uses it, or has left its data there; logged, as one line that names it
     */
    public static NodeDirectory open(Path directory, int port) throws IOException {
        try {
            return lock(directory, port);
        } catch (IOException e) {
            LOG.warn("{}", e.getMessage());
            throw e;
        }
    }

    private static NodeDirectory lock(Path directory, int port) throws IOException {
        Path file = directory.resolve(LOCK);
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("Can't open " + file + " in order to acquire a lock: " + e, e);
        }
        boolean opened = false;
        try {
            if (!isLocked(channel)) {
                throw new IOException("Sorry, the directory " + directory
                        + " is already used by a different cluster node. Please make sure that different nodes use"
                        + " different directories (--dir).");
            }
            Path other = otherNode(directory, port);
            if (other != null) {
                throw new IOException("Sorry, the directory " + directory + " holds the data of another cluster node: "
                        + other + " (expected: " + control(directory, port).getFileName()
                        + "). Please start that node there, or this one in a directory of its own (--dir).");
            }
            checkOwnId(control(directory, port).resolve(NODE_ID));
            opened = true;
            return new NodeDirectory(channel);
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    /** Until the channel is closed. */
    @SuppressWarnings("UnusedException") // what it says is that the lock is held, by a node in this process
    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException held) {
            return false;
        }
    }

    /** A file that says who this node is must say it. */
    private static void checkOwnId(Path file) throws IOException {
        if (Files.exists(file)
                && !NodeId.isValid(
                        Files.readString(file, StandardCharsets.ISO_8859_1).trim())) {
            throw new IOException(
                    "The node id file " + file + " is corrupt (expected: " + NodeId.LENGTH
                            + " hex digits). Please put the node's id back, or start a new node in a directory of its own (--dir).");
        }
    }

    /** The node id file of another port's node, or null. */
    private static Path otherNode(Path directory, int port) throws IOException {
        Path mine = control(directory, port);
        List<Path> controls;
        try (Stream<Path> files = Files.list(directory)) {
            controls = files.filter(file -> file.getFileName().toString().matches(CONTROL + "\\d+"))
                    .toList();
        }
        return controls.stream()
                .filter(control -> !control.equals(mine))
                .map(control -> control.resolve(NODE_ID))
                .filter(Files::exists)
                .findFirst()
                .orElse(null);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
