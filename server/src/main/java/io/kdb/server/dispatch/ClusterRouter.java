package io.kdb.server.dispatch;

/** Who serves a command's keys, as the cluster's current view has it. Thread-safe; read once per command. */
public interface ClusterRouter {
    /**
     * Checks the keys of {@code command} (positions in {@code keys}, arguments in the call) against the view.
     *
     * @return null when this node runs it; else the whole error line: MOVED, ASK, CROSSSLOT, TRYAGAIN or CLUSTERDOWN
     */
    CommandError route(Call call, CommandSpec command, KeyPositions keys);

    /** Whether this node may serve keys at all at {@code nanos} (System.nanoTime) and {@code nowMs}: its lease runs. */
    boolean mayServe(long nanos, long nowMs);
}
