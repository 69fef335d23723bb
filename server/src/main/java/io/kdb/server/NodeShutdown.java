package io.kdb.server;

import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.ClientPause;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Shutdown;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a node: waits for lagging replicas while writes are held, saves, closes. Thread-safe; one shutdown at a time,
 * on a thread of its own; a second request joins the first.
 */
final class NodeShutdown implements Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(NodeShutdown.class);
    private static final CommandError FAILED = new CommandError("ERR Errors trying to SHUTDOWN. Check logs.");
    private static final long POLL_MS = 20;

    private final Node node;
    private final Runnable close;
    private final List<Consumer<CommandError>> callers = new ArrayList<>();
    private boolean running;
    private boolean aborted;
    private boolean pointOfNoReturn;

    /** {@code close}: stops everything; runs on this object's thread. */
    NodeShutdown(Node node, Runnable close) {
        this.node = node;
        this.close = close;
    }

    @Override
    public void begin(Options options, Consumer<CommandError> failed) {
        synchronized (this) {
            callers.add(failed);
            if (running) {
                return;
            }
            running = true;
            aborted = false;
        }
        LOG.warn("User requested shutdown...");
        new Thread(() -> run(options), "kdb-shutdown").start();
    }

    @Override
    public synchronized boolean abort() {
        if (!running || pointOfNoReturn) {
            return false;
        }
        aborted = true;
        notifyAll();
        return true;
    }

    private void run(Options options) {
        try {
            boolean goesOn = options.now() || awaitReplicas();
            if (goesOn) {
                // What is acknowledged from here on would not be in the final dump.
                node.pause().pause(ClientPause.Mode.ALL, Long.MAX_VALUE);
            }
            if (!goesOn || !save(options)) {
                failed(goesOn);
                return;
            }
            LOG.warn("Redis is now ready to exit, bye bye...");
            close.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void failed(boolean saving) {
        if (!saving) {
            LOG.warn("Shutdown manually aborted.");
        }
        node.pause().resume();
        List<Consumer<CommandError>> waiting;
        synchronized (this) {
            running = false;
            pointOfNoReturn = false;
            waiting = List.copyOf(callers);
            callers.clear();
        }
        waiting.forEach(caller -> caller.accept(FAILED));
    }

    /** Holds writes until every replica has everything or {@code shutdown-timeout} is over; false when aborted. */
    private synchronized boolean awaitReplicas() throws InterruptedException {
        long timeoutMs = TimeUnit.SECONDS.toMillis(node.config().get(Parameters.SHUTDOWN_TIMEOUT));
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        if (timeoutMs > 0 && node.replication().hasLaggingReplicas()) {
            LOG.info("Waiting for replicas before shutting down.");
            node.pause().pause(ClientPause.Mode.WRITE, System.currentTimeMillis() + timeoutMs);
            while (!aborted && node.replication().hasLaggingReplicas() && System.nanoTime() < deadline) {
                wait(POLL_MS);
            }
            if (node.replication().hasLaggingReplicas() && !aborted) {
                LOG.warn("Lagging replicas at shutdown: they do not have all writes.");
            }
        }
        pointOfNoReturn = !aborted;
        return !aborted;
    }

    /** False when saving was wanted, failed, and is not to be passed over. */
    private boolean save(Options options) throws InterruptedException {
        boolean wanted = options.save() == null
                ? !node.config().get(Parameters.SAVE).points().isEmpty()
                : options.save();
        if (!wanted || node.isLoading()) {
            // What is loaded so far must not replace the file it comes from.
            return true;
        }
        LOG.info("Saving the final RDB snapshot before exiting.");
        IOException problem = node.persistence().saveNow();
        if (problem == null) {
            return true;
        }
        LOG.warn("Error trying to save the DB, {}.", options.force() ? "exiting anyway" : "can't exit");
        return options.force();
    }
}
