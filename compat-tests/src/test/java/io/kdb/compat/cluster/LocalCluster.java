package io.kdb.compat.cluster;

import io.kdb.compat.FreePort;
import io.kdb.compat.NodeCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Node processes on this machine, formed into a cluster by hand. Owner: the test class, which closes it. */
final class LocalCluster implements AutoCloseable {
    static final int SLOTS = 16_384;
    private static final long START_MS = 180_000;

    private final Path directory;
    private final List<ClusterNode> nodes = new CopyOnWriteArrayList<>();
    private final List<ClusterNode> dismissed = new CopyOnWriteArrayList<>();
    private final Thread killer = new Thread(this::killAll);

    private LocalCluster() throws IOException {
        directory = Files.createTempDirectory("kdb-cluster-");
        Runtime.getRuntime().addShutdownHook(killer);
    }

    /** The words in front of a subcommand. */
    static List<String> java() {
        return NodeCommand.kdb(128);
    }

    /** Starts nodes that know nothing of each other, and waits until they answer. */
    static LocalCluster start(int count, String... options) throws IOException, InterruptedException {
        LocalCluster cluster = new LocalCluster();
        boolean started = false;
        try {
            for (int port : FreePort.inCluster(count)) {
                ClusterNode node =
                        new ClusterNode(port, cluster.directory.resolve(String.valueOf(port)), List.of(options));
                cluster.nodes.add(node);
                node.start();
            }
            for (ClusterNode node : cluster.nodes) {
                cluster.awaitAnswer(node);
            }
            started = true;
            return cluster;
        } finally {
            if (!started) {
                cluster.printLogs();
                cluster.close();
            }
        }
    }

    /** A whole manual cluster: so many primaries with equal shares of the slots, so many replicas each. */
    static LocalCluster whole(int shards, int replicas, String... options) throws IOException, InterruptedException {
        LocalCluster cluster = start(shards * (1 + replicas), options);
        boolean formed = false;
        try {
            cluster.form(shards);
            formed = true;
            return cluster;
        } finally {
            if (!formed) {
                cluster.printLogs();
                cluster.close();
            }
        }
    }

    /** A whole cluster that places its slots itself: its nodes join the first, as those of {@code kdb up} do. */
    static LocalCluster placed(int count, String... options) throws IOException, InterruptedException {
        LocalCluster cluster = start(1, options);
        boolean formed = false;
        try {
            for (int i = 1; i < count; i++) {
                cluster.join(options);
            }
            for (ClusterNode node : cluster.nodes) {
                cluster.awaitAnswer(node);
            }
            cluster.awaitWhole();
            formed = true;
            return cluster;
        } finally {
            if (!formed) {
                cluster.printLogs();
                cluster.close();
            }
        }
    }

    /** Starts one node more, which joins the first; it answers some time later. */
    ClusterNode join(String... options) throws IOException {
        List<String> words = new ArrayList<>(List.of(options));
        words.addAll(List.of("--join", "127.0.0.1:" + nodes.get(0).port()));
        return add(freePort(), words.toArray(new String[0]));
    }

    /** Starts one node more, on a folder of its own. */
    ClusterNode add(int port, String... options) throws IOException {
        ClusterNode node = new ClusterNode(port, directory.resolve(port + "-" + nodes.size()), List.of(options));
        nodes.add(node);
        node.start();
        return node;
    }

    /** A port that is free, as is its cluster port, and no node's. */
    static int freePort() throws IOException {
        return FreePort.inCluster(1).get(0);
    }

    /** Counts a node that is no member any more as none; its process goes on, for clients that do not know yet. */
    void dismiss(ClusterNode node) {
        nodes.remove(node);
        dismissed.add(node);
    }

