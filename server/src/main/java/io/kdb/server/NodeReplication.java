package io.kdb.server;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.ReplicationLinks;
import io.kdb.server.replication.LinkStatus;
import io.kdb.server.replication.Primary;
import io.kdb.server.replication.Replication;
import java.util.List;

/** The replication as the gates and the commands know it. Thread-safe. */
record NodeReplication(Node node, Replication replication) implements ReplicationLinks {
    @Override
    public boolean hasEnoughReplicas() {
        return replication.primary().goodReplicas() >= node.config().get(Parameters.MIN_REPLICAS_TO_WRITE);
    }

    @Override
    public boolean isLinkUp() {
        LinkStatus status = replication.linkStatus();
        return status == null || status.isUp();
    }

    @Override
    public boolean hasLaggingReplicas() {
        long end = node.log().endOffset();
        for (Primary.ReplicaStatus replica : replication.primary().replicas()) {
            if (replica.offset() < end) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean allKnowFieldExpiry() {
        return replication.primary().allKnowFieldExpiry();
    }

    @Override
    public void info(StringBuilder out) {
        replication.info(out);
    }

    @Override
    public void role(ReplyWriter reply) {
        LinkStatus link = replication.linkStatus();
        if (link != null) {
            reply.array(5);
            reply.bulk("slave");
            reply.bulk(replication.primaryHost());
            reply.integer(replication.primaryPort());
            reply.bulk(link.state().toString());
            reply.integer(link.isUp() ? node.log().endOffset() : -1);
            return;
        }
        List<Primary.ReplicaStatus> replicas = replication.primary().replicas();
        reply.array(3);
        reply.bulk("master");
        reply.integer(node.log().endOffset());
        reply.array(replicas.size());
        for (Primary.ReplicaStatus replica : replicas) {
            reply.array(3);
            reply.bulk(replica.address());
            reply.bulk(Integer.toString(replica.port()));
            reply.bulk(Long.toString(replica.offset()));
        }
    }

    @Override
    public long fullSyncs() {
        return replication.primary().fullSyncs();
    }

    @Override
    public long partialSyncs() {
        return replication.primary().partialSyncs();
    }

    @Override
    public long refusedPartialSyncs() {
        return replication.primary().refusedPartialSyncs();
    }

    @Override
    public void resetSyncCounts() {
        replication.primary().resetSyncCounts();
    }
}
