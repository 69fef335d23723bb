package io.kdb.cluster.health;

import static io.kdb.cluster.topology.TestNodes.id;
import static io.kdb.cluster.topology.TestNodes.join;
import static io.kdb.cluster.topology.TestNodes.joiner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterLines;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterRecord.AcceptIncarnation;
import io.kdb.cluster.topology.ClusterRecord.CancelFailover;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.History;
import io.kdb.cluster.topology.ClusterRecord.InSync;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.MarkRecovered;
import io.kdb.cluster.topology.ClusterRecord.NodeUpdate;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterRecord.SetReplicaAcks;
import io.kdb.cluster.topology.ClusterState;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.NodeProfile;
import io.kdb.cluster.topology.TestNodes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Node 1 owns all slots, nodes 2 and 3 replicate it, node 4 leads and owns nothing. Timeout 2 s. */
class ControllerTest {
    private static final String HISTORY = "a".repeat(40);
    private final HealthPolicy policy = new HealthPolicy(2000, 10, 10_000);
    private final ClusterState state = TestNodes.founded(1);
    private final LeaseGranter granter = new LeaseGranter(policy);
    private HeartbeatTable table = new HeartbeatTable(policy, 0);
    private Controller controller = new Controller(policy, table, granter);
    private final List<Decision> made = new ArrayList<>();
    private long nowMs;

    {
        for (int n = 2; n <= 4; n++) {
            accept(join(joiner(n)));
        }
        accept(new Replicate(id(2), id(1)));
        accept(new Replicate(id(3), id(1)));
        accept(new History(id(1), HISTORY, 0));
        granter.becameLeader(0);
        controller.becameLeader();
    }

    @Test
    void aHealthyClusterNeedsNoDecision() {
        run(10_000, () -> beat(1, 2, 3, 4));
        assertTrue(made.isEmpty(), made::toString);
    }

    @Test
    void aSilentPrimaryIsFailedAndItsMostAdvancedReplicaPromotedInOneRecord() {
        run(3_000, () -> beat(1, 2, 3, 4));
        run(2_500, () -> {
            beat(4);
            table.heard(replica(2, 100, 500), nowMs);
            table.heard(replica(3, 101, 500), nowMs);
        });
        assertEquals(List.of(new Failover(id(1), 0, id(3), Cause.AUTOMATIC, true, made(0).nowMs())), records());
        long silent = made(0).nowMs() - 3_000;
        assertTrue(silent >= 2_000 && silent <= 2_400, "after the node timeout: " + silent);
        assertTrue(view().coversAllSlots());
        run(1_000, () -> beat(1, 2, 3, 4));
        assertEquals(new MarkRecovered(id(1)), made.get(1).record(), "and comes back as a replica");
        assertTrue(view().node(id(1)).isReplicaOf(id(3)));
    }

    @Test
    void anEmptyReplicaIsNeverPromoted() {
        run(1_000, () -> beat(1, 2, 3, 4));
        run(5_000, () -> {
            beat(4);
            table.heard(new Heartbeat(id(2), 1, 0, "", false, HISTORY, 900, true, 0, 0), nowMs);
            table.heard(new Heartbeat(id(3), 1, 0, id(77), false, HISTORY, 900, true, 0, 0), nowMs);
        });
        assertEquals(1, made.size());
        assertTrue(made.get(0).record() instanceof MarkFailed, made::toString);
        run(1_000, () -> {
            beat(4);
            table.heard(replica(3, 7, 100), nowMs);
        });
        assertEquals(id(3), ((Failover) made.get(1).record()).newPrimary(), "one with data turned up");
    }

    @Test
    void dataThatIsTooOldIsNotPromoted() {
        run(1_000, () -> beat(1, 2, 3, 4));
        long limit = policy.oldestDataMs();
        run(5_000, () -> {
            beat(4);
            table.heard(replica(2, 100, limit + 1), nowMs);
            table.heard(replica(3, 100, limit + 1), nowMs);
        });
        assertTrue(made.get(0).record() instanceof MarkFailed);
        assertEquals(1, made.size());
        HealthPolicy any = new HealthPolicy(2000, 0, 10_000);
        assertEquals(Long.MAX_VALUE, any.oldestDataMs());
    }

