package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;

/**
 * Random writes of every type go on through a partial sync, slot moves, a failover with its full sync, and a save and load:
 * after each the primaries hold what was acknowledged, and the replicas what the primaries hold.
 */
@ExtendWith(QuickBuffers.class)
class EveryTypeIT {
    private static final String[] OPTIONS = {"--cluster-node-timeout", "3000"};
    private static final long PATIENCE_MS = 120_000;
    private static final int WRITES = Integer.getInteger("kdb.types.writes", 3_000);
    private static final int WRITES_BETWEEN = 500;

    private LocalCluster cluster;
    private EveryTypeWriter writer;
    private long begun = System.nanoTime();

    @RegisterExtension
    final ClusterLogs logs = new ClusterLogs(() -> cluster);

    @AfterEach
    void end() throws IOException, InterruptedException {
        if (writer != null) {
            writer.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    /** What happens while others write. */
    private interface Happening {
        void run() throws IOException, InterruptedException;
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void everyTypeSurvivesSyncsMovesAndFailover() throws IOException, InterruptedException {
        long seed = Long.getLong("kdb.types.seed", 1);
        System.out.println("every type: seed " + seed);
        cluster = LocalCluster.placed(4, OPTIONS);
        awaitShards(2);
        writer = new EveryTypeWriter(cluster, seed);
        for (int i = 0; i < WRITES; i++) {
            writer.write();
        }
        assertAlike("load");
        syncPartially();
        assertAlike("partial sync");
        during(() -> {
            cluster.join(OPTIONS);
            cluster.join(OPTIONS);
            awaitShards(3);
        });
        assertAlike("slot moves");
        failOver();
        assertAlike("failover");
        saveAndLoad();
        assertAlike("save and load");
    }

    /** The replicas lose their links and miss writes, which they get from the backlogs. */
    private void syncPartially() throws IOException, InterruptedException {
        List<ClusterNode> primaries = cluster.primaries();
        long full = sum(primaries, node -> node.stat("sync_full"));
        during(() -> {
            for (ClusterNode primary : primaries) {
                long partial = primary.stat("sync_partial_ok");
                assertEquals(1L, primary.call("CLIENT", "KILL", "TYPE", "replica"));
                Await.until(
                        PATIENCE_MS,
                        () -> primary.stat("sync_partial_ok") > partial,
                        () -> primary + ": " + primary.info("INFO", "stats"));
            }
        });
        assertEquals(full, sum(primaries, node -> node.stat("sync_full")), "full syncs");
    }

    /** A primary dies, and comes back as a replica, which loads all anew. */
    private void failOver() throws IOException, InterruptedException {
        ClusterNode victim = cluster.primaries().get(0);
        List<ClusterNode> replicas = cluster.replicasOf(victim);
        long full = sum(replicas, node -> node.stat("sync_full"));
        during(() -> {
            victim.kill();
            Await.until(
                    PATIENCE_MS,
                    () -> replicas.stream().anyMatch(ClusterNode::isPrimary),
                    () -> "nobody takes over from " + victim);
            victim.start();
            cluster.awaitAnswer(victim);
        });
        assertFalse(victim.isPrimary());
        assertTrue(sum(replicas, node -> node.stat("sync_full")) > full, victim + " has had no full sync");
    }

    private void saveAndLoad() throws IOException, InterruptedException {
        for (ClusterNode node : cluster.nodes()) {
            Object before = node.call("DEBUG", "DIGEST");
            assertEquals("OK", node.call("DEBUG", "RELOAD"));
            assertEquals(before, node.call("DEBUG", "DIGEST"), node + " after save and load");
        }
        during(() -> {});
    }

    private static long sum(List<ClusterNode> nodes, ToLongFunction<ClusterNode> figure) {
        return nodes.stream().mapToLong(figure).sum();
    }

    /** Others write before, meanwhile and for a while after; at the end the cluster is whole. */
    private void during(Happening happening) throws IOException, InterruptedException {
        AtomicBoolean ends = new AtomicBoolean();
        AtomicReference<String> failure = new AtomicReference<>("");
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!ends.get()) {
                            writer.write();
                        }
                    } catch (IOException | InterruptedException e) {
                        failure.set(e.toString());
                    }
                },
                "every-type");
        thread.start();
        try {
            happening.run();
            long before = writer.acknowledged();
            Await.until(
                    PATIENCE_MS,
                    () -> writer.acknowledged() > before + WRITES_BETWEEN || !thread.isAlive(),
                    () -> writer.acknowledged() - before + " writes were acknowledged");
        } finally {
            ends.set(true);
            thread.join(PATIENCE_MS);
        }
        assertEquals("", failure.get());
        cluster.awaitWhole();
    }

    /** Waits until so many shards have equal shares of the slots. */
    private void awaitShards(int shards) throws InterruptedException {
        Await.until(
                PATIENCE_MS,
                () -> {
                    Map<String, Integer> slots = slots();
                    return slots.size() == shards
                            && slots.values().stream()
                                    .allMatch(count -> Math.abs(count - LocalCluster.SLOTS / shards) <= 1);
                },
                () -> "shards: " + slots());
    }

    private Map<String, Integer> slots() {
        Map<String, Integer> slots = new HashMap<>();
        for (Object range : (List<?>) cluster.nodes().get(0).call("CLUSTER", "SLOTS")) {
            List<?> fields = (List<?>) range;
            int count = ((Long) fields.get(1)).intValue() - ((Long) fields.get(0)).intValue() + 1;
            slots.merge(((List<?>) fields.get(2)).get(2).toString(), count, Integer::sum);
        }
        return slots;
    }

    private void assertAlike(String after) throws IOException, InterruptedException {
        System.out.printf(
                "every type: %.1f s, after %s, %d writes acknowledged, %d begun anew%n",
                (System.nanoTime() - begun) / 1e9, after, writer.acknowledged(), writer.unknown());
        for (String type : EveryTypeCommands.TYPES) {
            for (String key : EveryTypeCommands.keys(type)) {
                assertEquals(writer.acknowledged(key), writer.held(key), key + " after " + after);
            }
        }
        for (ClusterNode primary : cluster.primaries()) {
            List<ClusterNode> replicas = cluster.replicasOf(primary);
            assertTrue(!replicas.isEmpty(), primary + " has no replica after " + after);
            for (ClusterNode replica : replicas) {
                Await.until(
                        PATIENCE_MS,
                        () -> primary.call("DEBUG", "DIGEST").equals(replica.call("DEBUG", "DIGEST")),
                        () -> replica + " holds other data than " + primary + " after " + after);
                Map<String, String> streams = streams(replica);
                streams(primary)
                        .forEach((key, stream) ->
                                assertEquals(stream, streams.get(key), key + " on " + replica + " after " + after));
            }
        }
    }

    /** The streams with their groups and deliveries, of which the digest knows nothing. */
    private static Map<String, String> streams(ClusterNode node) throws InterruptedException {
        Map<String, String> streams = new HashMap<>();
        try (Jedis jedis = node.connect()) {
            ClusterNode.call(jedis, "READONLY");
            for (Object key : (List<?>) ClusterNode.call(jedis, "KEYS", "stream:*")) {
                String stream = ClusterNode.callUntilServed(
                                jedis, PATIENCE_MS, "XINFO", "STREAM", key.toString(), "FULL", "COUNT", "0")
                        .toString();
                // As in Redis these are each node's own; when an entry was delivered is not.
                streams.put(key.toString(), stream.replaceAll("(seen-time|entries-read|lag), (\\d+|null)", "$1"));
            }
        }
        return streams;
    }
}
