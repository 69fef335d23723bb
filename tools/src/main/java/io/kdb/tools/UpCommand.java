package io.kdb.tools;

import io.kdb.tools.client.Address;
import io.kdb.tools.local.ClusterLayout;
import io.kdb.tools.local.ClusterTable;
import io.kdb.tools.local.FolderLock;
import io.kdb.tools.local.LocalCluster;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.NodeProcess;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kdb up}: a whole cluster on this machine, made or brought back. */
@Command(
        name = "up",
        description = "Starts a cluster on this machine, or what is missing of it, and waits until it is whole.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    private static final int NODES = 6;
    private static final int REPLICAS = 1;
    private static final int PORT = 7000;
    /** A wait is explained once it has lasted this long. */
    private static final int PATIENCE_MS = 5000;

    @Mixin
    private ClusterFolder folder;

    @Option(
            names = {"--nodes"},
            description = "How many nodes (default: " + NODES + ", or as the cluster was made).")
    private Integer nodes;

    @Option(
            names = {"--replicas"},
            description = "Replicas of each primary (default: " + REPLICAS + ", or as the cluster was made).")
    private Integer replicas;

    @Option(
            names = {"--port"},
            description = "Port of the first node (default: " + PORT + ", or the next free block).")
    private Integer port;

    @Option(
            names = {"--timeout"},
            defaultValue = "120",
            description = "Seconds to wait for a whole cluster (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Override
    public Integer call() throws IOException, Problem, InterruptedException {
        long startedNs = System.nanoTime();
        Path path = folder.create();
        FolderLock lock = FolderLock.take(path);
        try {
            Optional<ClusterLayout> stored = ClusterLayout.load(path);
            ClusterLayout layout = stored.isPresent() ? check(stored.get(), path) : choose();
            LocalCluster cluster = new LocalCluster(path, layout);
            layout.save(path);
            Map<NodeProcess, Process> started = cluster.start(Launcher.path());
            awaitWhole(cluster, started);
            report(cluster, path, started.size(), System.nanoTime() - startedNs);
        } finally {
            lock.close();
        }
        return 0;
    }

    private void awaitWhole(LocalCluster cluster, Map<NodeProcess, Process> started)
            throws IOException, Problem, InterruptedException {
        long waitingSinceNs = System.nanoTime();
        boolean whole = false;
        try {
            cluster.awaitWhole(started, timeoutSeconds, reason -> {
                if (System.nanoTime() - waitingSinceNs > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS)) {
                    System.err.println("kdb: waiting: " + reason);
                }
            });
            whole = true;
        } finally {
            if (!whole) {
                LocalCluster.abandon(started);
            }
        }
    }

    private static void report(LocalCluster cluster, Path path, int startedCount, long tookNs) throws IOException {
        ClusterTable.lines(cluster, cluster.reports()).forEach(System.out::println);
        Address first = cluster.layout().addresses().get(0);
        String what = startedCount == 0
                ? "Already up"
                : String.format(
                        Locale.ROOT,
                        "%d of %d nodes started in %.1f s",
                        startedCount,
                        cluster.layout().nodes(),
                        tookNs / 1e9);
        System.out.println(what + ". Logs: " + path.resolve("<port>").resolve("kdb.log"));
        System.out.println("Try:  redis-cli -c -p " + first.port() + "   (or ./kdb cli -c -p " + first.port() + ")");
    }

    /** A new cluster's layout: as asked, on ports that are free. */
    private ClusterLayout choose() throws Problem {
        ClusterLayout wanted = new ClusterLayout(
                nodes == null ? NODES : nodes, replicas == null ? REPLICAS : replicas, port == null ? PORT : port);
        if (port != null) {
            OptionalInt taken = PortBlock.firstTaken(port, wanted.nodes(), PortBlock::isFree);
            if (taken.isPresent()) {
                throw new Problem("port " + taken.getAsInt() + " is taken (client ports " + port + " to "
                        + (port + wanted.nodes() - 1) + " and cluster ports "
                        + ClusterLayout.BUS_PORT_DISTANCE + " above are needed)");
            }
            return wanted;
        }
        OptionalInt found = PortBlock.find(PORT, wanted.nodes(), PortBlock::isFree);
        if (found.isEmpty()) {
            throw new Problem("no free block of " + wanted.nodes() + " ports from " + PORT + " on; give --port");
        }
        return new ClusterLayout(wanted.nodes(), wanted.replicas(), found.getAsInt());
    }

    /** The stored layout, unless the options ask for another. */
    private ClusterLayout check(ClusterLayout stored, Path path) throws Problem {
        checkSame(path, "--nodes", nodes, stored.nodes());
        checkSame(path, "--replicas", replicas, stored.replicas());
        checkSame(path, "--port", port, stored.port());
        return stored;
    }

    private static void checkSame(Path path, String name, Integer asked, int stored) throws Problem {
        if (asked != null && asked != stored) {
            throw new Problem(name + ": " + asked + " (expected: " + stored + ", as the cluster in " + path
                    + " was made; another --dir makes another cluster)");
        }
    }
}