    @Test
    void aReplicaThatMustNotFailOverIsPassedOver() {
        NodeProfile profile = view().node(id(2)).profile();
        accept(new NodeUpdate(id(2), new NodeProfile(profile.address(), profile.host(), profile.zone(), "", 1, true)));
        run(1_000, () -> beat(1, 2, 3, 4));
        run(3_000, () -> {
            beat(4);
            table.heard(replica(2, 500, 100), nowMs);
            table.heard(replica(3, 1, 100), nowMs);
        });
        assertEquals(id(3), ((Failover) made.get(0).record()).newPrimary());
    }

    @Test
    void waitsForTheBestReplicaToBeHeardOrFailed() {
        run(1_000, () -> beat(1, 2, 3, 4));
        run(300, () -> {
            beat(3, 4);
            table.heard(replica(2, 500, 0), nowMs);
        });
        run(5_000, () -> {
            beat(4);
            table.heard(replica(3, 499, 100), nowMs);
        });
        assertEquals(id(3), made(0).newPrimary(), "not the dead one with more data");
        assertTrue(made(0).nowMs() >= 3_300, "only once that one counts as failed");
    }

    @Test
    void waitsForTheLeaseToEnd() {
        run(1_000, () -> beat(1, 2, 3, 4));
        granter.becameLeader(2_900);
        run(2_800, () -> beat(2, 3, 4));
        assertTrue(made.isEmpty(), "the predecessor's grant may run until 2900 + a lease");
        run(1_000, () -> beat(2, 3, 4));
        assertTrue(made(0).nowMs() >= 2_900 + policy.guardedLeaseMs());
    }

    @Test
    void aPrimaryUnderDecisionGetsNoLease() {
        run(1_000, () -> beat(1, 2, 3, 4));
        Decision decision = null;
        while (decision == null) {
            nowMs += 100;
            beat(2, 3, 4);
            table.tick(view(), nowMs);
            decision = controller.tick(view(), nowMs).stream().findFirst().orElse(null);
        }
        LeaseRequest request = new LeaseRequest(id(1), 1, 1, 0, state.version());
        granter.arrived(request, nowMs);
        assertTrue(granter.confirmed(granter.beginRound(), view()).isEmpty());
        controller.done(decision, Decision.Outcome.UNKNOWN);
        granter.arrived(request, nowMs);
        assertTrue(granter.confirmed(granter.beginRound(), view()).isEmpty(), "the record may still come");
        nowMs += 100;
        beat(1, 2, 3, 4);
        List<Decision> next = controller.tick(view(), nowMs);
        assertEquals(new CancelFailover(id(1), 0), next.get(0).record(), "it is back: make sure instead");
        accept(next.get(0).record());
        controller.done(next.get(0), Decision.Outcome.APPLIED);
        assertFalse(state.apply(decision.record()).accepted());
        controller.tick(view(), nowMs);
        long epoch = view().node(id(1)).configEpoch();
        granter.arrived(new LeaseRequest(id(1), 2, 1, epoch, state.version()), nowMs);
        assertEquals(1, granter.confirmed(granter.beginRound(), view()).size());
    }

    @Test
    void aPrimaryThatRestartedEmptyIsReplacedAtOnce() {
        run(3_000, () -> beat(1, 2, 3, 4));
        run(300, () -> {
            beat(2, 3, 4);
            table.heard(new Heartbeat(id(1), 2, 0, "", false, "", 0, false, 0, 0), nowMs);
        });
        Failover failover = made(0);
        assertEquals(id(2), failover.newPrimary());
        assertFalse(failover.oldFailed());
        assertTrue(failover.nowMs() <= 3_200);
        assertEquals(new AcceptIncarnation(id(1), 2), made.get(1).record());
        assertTrue(view().node(id(1)).isReplicaOf(id(2)));
    }

    @Test
    void aPrimaryThatStoppedCleanlyKeepsItsRole() {
        run(3_000, () -> beat(1, 2, 3, 4));
        run(300, () -> {
            beat(2, 3, 4);
            table.heard(new Heartbeat(id(1), 2, 0, shard(), true, "b".repeat(40), 5, false, 0, 0), nowMs);
        });
        assertEquals(List.of(new AcceptIncarnation(id(1), 2)), records().subList(0, 1));
        assertTrue(view().node(id(1)).isPrimary());
    }

