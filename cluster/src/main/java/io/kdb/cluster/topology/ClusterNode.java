package io.kdb.cluster.topology;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A member of the cluster, as committed. Immutable.
 *
 * @param primaryId the primary that a replica copies; null for a primary, and for a replica whose primary was removed
 * @param shardId the shard it belongs to: the same for a primary and its replicas, and unchanged by a failover
 * @param configEpoch the epoch in which a primary got its role; unique among primaries. A lease request must name it
 * @param incarnation the process start whose data the controller has accepted; a higher one reported by the node gets no
 *     lease
 * @param failed not heard of for the node timeout
 * @param failedAtMs when it was marked failed, else 0
 * @param leaving to be drained and forgotten
 * @param replId the replication id of a primary's history, as last committed; empty while unknown
 * @param replOffset the offset that went with it
 * @param inSync a primary's in-sync replicas, sorted (empty while the durability dial is 0)
 * @param lossVersion the version of the state in which slots were last taken from it other than by its own hand-over; it
 *     gets no lease before it has applied that version
 */
public record ClusterNode(
        String id,
        NodeProfile profile,
        Role role,
        String primaryId,
        String shardId,
        long configEpoch,
        long incarnation,
        boolean failed,
        long failedAtMs,
        boolean leaving,
        String replId,
        long replOffset,
        List<String> inSync,
        long lossVersion,
        long joinedAtMs) {

    public ClusterNode {
        inSync = List.copyOf(inSync);
    }

    static ClusterNode joined(Joiner joiner, long nowMs) {
        return new ClusterNode(
                joiner.id(),
                joiner.profile(),
                Role.PRIMARY,
                null,
                joiner.shardId(),
                joiner.configEpoch(),
                joiner.incarnation(),
                false,
                0,
                false,
                "",
                0,
                List.of(),
                0,
                nowMs);
    }

    public NodeAddress address() {
        return profile.address();
    }

    public boolean isPrimary() {
        return role == Role.PRIMARY;
    }

    public boolean isReplica() {
        return role == Role.REPLICA;
    }

    public boolean isReplicaOf(String primary) {
        return isReplica() && primary.equals(primaryId);
    }

    Edit edit() {
        return new Edit(this);
    }

    void write(WireWriter out) {
        out.id(id).profile(profile).choice(role).optionalId(primaryId).id(shardId);
        out.i64(configEpoch).i64(incarnation).bool(failed).i64(failedAtMs).bool(leaving);
        out.text(replId).i64(replOffset).ids(inSync).i64(lossVersion).i64(joinedAtMs);
    }

    static ClusterNode read(WireReader in) {
        return new ClusterNode(
                in.id(),
                in.profile(),
                in.oneOf(Role.values()),
                in.optionalId(),
                in.id(),
                in.u63(),
                in.u63(),
                in.bool(),
                in.u63(),
                in.bool(),
                in.text(),
                in.i64(),
                in.ids(),
                in.u63(),
                in.u63());
    }

    /** A copy being changed. Owner: the state machine's thread. */
    static final class Edit {
        private final ClusterNode was;
        private NodeProfile profile;
        private Role role;
        private String primaryId;
        private String shardId;
        private long configEpoch;
        private long incarnation;
        private boolean failed;
        private long failedAtMs;
        private boolean leaving;
        private String replId;
        private long replOffset;
        private List<String> inSync;
        private long lossVersion;

        private Edit(ClusterNode was) {
            this.was = was;
            profile = was.profile;
            role = was.role;
            primaryId = was.primaryId;
            shardId = was.shardId;
            configEpoch = was.configEpoch;
            incarnation = was.incarnation;
            failed = was.failed;
            failedAtMs = was.failedAtMs;
            leaving = was.leaving;
            replId = was.replId;
            replOffset = was.replOffset;
            inSync = was.inSync;
            lossVersion = was.lossVersion;
        }

        Edit profile(NodeProfile changed) {
            profile = changed;
            return this;
        }

        Edit primaryOf(String shard) {
            role = Role.PRIMARY;
            primaryId = null;
            shardId = shard;
            return this;
        }

        Edit replicaOf(ClusterNode primary) {
            role = Role.REPLICA;
            primaryId = primary.id;
            shardId = primary.shardId;
            inSync = List.of();
            return this;
        }

        Edit orphaned() {
            primaryId = null;
            return this;
        }

        Edit configEpoch(long epoch) {
            configEpoch = epoch;
            return this;
        }

        Edit incarnation(long accepted) {
            incarnation = accepted;
            return this;
        }

        Edit failed(long nowMs) {
            failed = true;
            failedAtMs = nowMs;
            return this;
        }

        Edit recovered() {
            failed = false;
            failedAtMs = 0;
            return this;
        }

        Edit leaving(boolean changed) {
            leaving = changed;
            return this;
        }

        Edit history(String id, long offset) {
            replId = id;
            replOffset = offset;
            return this;
        }

        Edit inSync(List<String> replicas) {
            List<String> sorted = new ArrayList<>(replicas);
            Collections.sort(sorted);
            inSync = sorted;
            return this;
        }

        Edit lossVersion(long version) {
            lossVersion = version;
            return this;
        }

        ClusterNode done() {
            return new ClusterNode(
                    was.id,
                    profile,
                    role,
                    primaryId,
                    shardId,
                    configEpoch,
                    incarnation,
                    failed,
                    failedAtMs,
                    leaving,
                    replId,
                    replOffset,
                    inSync,
                    lossVersion,
                    was.joinedAtMs);
        }
    }
}
