package io.kdb.cluster.placement;

import static io.kdb.cluster.topology.TestNodes.id;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterRecord.BeginMove;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.Leave;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.SetPlacement;
import io.kdb.cluster.topology.ClusterRecord.SetReplicas;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
    @Test
    void sixNodesAtOneReplicaAreThreeShards() {
        TestCluster cluster = cluster(6, 1);
        assertShards(cluster, 3, 1, 0);
    }

    @Test
    void nodesSevenAndEightBecomeTheFourthShardAndLeaveAgain() {
        TestCluster cluster = cluster(6, 1);
        cluster.join(7, "h7", "");
        cluster.settle();
        assertEquals(0, cluster.slotsMoved, "an odd node is a spare replica");
        assertShards(cluster, 3, 1, 1);
        cluster.join(8, "h8", "");
        cluster.settle();
        assertEquals(Slot.COUNT / 4, cluster.slotsMoved);
        assertShards(cluster, 4, 1, 0);
        int lastReplica = indexOf(cluster, Step.Propose.class, ClusterRecord.Replicate.class);
        assertTrue(
                lastReplica < indexOf(cluster, Step.Propose.class, BeginMove.class), "the replica comes before data");

        ClusterNode fourth = cluster.view().node(id(8)).isPrimary()
                ? cluster.view().node(id(8))
                : cluster.view().node(id(7));
        String replica = cluster.view().replicasOf(fourth.id()).get(0).id();
        int held = cluster.view().slotsOf(fourth.id()).count();
        cluster.apply(new Leave(fourth.id(), true));
        cluster.settle();
        assertEquals(held, cluster.slotsMoved);
        assertNull(cluster.view().node(fourth.id()));
        assertShards(cluster, 3, 1, 1);
        cluster.apply(new Leave(replica, true));
        cluster.settle();
        assertEquals(0, cluster.slotsMoved);
        assertNull(cluster.view().node(replica));
        assertShards(cluster, 3, 1, 0);
    }

    @Test
    void aPrimaryThatLeavesHandsOverWhenItsShardStays() {
        TestCluster cluster = cluster(7, 1);
        cluster.apply(new Leave(id(1), true));
        cluster.settle();
        assertEquals(0, cluster.slotsMoved);
        assertTrue(cluster.taken.stream().anyMatch(step -> step instanceof Step.HandOver));
        assertNull(cluster.view().node(id(1)));
        assertShards(cluster, 3, 1, 0);
    }

    @Test
    void shardsWithoutReplicasAreDrained() {
        TestCluster cluster = cluster(3, 0);
        assertShards(cluster, 3, 0, 0);
        cluster.apply(new Leave(id(2), true));
        cluster.settle();
        assertShards(cluster, 2, 0, 0);
        assertNull(cluster.view().node(id(2)));
    }

    @Test
    void aSpareReplacesAReplicaThatIsGoneForGood() {
        TestCluster cluster = cluster(7, 1);
        ClusterView view = cluster.view();
        String lone = view.shards().stream()
                .filter(shard -> shard.replicas().size() == 1)
                .findFirst()
                .orElseThrow()
                .replicas()
                .get(0)
                .id();
        cluster.apply(new MarkFailed(lone, cluster.nowMs));
        cluster.settle();
        assertTrue(cluster.taken.isEmpty(), "not yet gone for good");
        cluster.nowMs += TestCluster.HEAL_AFTER_MS;
        cluster.settle();
        assertEquals(1, cluster.taken.size());
        assertLiveReplicas(cluster, 1);
    }

    @Test
    void withoutASpareAShardIsFoldedIntoTheOthers() {
        TestCluster cluster = cluster(6, 1);
        ClusterNode dead = cluster.view().node(id(1));
        String heir = cluster.view().replicasOf(id(1)).get(0).id();
        cluster.apply(new Failover(id(1), dead.configEpoch(), heir, Cause.AUTOMATIC, true, cluster.nowMs));
        cluster.settle();
        assertTrue(cluster.taken.isEmpty());
        cluster.nowMs += TestCluster.HEAL_AFTER_MS;
        cluster.settle();
        assertEquals(2, cluster.view().size());
        assertTrue(cluster.view().coversAllSlots());
        assertTrue(cluster.view().slotsOf(heir).isEmpty(), "the short shard is the one that goes");
        assertLiveReplicas(cluster, 1);
    }

    @Test
    void slotsOfAFailedPrimaryStayUntilTheOperatorGivesItUp() {
        TestCluster cluster = cluster(3, 0);
        int held = cluster.view().slotsOf(id(3)).count();
        cluster.apply(new MarkFailed(id(3), cluster.nowMs));
        cluster.nowMs += 2 * TestCluster.HEAL_AFTER_MS;
        cluster.settle();
        assertTrue(cluster.taken.isEmpty());
        assertEquals(held, cluster.view().slotsOf(id(3)).count());
        cluster.apply(new Leave(id(3), true));
        cluster.settle();
        assertNull(cluster.view().node(id(3)));
        assertTrue(cluster.view().coversAllSlots());
        assertShards(cluster, 2, 0, 0);
    }

    @Test
    void fewerReplicasMakeMoreShards() {
        TestCluster cluster = cluster(6, 2);
        assertShards(cluster, 2, 2, 0);
        cluster.apply(new SetReplicas(1));
        cluster.settle();
        assertShards(cluster, 3, 1, 0);
        cluster.apply(new SetReplicas(0));
        cluster.settle();
        assertShards(cluster, 6, 0, 0);
        cluster.apply(new SetReplicas(2));
        cluster.settle();
        assertShards(cluster, 2, 2, 0);
    }

    @Test
    void manualStopsEverything() {
        TestCluster cluster = cluster(2, 0);
        cluster.apply(new BeginMove(SlotSet.of(cluster.view().slotsOf(id(1)).next(0)), id(1), id(2)));
        cluster.join(3, "h3", "");
        cluster.apply(new SetPlacement(PlacementMode.MANUAL));
        List<Step> steps = cluster.reconciler.next(cluster.view(), cluster, cluster.nowMs);
        assertEquals(1, steps.size());
        cluster.apply(((Step.Propose) steps.get(0)).record());
        assertTrue(
                cluster.reconciler.next(cluster.view(), cluster, cluster.nowMs).isEmpty());
    }

    @Test
    void aMoveIsAbortedWhenItsTargetFails() {
        TestCluster cluster = cluster(2, 0);
        cluster.apply(new BeginMove(SlotSet.of(cluster.view().slotsOf(id(1)).next(0)), id(1), id(2)));
        assertFalse(cluster.reconciler.next(cluster.view(), cluster, 0).stream()
                .anyMatch(step -> ((Step.Propose) step).record() instanceof ClusterRecord.AbortMove));
        cluster.apply(new MarkFailed(id(2), 1));
        List<Step> steps = cluster.reconciler.next(cluster.view(), cluster, 1);
        assertTrue(((Step.Propose) steps.get(0)).record() instanceof ClusterRecord.AbortMove);
    }

    @Test
    void movesInFlightAreBoundedAndBatchedByKeys() {
        TestCluster cluster = cluster(1, 0);
        cluster.join(2, "h2", "");
        cluster.join(3, "h3", "");
        Reconciler.Reports loaded = new Reconciler.Reports() {
            @Override
            public long keys(String node) {
                return Slot.COUNT * 100L;
            }

            @Override
            public boolean isSynced(String node) {
                return true;
            }
        };
        Reconciler reconciler = new Reconciler(new PlacementPolicy(1, 0, 1, 1_000));
        List<Step> steps = reconciler.next(cluster.view(), loaded, 0);
        assertEquals(1, steps.size(), "one move out of node 1 at a time");
        BeginMove move = (BeginMove) ((Step.Propose) steps.get(0)).record();
        assertEquals(10, move.slots().count());
        cluster.apply(move);
        assertTrue(reconciler.next(cluster.view(), loaded, 0).isEmpty());
    }

    @Test
    void waitsForTheNextJoinBeforeAnythingMoves() {
        TestCluster cluster = cluster(1, 0);
        Reconciler reconciler = new Reconciler(new PlacementPolicy(1, 500, 8, 1));
        assertTrue(reconciler.next(cluster.view(), cluster, 0).isEmpty());
        cluster.join(2, "h2", "");
        assertTrue(reconciler.next(cluster.view(), cluster, 600).isEmpty());
        cluster.join(3, "h3", "");
        assertTrue(reconciler.next(cluster.view(), cluster, 1_000).isEmpty());
        assertTrue(reconciler.next(cluster.view(), cluster, 1_499).isEmpty());
        assertEquals(2, reconciler.next(cluster.view(), cluster, 1_500).size());
    }

    @Test
    void aReplicaNeverSharesItsPrimarysHostWhileAnotherChoiceExists() {
        TestCluster cluster = new TestCluster(1, "a", "", 1);
        cluster.join(2, "a", "");
        cluster.settle();
        cluster.join(3, "b", "");
        cluster.settle();
        cluster.join(4, "b", "");
        cluster.settle();
        assertShards(cluster, 2, 1, 0);
        for (ClusterNode node : cluster.view().nodes()) {
            if (node.isReplica()) {
                assertEquals(0, ReplicaPlan.wrongness(node, cluster.view().node(node.primaryId())));
            }
        }
    }

    private static TestCluster cluster(int nodes, int replicas) {
        TestCluster cluster = new TestCluster(1, "h1", "", replicas);
        for (int n = 2; n <= nodes; n++) {
            cluster.join(n, "h" + n, "");
        }
        cluster.settle();
        return cluster;
    }

    static void assertShards(TestCluster cluster, int shards, int replicas, int spares) {
        ClusterView view = cluster.view();
        assertTrue(view.coversAllSlots());
        assertEquals(shards, view.size());
        assertEquals(shards, view.shards().size());
        int extra = 0;
        for (ClusterView.Shard shard : view.shards()) {
            assertTrue(shard.replicas().size() >= replicas, "replicas of " + shard.id());
            extra += shard.replicas().size() - replicas;
            int slots = view.slotCount(shard.primary().id());
            assertTrue(slots == Slot.COUNT / shards || slots == (Slot.COUNT + shards - 1) / shards, "slots: " + slots);
        }
        assertEquals(spares, extra);
        assertEquals(shards * (1 + replicas) + spares, view.nodes().size());
    }

    private static void assertLiveReplicas(TestCluster cluster, int atLeast) {
        for (ClusterView.Shard shard : cluster.view().shards()) {
            assertTrue(shard.replicas().stream().filter(node -> !node.failed()).count() >= atLeast, shard::id);
        }
    }

    private static int indexOf(TestCluster cluster, Class<Step.Propose> kind, Class<? extends ClusterRecord> type) {
        for (int i = 0; i < cluster.taken.size(); i++) {
            if (kind.isInstance(cluster.taken.get(i))
                    && type.isInstance(kind.cast(cluster.taken.get(i)).record())) {
                return i;
            }
        }
        return -1;
    }
}
