package io.kdb.tools.local;

import io.kdb.tools.client.Address;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** What a local cluster was made as: it does not change while its folder exists. Immutable. */
public record ClusterLayout(int nodes, int replicas, int port) {
    /** The host every local node binds to. */
    public static final String HOST = "127.0.0.1";

    /** A node's cluster port is its client port plus this. */
    public static final int BUS_PORT_DISTANCE = 10_000;

    private static final String FILE = "cluster.properties";

    public ClusterLayout {
        check("nodes", nodes, 1, 100);
        check("replicas", replicas, 0, 5);
        check("port", port, 1, 65535 - BUS_PORT_DISTANCE - nodes + 1);
        if (nodes < replicas + 1) {
            throw new IllegalArgumentException(
                    "nodes: " + nodes + " (expected: at least " + (replicas + 1) + " for " + replicas + " replicas)");
        }
    }

    /** The layout kept in {@code folder}; empty when there is none yet. */
    public static Optional<ClusterLayout> load(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        }
        try {
            return Optional.of(new ClusterLayout(
                    number(properties, "nodes"), number(properties, "replicas"), number(properties, "port")));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** Keeps the layout in {@code folder}; a crash leaves the old file or the new one. */
    public void save(Path folder) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("nodes", Integer.toString(nodes));
        properties.setProperty("replicas", Integer.toString(replicas));
        properties.setProperty("port", Integer.toString(port));
        Path written = folder.resolve(FILE + ".new");
        try (Writer writer = Files.newBufferedWriter(written, StandardCharsets.UTF_8)) {
            properties.store(writer, "The cluster that kdb up made in this folder");
        }
        Files.move(written, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The nodes' addresses, the first node first. */
    public List<Address> addresses() {
        List<Address> addresses = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            addresses.add(new Address(HOST, port + i));
        }
        return addresses;
    }

    /** How many shards that many nodes make; nodes left over are spare replicas. */
    public int shards() {
        return Math.max(1, nodes / (1 + replicas));
    }

    private static int number(Properties properties, String name) {
        String text = properties.getProperty(name, "");
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + ": " + text + " (expected: a number)", e);
        }
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + min + " to " + max + ")");
        }
    }
}
