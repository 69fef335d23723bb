package io.kdb.server;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.ReplicationLinks;
import io.kdb.server.log.EffectsLog;

/** A node alone: no replicas, no primary. */
final class NoReplication implements ReplicationLinks {
    private final EffectsLog log;

    NoReplication(EffectsLog log) {
        this.log = log;
    }

    @Override
    public boolean hasEnoughReplicas() {
        return false;
    }

    @Override
    public boolean isLinkUp() {
        return true;
    }

    @Override
    public boolean hasLaggingReplicas() {
        return false;
    }

    @Override
    public boolean allKnowFieldExpiry() {
        return true;
    }

    @Override
    public void info(StringBuilder out) {
        out.append("role:master\r\nconnected_slaves:0\r\nmaster_failover_state:no-failover\r\n");
        out.append("master_replid:").append(log.history().id()).append("\r\n");
        out.append("master_replid2:").append(log.history().formerId()).append("\r\n");
        out.append("master_repl_offset:").append(log.endOffset()).append("\r\n");
        out.append("second_repl_offset:").append(log.history().formerEnd()).append("\r\n");
        out.append("repl_backlog_active:").append(log.isActive() ? 1 : 0).append("\r\n");
        out.append("repl_backlog_size:").append(log.backlogSize()).append("\r\n");
    }

    @Override
    public void role(ReplyWriter reply) {
        reply.array(3);
        reply.bulk("master");
        reply.integer(log.endOffset());
        reply.array(0);
    }

    @Override
    public long fullSyncs() {
        return 0;
    }

    @Override
    public long partialSyncs() {
        return 0;
    }

    @Override
    public long refusedPartialSyncs() {
        return 0;
    }

    @Override
    public void resetSyncCounts() {}
}
