package io.kdb.server.replication;

import io.kdb.server.config.OutputBufferLimits;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.log.Effects;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.log.LogReader;
import io.kdb.server.log.ReplicationHistory;
import io.kdb.server.persist.RdbInfo;
import io.kdb.server.persist.Saver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node as others' primary: who follows it, how far they are, and what they still have to get. Thread-safe.
 *
 * <p>Every replica is a reader of the log on its connection's thread. A full sync is made on the snapshot thread
 * ({@link FullSync}). Nothing is written within the call that asked for it, so what goes to a replica never overtakes
 * the replies of the batch that is running.
 */
public final class Primary {
    private static final Logger LOGGER = LoggerFactory.getLogger(Primary.class);
    private static final byte[][] PING = {{'P', 'I', 'N', 'G'}};
    private static final byte[][] GETACK = {
        {'R', 'E', 'P', 'L', 'C', 'O', 'N', 'F'}, {'G', 'E', 'T', 'A', 'C', 'K'}, {'*'}
    };

    private final EffectsLog log;
    private final Saver saver;
    private final ServerConfig config;
    private final LongSupplier clockMs;
    private final BooleanSupplier isReplica;
    private final Supplier<RdbInfo> info;
    private final Effects effects;
    private final AtomicLong fullSyncs = new AtomicLong();
    private final AtomicLong partialSyncs = new AtomicLong();
    private final AtomicLong refusedPartialSyncs = new AtomicLong();
    private volatile int goodReplicas;
    private volatile BooleanSupplier hasFieldTtls = () -> false;

    /** Everyone from PSYNC on; it and all below are guarded by this. */
    private final List<ReplicaPeer> replicas = new ArrayList<>();

    private final List<Waiter> waiters = new ArrayList<>();
    private boolean syncing;
    private long lastSecondMs;
    private long lastPingMs;

    /** Tells where to ask whether some hash has fields that expire. */
    public void hasFieldTtls(BooleanSupplier ask) {
        hasFieldTtls = ask;
    }

    /** Someone who waits for acknowledgements. */
    private record Waiter(long offset, int count, Runnable task) {}

    /** A replica as INFO and ROLE show it. */
    public record ReplicaStatus(String address, int port, String state, long offset, long lagSeconds) {}

    Primary(
            EffectsLog log,
            Saver saver,
            ServerConfig config,
            LongSupplier clockMs,
            BooleanSupplier isReplica,
            Supplier<RdbInfo> info) {
        this.log = log;
        this.saver = saver;
        this.config = config;
        this.clockMs = clockMs;
        this.isReplica = isReplica;
        this.info = info;
        this.effects = new Effects(log);
    }

    // PSYNC replicationid offset
    /** Makes the peer a replica; everything it gets is written later. */
    public void psync(ReplicaPeer peer, String id, long offset) {
        LOGGER.info("Replica {} asks for synchronization", peer.name());
        if (!tryPartialSync(peer, id, offset)) {
            if (!id.equals("?")) {
                refusedPartialSyncs.incrementAndGet();
            }
            askForFullSync(peer);
        }
    }

    // SYNC
    public void sync(ReplicaPeer peer) {
        LOGGER.info("Replica {} asks for synchronization", peer.name());
        peer.old = true;
        askForFullSync(peer);
    }

