package io.kdb.cluster.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Whole clusters under faults, on simulated time. The seed is the repetition number. */
class ControllerSimTest {
    @Test
    void withoutFaultsEverySlotIsServedAllTheTime() {
        SimCluster cluster = new SimCluster(3, 1, new Random(1));
        cluster.run(2_000);
        for (int i = 0; i < 2_000; i++) {
            cluster.step();
            assertEquals(3, cluster.served(), "at " + cluster.nowMs);
        }
        assertTrue(cluster.decided.stream().noneMatch(record -> record instanceof Failover));
    }

    @RepeatedTest(20)
    void aKilledPrimaryIsReplacedWithinTheNodeTimeoutAndALittle(RepetitionInfo repetition) {
        SimCluster cluster = new SimCluster(3, 1, new Random(repetition.getCurrentRepetition()));
        cluster.run(3_000 + cluster.random.nextInt(500));
        boolean alsoLeader = repetition.getCurrentRepetition() % 2 == 0;
        SimNode victim = alsoLeader ? makePrimary(cluster, cluster.leader) : cluster.nodes.get(5);
        cluster.run(1_000);
        kill(cluster, victim, 60_000);
        long killedMs = cluster.nowMs;
        while (cluster.served() == 3) {
            cluster.step();
        }
        while (cluster.served() < 3) {
            cluster.step();
            assertTrue(cluster.nowMs - killedMs < 2_800, "no new primary after " + (cluster.nowMs - killedMs) + " ms");
        }
    }

    @RepeatedTest(10)
    void aPrimaryRestartedEmptyAtOnceGivesWayToItsReplica(RepetitionInfo repetition) {
        SimCluster cluster = new SimCluster(3, 1, new Random(repetition.getCurrentRepetition()));
        cluster.run(4_000);
        SimNode victim = cluster.nodes.get(5);
        String replica = cluster.view().replicasOf(victim.id).get(0).id();
        long offset = cluster.node(replica).offset;
        victim.restart(true);
        cluster.run(1_000);
        assertTrue(cluster.view().node(replica).isPrimary());
        assertTrue(cluster.node(replica).offset >= offset);
        cluster.run(3_000);
        assertEquals(cluster.node(replica).dataOf, victim.dataOf, "and copies it");
        assertTrue(victim.linkUp);
    }

    @RepeatedTest(10)
    void afterARestartOfAllEveryShardKeepsItsNewestData(RepetitionInfo repetition) {
        SimCluster cluster = new SimCluster(2, 2, new Random(repetition.getCurrentRepetition()));
        cluster.run(4_000);
        long[] newest = new long[cluster.shards];
        for (SimNode node : cluster.nodes) {
            node.saveToDisk(false);
            // far more than is written until the end of the test
            node.diskOffset += 1_000_000 - 10_000L * cluster.random.nextInt(10);
            for (int shard = 0; shard < cluster.shards; shard++) {
                ClusterNode owner = cluster.view().owner(cluster.slotOf(shard));
                if (owner.shardId().equals(node.diskOf)) {
                    newest[shard] = Math.max(newest[shard], node.diskOffset);
                }
            }
            node.condition = SimNode.Condition.DOWN;
        }
        for (SimNode node : cluster.nodes) {
            node.restart(false);
            cluster.run(cluster.random.nextInt(200));
        }
        cluster.run(6_000);
        assertEquals(cluster.shards, cluster.served());
        for (int shard = 0; shard < cluster.shards; shard++) {
            SimNode owner =
                    cluster.node(cluster.view().owner(cluster.slotOf(shard)).id());
            assertTrue(owner.offset >= newest[shard], "shard " + shard);
        }
    }

    @RepeatedTest(10)
    void aPausedPrimaryServesNothingWhenItReturns(RepetitionInfo repetition) {
        SimCluster cluster = new SimCluster(3, 1, new Random(repetition.getCurrentRepetition()));
        cluster.run(4_000);
        SimNode victim = cluster.nodes.get(4);
        boolean suspended = repetition.getCurrentRepetition() % 2 == 0;
        victim.condition = suspended ? SimNode.Condition.SUSPENDED : SimNode.Condition.PAUSED;
        cluster.run(6_000);
        assertFalse(cluster.view().node(victim.id).isPrimary());
        victim.condition = SimNode.Condition.RUNNING;
        for (int i = 0; i < 300; i++) {
            assertFalse(victim.serves(cluster.slotOf(1)));
            cluster.step();
        }
        assertTrue(victim.linkUp, "it follows");
    }

