package io.kdb.server;

import io.kdb.server.dispatch.ReplicationLinks;

/** A node alone: no replicas, no primary. */
final class NoReplication implements ReplicationLinks {
    @Override
    public boolean hasEnoughReplicas() {
        return false;
    }

    @Override
    public boolean isLinkUp() {
        return true;
    }
}
