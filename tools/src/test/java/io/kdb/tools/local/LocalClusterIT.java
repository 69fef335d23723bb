package io.kdb.tools.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.tools.RealRedis;
import io.kdb.tools.client.Address;
import io.kdb.tools.client.RespConnection;
import io.kdb.tools.local.LocalCluster.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Local clusters whose nodes are redis-servers in cluster mode: the processes and the replies are real. */
class LocalClusterIT {
    private static final int FIRST_PORT = 15_100;
    private static final int WHOLE_SECONDS = 120;

    /** Starts redis-server where kdb's launcher would start a node; kdb's own parameters are left out. */
    private static final String LAUNCHER = """
            #!/bin/bash
            shift
            options=()
            while [ $# -gt 0 ]; do
              case $1 in
                --cluster-replicas|--io-threads|--join) ;;
                *) options+=("$1" "$2") ;;
              esac
              shift 2
            done
            exec redis-server "${options[@]}" --set-proc-title no --save 3600 1
            """;

    @TempDir
    Path temporary;

    private Path folder;
    private Path launcher;
    private final List<LocalCluster> clusters = new ArrayList<>();

    @BeforeEach
    void prepare() throws IOException, InterruptedException {
        folder = temporary.toRealPath();
        launcher = script("launcher", LAUNCHER);
        RealRedis.run("", "redis-server", "--version");
    }

    @AfterEach
    void stop() throws IOException {
        for (LocalCluster cluster : clusters) {
            for (NodeProcess node : cluster.nodes()) {
                node.running().ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    @Test
    void startsSeesWholeStopsAndComesBackWithItsData() throws Exception {
        LocalCluster cluster = cluster(1, 0);
        Address address = cluster.layout().addresses().get(0);

        Map<NodeProcess, Process> started = cluster.start(launcher);
        assertEquals(1, started.size());
        awaitAnswer(address);
        call(address, "CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        cluster.awaitWhole(started, WHOLE_SECONDS, reason -> {});
        assertEquals("OK", call(address, "SET", "key", "value"));

        assertEquals(Map.of(), cluster.start(launcher), "a second up starts nothing");
        String row = ClusterTable.lines(cluster, cluster.reports()).get(1);
        assertTrue(row.startsWith(address + "  primary  16384 (0-16383)  -"), row);

        Files.delete(cluster.nodes().get(0).folder().resolve("kdb.pid"));
        assertEquals(Map.of(), cluster.start(launcher), "a lost pid file hides no node");
        assertEquals(1, cluster.stop());
        assertTrue(cluster.nodes().get(0).running().isEmpty());
        assertFalse(Files.exists(cluster.nodes().get(0).folder().resolve("kdb.pid")));
        assertEquals(0, cluster.stop(), "nothing is left to stop");

        cluster.awaitWhole(cluster.start(launcher), WHOLE_SECONDS, reason -> {});
        assertEquals("value", call(address, "GET", "key"));
    }

    @Test
    void isWholeOnlyOnceReplicasAreInSyncAndPutsAHalfDeadClusterRight() throws Exception {
        LocalCluster cluster = cluster(6, 1);
        Map<NodeProcess, Process> started = cluster.start(launcher);
        List<String> create = new ArrayList<>(List.of("redis-cli", "--cluster", "create"));
        for (Address address : cluster.layout().addresses()) {
            awaitAnswer(address);
            create.add(address.toString());
        }
        assertThrows(Problem.class, () -> cluster.awaitWhole(started, 0, reason -> {}));
        create.addAll(List.of("--cluster-replicas", "1", "--cluster-yes"));
        RealRedis.run("", create.toArray(String[]::new));

        cluster.awaitWhole(started, WHOLE_SECONDS, reason -> {});

        assertEquals(
                3,
                ClusterTable.lines(cluster, cluster.reports()).stream()
                        .filter(line -> line.contains("replica"))
                        .count());
        NodeProcess victim = cluster.nodes().get(5);
        ProcessHandle process = victim.running().orElseThrow();
        process.destroyForcibly();
        process.onExit().get(WHOLE_SECONDS, TimeUnit.SECONDS);
        Map<NodeProcess, Process> again = cluster.start(launcher);
        assertEquals(List.of(victim), List.copyOf(again.keySet()));
        cluster.awaitWhole(again, WHOLE_SECONDS, reason -> {});
    }

    @Test
    void doesNotBelieveAPidThatIsSomebodyElse() throws Exception {
        NodeProcess node = cluster(1, 0).nodes().get(0);
        Files.createDirectories(node.folder());

        for (String stale : List.of(Long.toString(ProcessHandle.current().pid()), "999999999", "garbage", "")) {
            Files.writeString(node.folder().resolve("kdb.pid"), stale);
            assertTrue(node.running().isEmpty(), stale);
        }
    }

    @Test
    void showsTheLogOfANodeThatEnds() throws Exception {
        LocalCluster cluster = cluster(1, 0);
        Path failing = script("failing", "#!/bin/bash\necho 'no such thing'\nexit 3\n");
        Map<NodeProcess, Process> started = cluster.start(failing);

        Problem problem = assertThrows(Problem.class, () -> cluster.awaitWhole(started, WHOLE_SECONDS, reason -> {}));

        assertTrue(problem.getMessage().contains("ended with status 3"), problem.getMessage());
        assertTrue(problem.getMessage().endsWith("no such thing"), problem.getMessage());
    }

    @Test
    void namesAPortThatAnotherProcessHas() throws Exception {
        LocalCluster first = cluster(1, 0);
        first.start(launcher);
        Address address = first.layout().addresses().get(0);
        awaitAnswer(address);
        LocalCluster second = new LocalCluster(folder.resolve("other"), first.layout());

        Problem problem = assertThrows(Problem.class, () -> second.start(launcher));

        assertEquals(
                "port " + address.port() + " of the node " + address + " is taken by another process",
                problem.getMessage());
    }

    @Test
    void keepsASecondUpOffTheFolder() throws Exception {
        FolderLock held = FolderLock.take(folder);
        try {
            assertThrows(Exception.class, () -> FolderLock.take(folder));
        } finally {
            held.close();
        }
        FolderLock.take(folder).close();
    }

    private LocalCluster cluster(int nodes, int replicas) {
        int port = PortBlock.find(FIRST_PORT, nodes, PortBlock::isFree).orElseThrow();
        LocalCluster cluster = new LocalCluster(folder, new ClusterLayout(nodes, replicas, port));
        clusters.add(cluster);
        return cluster;
    }

    private Path script(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String call(Address address, String... command) throws IOException {
        try (RespConnection connection = RespConnection.open(address, 5000)) {
            return connection.call(command).text();
        }
    }

    private static void awaitAnswer(Address address) throws IOException, InterruptedException {
        for (int i = 0; ; i++) {
            try {
                call(address, "PING");
                return;
            } catch (IOException e) {
                if (i == 1000) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
    }
}
