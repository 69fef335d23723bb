package io.kdb.cluster.topology;

import io.kdb.cluster.topology.ClusterRecord.BumpEpoch;
import io.kdb.cluster.topology.ClusterRecord.CancelFailover;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.FoundShard;
import io.kdb.cluster.topology.ClusterRecord.History;
import io.kdb.cluster.topology.ClusterRecord.InSync;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.MarkRecovered;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterRecord.SetConfigEpoch;
import io.kdb.cluster.topology.ClusterRecord.SetReplicaAcks;
import io.kdb.cluster.topology.ClusterRecord.SetReplicas;
import java.util.ArrayList;
import java.util.List;

/** Primaries and replicas, failures and epochs. Owner: the state's thread. */
final class RoleRules {
    private RoleRules() {}

    static ClusterAnswer replicate(ClusterState state, Replicate record) {
        ClusterNode node = state.node(record.node());
        ClusterNode primary = state.node(record.primary());
        if (node == null || primary == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(primary == null ? record.primary() : record.node()));
        }
        if (node.id().equals(primary.id())) {
            return ClusterAnswer.refused(ClusterLines.REPLICATE_MYSELF);
        }
        if (primary.isReplica()) {
            return ClusterAnswer.refused(ClusterLines.REPLICATE_REPLICA);
        }
        if (node.isPrimary() && state.ownsSlots(node.id())) {
            return ClusterAnswer.refused(ClusterLines.REPLICATE_NOT_EMPTY);
        }
        follow(state, node, primary);
        return ClusterAnswer.ok();
    }

    /** The node, and whoever replicated it, becomes a replica of the primary. */
    static void follow(ClusterState state, ClusterNode node, ClusterNode primary) {
        if (node.isReplica() && node.primaryId() != null && !node.primaryId().equals(primary.id())) {
            ClusterNode old = state.node(node.primaryId());
            if (old.inSync().contains(node.id())) {
                List<String> inSync = new ArrayList<>(old.inSync());
                inSync.remove(node.id());
                state.put(old.edit().inSync(inSync).done());
            }
        }
        state.dropMovesOf(node.id());
        for (ClusterNode replica : state.replicasOf(node.id())) {
            state.put(replica.edit().replicaOf(primary).done());
        }
        state.put(state.node(node.id()).edit().replicaOf(primary).done());
    }

    static ClusterAnswer foundShard(ClusterState state, FoundShard record) {
        ClusterNode node = state.node(record.node());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.node()));
        }
        if (node.isPrimary()) {
            return ClusterAnswer.ok();
        }
        ClusterNode old = node.primaryId() == null ? null : state.node(node.primaryId());
        if (old != null && old.inSync().contains(node.id())) {
            List<String> inSync = new ArrayList<>(old.inSync());
            inSync.remove(node.id());
            state.put(old.edit().inSync(inSync).done());
        }
        state.put(node.edit()
                .primaryOf(NodeId.derive(node.id(), state.version))
                .configEpoch(state.newEpoch())
                .history("", 0)
                .done());
        return ClusterAnswer.ok(state.currentEpoch);
    }

    static ClusterAnswer failover(ClusterState state, Failover record) {
        ClusterNode old = state.node(record.oldPrimary());
        ClusterNode next = state.node(record.newPrimary());
        if (old == null || next == null) {
            return ClusterAnswer.refused(
                    ClusterLines.unknownNode(old == null ? record.oldPrimary() : record.newPrimary()));
        }
        if (!next.isReplicaOf(old.id())) {
            return ClusterAnswer.refused(ClusterLines.NOT_ITS_REPLICA);
        }
        if (old.configEpoch() != record.oldEpoch()) {
            return ClusterAnswer.refused(ClusterLines.STALE_EPOCH);
        }
        state.dropMovesOf(old.id());
        long epoch = state.newEpoch();
        List<String> inSync = new ArrayList<>(old.inSync());
        inSync.remove(next.id());
        ClusterNode primary = next.edit()
                .primaryOf(old.shardId())
                .configEpoch(epoch)
                .history(old.replId(), old.replOffset())
                .inSync(inSync)
                .recovered()
                .done();
        state.put(primary);
        for (ClusterNode replica : state.replicasOf(old.id())) {
            state.put(replica.edit().replicaOf(primary).done());
        }
        ClusterNode.Edit demoted = old.edit().replicaOf(primary).lossVersion(state.version);
        state.put((record.oldFailed() ? demoted.failed(record.nowMs()) : demoted).done());
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            if (old.id().equals(state.owners[slot])) {
                state.own(slot, primary.id());
            }
        }
        return ClusterAnswer.ok(epoch);
    }

    static ClusterAnswer cancelFailover(ClusterState state, CancelFailover record) {
        ClusterNode node = state.node(record.primary());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.primary()));
        }
        if (!node.isPrimary() || node.configEpoch() != record.epoch()) {
            return ClusterAnswer.refused(ClusterLines.STALE_EPOCH);
        }
        long epoch = state.newEpoch();
        state.put(node.edit().configEpoch(epoch).done());
        return ClusterAnswer.ok(epoch);
    }

    static ClusterAnswer markFailed(ClusterState state, MarkFailed record) {
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.id()));
        }
        if (!node.failed()) {
            state.put(node.edit().failed(record.nowMs()).done());
        }
        return ClusterAnswer.ok();
    }

    static ClusterAnswer markRecovered(ClusterState state, MarkRecovered record) {
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.id()));
        }
        state.put(node.edit().recovered().done());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer history(ClusterState state, History record) {
        ClusterNode node = state.node(record.id());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.id()));
        }
        if (!node.isPrimary()) {
            return ClusterAnswer.refused(ClusterLines.TARGET_NOT_PRIMARY);
        }
        state.put(node.edit().history(record.replId(), record.replOffset()).done());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer inSync(ClusterState state, InSync record) {
        ClusterNode primary = state.node(record.primary());
        if (primary == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.primary()));
        }
        if (!primary.isPrimary() || primary.configEpoch() != record.epoch()) {
            return ClusterAnswer.refused(ClusterLines.STALE_EPOCH);
        }
        for (String replica : record.replicas()) {
            ClusterNode node = state.node(replica);
            if (node == null || !node.isReplicaOf(primary.id())) {
                return ClusterAnswer.refused(ClusterLines.NOT_ITS_REPLICA);
            }
        }
        state.put(primary.edit().inSync(record.replicas()).done());
        return ClusterAnswer.ok();
    }

    static ClusterAnswer setConfigEpoch(ClusterState state, SetConfigEpoch record) {
        ClusterNode node = state.node(record.node());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.node()));
        }
        if (state.nodes.size() > 1) {
            return ClusterAnswer.refused(ClusterLines.EPOCH_NOT_ALONE);
        }
        if (node.configEpoch() != 0) {
            return ClusterAnswer.refused(ClusterLines.EPOCH_NOT_ZERO);
        }
        if (record.epoch() > ClusterState.MAX_SET_EPOCH) {
            return ClusterAnswer.refused(
                    ClusterLines.outOfRange("config epoch", record.epoch(), ClusterState.MAX_SET_EPOCH));
        }
        state.put(node.edit().configEpoch(record.epoch()).done());
        state.currentEpoch = Math.max(state.currentEpoch, record.epoch());
        return ClusterAnswer.ok(record.epoch());
    }

    static ClusterAnswer bumpEpoch(ClusterState state, BumpEpoch record) {
        ClusterNode node = state.node(record.node());
        if (node == null) {
            return ClusterAnswer.refused(ClusterLines.unknownNode(record.node()));
        }
        long epoch = node.configEpoch();
        if (epoch != 0 && epoch == state.maxEpoch()) {
            return ClusterAnswer.ok(epoch, "STILL " + epoch);
        }
        epoch = state.newEpoch();
        state.put(node.edit().configEpoch(epoch).done());
        return ClusterAnswer.ok(epoch, "BUMPED " + epoch);
    }

    static ClusterAnswer setReplicas(ClusterState state, SetReplicas record) {
        if (record.replicas() > ClusterState.MAX_REPLICAS) {
            return ClusterAnswer.refused(
                    ClusterLines.outOfRange("cluster-replicas", record.replicas(), ClusterState.MAX_REPLICAS));
        }
        state.replicas = record.replicas();
        return ClusterAnswer.ok();
    }

    static ClusterAnswer setReplicaAcks(ClusterState state, SetReplicaAcks record) {
        if (record.replicaAcks() > ClusterState.MAX_REPLICAS) {
            return ClusterAnswer.refused(
                    ClusterLines.outOfRange("replica-acks", record.replicaAcks(), ClusterState.MAX_REPLICAS));
        }
        state.replicaAcks = record.replicaAcks();
        return ClusterAnswer.ok();
    }
}
