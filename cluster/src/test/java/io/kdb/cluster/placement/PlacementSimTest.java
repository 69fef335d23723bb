package io.kdb.cluster.placement;

import static io.kdb.cluster.topology.TestNodes.id;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord.Leave;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Nodes come and go; every step is taken at once. */
class PlacementSimTest {
    private static final int NODES = 1000;
    private static final int HOSTS = 100;
    private static final int ZONES = 5;

    @Test
    void aThousandNodesJoinAndLeaveWithTheFewestMoves() {
        TestCluster cluster = new TestCluster(0, host(0), zone(0), 1);
        for (int n = 1; n < NODES; n++) {
            cluster.join(n, host(n), zone(n));
            cluster.settle();
            int shards = Math.max(1, (n + 1) / 2);
            boolean grows = shards > Math.max(1, n / 2);
            assertEquals(grows ? Slot.COUNT / shards : 0, cluster.slotsMoved, "moves when node " + n + " joins");
            assertBalanced(cluster.view(), shards);
            if (n > 3 * ZONES) {
                assertSeparated(cluster.view());
            }
        }
        List<Integer> order = new ArrayList<>();
        for (int n = 0; n < NODES; n++) {
            order.add(n);
        }
        java.util.Collections.shuffle(order, new Random(7));
        for (int left = NODES; left > 2 * HOSTS; left--) {
            String leaving = id(order.get(left - 1));
            ClusterView before = cluster.view();
            cluster.apply(new Leave(leaving, true));
            ShardPlan plan = ShardPlan.of(cluster.view(), new PlacementPolicy(1, 0, 1, 1), cluster.nowMs);
            int held = 0;
            for (ClusterView.Shard shard : before.shards()) {
                held += plan.isTarget(shard.primary().id())
                        ? 0
                        : before.slotCount(shard.primary().id());
            }
            cluster.settle();
            int shards = (left - 1) / 2;
            assertEquals(
                    shards < left / 2 ? 1 : 0, before.size() - cluster.view().size());
            assertEquals(held, cluster.slotsMoved, "moves when " + leaving + " leaves");
            assertBalanced(cluster.view(), shards);
            assertSeparated(cluster.view());
            assertEquals(left - 1, cluster.view().nodes().size());
        }
    }

    @RepeatedTest(20)
    void anyOrderOfJoinsAndLeavesSettles(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int replicas = random.nextInt(3);
        int hosts = 1 + random.nextInt(6);
        int zones = 1 + random.nextInt(3);
        TestCluster cluster = new TestCluster(0, "host0", "zone0", replicas);
        int next = 1;
        for (int step = 0; step < 40; step++) {
            ClusterView view = cluster.view();
            if (view.nodes().size() < 2 || random.nextInt(5) < 3) {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    int host = random.nextInt(hosts);
                    cluster.join(next++, "host" + host, "zone" + host % zones);
                }
            } else {
                cluster.apply(new Leave(
                        view.nodes().get(random.nextInt(view.nodes().size())).id(), true));
            }
            cluster.settle();
            int nodes = cluster.view().nodes().size();
            assertBalanced(cluster.view(), Math.max(1, nodes / (1 + replicas)));
            if (nodes > replicas) {
                for (ClusterView.Shard shard : cluster.view().shards()) {
                    assertTrue(shard.replicas().size() >= replicas, "replicas");
                }
            }
            assertNoBetterSwap(cluster.view());
        }
    }

    private static String host(int n) {
        return "host" + n % HOSTS;
    }

    private static String zone(int n) {
        return "zone" + n % ZONES;
    }

    private static void assertBalanced(ClusterView view, int shards) {
        assertEquals(shards, view.size());
        assertTrue(view.coversAllSlots());
        for (ClusterView.Shard shard : view.shards()) {
            int slots = view.slotCount(shard.primary().id());
            assertTrue(slots == Slot.COUNT / shards || slots == Slot.COUNT / shards + 1, "slots: " + slots);
        }
    }

    private static void assertSeparated(ClusterView view) {
        for (ClusterView.Shard shard : view.shards()) {
            assertTrue(
                    shard.replicas().stream().anyMatch(replica -> ReplicaPlan.wrongness(replica, shard.primary()) == 0),
                    () -> shard.primary().profile() + " and "
                            + shard.replicas().get(0).profile());
        }
    }

    /** No two replicas could change places and both stand better. */
    private static void assertNoBetterSwap(ClusterView view) {
        for (ClusterView.Shard one : view.shards()) {
            for (ClusterView.Shard other : view.shards()) {
                if (one.replicas().size() != view.replicas() || other.replicas().size() != view.replicas()) {
                    continue;
                }
                for (ClusterNode a : one.replicas()) {
                    for (ClusterNode b : other.replicas()) {
                        int now = ReplicaPlan.wrongness(a, one.primary()) + ReplicaPlan.wrongness(b, other.primary());
                        int then = ReplicaPlan.wrongness(b, one.primary()) + ReplicaPlan.wrongness(a, other.primary());
                        boolean better = then < now
                                && ReplicaPlan.wrongness(b, one.primary()) < ReplicaPlan.wrongness(a, one.primary());
                        assertTrue(!better, () -> a.profile() + " and " + b.profile() + " should change places");
                    }
                }
            }
        }
    }
}
