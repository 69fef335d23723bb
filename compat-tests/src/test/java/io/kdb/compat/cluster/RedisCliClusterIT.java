package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.compat.Needs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An operator forms and changes a cluster of nodes started one by one by redis-cli; each step builds on the one before. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(QuickBuffers.class)
class RedisCliClusterIT {
    private static final long PATIENCE_MS = 60_000;
    private static final int CREATED = 4;
    private static final int MOVED_SLOTS = 20;
    private static final int KEYS = 40;
    private static final String ALL_COVERED = "[OK] All 16384 slots covered.";

    private static LocalCluster cluster;

    @RegisterExtension
    final ClusterLogs logs = new ClusterLogs(() -> cluster);

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Needs.that(RedisCli.exists(), RedisCli.ABSENT);
        cluster = LocalCluster.start(CREATED + 2);
    }

    @AfterAll
    static void end() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static String address(int node) {
        return "127.0.0.1:" + cluster.nodes().get(node).port();
    }

    private static String cli(String... words) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--cluster"));
        all.addAll(List.of(words));
        return RedisCli.run(all.toArray(new String[0]));
    }

    private static void contains(String expected, String output) {
        assertTrue(output.contains(expected), () -> "no \"" + expected + "\" in:\n" + output);
    }

    private static void awaitChecked() throws InterruptedException {
        String[] last = {""};
        Await.until(
                PATIENCE_MS,
                () -> {
                    last[0] = uninterrupted("check", address(0));
                    return last[0].contains(ALL_COVERED)
                            && last[0].contains("[OK] All nodes agree")
                            && cluster.nodes().subList(0, CREATED).stream().allMatch(RedisCliClusterIT::isOk);
                },
                () -> last[0]);
    }

    private static boolean isOk(ClusterNode node) {
        return node.info("CLUSTER", "INFO").get("cluster_state").equals("ok");
    }

    private static String uninterrupted(String... words) {
        try {
            return cli(words);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @Order(1)
    void creates() throws IOException, InterruptedException {
        String output = cli(
                "create", address(0), address(1), address(2), address(3), "--cluster-replicas", "0", "--cluster-yes");
        contains(ALL_COVERED, output);
        awaitChecked();
    }

    @Test
    @Order(2)
    void tellsAndCalls() throws IOException, InterruptedException {
        for (int i = 0; i < KEYS; i++) {
            assertEquals(
                    "OK",
                    RedisCli.run(
                            "-c", "-p", String.valueOf(cluster.nodes().get(0).port()), "SET", "k" + i, "v"));
        }
        contains("[OK] " + KEYS + " keys in 4 masters.", cli("info", address(1)));
        String answers = cli("call", address(0), "PING");
        assertEquals(CREATED, answers.split("PONG", -1).length - 1, answers);
    }

    @Test
    @Order(3)
    void addsPrimaryAndReplica() throws IOException, InterruptedException {
        contains("[OK] New node added correctly.", cli("add-node", address(4), address(0)));
        awaitChecked();
        contains(
                "[OK] New node added correctly.",
                cli(
                        "add-node",
                        address(5),
                        address(0),
                        "--cluster-slave",
                        "--cluster-master-id",
                        cluster.nodes().get(0).id()));
        ClusterNode replica = cluster.nodes().get(5);
        Await.until(
                PATIENCE_MS,
                () -> !replica.isPrimary()
                        && replica.info("INFO", "replication")
                                .get("master_link_status")
                                .equals("up"),
                () -> replica + ": " + replica.info("INFO", "replication"));
        awaitChecked();
    }

    @Test
    @Order(4)
    void reshardsKeysToTheNewPrimary() throws IOException, InterruptedException {
        String output = cli(
                "reshard",
                address(0),
                "--cluster-from",
                "all",
                "--cluster-to",
                cluster.nodes().get(4).id(),
                "--cluster-slots",
                String.valueOf(MOVED_SLOTS),
                "--cluster-yes");
        assertTrue(!output.contains("ERR"), output);
        awaitChecked();
        ClusterNode first = cluster.nodes().get(0);
        contains("[OK] " + KEYS + " keys in 5 masters.", cli("info", address(0)));
        for (int i = 0; i < KEYS; i++) {
            assertEquals("v", RedisCli.run("-c", "-p", String.valueOf(first.port()), "GET", "k" + i));
        }
    }

    @Test
    @Order(5)
    void deletesReplica() throws IOException, InterruptedException {
        contains(
                "Sending CLUSTER FORGET messages to the cluster",
                cli("del-node", address(0), cluster.nodes().get(5).id()));
        Await.until(
                PATIENCE_MS,
                () -> cluster.nodes()
                        .get(0)
                        .info("CLUSTER", "INFO")
                        .get("cluster_known_nodes")
                        .equals("5"),
                () -> cluster.nodes().get(0).call("CLUSTER", "NODES").toString());
        awaitChecked();
    }
}
