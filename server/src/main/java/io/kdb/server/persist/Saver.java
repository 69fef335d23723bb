package io.kdb.server.persist;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.SavePoints;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.store.Tallies;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the keyspace: to the dump file by hand and by save points, and, for a full sync, to replicas. Thread-safe.
 *
 * <p>Note: there is one snapshot thread, so one snapshot at a time; what is asked for meanwhile waits its turn. That is
 * what makes one log offset and one set of bytes set aside enough.
 */
public final class Saver implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Saver.class);

    /** How long a failed save is not tried again. */
    private static final long RETRY_MS = 5_000;

    private final PointInTime.Factory factory;
    private final ServerConfig config;
    private final LongSupplier clockMs;
    /** What the file says of itself; runs where the point in time is fixed. */
    private final Supplier<RdbInfo> info;

    /** A task that fails by a fault of ours takes its thread along; the next one gets a new one. */
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread made = new Thread(task, "snapshot");
        made.setDaemon(true);
        made.setUncaughtExceptionHandler((dead, fault) -> LOGGER.error("snapshot: given up by a fault", fault));
        return made;
    });

    private final Tallies changes = new Tallies();
    private volatile boolean cancelled;

    /** The dumps that were asked for and have not begun; it and all below are guarded by this. */
    private int dumpsQueued;

    private boolean dumping;
    private boolean background;
    private long startedMs;
    private long lastSaveMs;
    private long lastTryMs;
    /** Also read without the lock: by every command that writes. */
    private volatile boolean lastOk = true;

    private long lastSeconds = -1;
    private long savedChanges;
    private long saves;
    private long keysLoaded;
    private long keysExpiredAtLoad;

    public Saver(PointInTime.Factory factory, ServerConfig config, LongSupplier clockMs, Supplier<RdbInfo> info) {
        this.factory = factory;
        this.config = config;
        this.clockMs = clockMs;
        this.info = info;
        this.lastSaveMs = clockMs.getAsLong();
        this.lastTryMs = lastSaveMs - RETRY_MS;
    }

    /** So many keys were changed. Any thread, any time. */
    public void changed(long count) {
        changes.add(count);
    }

    /** Where one thread that changes much counts what it changes. */
    public Tallies.Tally tally() {
        return changes.tally();
    }

    /** Changes that the dump file does not have (INFO's rdb_changes_since_last_save). */
    public long changesSinceSave() {
        synchronized (this) {
            return changes.sum() - savedChanges;
        }
    }

    /** The file and the keyspace are the same: it was just loaded, or (FLUSHALL) just saved empty. */
    public synchronized void clean() {
        savedChanges = changes.sum();
        lastSaveMs = clockMs.getAsLong();
    }

    /** The keyspace was just loaded from the file. */
    public synchronized void loaded(long keys, long keysExpired) {
        keysLoaded = keys;
        keysExpiredAtLoad = keysExpired;
        clean();
    }

    /** Whether a dump is being written or waits to be. */
    public synchronized boolean isSaving() {
        return dumping || dumpsQueued > 0;
    }

    /**
     * BGSAVE, SAVE.
     *
     * @param inBackground whether INFO shows it as a background save
     * @param done gets null, or what went wrong; runs on the snapshot thread
     * @return false when a dump is already in progress: nothing was started
     */
    public boolean save(boolean inBackground, Consumer<IOException> done) {
        synchronized (this) {
            if (isSaving()) {
                return false;
            }
            dumpsQueued++;
            background = inBackground;
            startedMs = clockMs.getAsLong();
            lastTryMs = startedMs;
        }
        onSnapshotThread(() -> done.accept(dump()));
        return true;
    }

    /**
     * A last save before the node stops; whatever is being written is given up for it. Waits on the calling thread, which
     * must not be an event loop.
     *
     * @return null, or what went wrong
     */
    public IOException saveNow() throws InterruptedException {
        cancelled = true;
        synchronized (this) {
            dumpsQueued++;
            background = false;
            startedMs = clockMs.getAsLong();
        }
        Future<IOException> last = thread.submit(() -> {
            cancelled = false;
            return dump();
        });
        try {
            return last.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("save: failed by a fault", e);
        }
    }

    /**
     * A dump on the calling thread, which runs alone in the keyspace.
     *
     * @return null, or what went wrong
     */
    public IOException saveInSection() {
        synchronized (this) {
            if (isSaving()) {
                return new IOException("a dump is already in progress");
            }
            dumpsQueued++;
            background = false;
            startedMs = clockMs.getAsLong();
        }
        return dump();
    }

    /** Runs on the snapshot thread as soon as no other snapshot is alive. */
    public void onSnapshotThread(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("the node stops: {}", e.getMessage());
        }
    }

    /** A point in time for a task {@link #onSnapshotThread}. */
    public PointInTime start(Runnable atPoint) {
        return factory.start(atPoint);
    }

    /** Writes a whole RDB file of a point in time. */
    public void write(PointInTime point, RdbInfo about, OutputStream out) throws IOException {
        RdbWriter writer =
                new RdbWriter(guarded(out), config.get(Parameters.RDBCOMPRESSION), config.get(Parameters.RDBCHECKSUM));
        writer.header(about, ServerConfig.REDIS_VERSION, point.hasFieldTtls());
        point.write(writer);
        writer.end();
    }

    /** To be called about once a second: saves when a save point is reached. */
    public void cron() {
        long nowMs = clockMs.getAsLong();
        long count = changesSinceSave();
        synchronized (this) {
            if (isSaving() || !due(count, nowMs - lastSaveMs) || (!lastOk && nowMs - lastTryMs <= RETRY_MS)) {
                return;
            }
        }
        LOGGER.info("{} changes since the last save. Saving...", count);
        save(true, problem -> {});
    }

    private boolean due(long count, long sinceSaveMs) {
        for (SavePoints.SavePoint point : config.get(Parameters.SAVE).points()) {
            if (count >= point.changes() && sinceSaveMs > 1000 * point.seconds()) {
                return true;
            }
        }
        return false;
    }

    /** Where the dump file is now (dir, dbfilename). */
    public Path dumpFile() {
        return path(config.get(Parameters.DIR)).resolve(path(config.get(Parameters.DBFILENAME)));
    }

    /** The path that these bytes, one a character, name. */
    private static Path path(String bytes) {
        return Path.of(new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    private IOException dump() {
        long[] included = new long[1];
        RdbInfo[] about = new RdbInfo[1];
        IOException problem = null;
        boolean saved = false;
        synchronized (this) {
            dumping = true;
            dumpsQueued--;
        }
        Path file = dumpFile();
        try (PointInTime point = factory.start(() -> {
            included[0] = changes.sum();
            about[0] = info.get();
        })) {
            DumpFile.replace(file, out -> write(point, about[0], out));
            saved = true;
            LOGGER.info("DB saved on disk");
        } catch (IOException e) {
            problem = e;
            LOGGER.warn("Failed saving the DB to {}: {}", file, e.toString());
        } finally {
            dumped(saved, included[0]);
        }
        return problem;
    }

    private synchronized void dumped(boolean saved, long included) {
        dumping = false;
        lastOk = saved;
        long nowMs = clockMs.getAsLong();
        if (background) {
            lastSeconds = (nowMs - startedMs) / 1000;
        }
        if (saved) {
            savedChanges = included;
            lastSaveMs = nowMs;
            saves++;
        }
    }

    private OutputStream guarded(OutputStream out) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                if (cancelled) {
                    throw new InterruptedIOException("given up for the save at shutdown");
                }
                out.write(bytes, from, length);
            }
        };
    }

    /** LASTSAVE, INFO's rdb_last_save_time. */
    public synchronized long lastSaveSeconds() {
        return lastSaveMs / 1000;
    }

    /** Whether the last dump worked (INFO's rdb_last_bgsave_status). */
    public boolean lastOk() {
        return lastOk;
    }

    /** Whether writes are to be refused by stop-writes-on-bgsave-error. */
    public boolean refusesWrites() {
        return config.get(Parameters.STOP_WRITES_ON_BGSAVE_ERROR)
                && !lastOk()
                && !config.get(Parameters.SAVE).points().isEmpty();
    }

    /** INFO persistence's rdb_ fields. */
    public synchronized void info(StringBuilder out) {
        boolean inProgress = background && isSaving();
        long nowMs = clockMs.getAsLong();
        out.append("rdb_changes_since_last_save:").append(changesSinceSave()).append("\r\n");
        out.append("rdb_bgsave_in_progress:").append(inProgress ? 1 : 0).append("\r\n");
        out.append("rdb_last_save_time:").append(lastSaveMs / 1000).append("\r\n");
        out.append("rdb_last_bgsave_status:").append(lastOk ? "ok" : "err").append("\r\n");
        out.append("rdb_last_bgsave_time_sec:").append(lastSeconds).append("\r\n");
        out.append("rdb_current_bgsave_time_sec:")
                .append(inProgress ? (nowMs - startedMs) / 1000 : -1)
                .append("\r\n");
        out.append("rdb_saves:").append(saves).append("\r\n");
        out.append("rdb_last_load_keys_expired:").append(keysExpiredAtLoad).append("\r\n");
        out.append("rdb_last_load_keys_loaded:").append(keysLoaded).append("\r\n");
    }

    /** Stops the snapshot thread. */
    @Override
    public void close() {
        cancelled = true;
        thread.shutdownNow();
    }
}
