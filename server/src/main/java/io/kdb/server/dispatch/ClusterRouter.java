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

    /** The slot of argument {@code arg}. */
    int slot(Arguments args, int arg);
}