    private boolean tryPartialSync(ReplicaPeer peer, String id, long offset) {
        if (!peer.isKdb && hasFieldTtls.getAsBoolean()) {
            return false; // the full sync will say why
        }
        ReplicationHistory history = log.history();
        if (!history.names(id, offset)) {
            if (id.equals("?")) {
                LOGGER.info("Full resync requested by replica {}", peer.name());
            } else {
                LOGGER.info(
                        "Partial resynchronization not accepted: Replication ID or offset mismatch (Replica asked for"
                                + " '{}' from {}, my replication IDs are '{}' and '{}' up to {})",
                        id,
                        offset,
                        history.id(),
                        history.formerId(),
                        history.formerEnd());
            }
            return false;
        }
        LogReader reader = log.openReader(offset - 1, hardLimit(), peer.wake);
        if (reader == null) {
            LOGGER.info(
                    "Unable to partial resync with replica {} for lack of backlog (Replica request was: {}).",
                    peer.name(),
                    offset);
            return false;
        }
        partialSyncs.incrementAndGet();
        LOGGER.info(
                "Partial resynchronization request from {} accepted. Sending {} bytes of backlog starting from offset"
                        + " {}.",
                peer.name(),
                reader.lag(),
                offset);
        synchronized (this) {
            peer.reader = reader;
            peer.ackOffset = offset - 1;
            add(peer, ReplicaPeer.State.ONLINE);
        }
        peer.connection.execute(() -> {
            peer.write(peer.knowsPsync2 ? "+CONTINUE " + history.id() + "\r\n" : "+CONTINUE\r\n");
            peer.connection.onDrained(peer.pump);
            peer.pump.run();
        });
        return true;
    }

    private void askForFullSync(ReplicaPeer peer) {
        fullSyncs.incrementAndGet();
        synchronized (this) {
            peer.waitingSinceMs = clockMs.getAsLong();
            add(peer, ReplicaPeer.State.WAITING);
        }
        startDueSync();
    }

    private void add(ReplicaPeer peer, ReplicaPeer.State state) {
        peer.lastSeenMs = clockMs.getAsLong();
        peer.state = state;
        replicas.add(peer);
        countGood();
    }

    /** Starts a full sync once the first who waits has waited repl-diskless-sync-delay for others to join. */
    private synchronized void startDueSync() {
        long delayMs = 1000 * config.get(Parameters.REPL_DISKLESS_SYNC_DELAY);
        long nowMs = clockMs.getAsLong();
        for (ReplicaPeer peer : replicas) {
            if (!syncing
                    && peer.state == ReplicaPeer.State.WAITING
                    && (!peer.takesEof || nowMs - peer.waitingSinceMs >= delayMs)) {
                syncing = true;
                saver.onSnapshotThread(new FullSync(this, log, saver, config, clockMs, info)::run);
            }
        }
    }

    /** Whether every replica, and who is about to be one, is a kdb: only these know fields that expire. */
    public synchronized boolean allKnowFieldExpiry() {
        for (ReplicaPeer peer : replicas) {
            if (!peer.isKdb) {
                return false;
            }
        }
        return true;
    }

    /** Takes everyone who waits and can be served alike; each gets a reader at the log's end. Under all locks. */
    synchronized List<ReplicaPeer> startGroup(boolean eof) {
        List<ReplicaPeer> group = new ArrayList<>();
        for (ReplicaPeer peer : replicas) {
            if (peer.state == ReplicaPeer.State.WAITING && peer.takesEof == eof) {
                peer.state = ReplicaPeer.State.TRANSFER;
                peer.waitingSinceMs = -1;
                peer.reader = log.openReader(log.endOffset(), hardLimit(), peer.wake);
                group.add(peer);
            }
        }
        return group;
    }

    /** Whether this node's stream is its own. */
    boolean isTopLevel() {
        return !isReplica.getAsBoolean();
    }

    /** Whether the one who waits longest takes a stream that ends with a mark; null when nobody waits. */
    synchronized Boolean nextTakesEof() {
        for (ReplicaPeer peer : replicas) {
            if (peer.state == ReplicaPeer.State.WAITING) {
                return peer.takesEof;
            }
        }
        return null;
    }

    /** The peer has the whole file. */
    void transferred(ReplicaPeer peer, boolean startsOnAck) {
        if (peer.rdbOnly) {
            LOGGER.info("RDB transfer completed, rdb only replica ({}) is disconnected", peer.name());
            peer.connection.close();
            return;
        }
        synchronized (this) {
            if (peer.state != ReplicaPeer.State.TRANSFER) {
                return;
            }
            peer.startsOnAck = startsOnAck && !peer.ackedEarly;
            peer.lastSeenMs = clockMs.getAsLong();
            peer.state = ReplicaPeer.State.ONLINE;
            countGood();
        }
        LOGGER.info("Synchronization with replica {} succeeded", peer.name());
        peer.connection.execute(() -> {
            peer.connection.onDrained(peer.pump);
            peer.pump.run();
        });
    }