    @Test
    void theOldPrimaryWinsATieAndLosesByOneByte() {
        for (long replicaOffset = 100; replicaOffset <= 101; replicaOffset++) {
            ControllerTest test = new ControllerTest();
            long offset = replicaOffset;
            test.run(3_000, () -> test.beat(1, 2, 3, 4));
            test.run(300, () -> {
                test.beat(4);
                test.table.heard(test.replica(2, offset, 100), test.nowMs);
                test.table.heard(test.replica(3, 50, 100), test.nowMs);
                test.table.heard(
                        new Heartbeat(id(1), 2, 0, test.shard(), false, HISTORY, 100, false, 0, 0), test.nowMs);
            });
            assertEquals(offset == 100, test.view().node(id(1)).isPrimary());
            assertEquals(2, test.view().node(id(1)).incarnation());
        }
    }

    @Test
    void whenEverythingRestartedReportsAreAwaitedForTheNodeTimeout() {
        restartTable();
        run(1_500, () -> {
            beat(4);
            table.heard(new Heartbeat(id(1), 2, 0, shard(), false, HISTORY, 100, false, 0, 0), nowMs);
            table.heard(new Heartbeat(id(2), 2, 0, shard(), false, HISTORY, 90, false, 50, 0), nowMs);
        });
        assertEquals(List.of(new AcceptIncarnation(id(2), 2)), records(), "node 3 may have more");
        run(200, () -> {
            beat(4);
            table.heard(new Heartbeat(id(1), 2, 0, shard(), false, HISTORY, 100, false, 0, 0), nowMs);
            table.heard(new Heartbeat(id(3), 2, 0, shard(), false, HISTORY, 120, false, 50, 0), nowMs);
        });
        assertEquals(id(3), ((Failover) made.get(2).record()).newPrimary());
    }

    @Test
    void afterTheWaitTheBestKnownServes() {
        restartTable();
        run(3_000, () -> {
            beat(4);
            table.heard(new Heartbeat(id(1), 2, 0, shard(), false, HISTORY, 100, false, 0, 0), nowMs);
        });
        assertTrue(records().contains(new AcceptIncarnation(id(1), 2)));
        assertTrue(view().node(id(1)).isPrimary());
    }

    @Test
    void afterARestartOfAllAReplicaTakesOverFromAPrimaryThatStaysAway() {
        restartTable();
        run(6_000, () -> {
            beat(4);
            table.heard(new Heartbeat(id(2), 2, 0, shard(), false, HISTORY, 90, false, nowMs, 0), nowMs);
        });
        assertTrue(view().node(id(2)).isPrimary());
        assertTrue(view().coversAllSlots());
    }

    @Test
    void anotherHistoryWithAHigherOffsetIsNotMoreAdvanced() {
        run(1_000, () -> beat(1, 2, 3, 4));
        run(3_000, () -> {
            beat(4);
            table.heard(new Heartbeat(id(2), 1, 0, shard(), false, "f".repeat(40), 999, true, 100, 0), nowMs);
            table.heard(replica(3, 10, 100), nowMs);
        });
        assertEquals(id(3), made(0).newPrimary());
    }

    @Test
    void withTheDialOnlyAnInSyncReplicaIsPromoted() {
        accept(new SetReplicaAcks(1));
        accept(new InSync(id(1), 0, List.of(id(3))));
        run(1_000, () -> beat(1, 2, 3, 4));
        run(5_000, () -> {
            beat(4);
            table.heard(replica(2, 900, 100), nowMs);
        });
        assertTrue(records().stream().noneMatch(record -> record instanceof Failover), made::toString);
        assertNull(controller.force(view(), id(2), nowMs));
        run(200, () -> {
            beat(4);
            table.heard(replica(2, 900, 100), nowMs);
        });
        assertTrue(view().node(id(2)).isPrimary(), "forced");
    }

    @Test
    void aForcedFailoverWaitsForTheLeaseAndStopsItsRenewal() {
        run(3_000, () -> beat(1, 2, 3, 4));
        granter.arrived(new LeaseRequest(id(1), 1, 1, 0, state.version()), nowMs);
        assertEquals(1, granter.confirmed(granter.beginRound(), view()).size());
        assertNull(controller.force(view(), id(2), nowMs));
        granter.arrived(new LeaseRequest(id(1), 2, 1, 0, state.version()), nowMs);
        assertTrue(granter.confirmed(granter.beginRound(), view()).isEmpty());
        run(2_000, () -> beat(1, 2, 3, 4));
        Failover failover = made(0);
        assertEquals(Cause.FORCED, failover.cause());
        assertFalse(failover.oldFailed());
        assertTrue(failover.nowMs() >= 3_000 + policy.guardedLeaseMs());
        assertFalse(granter.isFenced(id(1)));
        assertEquals(ClusterLines.FAILOVER_NOT_REPLICA, controller.force(view(), id(2), nowMs));
    }

