package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;

/** Two shards with two replicas each, whose primaries come back at once, empty, or not at all. */
class RestartedPrimaryIT {
    private static final long PATIENCE_MS = 60_000;
    private static final int WANTED_ACKNOWLEDGED = 100;

    private static LocalCluster cluster;

    @RegisterExtension
    final ClusterLogs logs = new ClusterLogs(() -> cluster);

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = LocalCluster.whole(2, 2, "--cluster-node-timeout", "15000");
    }

    @AfterAll
    static void end() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** Nobody has noticed its death before it is back without data: its replicas' data must not be wiped by it. */
    @Test
    void primaryThatRestartsAtOnceLosesNothing() throws IOException, InterruptedException {
        cluster.awaitWhole();
        ClusterNode victim = cluster.primaries().get(0);
        Map<String, String> acknowledged = writeAndKill(victim, "restart:");
        victim.start();
        cluster.awaitAnswer(victim);
        Await.until(PATIENCE_MS, () -> !victim.isPrimary(), () -> victim + " is a primary again, without its data");
        cluster.awaitWhole();
        assertAllThere(acknowledged);
    }

    /** Of two replicas one takes over, and the other goes on from where it was. */
    @Test
    void survivingReplicaContinuesByPartialResync() throws IOException, InterruptedException {
        cluster.awaitWhole();
        ClusterNode victim = cluster.primaries().get(1);
        var replicas = cluster.replicasOf(victim);
        assertEquals(2, replicas.size());
        Map<String, String> acknowledged = writeAndKill(victim, "partial:");
        Await.until(
                PATIENCE_MS,
                () -> replicas.stream().anyMatch(ClusterNode::isPrimary),
                () -> "no replica of " + victim + " takes over");
        ClusterNode successor =
                replicas.stream().filter(ClusterNode::isPrimary).findFirst().orElseThrow();
        ClusterNode survivor =
                replicas.stream().filter(node -> node != successor).findFirst().orElseThrow();
        Await.until(
                PATIENCE_MS,
                () -> survivor.info("INFO", "replication").get("master_port").equals(String.valueOf(successor.port()))
                        && survivor.info("INFO", "replication")
                                .get("master_link_status")
                                .equals("up"),
                () -> survivor + ": " + survivor.info("INFO", "replication"));
        assertEquals(0, successor.stat("sync_full"), "full syncs");
        assertEquals(1, successor.stat("sync_partial_ok"), "partial syncs");
        assertEquals(successor.call("DEBUG", "DIGEST"), survivor.call("DEBUG", "DIGEST"));
        assertAllThere(acknowledged);
        victim.start();
        cluster.awaitAnswer(victim);
        cluster.awaitWhole();
        assertFalse(victim.isPrimary());
        assertEquals(1, successor.stat("sync_full"), "full syncs");
    }

    private static Map<String, String> writeAndKill(ClusterNode victim, String prefix) throws InterruptedException {
        SafeWriter safe = SafeWriter.start(victim, prefix);
        Await.until(
                PATIENCE_MS,
                () -> safe.acknowledged().size() >= WANTED_ACKNOWLEDGED,
                () -> "WAIT 1 acknowledged " + safe.acknowledged().size() + " writes");
        victim.kill();
        safe.close();
        return safe.acknowledged();
    }

    private static void assertAllThere(Map<String, String> acknowledged) throws InterruptedException {
        try (JedisCluster jedis = new JedisCluster(
                new HostAndPort("127.0.0.1", cluster.primaries().get(0).port()))) {
            assertTrue(acknowledged.size() >= WANTED_ACKNOWLEDGED);
            String any = acknowledged.keySet().iterator().next();
            Await.until(PATIENCE_MS, () -> jedis.exists(any), () -> any + " is not served");
            acknowledged.forEach((key, value) -> assertEquals(value, jedis.get(key), key));
        }
    }
}
