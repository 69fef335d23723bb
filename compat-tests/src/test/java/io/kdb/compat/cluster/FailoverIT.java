package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** A primary of two shards with two replicas each is killed, or stopped for a while, under load. */
@ExtendWith(QuickBuffers.class)
class FailoverIT {
    private static final long NODE_TIMEOUT_MS = 3_000;
    private static final long PATIENCE_MS = 60_000;
    private static final int WANTED_RATE = 200;
    private static final int WANTED_ACKNOWLEDGED = 50;

    private static LocalCluster cluster;

    @RegisterExtension
    final ClusterLogs logs = new ClusterLogs(() -> cluster);

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = LocalCluster.whole(2, 2, "--cluster-node-timeout", String.valueOf(NODE_TIMEOUT_MS));
    }

    @AfterAll
    static void end() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void replicaTakesOverFromKilledPrimary() throws IOException, InterruptedException {
        ClusterNode leader = cluster.leader();
        ClusterNode victim = cluster.primaries().stream()
                .filter(node -> node != leader)
                .findFirst()
                .orElseThrow();
        kill(victim, "follower:");
    }

    @Test
    void replicaTakesOverFromKilledPrimaryThatLeads() throws IOException, InterruptedException {
        cluster.awaitWhole();
        ClusterNode leader = cluster.leader();
        // A replica that hears nothing for a moment is refused; an operator tries again.
        Await.until(
                PATIENCE_MS,
                () -> leader.isPrimary()
                        || leader.call("CLUSTER", "FAILOVER").equals("OK") && Await.soon(1_000, leader::isPrimary),
                () -> leader + " leads and does not become a primary");
        kill(leader, "leader:");
    }

    private void kill(ClusterNode victim, String prefix) throws IOException, InterruptedException {
        cluster.awaitWhole();
        List<ClusterNode> replicas = cluster.replicasOf(victim);
        assertEquals(2, replicas.size());
        replicas.forEach(replica -> replica.call("CONFIG", "RESETSTAT"));
        try (LettuceLoad load = LettuceLoad.start(cluster)) {
            load.awaitRate(WANTED_RATE, PATIENCE_MS);
            SafeWriter safe = SafeWriter.start(victim, prefix);
            awaitAcknowledged(safe);
            long begunBefore = load.begun();
            victim.kill();
            safe.close();
            ClusterNode successor = awaitPrimary(replicas);
            Await.until(
                    PATIENCE_MS,
                    () -> load.done() > begunBefore + WANTED_RATE,
                    () -> load.done() + " writes done of " + load.begun() + ", repeated " + load.repeated());
            load.finish(PATIENCE_MS);
            assertEquals(List.of(), List.copyOf(load.refused()), "refused writes");
            assertAllThere(load, safe.acknowledged());

            ClusterNode survivor = replicas.get(successor == replicas.get(0) ? 1 : 0);
            awaitFollows(survivor, successor);
            assertEquals(0, successor.stat("sync_full"), "full syncs: the survivor goes on from where it was");
            assertEquals(1, successor.stat("sync_partial_ok"), "partial syncs");
            victim.start();
            cluster.awaitAnswer(victim);
            cluster.awaitWhole();
            assertFalse(victim.isPrimary());
            assertEquals(Set.of(victim, survivor), Set.copyOf(cluster.replicasOf(successor)));
            assertEquals(1, successor.stat("sync_full"), "full syncs: the victim's");
            assertEquals(1, successor.stat("sync_partial_ok"), "partial syncs");
            for (ClusterNode replica : List.of(victim, survivor)) {
                assertEquals(successor.call("DEBUG", "DIGEST"), replica.call("DEBUG", "DIGEST"));
            }
        }
    }

    private static ClusterNode awaitPrimary(List<ClusterNode> replicas) throws InterruptedException {
        Await.until(
                PATIENCE_MS,
                () -> replicas.stream().anyMatch(ClusterNode::isPrimary),
                () -> "none is a primary of " + replicas);
        return replicas.stream().filter(ClusterNode::isPrimary).findFirst().orElseThrow();
    }

    private static void awaitFollows(ClusterNode replica, ClusterNode primary) throws InterruptedException {
        Await.until(
                PATIENCE_MS,
                () -> {
                    Map<String, String> link = replica.info("INFO", "replication");
                    return link.get("master_port").equals(String.valueOf(primary.port()))
                            && link.get("master_link_status").equals("up");
                },
                () -> replica + ": " + replica.info("INFO", "replication"));
    }

    private static void awaitAcknowledged(SafeWriter safe) throws InterruptedException {
        Await.until(
                PATIENCE_MS,
                () -> safe.acknowledged().size() >= WANTED_ACKNOWLEDGED,
                () -> "WAIT 1 acknowledged " + safe.acknowledged().size() + " writes");
    }

    private static void assertAllThere(LettuceLoad load, Map<String, String> acknowledged) throws InterruptedException {
        for (Map.Entry<String, String> entry : acknowledged.entrySet()) {
            assertEquals(entry.getValue(), load.get(entry.getKey(), PATIENCE_MS), entry.getKey());
        }
    }

    @Test
    void stoppedPrimaryServesNothingUntilItFollowsItsSuccessor() throws IOException, InterruptedException {
        cluster.awaitWhole();
        ClusterNode paused = cluster.primaries().get(0);
        List<ClusterNode> replicas = cluster.replicasOf(paused);
        ClusterNode replica;
        try (LettuceLoad load = LettuceLoad.start(cluster);
                Jedis before = paused.connect()) {
            SafeWriter safe = SafeWriter.start(paused, "paused:");
            awaitAcknowledged(safe);
            String known = safe.acknowledged().keySet().iterator().next();
            assertEquals(safe.acknowledged().get(known), before.get(known));
            paused.stop();
            try {
                ClusterNode successor = awaitPrimary(replicas);
                replica = successor;
                Await.until(
                        PATIENCE_MS,
                        () -> successor.call("SET", known, "newer").equals("OK"),
                        () -> successor + " takes no write");
            } finally {
                paused.goOn();
            }
            // Until it knows better it may only refuse: neither its old value nor an OK is possible any more.
            boolean moved = false;
            long deadline = System.nanoTime() + PATIENCE_MS * 1_000_000;
            while (!moved && System.nanoTime() < deadline) {
                String refusal = refusal(before, "SET", known, "lost");
                String readRefusal = refusal(before, "GET", known);
                assertNotEquals("", refusal, "a write was accepted");
                assertNotEquals("", readRefusal, "a read was served");
                moved = refusal.startsWith("MOVED") && readRefusal.startsWith("MOVED");
            }
            assertTrue(moved, paused + " does not know that it was replaced");
            safe.close();
            load.finish(PATIENCE_MS);
            assertEquals(List.of(), List.copyOf(load.refused()), "refused writes");
            Map<String, String> expected = safe.acknowledged();
            expected.put(known, "newer");
            assertAllThere(load, expected);
            cluster.awaitWhole();
            assertFalse(paused.isPrimary());
            assertEquals(replica.call("DEBUG", "DIGEST"), paused.call("DEBUG", "DIGEST"));
        }
    }

    /** The error that a command got; empty when it was served. */
    private static String refusal(Jedis jedis, String... command) {
        try {
            ClusterNode.call(jedis, command);
            return "";
        } catch (JedisDataException e) {
            return e.getMessage();
        }
    }
}
