package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kdb.compat.RedirectedClient;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/**
 * kill -9 of a slot's source, and of its target, while slots move to a shard that joins. A small seeded sample:
 * -Dkdb.moves.seed names another one.
 */
@ExtendWith(QuickBuffers.class)
class SlotMoveCrashIT {
    private static final String[] OPTIONS = {"--cluster-node-timeout", "4000"};
    private static final long PATIENCE_MS = 180_000;
    private static final int KEYS = 6_000;
    private static final String VALUE = "v".repeat(1200);

    private LocalCluster cluster;

    @RegisterExtension
    final ClusterLogs logs = new ClusterLogs(() -> cluster);

    @AfterEach
    void end() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void aKilledSourceOrTargetLosesAndDoublesNoKey() throws IOException, InterruptedException {
        long seed = Long.getLong("kdb.moves.seed", 1);
        System.out.println("slot moves: seed " + seed);
        Random random = new Random(seed);
        cluster = LocalCluster.placed(4, OPTIONS);
        awaitBalanced(2);
        fill();
        boolean sourceFirst = random.nextBoolean();
        for (int round = 0; round < 2; round++) {
            List<ClusterNode> sources = cluster.primaries();
            List<ClusterNode> joiners = List.of(cluster.join(OPTIONS), cluster.join(OPTIONS));
            ClusterNode target = awaitCopy(joiners, 3 + round);
            TimeUnit.MILLISECONDS.sleep(random.nextInt(150));
            boolean source = sourceFirst == (round == 0);
            ClusterNode victim = source ? sources.get(random.nextInt(sources.size())) : target;
            System.out.println("slot moves: " + (source ? "source " : "target ") + victim + " is killed, target has "
                    + slots(victim == target ? sources.get(0) : target).getOrDefault(target.id(), 0) + " slots");
            victim.kill();
            if (source) {
                // Its replica takes over what it had; the moves go on from there.
                ClusterNode witness = target;
                Await.until(
                        PATIENCE_MS,
                        () -> !slots(witness).containsKey(victim.id()),
                        () -> "nobody has taken over: " + slots(witness));
            }
            victim.start();
            cluster.awaitAnswer(victim);
            awaitBalanced(3 + round);
            assertHolds();
        }
    }

    /** Keys on every primary, each with a replica that has acknowledged them. */
    private void fill() throws IOException, InterruptedException {
        for (ClusterNode primary : cluster.primaries()) {
            boolean[] owned = SafeWriter.owned(primary);
            List<Integer> numbers = IntStream.range(0, KEYS)
                    .filter(i -> owned[SlotHash.getSlot("key:" + i)])
                    .boxed()
                    .toList();
            Await.until(
                    PATIENCE_MS, () -> isFilled(primary, numbers), () -> primary + " does not have its keys safely");
        }
        assertHolds();
    }

    /** Writes them once more; false when a SET was refused, as when a busy machine costs a primary its lease for a moment. */
    private static boolean isFilled(ClusterNode primary, List<Integer> numbers) {
        try (Jedis jedis = primary.connect()) {
            Pipeline pipeline = jedis.pipelined();
            numbers.forEach(i -> pipeline.set("key:" + i, VALUE + i));
            return pipeline.syncAndReturnAll().stream().allMatch("OK"::equals)
                    && Long.valueOf(1).equals(ClusterNode.call(jedis, "WAIT", "1", "1000"));
        }
    }

    /** The new primary, once keys arrive there, or slots: then the move was too quick to be caught. */
    private ClusterNode awaitCopy(List<ClusterNode> joiners, int shards) throws InterruptedException {
        ClusterNode[] target = new ClusterNode[1];
        Await.until(
                PATIENCE_MS,
                () -> {
                    for (ClusterNode node : joiners) {
                        boolean primary = node.isPrimary();
                        boolean member = slots(cluster.nodes().get(0)).containsKey(node.id());
                        if (member || primary && !node.call("DBSIZE").equals(0L)) {
                            target[0] = node;
                            return true;
                        }
                    }
                    return false;
                },
                () -> "no slot moves to shard " + shards + ": "
                        + slots(cluster.nodes().get(0)));
        return target[0];
    }

    private void awaitBalanced(int shards) throws InterruptedException {
        Await.until(
                PATIENCE_MS,
                () -> {
                    Map<String, Integer> slots = slots(cluster.nodes().get(0));
                    return slots.size() == shards
                            && slots.values().stream()
                                    .allMatch(count -> Math.abs(count - LocalCluster.SLOTS / shards) <= 1);
                },
                () -> "shards: " + slots(cluster.nodes().get(0)));
        cluster.awaitWhole();
    }

    private static Map<String, Integer> slots(ClusterNode asked) {
        Map<String, Integer> slots = new HashMap<>();
        for (Object range : (List<?>) asked.call("CLUSTER", "SLOTS")) {
            List<?> fields = (List<?>) range;
            int count = ((Long) fields.get(1)).intValue() - ((Long) fields.get(0)).intValue() + 1;
            slots.merge(((List<?>) fields.get(2)).get(2).toString(), count, Integer::sum);
        }
        return slots;
    }

    private void assertHolds() throws IOException, InterruptedException {
        int[] at = new int[1];
        Await.until(
                PATIENCE_MS, () -> keysHeld() == KEYS, () -> keysHeld() + " keys are held (expected: " + KEYS + ")");
        try (RedirectedClient client =
                new RedirectedClient(cluster.nodes().get(0).port())) {
            while (at[0] < KEYS) {
                String key = "key:" + at[0];
                String reply = client.call(key, "GET", key).toString();
                if (reply.startsWith("-CLUSTERDOWN")) {
                    // A busy machine may cost a primary its lease for a moment.
                    TimeUnit.MILLISECONDS.sleep(50);
                    continue;
                }
                assertEquals('"' + VALUE + at[0] + '"', reply, key);
                at[0]++;
            }
        }
    }

    private long keysHeld() {
        return cluster.primaries().stream()
                .mapToLong(node -> (Long) node.call("DBSIZE"))
                .sum();
    }
}
