package io.kdb.server.replication;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.log.ReplicationHistory;
import io.kdb.server.persist.DumpFile;
import io.kdb.server.persist.RdbInfo;
import io.kdb.server.persist.Saver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The node's part in replication: primary, or replica of one, and primary of its own replicas in both cases.
 * Thread-safe. The role changes on the link's thread, in an exclusive section.
 */
public final class Replication {
    private final EffectsLog log;
    private final ServerConfig config;
    private final Applier applier;
    private final Dataset dataset;
    private final LinkTransport transport;
    private final Consumer<Runnable> exclusively;
    private final LongSupplier clockMs;
    private final RandomGenerator random;
    private final Primary primary;
    private volatile ReplicaLink link;

    /**
     * @param exclusively runs a section once every event loop has left the keyspace, and returns after it; called on the
     *     link's thread
     */
    public Replication(
            EffectsLog log,
            Saver saver,
            ServerConfig config,
            Applier applier,
            Dataset dataset,
            LinkTransport transport,
            Consumer<Runnable> exclusively,
            LongSupplier clockMs,
            Supplier<RdbInfo> about,
            RandomGenerator random) {
        this.log = log;
        this.config = config;
        this.applier = applier;
        this.dataset = dataset;
        this.transport = transport;
        this.exclusively = exclusively;
        this.clockMs = clockMs;
        this.random = random;
        this.primary = new Primary(log, saver, config, clockMs, this::isReplica, about);
        config.whenChanged(
                (before, now) -> log.backlogSize(now.get(Parameters.REPL_BACKLOG_SIZE)), Parameters.REPL_BACKLOG_SIZE);
    }

    /** What an RDB file of this moment says of itself: for {@link Saver} and for full syncs. */
    public static Supplier<RdbInfo> about(EffectsLog log, LongSupplier clockMs, LongSupplier usedMemory) {
        return () -> log.isActive()
                ? new RdbInfo(
                        clockMs.getAsLong() / 1000,
                        usedMemory.getAsLong(),
                        Math.max(0, log.selectedDb()),
                        log.history().id(),
                        log.endOffset())
                : RdbInfo.lone(clockMs.getAsLong() / 1000, usedMemory.getAsLong());
    }

    /** Its replicas. */
    public Primary primary() {
        return primary;
    }

    /** A replica refuses clients' writes (replica-read-only), logs no effects of its own and deletes nothing expired. */
    public boolean isReplica() {
        return link != null;
    }

    /** How the link to the primary is; null for a primary. */
    public LinkStatus linkStatus() {
        ReplicaLink now = link;
        return now == null ? null : now.status();
    }

    /** Whom it follows; null for a primary. */
    public String primaryHost() {
        ReplicaLink now = link;
        return now == null ? null : now.host();
    }

    /** The port of whom it follows; 0 for a primary. */
    public int primaryPort() {
        ReplicaLink now = link;
        return now == null ? 0 : now.port();
    }

    /**
     * PSYNC and SYNC of a node that cannot serve them now.
     *
     * @return the error line, or null when it can
     */
    public String refusesSync() {
        LinkStatus status = linkStatus();
        return status == null || status.isUp() ? null : "-NOMASTERLINK Can't SYNC while not connected with my master";
    }

    /**
     * Takes up the stream of a loaded dump file: a primary goes on under a new id and knows the old one up to there, a
     * replica asks its primary to go on from there. At start, before clients.
     */
    public void restore(DumpFile.Loaded loaded, boolean asReplica) {
        if (loaded.hasReplication()) {
            ReplicationHistory was = new ReplicationHistory(loaded.replicationId(), ReplicationHistory.NO_ID, -1);
            log.adopt(
                    asReplica ? was : was.shifted(random, loaded.offset()),
                    loaded.offset(),
                    asReplica ? loaded.streamDb() : EffectsLog.NO_DB);
            log.activateKeepingHistory();
        }
    }

    // REPLICAOF host port
    /** Becomes a replica, or the replica of another; done once no client's write can be accepted any more. */
    public CompletableFuture<Void> follow(String host, int port) {
        return onLinkThread(() -> {
            ReplicaLink before = link;
            if (before != null && !before.isStopped() && before.host().equals(host) && before.port() == port) {
                return;
            }
            if (before != null) {
                before.stop();
            }
            ReplicaLink next = new ReplicaLink(
                    host, port, log, config, transport, applier, dataset, clockMs, primary::disconnectAll);
            exclusively.accept(() -> link = next);
            next.cron();
        });
    }