    @Test
    void aPauseOfTheLeaderIsNobodysSilence() {
        run(3_000, () -> beat(1, 2, 3, 4));
        nowMs += 60_000;
        table.tick(view(), nowMs);
        assertTrue(controller.tick(view(), nowMs).isEmpty());
        run(1_000, () -> beat(1, 2, 3, 4));
        assertTrue(made.isEmpty(), made::toString);
    }

    @Test
    void aNewReplicationIdIsCommitted() {
        run(200, () -> {
            beat(2, 3, 4);
            table.heard(new Heartbeat(id(1), 1, 0, shard(), false, "b".repeat(40), 33, false, 0, 0), nowMs);
        });
        assertEquals(List.of(new History(id(1), "b".repeat(40), 33)), records());
    }

    @Test
    void aSilentReplicaAndASilentNodeWithoutSlotsAreMarkedAndComeBack() {
        run(1_000, () -> beat(1, 2, 3, 4));
        run(3_000, () -> beat(1, 2));
        assertTrue(view().node(id(3)).failed() && view().node(id(4)).failed());
        run(1_000, () -> beat(1, 2, 3, 4));
        assertFalse(view().node(id(3)).failed() || view().node(id(4)).failed());
        assertEquals(4, made.size());
    }

    @Test
    void theManualFailoverKeepsThePrimaryClosedUntilItsRecordIsDecided() {
        ManualFailover manual = new ManualFailover(id(1));
        assertEquals(-1, manual.close(view(), id(4), 0));
        long epoch = manual.close(view(), id(2), 0);
        assertTrue(manual.isClosed(view()));
        assertNull(manual.due(view(), ManualFailover.LIMIT_MS - 1));
        ClusterRecord cancel = manual.due(view(), ManualFailover.LIMIT_MS);
        assertEquals(new CancelFailover(id(1), epoch), cancel);
        assertNull(manual.due(view(), ManualFailover.LIMIT_MS + 1));
        assertTrue(manual.isClosed(view()), "its own word is not enough");
        accept(cancel);
        assertFalse(manual.isClosed(view()));
        long next = manual.close(view(), id(2), 0);
        accept(new Failover(id(1), next, id(2), Cause.MANUAL, false, 0));
        assertFalse(manual.isClosed(view()), "a replica answers MOVED");
        assertEquals(ClusterLines.FAILOVER_NOT_REPLICA, ManualFailover.refusal(state.view(id(2)), false, true));
        assertEquals(ClusterLines.FAILOVER_PRIMARY_DOWN, ManualFailover.refusal(state.view(id(3)), false, false));
        assertNull(ManualFailover.refusal(state.view(id(3)), true, false));
        assertNull(ManualFailover.refusal(state.view(id(3)), false, true));
    }

    /** Ticks every 100 ms for so long, applying what is decided. */
    private void run(long forMs, Runnable beats) {
        for (long end = nowMs + forMs; nowMs < end; ) {
            nowMs += 100;
            beats.run();
            table.tick(view(), nowMs);
            for (Decision decision : controller.tick(view(), nowMs)) {
                made.add(decision);
                accept(decision.record());
                controller.done(decision, Decision.Outcome.APPLIED);
            }
        }
    }

    private void restartTable() {
        table = new HeartbeatTable(policy, nowMs);
        controller = new Controller(policy, table, granter);
        controller.becameLeader();
    }

    private void beat(int... nodes) {
        for (int n : nodes) {
            ClusterNode node = view().node(id(n));
            Heartbeat last = table.last(id(n));
            long incarnation = last == null ? node.incarnation() : last.incarnation();
            table.heard(new Heartbeat(id(n), incarnation, 0, shard(), false, HISTORY, 10, true, 0, 0), nowMs);
        }
    }

    private Heartbeat replica(int n, long offset, long ageMs) {
        return new Heartbeat(id(n), 1, 0, shard(), false, HISTORY, offset, ageMs == 0, ageMs, 0);
    }

    private String shard() {
        return view().shards().stream()
                .filter(shard -> view().slotCount(shard.primary().id()) > 0)
                .findFirst()
                .orElseThrow()
                .id();
    }

    private Failover made(int n) {
        return (Failover) made.get(n).record();
    }

    private List<ClusterRecord> records() {
        return made.stream().map(Decision::record).toList();
    }

    private void accept(ClusterRecord record) {
        assertTrue(state.apply(record).accepted(), record::toString);
    }

    private ClusterView view() {
        return state.view(id(4));
    }
}
