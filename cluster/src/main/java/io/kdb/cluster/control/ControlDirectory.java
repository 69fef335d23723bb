package io.kdb.cluster.control;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The control plane's files beside the engine's: who this node is, which generation it knows, which groups were being
 * made or removed, where the others are. Every file is replaced whole and is on disk when the method returns.
 * Thread-safe.
 *
 * <pre>
 * node-id     the node's id, born with the directory
 * starts      how often a process was started here: its incarnation
 * note        the highest generation known in force
 * peers       addresses of the others
 * reset       the cluster is being forgotten
 * G.new       group G is being made; G.dead: it is being removed
 * raft/G/     the engine's own
 * </pre>
 */
final class ControlDirectory implements AutoCloseable {
    static final String NEW = ".new";
    static final String DEAD = ".dead";

    private final Path path;
    private final FileChannel lockChannel;

    private ControlDirectory(Path path, FileChannel lockChannel) {
        this.path = path;
        this.lockChannel = lockChannel;
    }

    /** Opens, or makes, a directory; refuses one that another process uses. */
    static ControlDirectory open(Path path) throws ControlStartException {
        Path file = path.resolve("lock");
        try {
            Files.createDirectories(path.resolve("raft"));
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = null;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                channel.close();
                throw new ControlStartException("data directory in use: " + file, e);
            }
            if (lock == null) {
                channel.close();
                throw new ControlStartException("data directory in use by another process: " + file);
            }
            return new ControlDirectory(path, channel);
        } catch (ControlStartException e) {
            throw e;
        } catch (IOException e) {
            throw new ControlStartException("control directory cannot be used: " + path + ": " + e, e);
        }
    }

    Path raft() {
        return path.resolve("raft");
    }

    Path removed() {
        return path.resolve("removed");
    }

    Path groupPath(GroupId id) {
        return raft().resolve(id.toString());
    }

    /** The node's id: the one on disk; else {@code wanted}, or a new one. */
    String nodeId(String wanted) throws ControlStartException {
        Path file = path.resolve("node-id");
        byte[] bytes = read(file);
        if (bytes == null) {
            String id = wanted == null ? newId() : wanted;
            write(file, (id + "\n").getBytes(StandardCharsets.US_ASCII));
            return id;
        }
        String id = new String(bytes, StandardCharsets.US_ASCII).trim();
        if (!id.matches("[0-9A-Za-z_.-]{1,64}")) {
            throw new ControlStartException("corrupt node id file: " + file);
        }
        if (wanted != null && !wanted.equals(id)) {
            throw new ControlStartException(
                    "data directory of another node: " + file + " says " + id + " (expected: " + wanted + ")");
        }
        return id;
    }

    static String newId() {
        return (UUID.randomUUID().toString() + UUID.randomUUID())
                .replace("-", "")
                .substring(0, 40);
    }

    /** Counts this start and answers its number. */
    long nextStart() throws ControlStartException {
        Path file = path.resolve("starts");
        byte[] bytes = read(file);
        long starts = 0;
        if (bytes != null) {
            try {
                starts = Long.parseLong(new String(bytes, StandardCharsets.US_ASCII).trim());
            } catch (NumberFormatException e) {
                throw new ControlStartException("corrupt file: " + file + ": not a number", e);
            }
        }
        write(file, (starts + 1 + "\n").getBytes(StandardCharsets.US_ASCII));
        return starts + 1;
    }

    /** The note, or null. */
    Note note() throws ControlStartException {
        Path file = path.resolve("note");
        byte[] bytes = read(file);
        try {
            return bytes == null ? null : Note.decode(bytes);
        } catch (WireException e) {
            throw new ControlStartException("corrupt note of the generation: " + file + ": " + e.getMessage(), e);
        }
    }

    void note(Note note) throws ControlStartException {
        write(path.resolve("note"), note.encode());
    }

    Map<String, InetSocketAddress> peers() throws ControlStartException {
        Path file = path.resolve("peers");
        byte[] bytes = read(file);
        Map<String, InetSocketAddress> peers = new TreeMap<>();
        if (bytes != null) {
            for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
                String[] words = line.split(" ", -1);
                if (words.length == 3 && words[2].matches("[0-9]{1,5}")) {
                    peers.put(words[0], InetSocketAddress.createUnresolved(words[1], Integer.parseInt(words[2])));
                }
            }
        }
        return peers;
    }

    void peers(Map<String, InetSocketAddress> peers) throws ControlStartException {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(peers).forEach((id, address) -> text.append(id)
                .append(' ')
                .append(address.getHostString())
                .append(' ')
                .append(address.getPort())
                .append('\n'));
        write(path.resolve("peers"), text.toString().getBytes(StandardCharsets.UTF_8));
    }

    void mark(GroupId id, String kind) throws IOException {
        write(path.resolve(id + kind), new byte[0]);
    }

    void unmark(GroupId id, String kind) throws IOException {
        Files.deleteIfExists(path.resolve(id + kind));
        sync(path);
    }

    /** Removes groups whose making or removing was cut short; before the engine starts. */
    void cleanUp() throws ControlStartException {
        List<Path> markers = new ArrayList<>();
        try (Stream<Path> files = Files.list(path)) {
            files.filter(f -> f.toString().endsWith(NEW) || f.toString().endsWith(DEAD))
                    .forEach(markers::add);
        } catch (IOException e) {
            throw new ControlStartException("control directory cannot be read: " + path + ": " + e, e);
        }
        try {
            for (Path marker : markers) {
                String name = marker.getFileName().toString();
                RatisHost.delete(raft().resolve(name.substring(0, name.lastIndexOf('.'))));
                sync(raft());
                Files.delete(marker);
            }
            RatisHost.delete(removed());
        } catch (IOException e) {
            throw new ControlStartException("left-over group cannot be removed: " + e, e);
        }
    }

    /** Ids of the groups on disk. */
    List<GroupId> groups() throws ControlStartException {
        List<GroupId> ids = new ArrayList<>();
        try (Stream<Path> dirs = Files.list(raft())) {
            for (Path dir : dirs.toList()) {
                try {
                    ids.add(GroupId.of(UUID.fromString(dir.getFileName().toString())));
                } catch (IllegalArgumentException e) {
                    throw new ControlStartException("corrupt control log: " + dir + " is no group", e);
                }
            }
        } catch (ControlStartException e) {
            throw e;
        } catch (IOException e) {
            throw new ControlStartException("control directory cannot be read: " + path + ": " + e, e);
        }
        return ids;
    }

    /** Removes groups that the note says are over, or another cluster's. */
    void dropOld(Note note) throws ControlStartException {
        for (GroupId id : groups()) {
            if (id.generation() < note.group().generation()
                    || id.cluster() != note.group().cluster()) {
                try {
                    mark(id, DEAD);
                } catch (IOException e) {
                    throw new ControlStartException("old group cannot be removed: " + e, e);
                }
            }
        }
        cleanUp();
    }

    /** Forgets the cluster this node was part of; for a hard reset its id as well. */
    void wipe(boolean hard) throws ControlStartException {
        write(path.resolve("reset"), new byte[] {(byte) (hard ? 'h' : 's')});
        finishReset();
    }

    /** Finishes a reset that was cut short, if there is one. */
    void finishReset() throws ControlStartException {
        byte[] reset = read(path.resolve("reset"));
        if (reset == null) {
            return;
        }
        boolean hard = reset.length == 1 && reset[0] == 'h';
        try {
            RatisHost.delete(raft());
            Files.createDirectories(raft());
            Files.deleteIfExists(path.resolve("peers"));
            if (hard) {
                Files.deleteIfExists(path.resolve("node-id"));
            }
            Files.deleteIfExists(path.resolve("note"));
            sync(path);
            Files.delete(path.resolve("reset"));
            sync(path);
        } catch (IOException e) {
            throw new ControlStartException("control directory cannot be emptied: " + path + ": " + e, e);
        }
    }

    private byte[] read(Path file) throws ControlStartException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new ControlStartException("file cannot be read: " + file + ": " + e, e);
        }
    }

    private synchronized void write(Path file, byte[] bytes) throws ControlStartException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                channel.write(java.nio.ByteBuffer.wrap(bytes));
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            sync(file.getParent());
        } catch (IOException e) {
            throw new ControlStartException("file cannot be written: " + file + ": " + e, e);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void close() {
        try {
            lockChannel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
