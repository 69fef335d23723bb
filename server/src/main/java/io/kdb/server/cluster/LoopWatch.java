package io.kdb.server.cluster;

import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Node;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether every event loop has turned since it was last asked: a node whose I/O hangs must not count as alive. Thread-safe.
 */
final class LoopWatch {
    private final Node node;
    private final Map<Dispatcher, AtomicBoolean> asked = new ConcurrentHashMap<>();

    LoopWatch(Node node) {
        this.node = node;
    }

    /** True when all loops have run the task that the call before gave them; gives each of them the next. Loops that have ended do not turn. */
    boolean allTurned() {
        boolean all = true;
        for (Dispatcher dispatcher : node.dispatchers()) {
            AtomicBoolean open = asked.computeIfAbsent(dispatcher, d -> new AtomicBoolean());
            if (!open.compareAndSet(false, true)) {
                all = false;
                continue;
            }
            try {
                dispatcher.loop().execute(() -> open.set(false));
            } catch (RejectedExecutionException ended) {
                // The loops end before the control plane does, which hands its leadership over first.
                return false;
            }
        }
        return all;
    }
}