    void syncEnded() {
        synchronized (this) {
            syncing = false;
        }
        startDueSync();
    }

    private long hardLimit() {
        long hard = config.get(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT).replica().hardBytes();
        return hard == 0 ? Long.MAX_VALUE : hard;
    }

    /** REPLCONF ACK. On the connection's thread. */
    void acknowledge(ReplicaPeer peer, long offset) {
        List<Runnable> reached = new ArrayList<>();
        synchronized (this) {
            peer.lastSeenMs = clockMs.getAsLong();
            peer.ackedEarly = peer.state == ReplicaPeer.State.TRANSFER;
            if (offset > peer.ackOffset) {
                peer.ackOffset = offset;
            }
            for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
                Waiter waiter = all.next();
                if (acknowledged(waiter.offset()) >= waiter.count()) {
                    all.remove();
                    reached.add(waiter.task());
                }
            }
        }
        reached.forEach(Runnable::run);
        if (peer.startsOnAck && peer.state == ReplicaPeer.State.ONLINE) {
            peer.startsOnAck = false;
            peer.pump.run();
        }
    }

    /** The peer's connection is closed. Idempotent. */
    public void gone(ReplicaPeer peer) {
        synchronized (this) {
            if (!replicas.remove(peer)) {
                return;
            }
            peer.state = ReplicaPeer.State.NONE;
            countGood();
        }
        LOGGER.info("Connection with replica {} lost.", peer.name());
        peer.connection.execute(() -> {
            LogReader reader = peer.reader;
            peer.reader = null;
            if (reader != null) {
                reader.close();
            }
        });
    }

    void lostTrack(ReplicaPeer peer) {
        LOGGER.warn("Replica {} is closed: it fell behind its limit, or what it follows was replaced", peer.name());
        peer.connection.close();
    }

    /** Disconnects everyone: what they follow is another stream now. They come back and ask anew. */
    public void disconnectAll() {
        List<ReplicaPeer> all;
        synchronized (this) {
            all = new ArrayList<>(replicas);
        }
        all.forEach(peer -> peer.connection.close());
    }

    /** How many replicas have acknowledged this offset. */
    public synchronized int acknowledged(long offset) {
        int count = 0;
        for (ReplicaPeer peer : replicas) {
            if (peer.state == ReplicaPeer.State.ONLINE && peer.ackOffset >= offset) {
                count++;
            }
        }
        return count;
    }

    /** How many replicas follow the log as it grows. */
    public int online() {
        return acknowledged(Long.MIN_VALUE);
    }

    /** Asks the replicas to say how far they are, now and not with their next second. */
    public void askForAcknowledgement() {
        append(GETACK);
    }

    /**
     * Runs the task, on the thread of an acknowledgement, once so many replicas have this offset, and asks them to tell
     * (WAIT). When they have it already, nothing is done.
     *
     * @return whether the task will run; it can still be taken back by {@link #forget}
     */
    public boolean whenAcknowledged(long offset, int count, Runnable task) {
        synchronized (this) {
            if (acknowledged(offset) >= count) {
                return false;
            }
            waiters.add(new Waiter(offset, count, task));
        }
        append(GETACK);
        return true;
    }

    /** Takes a task of {@link #whenAcknowledged} back (timed out). */
    public synchronized void forget(Runnable task) {
        waiters.removeIf(waiter -> waiter.task() == task);
    }

    /** Replicas online that were heard of within min-replicas-max-lag. */
    public int goodReplicas() {
        return goodReplicas;
    }

    private synchronized void countGood() {
        long maxLagMs = 1000 * config.get(Parameters.MIN_REPLICAS_MAX_LAG);
        long nowMs = clockMs.getAsLong();
        int count = 0;
        for (ReplicaPeer peer : replicas) {
            if (peer.state == ReplicaPeer.State.ONLINE && nowMs - peer.lastSeenMs <= maxLagMs) {
                count++;
            }
        }
        goodReplicas = count;
    }

    /** Appends a command to the stream that is nobody's effect. */
    private void append(byte[][] command) {
        if (isReplica.getAsBoolean()) {
            return;
        }
        synchronized (effects) {
            effects.begin();
            effects.add(EffectsLog.NO_DB, EffectsLog.NO_SLOT, command);
            effects.commit();
        }
        log.announce();
    }

    /** To be called several times a second. */
    void cron() {
        startDueSync();
        long nowMs = clockMs.getAsLong();
        boolean ping;
        List<ReplicaPeer> timedOut = new ArrayList<>();
        List<ReplicaPeer> waiting = new ArrayList<>();
        synchronized (this) {
            if (nowMs - lastSecondMs < 1000) {
                return;
            }
            lastSecondMs = nowMs;
            ping = !replicas.isEmpty() && nowMs - lastPingMs >= 1000 * config.get(Parameters.REPL_PING_REPLICA_PERIOD);
            if (ping) {
                lastPingMs = nowMs;
            }
            for (ReplicaPeer peer : replicas) {
                LogReader reader = peer.reader;
                if (reader != null) {
                    reader.limitBytes(hardLimit());
                }
                if (peer.state == ReplicaPeer.State.WAITING) {
                    waiting.add(peer);
                } else if (peer.state == ReplicaPeer.State.ONLINE && isOverdue(peer, nowMs)) {
                    timedOut.add(peer);
                }
            }
            countGood();
        }
        // A lone newline tells a replica that waits for its file that this node is alive.
        waiting.forEach(peer -> peer.connection.execute(() -> {
            if (peer.state == ReplicaPeer.State.WAITING) {
                peer.write("\n");
            }
        }));
        for (ReplicaPeer peer : timedOut) {
            LOGGER.warn("Disconnecting timedout replica (streaming sync): {}", peer.name());
            peer.connection.close();
        }
        if (ping) {
            append(PING);
        }
        if (!isReplica.getAsBoolean() && !hasReplicas()) {
            log.dropIfIdle(nowMs, 1000 * config.get(Parameters.REPL_BACKLOG_TTL));
        }
    }

    private synchronized boolean hasReplicas() {
        return !replicas.isEmpty();
    }

    /** Silent for repl-timeout, or beyond the output buffer's soft limit for its time. */
    private boolean isOverdue(ReplicaPeer peer, long nowMs) {
        if (!peer.old && nowMs - peer.lastSeenMs > 1000 * config.get(Parameters.REPL_TIMEOUT)) {
            return true;
        }
        OutputBufferLimits.Limit limit =
                config.get(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT).replica();
        LogReader reader = peer.reader;
        if (reader == null
                || limit.softBytes() == 0
                || reader.lag() <= Math.max(limit.softBytes(), log.backlogSize())) {
            peer.overSoftSinceMs = -1;
            return false;
        }
        if (peer.overSoftSinceMs < 0) {
            peer.overSoftSinceMs = nowMs;
        }
        return nowMs - peer.overSoftSinceMs > 1000 * limit.softSeconds();
    }

    /** Everyone who follows this node, in the order in which they came. */
    public synchronized List<ReplicaStatus> replicas() {
        long nowMs = clockMs.getAsLong();
        List<ReplicaStatus> all = new ArrayList<>();
        for (ReplicaPeer peer : replicas) {
            boolean online = peer.state == ReplicaPeer.State.ONLINE;
            all.add(new ReplicaStatus(
                    peer.address(),
                    peer.listeningPort,
                    peer.state.toString(),
                    peer.ackOffset,
                    online ? (nowMs - peer.lastSeenMs) / 1000 : 0));
        }
        return all;
    }

    /** Full syncs asked for (INFO's sync_full). */
    public long fullSyncs() {
        return fullSyncs.get();
    }

    /** INFO's sync_partial_ok. */
    public long partialSyncs() {
        return partialSyncs.get();
    }

    /** INFO's sync_partial_err. */
    public long refusedPartialSyncs() {
        return refusedPartialSyncs.get();
    }

    /** Counts syncs from 0 again. */
    public void resetSyncCounts() {
        fullSyncs.set(0);
        partialSyncs.set(0);
        refusedPartialSyncs.set(0);
    }
}
