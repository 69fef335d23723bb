package io.kdb.server.migration;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread on which this node's moves run; a task's fault is logged. Thread-safe. */
final class MoveThread extends ScheduledThreadPoolExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(MoveThread.class);

    MoveThread() {
        super(1, task -> {
            Thread thread = new Thread(task, "kdb-move");
            thread.setDaemon(true);
            return thread;
        });
        setRemoveOnCancelPolicy(true);
        setRejectedExecutionHandler((task, executor) -> {}); // closed: nothing matters any more
    }

    @Override
    protected void afterExecute(Runnable task, Throwable fault) {
        super.afterExecute(task, fault);
        if (fault != null) {
            LOG.error("slot move: a fault of this node", fault);
        } else if (task instanceof Future<?> future && future.isDone()) {
            try {
                future.get();
            } catch (ExecutionException e) {
                LOG.error("slot move: a fault of this node", e.getCause());
            } catch (CancellationException e) {
                LOG.debug("slot move: a task was taken back", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
