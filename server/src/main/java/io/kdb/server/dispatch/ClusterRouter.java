package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;

/** Who serves a command's keys, as the cluster's current view has it. Thread-safe. */
public interface ClusterRouter {
    /**
     * Checks a command's keys, which stand at {@code keys} in {@code args}, against the view.
     *
     * @return null when this node runs it; else the whole error line: MOVED, ASK, CROSSSLOT, TRYAGAIN or CLUSTERDOWN
     */
    CommandError route(Call call, CommandSpec command, Arguments args, KeyPositions keys);

    /**
     * Asked again and again about a key of a command that waits.
     *
     * @return null while it may go on waiting; else what its client is told
     */
    default CommandError redirectWaiting(Session session, CommandSpec command, byte[] key, long nanos, long nowMs) {
        return null;
    }

    /** The slot of argument {@code arg}. */
    int slot(Arguments args, int arg);
}