    /** Hears its primary no more, and is no primary either: a replica that its cluster has forgotten. */
    public CompletableFuture<Void> silence() {
        return onLinkThread(() -> {
            ReplicaLink before = link;
            if (before != null) {
                before.stop();
            }
        });
    }

    // REPLICAOF NO ONE
    /** Becomes a primary; done once it is one. Its stream has a new id from there on. */
    public CompletableFuture<Void> promote() {
        return onLinkThread(() -> {
            ReplicaLink before = link;
            if (before != null) {
                before.stop();
                exclusively.accept(() -> {
                    log.shiftId();
                    link = null;
                });
                // They come back at once, learn the new id and go on from where they are.
                primary.disconnectAll();
            }
        });
    }

    private CompletableFuture<Void> onLinkThread(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        transport.execute(() -> {
            task.run();
            done.complete(null);
        });
        return done;
    }

    /** To be called several times a second, on any thread that may wait for a short lock. */
    public void cron() {
        primary.cron();
        if (link != null) {
            transport.execute(() -> {
                ReplicaLink now = link;
                if (now != null) {
                    now.cron();
                }
            });
        }
    }

    /** INFO replication. */
    public void info(StringBuilder out) {
        ReplicaLink now = link;
        line(out, "role", now == null ? "master" : "slave");
        if (now != null) {
            linkInfo(now, out);
        }
        List<Primary.ReplicaStatus> replicas = primary.replicas();
        line(out, "connected_slaves", replicas.size());
        if (config.get(Parameters.MIN_REPLICAS_TO_WRITE) > 0 && config.get(Parameters.MIN_REPLICAS_MAX_LAG) > 0) {
            line(out, "min_slaves_good_slaves", primary.goodReplicas());
        }
        for (int i = 0; i < replicas.size(); i++) {
            Primary.ReplicaStatus replica = replicas.get(i);
            line(
                    out,
                    "slave" + i,
                    "ip=" + replica.address() + ",port=" + replica.port() + ",state=" + replica.state() + ",offset="
                            + replica.offset() + ",lag=" + replica.lagSeconds());
        }
        ReplicationHistory history = log.history();
        boolean active = log.isActive();
        long end = log.endOffset();
        long start = Math.min(end, log.startOffset());
        line(out, "master_failover_state", "no-failover");
        line(out, "master_replid", history.id());
        line(out, "master_replid2", history.formerId());
        line(out, "master_repl_offset", end);
        line(out, "second_repl_offset", history.formerEnd());
        line(out, "repl_backlog_active", active ? 1 : 0);
        line(out, "repl_backlog_size", log.backlogSize());
        line(out, "repl_backlog_first_byte_offset", active ? start + 1 : 0);
        line(out, "repl_backlog_histlen", active ? end - start : 0);
    }

    private void linkInfo(ReplicaLink now, StringBuilder out) {
        LinkStatus status = now.status();
        long nowMs = clockMs.getAsLong();
        boolean up = status.isUp();
        line(out, "master_host", now.host());
        line(out, "master_port", now.port());
        line(out, "master_link_status", up ? "up" : "down");
        line(out, "master_last_io_seconds_ago", up ? (nowMs - status.lastReceivedMs()) / 1000 : -1);
        boolean syncing = status.state() == LinkStatus.State.SYNC;
        line(out, "master_sync_in_progress", syncing ? 1 : 0);
        line(out, "slave_read_repl_offset", log.endOffset());
        line(out, "slave_repl_offset", log.endOffset());
        if (syncing) {
            long total = Math.max(0, status.totalBytes());
            line(out, "master_sync_total_bytes", total);
            line(out, "master_sync_read_bytes", status.readBytes());
            line(out, "master_sync_left_bytes", total - status.readBytes());
            double percent = total == 0 ? 0 : 100.0 * status.readBytes() / total;
            line(out, "master_sync_perc", String.format("%.2f", percent));
            line(out, "master_sync_last_io_seconds_ago", (nowMs - status.lastReceivedMs()) / 1000);
        }
        if (!up) {
            line(out, "master_link_down_since_seconds", (nowMs - status.downSinceMs()) / 1000);
        }
        line(out, "slave_priority", config.get(Parameters.REPLICA_PRIORITY));
        line(out, "slave_read_only", config.get(Parameters.REPLICA_READ_ONLY) ? 1 : 0);
        line(out, "replica_announced", config.get(Parameters.REPLICA_ANNOUNCED) ? 1 : 0);
    }

    private static void line(StringBuilder out, String name, Object value) {
        out.append(name).append(':').append(value).append("\r\n");
    }
}