    private void form(int shards) throws InterruptedException {
        ClusterNode first = nodes.get(0);
        for (int shard = 0; shard < shards; shard++) {
            String from = String.valueOf(shard * SLOTS / shards);
            String to = String.valueOf((shard + 1) * SLOTS / shards - 1);
            nodes.get(shard).call("CLUSTER", "ADDSLOTSRANGE", from, to);
        }
        for (ClusterNode node : nodes.subList(1, nodes.size())) {
            node.call("CLUSTER", "MEET", "127.0.0.1", String.valueOf(first.port()));
        }
        for (ClusterNode node : nodes) {
            Await.until(START_MS, () -> knowsAll(node), () -> node + " knows " + nodesSeenBy(node));
        }
        for (int i = shards; i < nodes.size(); i++) {
            nodes.get(i).call("CLUSTER", "REPLICATE", nodes.get(i % shards).id());
        }
        awaitWhole();
    }

    private boolean knowsAll(ClusterNode node) {
        Map<String, String> info = node.info("CLUSTER", "INFO");
        return info.get("cluster_known_nodes").equals(String.valueOf(nodes.size()))
                && info.get("cluster_slots_ok").equals(String.valueOf(SLOTS));
    }

    void awaitAnswer(ClusterNode node) throws InterruptedException {
        Await.until(
                START_MS,
                () -> node.call("PING").equals("PONG"),
                () -> node + (node.runs() ? " does not answer" : " has ended"));
    }

    /** Waits until every node sees every slot served and every replica follows its primary. */
    void awaitWhole() throws InterruptedException {
        for (ClusterNode node : nodes) {
            Await.until(
                    START_MS,
                    () -> isWhole(node),
                    () -> node + ": " + nodesSeenBy(node) + "\n" + node.info("CLUSTER", "INFO") + "\n"
                            + node.info("INFO", "replication"));
        }
    }

    /** CLUSTER NODES without the slots, which may fill pages. */
    private static String nodesSeenBy(ClusterNode node) {
        return node.call("CLUSTER", "NODES").toString().replaceAll("connected [^\n]*", "connected");
    }

    private boolean isWhole(ClusterNode node) {
        Map<String, String> replication = node.info("INFO", "replication");
        return node.info("CLUSTER", "INFO").get("cluster_state").equals("ok")
                && knowsAll(node)
                && !node.call("CLUSTER", "NODES").toString().contains("fail")
                && (replication.get("role").equals("master")
                        ? isHeard(node, replication)
                        : replication.get("master_link_status").equals("up"));
    }

    private boolean isHeard(ClusterNode primary, Map<String, String> replication) {
        long replicas = ((List<?>) primary.call("CLUSTER", "REPLICAS", primary.id())).size();
        return replication.get("connected_slaves").equals(String.valueOf(replicas))
                && replication.entrySet().stream()
                        .filter(field -> field.getKey().matches("slave\\d+"))
                        .allMatch(field -> field.getValue().contains("state=online"));
    }

    List<ClusterNode> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    /** Of the nodes that run. */
    List<ClusterNode> primaries() {
        return nodes.stream()
                .filter(ClusterNode::runs)
                .filter(ClusterNode::isPrimary)
                .collect(Collectors.toList());
    }

    List<ClusterNode> replicasOf(ClusterNode primary) {
        return ((List<?>) primary.call("CLUSTER", "REPLICAS", primary.id()))
                .stream().map(line -> withId(line.toString().split(" ")[0])).collect(Collectors.toList());
    }

    ClusterNode withId(String id) {
        return nodes.stream().filter(node -> node.id().equals(id)).findFirst().orElseThrow();
    }

    /** The node that leads the control plane, as another says. */
    ClusterNode leader() throws InterruptedException {
        ClusterNode asked = nodes.get(0);
        Await.until(START_MS, () -> !leaderId(asked).isEmpty(), () -> "no leader is known to " + asked);
        return withId(leaderId(asked));
    }

    private static String leaderId(ClusterNode asked) {
        return asked.info("INFO", "cluster").get("cluster_leader");
    }

    void printLogs() throws IOException {
        for (ClusterNode node : nodes) {
            System.out.println("---- " + node + ", " + (node.runs() ? "running" : "ended"));
            System.out.println(node.lastLog());
        }
    }

    private void killAll() {
        nodes.forEach(ClusterNode::destroy);
        dismissed.forEach(ClusterNode::destroy);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        nodes.addAll(dismissed);
        for (ClusterNode node : nodes) {
            node.kill();
        }
        Runtime.getRuntime().removeShutdownHook(killer);
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
