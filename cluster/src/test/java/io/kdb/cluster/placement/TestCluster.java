package io.kdb.cluster.placement;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterRecord.BeginMove;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.CommitMove;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterState;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.cluster.topology.TestNodes;
import java.util.ArrayList;
import java.util.List;

/** An auto cluster whose reconciler's steps are carried out at once. */
final class TestCluster implements Reconciler.Reports {
    static final long HEAL_AFTER_MS = 600_000;

    final ClusterState state = new ClusterState();
    final Reconciler reconciler = new Reconciler(new PlacementPolicy(HEAL_AFTER_MS, 0, 1_000_000, 1));
    final List<Step> taken = new ArrayList<>();
    long nowMs = 1_000;
    int slotsMoved;
    private ClusterView view;

    TestCluster(int first, String host, String zone, int replicas) {
        apply(new ClusterRecord.Found(
                TestNodes.CLUSTER, TestNodes.joiner(first, host, zone, SlotSet.EMPTY, SlotSet.EMPTY), nowMs));
        apply(new ClusterRecord.SetPlacement(PlacementMode.AUTO));
        apply(new ClusterRecord.SetReplicas(replicas));
    }

    void join(int n, String host, String zone) {
        apply(TestNodes.join(TestNodes.joiner(n, host, zone, SlotSet.EMPTY, SlotSet.EMPTY)));
    }

    ClusterAnswer apply(ClusterRecord record) {
        ClusterAnswer answer = state.apply(record);
        assertTrue(answer.accepted(), () -> record + " -> " + answer.text());
        return answer;
    }

    ClusterView view() {
        if (view == null || view.version() != state.version()) {
            view = state.view(null);
        }
        return view;
    }

    /** Takes steps until there are none left. */
    void settle() {
        slotsMoved = 0;
        taken.clear();
        for (int round = 0; ; round++) {
            assertTrue(round < 200, () -> "still not settled: " + taken.subList(taken.size() - 10, taken.size()));
            List<Step> steps = reconciler.next(view(), this, nowMs);
            if (steps.isEmpty()) {
                return;
            }
            taken.addAll(steps);
            steps.forEach(this::take);
        }
    }

    private void take(Step step) {
        if (step instanceof Step.HandOver hand) {
            ClusterNode old = view().node(hand.primary());
            apply(new Failover(old.id(), old.configEpoch(), hand.replica(), Cause.MANUAL, false, nowMs));
            return;
        }
        ClusterRecord record = ((Step.Propose) step).record();
        ClusterAnswer answer = apply(record);
        if (record instanceof BeginMove move) {
            slotsMoved += move.slots().count();
            apply(new CommitMove(answer.value(), move.slots()));
        }
    }

    @Override
    public long keys(String id) {
        return 0;
    }

    @Override
    public boolean isSynced(String id) {
        return true;
    }
}
