package io.kdb.cluster.health;

import static io.kdb.cluster.topology.TestNodes.founded;
import static io.kdb.cluster.topology.TestNodes.id;
import static io.kdb.cluster.topology.TestNodes.join;
import static io.kdb.cluster.topology.TestNodes.joiner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterRecord.AcceptIncarnation;
import io.kdb.cluster.topology.ClusterRecord.BumpEpoch;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterRecord.SetPlacement;
import io.kdb.cluster.topology.ClusterRecord.SetSlotNode;
import io.kdb.cluster.topology.ClusterState;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.PlacementMode;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private static final long MS = 1_000_000;
    private final HealthPolicy policy = new HealthPolicy(2000, 10, 10_000);
    private final ClusterState state = founded(1);
    private final LeaseHolder holder = new LeaseHolder(policy, id(1), 1);
    private final LeaseGranter granter = new LeaseGranter(policy);

    {
        state.apply(join(joiner(2)));
        state.apply(join(joiner(3)));
        state.apply(new Replicate(id(2), id(1)));
    }

    @Test
    void countsFromWhenTheRequestWasSentOnBothClocks() {
        LeaseRequest request = holder.due(view(), 5_000 * MS, 90_000);
        Lease lease = holder.granted(new LeaseGrant(id(1), request.number(), 1, 1000), view());
        assertTrue(lease.runs(5_999 * MS, 90_999));
        assertFalse(lease.runs(6_000 * MS, 90_500));
        assertFalse(lease.runs(5_500 * MS, 91_000), "the machine was suspended");
        assertFalse(Lease.NONE.runs(0, 0));
    }

    @Test
    void asksEveryEighthOfTheNodeTimeout() {
        assertNotNull(holder.due(view(), 0, 0));
        assertNull(holder.due(view(), 249 * MS, 249));
        assertNotNull(holder.due(view(), 250 * MS, 250));
    }

    @Test
    void asksAtOnceInANewEpoch() {
        assertNotNull(holder.due(view(), 0, 0));
        state.apply(new BumpEpoch(id(1)));
        state.apply(new BumpEpoch(id(3)));
        state.apply(new BumpEpoch(id(1)));
        assertNotNull(holder.due(view(), 1 * MS, 1));
    }

    @Test
    void neverTakesMoreThanHalfTheNodeTimeoutNorAnAnswerOutOfOrder() {
        LeaseRequest first = holder.due(view(), 0, 0);
        LeaseRequest second = holder.due(view(), 300 * MS, 300);
        holder.granted(new LeaseGrant(id(1), second.number(), 1, 60_000), view());
        Lease lease = holder.granted(new LeaseGrant(id(1), first.number(), 1, 1000), view());
        assertTrue(lease.runs(1_299 * MS, 1_299));
        assertFalse(lease.runs(1_300 * MS, 1_300));
    }

    @Test
    void anAnswerToAnotherStartOrANumberNeverSentIsWorthNothing() {
        LeaseRequest request = holder.due(view(), 0, 0);
        assertFalse(holder.granted(new LeaseGrant(id(1), request.number(), 2, 1000), view())
                .runs(1, 1));
        assertFalse(holder.granted(new LeaseGrant(id(1), request.number() + 1, 1, 1000), view())
                .runs(1, 1));
        assertFalse(holder.granted(new LeaseGrant(id(2), request.number(), 1, 1000), view())
                .runs(1, 1));
        assertFalse(holder.granted(new LeaseGrant(id(1), request.number() - 1, 1, 1000), view())
                .runs(1, 1));
    }

    @Test
    void aReplicaAndAStartThatIsNotAcceptedDoNotAsk() {
        assertNull(new LeaseHolder(policy, id(2), 1).due(view(), 0, 0));
        assertNull(new LeaseHolder(policy, id(1), 2).due(view(), 0, 0));
        assertNull(new LeaseHolder(policy, id(9), 1).due(view(), 0, 0));
    }

    @Test
    void isGoneWithTheRole() {
        LeaseRequest request = holder.due(view(), 0, 0);
        assertTrue(holder.granted(new LeaseGrant(id(1), request.number(), 1, 1000), view())
                .runs(1, 1));
        failover();
        assertFalse(holder.viewChanged(view()).runs(1, 1));
        assertFalse(holder.granted(new LeaseGrant(id(1), request.number(), 1, 1000), view())
                .runs(1, 1));
    }

    @Test
    void isGrantedOnlyAfterARoundThatBeganLater() {
        granter.becameLeader(0);
        assertEquals(0, granter.beginRound(), "nobody waits");
        granter.arrived(request(1), 10);
        long round = granter.beginRound();
        granter.arrived(request(2), 20);
        assertEquals(0, granter.beginRound(), "one at a time");
        assertEquals(List.of(1L), numbers(granter.confirmed(round, view())));
        assertTrue(granter.confirmed(round, view()).isEmpty(), "once");
        long second = granter.beginRound();
        granter.roundFailed(second);
        assertTrue(granter.confirmed(second, view()).isEmpty());
        granter.arrived(request(3), 30);
        long third = granter.beginRound();
        assertTrue(granter.confirmed(second, view()).isEmpty(), "a late answer to the round before");
        assertEquals(List.of(3L), numbers(granter.confirmed(third, view())));
    }

    @Test
    void grantsNothingWithoutLeadership() {
        granter.arrived(request(1), 0);
        assertEquals(0, granter.beginRound());
        granter.becameLeader(0);
        granter.arrived(request(1), 0);
        long round = granter.beginRound();
        granter.lostLeadership();
        assertTrue(granter.confirmed(round, view()).isEmpty());
        granter.becameLeader(5);
        assertTrue(granter.confirmed(round, view()).isEmpty());
    }

    @Test
    void refusesWhoeverIsNotThePrimaryOfNow() {
        granter.becameLeader(0);
        ClusterView view = view();
        assertTrue(grants(request(1), view));
        assertFalse(grants(new LeaseRequest(id(1), 1, 2, epoch(), view.version()), view), "incarnation");
        assertFalse(grants(new LeaseRequest(id(1), 1, 1, epoch() + 1, view.version()), view), "epoch");
        assertFalse(grants(new LeaseRequest(id(2), 1, 1, 0, view.version()), view), "replica");
        assertFalse(grants(new LeaseRequest(id(9), 1, 1, 0, view.version()), view), "stranger");
        LeaseRequest before = request(1);
        state.apply(new AcceptIncarnation(id(1), 2));
        assertFalse(grants(before, view()), "an earlier start");
        state.apply(new MarkFailed(id(1), 0));
        assertFalse(grants(new LeaseRequest(id(1), 1, 2, epoch(), state.version()), view()), "failed");
    }

    @Test
    void refusesWhoHasNotYetSeenThatSlotsWereTakenFromIt() {
        state.apply(new SetPlacement(PlacementMode.MANUAL));
        granter.becameLeader(0);
        LeaseRequest before = request(1);
        state.apply(new SetSlotNode(5, id(3), false, false));
        assertFalse(grants(before, view()));
        assertTrue(grants(request(2), view()));
    }

    @Test
    void isClearWhenNoLeaseCanRunAnyMore() {
        assertFalse(granter.isClear(id(1), 1_000_000), "not the leader");
        granter.becameLeader(1000);
        assertFalse(granter.isClear(id(1), 2000), "a predecessor may have granted");
        long guarded = policy.guardedLeaseMs();
        assertTrue(guarded >= 1020, "1 % on each side");
        assertTrue(granter.isClear(id(1), 1000 + guarded));
        granter.arrived(request(1), 5000);
        granter.confirmed(granter.beginRound(), view());
        assertFalse(granter.isClear(id(1), 5000 + guarded - 1));
        assertTrue(granter.isClear(id(1), 5000 + guarded));
        assertTrue(granter.isClear(id(3), 5000));
    }

    @Test
    void messagesSurviveTheWire() {
        LeaseRequest request = request(7);
        assertEquals(request, LeaseRequest.decode(request.encode()));
        LeaseGrant grant = new LeaseGrant(id(1), 7, 3, 1000);
        assertEquals(grant, LeaseGrant.decode(grant.encode()));
        Heartbeat heartbeat = new Heartbeat(id(1), 2, 3, id(4), true, "abc", -1, true, 5, 6);
        assertEquals(heartbeat, Heartbeat.decode(heartbeat.encode()));
    }

    private boolean grants(LeaseRequest request, ClusterView view) {
        granter.arrived(request, 1);
        return !granter.confirmed(granter.beginRound(), view).isEmpty();
    }

    private static List<Long> numbers(List<LeaseGrant> grants) {
        return grants.stream().map(LeaseGrant::number).toList();
    }

    private LeaseRequest request(long number) {
        return new LeaseRequest(id(1), number, 1, epoch(), state.version());
    }

    private void failover() {
        assertTrue(state.apply(new Failover(id(1), epoch(), id(2), Cause.AUTOMATIC, true, 0))
                .accepted());
    }

    private long epoch() {
        return view().node(id(1)).configEpoch();
    }

    private ClusterView view() {
        return state.view(id(1));
    }
}