    @RepeatedTest(60)
    void anyFaultsLeaveOneServerForEachSlotAndHeal(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        SimCluster cluster = new SimCluster(2 + random.nextInt(2), 1 + random.nextInt(2), random);
        for (int i = 0; i < 4_000; i++) {
            wake(cluster);
            if (random.nextInt(80) == 0) {
                fault(cluster);
            }
            cluster.step();
        }
        heal(cluster);
        cluster.run(12_000);
        assertEquals(cluster.shards, cluster.served(), "shards served after healing");
        for (ClusterNode node : cluster.view().nodes()) {
            assertFalse(node.failed(), () -> node + " is still failed");
            assertEquals(cluster.node(node.id()).incarnation, node.incarnation());
            assertTrue(node.isPrimary() || cluster.node(node.id()).linkUp, () -> node + " does not follow");
        }
    }

    private static void fault(SimCluster cluster) {
        Random random = cluster.random;
        SimNode victim = cluster.nodes.get(random.nextInt(cluster.nodes.size()));
        switch (random.nextInt(12)) {
            case 0, 1 -> kill(cluster, victim, random.nextInt(6_000));
            case 2 -> {
                if (victim.runs()) {
                    victim.saveToDisk(true);
                    kill(cluster, victim, random.nextInt(3_000));
                }
            }
            case 3, 4, 5 -> {
                if (victim.runs()) {
                    victim.condition = random.nextInt(3) == 0 ? SimNode.Condition.SUSPENDED : SimNode.Condition.PAUSED;
                    victim.wakeAtMs = cluster.nowMs + random.nextInt(5_000);
                }
            }
            case 6, 7 -> {
                boolean oneWay = random.nextInt(3) == 0;
                int side = random.nextInt(1 << cluster.nodes.size());
                for (SimNode one : cluster.nodes) {
                    for (SimNode other : cluster.nodes) {
                        boolean apart = (side >> one.n & 1) != (side >> other.n & 1);
                        cluster.cut[one.n][other.n] = apart && (!oneWay || (side >> one.n & 1) == 1);
                    }
                }
            }
            case 8 -> cutNothing(cluster);
            case 9, 10 -> {
                if (cluster.leader.leadsTerm > 0) {
                    cluster.leader.controller.force(cluster.leader.view, victim.id, cluster.leader.ms());
                }
            }
            default -> {
                SimNode next = cluster.voters.get(random.nextInt(3));
                if (cluster.reachesMajority(next)) {
                    cluster.elect(next);
                }
                if (random.nextInt(5) == 0) {
                    cluster.nodes.forEach(node -> kill(cluster, node, random.nextInt(2_000)));
                }
            }
        }
    }

    private static void kill(SimCluster cluster, SimNode node, long forMs) {
        if (node.condition != SimNode.Condition.DOWN) {
            node.condition = SimNode.Condition.DOWN;
            node.wakeAtMs = cluster.nowMs + forMs;
        }
    }

    private static void wake(SimCluster cluster) {
        for (SimNode node : cluster.nodes) {
            if (!node.runs() && cluster.nowMs >= node.wakeAtMs) {
                if (node.condition == SimNode.Condition.DOWN) {
                    node.restart(cluster.random.nextInt(4) == 0);
                }
                node.condition = SimNode.Condition.RUNNING;
            }
        }
    }

    private static void heal(SimCluster cluster) {
        cutNothing(cluster);
        cluster.nodes.forEach(node -> node.wakeAtMs = 0);
        wake(cluster);
    }

    private static void cutNothing(SimCluster cluster) {
        for (boolean[] row : cluster.cut) {
            java.util.Arrays.fill(row, false);
        }
    }

    /** Has the node take over its shard by hand, so that it is both leader and primary. */
    private static SimNode makePrimary(SimCluster cluster, SimNode node) {
        node.controller.force(node.view, node.id, node.ms());
        cluster.run(3_000);
        assertTrue(cluster.view().node(node.id).isPrimary());
        return node;
    }
}
