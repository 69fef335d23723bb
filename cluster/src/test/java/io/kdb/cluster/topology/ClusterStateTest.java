package io.kdb.cluster.topology;

import static io.kdb.cluster.topology.TestNodes.CLUSTER;
import static io.kdb.cluster.topology.TestNodes.founded;
import static io.kdb.cluster.topology.TestNodes.id;
import static io.kdb.cluster.topology.TestNodes.join;
import static io.kdb.cluster.topology.TestNodes.joiner;
import static io.kdb.cluster.topology.TestNodes.meet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterRecord.AddSlots;
import io.kdb.cluster.topology.ClusterRecord.BeginMove;
import io.kdb.cluster.topology.ClusterRecord.BumpEpoch;
import io.kdb.cluster.topology.ClusterRecord.CancelFailover;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.CommitMove;
import io.kdb.cluster.topology.ClusterRecord.DelSlots;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.Forget;
import io.kdb.cluster.topology.ClusterRecord.FoundShard;
import io.kdb.cluster.topology.ClusterRecord.Leave;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.NodeJoin;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterRecord.Reset;
import io.kdb.cluster.topology.ClusterRecord.SetConfigEpoch;
import io.kdb.cluster.topology.ClusterRecord.SetPlacement;
import io.kdb.cluster.topology.ClusterRecord.SetSlotNode;
import io.kdb.cluster.topology.ClusterRecord.Via;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClusterStateTest {
    @Test
    void aLoneNodeHasNoSlotsAndNoMode() {
        ClusterView view = founded(1).view(id(1));
        assertEquals(PlacementMode.NONE, view.mode());
        assertEquals(0, view.slotsAssigned());
        assertFalse(view.coversAllSlots());
        assertNull(view.owner(0));
    }

    @Test
    void theFirstMeetMakesItManualAndTheFirstJoinAuto() {
        ClusterState met = founded(1);
        accepted(met, meet(joiner(2)));
        assertEquals(PlacementMode.MANUAL, met.view(id(1)).mode());
        accepted(met, join(joiner(3)));
        assertEquals(PlacementMode.MANUAL, met.view(id(1)).mode());

        ClusterState joined = founded(1);
        accepted(joined, join(joiner(2)));
        ClusterView view = joined.view(id(2));
        assertEquals(PlacementMode.AUTO, view.mode());
        assertEquals(SlotSet.ALL, view.slotsOf(id(1)));
        assertFalse(view.iOwn(0));
        accepted(joined, meet(joiner(3)));
        assertEquals(PlacementMode.AUTO, joined.view(id(1)).mode());
    }

    @Test
    void kdbUpStartsItsFirstNodeAsAuto() {
        ClusterState state = founded(1);
        accepted(state, new SetPlacement(PlacementMode.AUTO));
        assertTrue(state.view(id(1)).coversAllSlots());
        assertTrue(state.view(id(1)).iOwn(16383));
    }

    @Test
    void aJoiningNodeBringsItsSlots() {
        ClusterState state = founded(1);
        accepted(state, new AddSlots(id(1), SlotSet.range(0, 99), false));
        accepted(state, meet(joiner(2, "h2", "", SlotSet.range(100, 199), SlotSet.of(100))));
        assertEquals(SlotSet.range(100, 199), state.view(id(1)).slotsOf(id(2)));
        refused(
                state,
                meet(joiner(3, "h3", "", SlotSet.of(199), SlotSet.EMPTY)),
                "ERR Slot 199 is served by the cluster, but the joining node claims it too");
        refused(
                state,
                meet(joiner(3, "h3", "", SlotSet.EMPTY, SlotSet.of(7))),
                "ERR Slot 7 is served by the cluster, but the joining node holds keys of it");
        assertNull(state.view(id(1)).node(id(3)));
    }

    @Test
    void aLoneAutoNodeIsNotJoinedByOneWithKeys() {
        ClusterState state = founded(1);
        refused(state, join(joiner(2, "h", "", SlotSet.EMPTY, SlotSet.of(5))), "ERR Slot 5 is served by the cluster,");
        assertEquals(PlacementMode.NONE, state.view(id(1)).mode());
    }

    @Test
    void refusesAnotherClusterAndANodeOfARealOne() {
        ClusterState state = founded(1);
        refused(state, new NodeJoin(id(5), joiner(2), 1, Via.MEET, 0), ClusterLines.WRONG_CLUSTER);
        refused(state, new NodeJoin(CLUSTER, joiner(2), 2, Via.MEET, 0), ClusterLines.TWO_CLUSTERS);
    }

    @Test
    void primariesHaveUniqueConfigEpochs() {
        ClusterState state = founded(1);
        for (int n = 2; n < 30; n++) {
            accepted(state, meet(joiner(n)));
        }
        Set<Long> epochs = new HashSet<>();
        state.view(id(1)).nodes().forEach(node -> assertTrue(epochs.add(node.configEpoch())));
    }

    @Test
    void setConfigEpochWorksWhileAloneOnly() {
        ClusterState state = founded(1);
        accepted(state, new SetConfigEpoch(id(1), 3));
        assertEquals(3, state.view(id(1)).currentEpoch());
        refused(state, new SetConfigEpoch(id(1), 4), ClusterLines.EPOCH_NOT_ZERO);
        accepted(state, meet(joiner(2)));
        refused(state, new SetConfigEpoch(id(2), 5), ClusterLines.EPOCH_NOT_ALONE);
        assertEquals("STILL 3", state.apply(new BumpEpoch(id(1))).text());
        assertEquals("BUMPED 4", state.apply(new BumpEpoch(id(2))).text());
        assertEquals("STILL 4", state.apply(new BumpEpoch(id(2))).text());
    }

    @Test
    void forgetIsAskedOfEveryNodeOnce() {
        ClusterState state = founded(1);
        accepted(state, meet(joiner(2)));
        accepted(state, meet(joiner(3)));
        refused(state, new Forget(id(3), id(3), 0), ClusterLines.FORGET_MYSELF);
        accepted(state, new Replicate(id(2), id(1)));
        refused(state, new Forget(id(1), id(2), 0), ClusterLines.FORGET_PRIMARY);
        accepted(state, new Forget(id(3), id(1), 1000));
        accepted(state, new Forget(id(3), id(2), 1000));
        refused(state, new Forget(id(3), id(1), 2000), "ERR Unknown node " + id(3));
        refused(state, new Forget(id(3), id(4), 61_000), "ERR Unknown node " + id(3));
    }

    @Test
    void aForgottenNodeMayJoinAgain() {
        ClusterState state = founded(1);
        accepted(state, meet(joiner(2)));
        accepted(state, meet(joiner(3)));
        accepted(state, new Forget(id(3), id(1), 1000));
        accepted(state, new NodeJoin(CLUSTER, joiner(3), 1, Via.MEET, 1001));
        assertNotNull(state.view(id(1)).node(id(3)));
        accepted(state, new Forget(id(3), id(1), 1002));
    }

    @Test
    void forgettingTheOwnerLeavesItsSlotsToNobodyAndItsReplicaWithoutPrimary() {
        ClusterState state = founded(1);
        accepted(state, meet(joiner(2)));
        accepted(state, meet(joiner(3)));
        accepted(state, new AddSlots(id(2), SlotSet.range(0, 9), false));
        accepted(state, new Replicate(id(3), id(2)));
        accepted(state, new Forget(id(2), id(1), 0));
        ClusterView view = state.view(id(3));
        assertNull(view.owner(5));
        assertTrue(view.myself().isReplica());
        assertNull(view.myPrimary());
    }

    @Test
    void resetTakesTheOldSelfAwayAndItMayComeBackAtOnce() {
        ClusterState state = founded(1);
        accepted(state, meet(joiner(2)));
        accepted(state, new Reset(id(2), 1));
        accepted(state, new Reset(id(2), 1));
        accepted(state, meet(joiner(2)));
        Joiner later = new Joiner(id(2), TestNodes.profile(2, "h", ""), id(77), 0, 2, SlotSet.of(8), SlotSet.EMPTY);
        accepted(state, new AddSlots(id(2), SlotSet.of(7), false));
        accepted(state, meet(later));
        assertEquals(SlotSet.of(8), state.view(id(1)).slotsOf(id(2)));
        assertEquals(id(77), state.view(id(1)).node(id(2)).shardId());
    }

    @Test
    void addSlotsAndDelSlotsAnswerAsRedisDoes() {
        ClusterState state = founded(1);
        accepted(state, new AddSlots(id(1), SlotSet.range(0, 5), false));
        assertEquals(PlacementMode.MANUAL, state.view(id(1)).mode());
        refused(state, new AddSlots(id(1), SlotSet.range(4, 8), false), "ERR Slot 4 is already busy");
        assertNull(state.view(id(1)).owner(8));
        refused(state, new DelSlots(SlotSet.range(5, 6)), "ERR Slot 6 is already unassigned");
        accepted(state, new DelSlots(SlotSet.of(5)));
        assertEquals(SlotSet.range(0, 4), state.view(id(1)).slotsOf(id(1)));
    }

    @Test
    void autoRefusesToBePlacedByHand() {
        ClusterState state = founded(1);
        accepted(state, join(joiner(2)));
        refused(state, new AddSlots(id(1), SlotSet.of(1), false), ClusterLines.PLACED_BY_ITSELF);
        refused(state, new DelSlots(SlotSet.of(1)), ClusterLines.PLACED_BY_ITSELF);
        refused(state, new SetSlotNode(1, id(2), true, true), ClusterLines.PLACED_BY_ITSELF);
        refused(state, new Forget(id(1), id(2), 0), "ERR Node " + id(1) + " owns slots: run 'kdb cluster leave");
        accepted(state, new Leave(id(2), true));
        refused(state, new Leave(id(1), true), ClusterLines.FORGET_MYSELF);
        accepted(state, new SetPlacement(PlacementMode.MANUAL));
        assertFalse(state.view(id(1)).node(id(2)).leaving());
        refused(state, new Leave(id(2), true), ClusterLines.LEAVE_NEEDS_AUTO);
    }

    @Test
    void setSlotNodeIsIdempotentAndAnImportRaisesTheEpoch() {
        ClusterState state = founded(1);
        accepted(state, meet(joiner(2)));
        accepted(state, new AddSlots(id(1), SlotSet.of(7), false));
        accepted(state, new BumpEpoch(id(1)));
        long before = state.view(id(1)).currentEpoch();
        accepted(state, new SetSlotNode(7, id(2), true, false));
        ClusterView view = state.view(id(2));
        assertTrue(view.iOwn(7));
        assertEquals(before + 1, view.myself().configEpoch());
        assertEquals(state.version(), view.node(id(1)).lossVersion());
        accepted(state, new SetSlotNode(7, id(2), false, true));
        assertTrue(state.view(id(1)).myself().isPrimary());
        accepted(state, new SetSlotNode(7, id(1), false, true));
        assertEquals(id(1), state.view(id(2)).myself().primaryId());
        refused(state, new SetSlotNode(7, id(2), false, true), ClusterLines.TARGET_NOT_PRIMARY);
    }

    @Test
    void aMoveIsCommittedOnceAndOnlyByItsId() {
        ClusterState state = founded(1);
        accepted(state, join(joiner(2)));
        long move =
                state.apply(new BeginMove(SlotSet.range(0, 9), id(1), id(2))).value();
        assertEquals(move, state.view(id(1)).move(3).id());
        refused(state, new BeginMove(SlotSet.of(9), id(1), id(2)), "ERR Slot 9 is on the move already");
        accepted(state, new CommitMove(move, SlotSet.range(0, 4)));
        refused(state, new CommitMove(move, SlotSet.range(4, 5)), ClusterLines.NO_SUCH_MOVE);
        accepted(state, new ClusterRecord.AbortMove(move, SlotSet.range(5, 9)));
        refused(state, new CommitMove(move, SlotSet.range(5, 9)), ClusterLines.NO_SUCH_MOVE);
        assertEquals(SlotSet.range(0, 4), state.view(id(1)).slotsOf(id(2)));
        assertEquals(0, state.view(id(1)).node(id(1)).lossVersion());
        assertTrue(state.view(id(1)).movesInFlight().isEmpty());
    }

    @Test
    void aFailoverIsOneRecord() {
        ClusterState state = founded(1);
        accepted(state, join(joiner(2)));
        accepted(state, join(joiner(3)));
        accepted(state, join(joiner(4)));
        accepted(state, new Replicate(id(2), id(1)));
        accepted(state, new Replicate(id(3), id(1)));
        long move = state.apply(new BeginMove(SlotSet.of(3), id(1), id(4))).value();
        ClusterNode old = state.view(id(1)).node(id(1));
        Failover failover = new Failover(id(1), old.configEpoch(), id(2), Cause.AUTOMATIC, true, 500);
        long epoch = state.apply(failover).value();
        ClusterView view = state.view(id(3));
        assertEquals(view.currentEpoch(), epoch);
        assertEquals(epoch, view.node(id(2)).configEpoch());
        assertTrue(view.node(id(2)).isPrimary());
        assertEquals(SlotSet.ALL, view.slotsOf(id(2)));
        assertTrue(view.coversAllSlots());
        assertEquals(old.shardId(), view.node(id(2)).shardId());
        assertTrue(view.node(id(1)).failed());
        assertEquals(id(2), view.node(id(1)).primaryId());
        assertSame(view.node(id(2)), view.myPrimary());
        assertTrue(view.iReplicate(77));
        refused(state, new CommitMove(move, SlotSet.of(3)), ClusterLines.NO_SUCH_MOVE);
        refused(state, failover, ClusterLines.NOT_ITS_REPLICA);
    }

    @Test
    void aMoveEndsWithTheFailoverOrRestartOfItsTarget() {
        ClusterState state = founded(1);
        accepted(state, join(joiner(2)));
        accepted(state, join(joiner(3)));
        accepted(state, new Replicate(id(3), id(2)));
        long first = state.apply(new BeginMove(SlotSet.of(1), id(1), id(2))).value();
        accepted(state, new ClusterRecord.AcceptIncarnation(id(2), 2));
        refused(state, new CommitMove(first, SlotSet.of(1)), ClusterLines.NO_SUCH_MOVE);
        long second = state.apply(new BeginMove(SlotSet.of(1), id(1), id(2))).value();
        long epoch = state.view(id(1)).node(id(2)).configEpoch();
        accepted(state, new Failover(id(2), epoch, id(3), Cause.AUTOMATIC, true, 0));
        refused(state, new CommitMove(second, SlotSet.of(1)), ClusterLines.NO_SUCH_MOVE);
        assertTrue(state.view(id(1)).iOwn(1));
    }

    @Test
    void theReplicasOfAPrimaryThatBecomesAReplicaComeAlong() {
        ClusterState state = founded(1);
        accepted(state, join(joiner(2)));
        accepted(state, join(joiner(3)));
        accepted(state, new Replicate(id(3), id(2)));
        accepted(state, new Replicate(id(2), id(1)));
        assertTrue(state.view(id(1)).node(id(3)).isReplicaOf(id(1)));
    }

    @Test
    void aCancelledManualFailoverIsRefused() {
        ClusterState state = founded(1);
        accepted(state, join(joiner(2)));
        accepted(state, new Replicate(id(2), id(1)));
        long epoch = state.view(id(1)).myself().configEpoch();
        accepted(state, new CancelFailover(id(1), epoch));
        refused(state, new CancelFailover(id(1), epoch), ClusterLines.STALE_EPOCH);
        refused(state, new Failover(id(1), epoch, id(2), Cause.MANUAL, false, 0), ClusterLines.STALE_EPOCH);
    }

    @Test
    void replicateAnswersAsRedisDoes() {
        ClusterState state = founded(1);
        accepted(state, meet(joiner(2)));
        accepted(state, meet(joiner(3)));
        accepted(state, new AddSlots(id(1), SlotSet.of(1), false));
        refused(state, new Replicate(id(1), id(1)), "ERR Can't replicate myself");
        refused(state, new Replicate(id(1), id(2)), ClusterLines.REPLICATE_NOT_EMPTY);
        refused(state, new Replicate(id(2), id(9)), "ERR Unknown node " + id(9));
        accepted(state, new Replicate(id(2), id(1)));
        refused(state, new Replicate(id(3), id(2)), ClusterLines.REPLICATE_REPLICA);
        assertEquals(
                state.view(id(1)).node(id(1)).shardId(),
                state.view(id(1)).node(id(2)).shardId());
        accepted(state, new FoundShard(id(2)));
        assertTrue(state.view(id(1)).node(id(2)).isPrimary());
        assertNotEquals(
                state.view(id(1)).node(id(1)).shardId(),
                state.view(id(1)).node(id(2)).shardId());
    }

    @Test
    void aFailedOwnerEndsFullCoverage() {
        ClusterState state = founded(1);
        accepted(state, join(joiner(2)));
        accepted(state, new MarkFailed(id(1), 9));
        ClusterView view = state.view(id(2));
        assertFalse(view.coversAllSlots());
        assertFalse(ClusterText.isOk(view, true, true));
        assertTrue(ClusterText.isOk(view, false, true));
        assertFalse(ClusterText.isOk(view, false, false));
    }

    static void accepted(ClusterState state, ClusterRecord record) {
        ClusterAnswer answer = ClusterAnswer.decode(state.apply(record.encode()));
        assertTrue(answer.accepted(), () -> record + " -> " + answer.text());
    }

    static void refused(ClusterState state, ClusterRecord record, String line) {
        ClusterAnswer answer = ClusterAnswer.decode(state.apply(record.encode()));
        assertFalse(answer.accepted(), record::toString);
        assertTrue(answer.text().startsWith(line), answer::text);
    }
}
