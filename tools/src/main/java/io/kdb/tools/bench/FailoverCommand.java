package io.kdb.tools.bench;

import io.kdb.cluster.topology.Slot;
import io.kdb.tools.Launcher;
import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import io.kdb.tools.local.ClusterLayout;
import io.kdb.tools.local.ClusterNode;
import io.kdb.tools.local.LocalCluster;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.NodeProcess;
import io.kdb.tools.local.NodeReport;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb bench failover}: kills primaries of a 3+3 cluster and measures how long their slots take no write. */
@Command(
        name = "failover",
        description = "Kills a primary of a 3+3 cluster, time and again, and tells how long its slots took no write.",
        mixinStandardHelpOptions = true)
final class FailoverCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 17_000;
    private static final int PROBE_MS = 20;
    private static final int TIMEOUT_MS = 2000;
    private static final int WHOLE_SECONDS = 120;
    private static final int GIVE_UP_SECONDS = 60;

    @Option(
            names = {"--rounds"},
            defaultValue = "10",
            description =
                    "Kills; in every second one the victim is the control plane's leader (default: ${DEFAULT-VALUE}).")
    private int rounds;

    private LocalCluster cluster;

    @Override
    public Integer call() throws IOException, InterruptedException, Problem {
        OptionalInt port = PortBlock.find(FIRST_PORT, 6, PortBlock::isFree);
        if (port.isEmpty()) {
            throw new Problem("no free block of 6 ports from " + FIRST_PORT + " on");
        }
        List<Double> times = new ArrayList<>();
        try (BenchFolder folder = BenchFolder.create()) {
            cluster = new LocalCluster(folder.path(), new ClusterLayout(6, 1, port.getAsInt()));
            try {
                for (int round = 0; round < rounds; round++) {
                    cluster.awaitWhole(cluster.start(Launcher.path()), WHOLE_SECONDS, reason -> {});
                    times.add(round(round % 2 == 0));
                }
            } finally {
                cluster.stop();
            }
        }
        System.out.printf(
                Locale.ROOT,
                "kill -9 to the first write of its slots, %d rounds: worst %.2f s, median %.2f s%n",
                rounds,
                times.stream().mapToDouble(Double::doubleValue).max().orElseThrow(),
                Comparison.median(times));
        return 0;
    }

    private double round(boolean ofLeader) throws IOException, InterruptedException, Problem {
        ClusterNode victim = ofLeader ? leaderAsPrimary() : otherPrimary();
        List<Address> replicas = nodes().stream()
                .filter(node -> node.primaryId().equals(victim.id()))
                .map(ClusterNode::address)
                .toList();
        NodeProcess process = cluster.nodes().stream()
                .filter(node -> node.address().equals(victim.address()))
                .findFirst()
                .orElseThrow();
        String key = keyOf(victim);
        ProcessHandle handle = process.running().orElseThrow();
        long killedNs = System.nanoTime();
        handle.destroyForcibly();
        double seconds = (awaitWrite(replicas, key) - killedNs) / 1e9;
        System.out.printf(Locale.ROOT, "%s%s: %.2f s%n", victim.address(), ofLeader ? ", leader" : "", seconds);
        handle.onExit().join();
        return seconds;
    }

    /** The time of the first SET that one of these nodes acknowledged, asked every 20 ms. */
    private static long awaitWrite(List<Address> nodes, String key) throws IOException, InterruptedException, Problem {
        List<RespConnection> connections = new ArrayList<>();
        try {
            for (Address address : nodes) {
                connections.add(RespConnection.open(address, TIMEOUT_MS));
            }
            long startNs = System.nanoTime();
            for (int probe = 0; ; probe++) {
                for (RespConnection connection : connections) {
                    if (connection.call("SET", key, "v") instanceof Reply.Status) {
                        return System.nanoTime();
                    }
                }
                if (System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS)) {
                    throw new Problem("no write of " + key + " after " + GIVE_UP_SECONDS + " s");
                }
                long wait = startNs + TimeUnit.MILLISECONDS.toNanos((probe + 1L) * PROBE_MS) - System.nanoTime();
                TimeUnit.NANOSECONDS.sleep(Math.max(0, wait));
            }
        } finally {
            connections.forEach(RespConnection::close);
        }
    }

    private static String keyOf(ClusterNode node) {
        for (int i = 0; ; i++) {
            String key = "probe:" + i;
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            int slot = Slot.of(bytes, 0, bytes.length);
            if (node.slots().stream().anyMatch(range -> range.first() <= slot && slot <= range.last())) {
                return key;
            }
        }
    }

    private List<ClusterNode> nodes() throws IOException {
        return NodeReport.ask(cluster.layout().addresses().get(0), TIMEOUT_MS).nodes();
    }

    private ClusterNode otherPrimary() throws IOException, Problem {
        String leader = leaderId();
        return nodes().stream()
                .filter(node -> node.isPrimary() && !node.id().equals(leader))
                .findFirst()
                .orElseThrow(() -> new Problem("no primary that does not lead"));
    }

    /** The control plane's leader, made a primary if it is a replica. */
    private ClusterNode leaderAsPrimary() throws IOException, InterruptedException, Problem {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS);
        while (System.nanoTime() < endNs) {
            String leader = leaderId();
            for (ClusterNode node : nodes()) {
                if (node.id().equals(leader) && node.isPrimary()) {
                    return node;
                }
                if (node.id().equals(leader)) {
                    try (RespConnection connection = RespConnection.open(node.address(), TIMEOUT_MS * 5)) {
                        connection.call("CLUSTER", "FAILOVER");
                    }
                }
            }
            TimeUnit.MILLISECONDS.sleep(10L * PROBE_MS);
        }
        throw new Problem("the leader did not become a primary in " + GIVE_UP_SECONDS + " s");
    }

    private String leaderId() throws IOException {
        return NodeReport.ask(cluster.layout().addresses().get(0), TIMEOUT_MS)
                .info()
                .getOrDefault("cluster_leader", "");
    }
}
