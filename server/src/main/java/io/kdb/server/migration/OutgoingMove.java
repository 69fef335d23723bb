package io.kdb.server.migration;

import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.SlotMove;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Node;
import io.kdb.server.log.LogReader;
import io.kdb.server.log.SlotReader;
import io.kdb.server.persist.DumpPayload;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.Snapshot;
import io.kdb.server.store.SnapshotVisitor;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slots on their way from this node to another: their snapshot, then their part of the log, then, closed, the rest of it,
 * then the hand-over. Owner: the move thread.
 *
 * <p>Note: from {@link #close} on the slots stay closed until this node's view shows that the move has ended, whichever way:
 * only then is it known who owns them. A CommitMove of unknown fate is therefore proposed again, never given up.
 */
final class OutgoingMove {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingMove.class);

    /** Chunks sent and not yet answered: the target's pace, and what may wait in front of other cluster traffic. */
    private static final int WINDOW = 4;

    private static final long OPEN_LIMIT_MS = 10_000;
    private static final long CHUNK_LIMIT_MS = 10_000;
    private static final long AGAIN_MS = 300;
    /** How far the log may run ahead of the move. */
    private static final long LOG_LIMIT_BYTES = 256L << 20;
    /** The slots are closed when this much of the log is left; it doubles with every second of trying. */
    private static final long CLOSE_AT_BYTES = 64 << 10;

    private static final int MOST_DOUBLINGS = 8;
    private static final long TURN_NANOS = 2_000_000;

    private enum Phase {
        OPENING,
        SNAPSHOT,
        LOG,
        CLOSED,
        DRAINING,
        COMMITTING,
        FAILED,
        ENDED
    }

    private final Node node;
    private final Dispatcher dispatcher;
    private final MoveCluster cluster;
    private final MoveThread thread;
    private final SlotMove move;
    private final SlotSet slots;
    private final ChunkedStream out = new ChunkedStream();
    private final LargeValue large = new LargeValue();
    private final DumpPayload dump = new DumpPayload(false);
    private final long startedNanos = System.nanoTime();
    private Phase phase = Phase.OPENING;
    private Snapshot snapshot;
    private SlotReader log;
    private String problem;
    private long chunksSent;
    private int inFlight;
    private long keys;
    private long closedAt;
    private long logSinceNanos;
    private long closedSinceNanos;
    private boolean closed;

    OutgoingMove(
            Node node, Dispatcher dispatcher, MoveCluster cluster, MoveThread thread, SlotMove move, SlotSet slots) {
        this.node = node;
        this.dispatcher = dispatcher;
        this.cluster = cluster;
        this.thread = thread;
        this.move = move;
        this.slots = slots;
    }

    SlotMove move() {
        return move;
    }

    SlotSet slots() {
        return slots;
    }

    /** Everything was handed to the target: if the slots are no longer ours, our copy is to be freed. */
    boolean isHandedOver() {
        return phase == Phase.COMMITTING;
    }

    void start() {
        ask(
                MoveMessage.encode(
                        MoveMessage.Type.OPEN, move.id(), cluster.view().version()),
                OPEN_LIMIT_MS,
                this::opened);
    }

    /** Asks the target; a failure ends the move, an answer goes on here. */
    private void ask(byte[] message, long limitMs, Runnable then) {
        var unused = cluster.ask(move.target(), message, limitMs)
                .whenComplete((answer, failure) -> thread.execute(() -> {
                    if (phase == Phase.FAILED || phase == Phase.ENDED) {
                        return;
                    }
                    if (failure != null) {
                        fail(failure.getMessage());
                    } else {
                        then.run();
                    }
                }));
    }

    private void opened() {
        if (node.isReplica()) {
            fail("this node is a replica now");
            return;
        }
        BitSet bits = new BitSet();
        slots.forEach(bits::set);
        try {
            dispatcher.exclusively(() -> {
                node.log().activate();
                snapshot = node.keyspace().startSnapshot(bits, () -> {
                    LogReader reader = node.log().openReader(node.log().endOffset(), LOG_LIMIT_BYTES, () -> {});
                    log = new SlotReader(node.log(), reader, slots::contains);
                });
            });
        } catch (IllegalStateException e) {
            LOG.debug("move {}: {}", move.id(), e.getMessage());
            var unusedTimer = thread.schedule(
                    () -> {
                        if (phase == Phase.OPENING) {
                            opened();
                        }
                    },
                    AGAIN_MS,
                    TimeUnit.MILLISECONDS);
            return;
        }
        phase = Phase.SNAPSHOT;
        pump();
    }

    /** Produces and sends for one turn, as far as the window allows. */
    private void pump() {
        long deadline = System.nanoTime() + TURN_NANOS;
        while (inFlight < WINDOW && isStreaming()) {
            byte[] chunk = out.next();
            if (chunk != null) {
                send(chunk);
            } else if (!produce()) {
                return;
            }
            if (System.nanoTime() >= deadline) {
                thread.execute(this::pump);
                return;
            }
        }
        if (phase == Phase.DRAINING && !out.hasChunk() && inFlight == 0) {
            phase = Phase.COMMITTING;
            ask(MoveMessage.encode(MoveMessage.Type.FINISH, move.id(), chunksSent), CHUNK_LIMIT_MS, this::commit);
        }
    }

    private boolean isStreaming() {
        return switch (phase) {
            case SNAPSHOT, LOG, CLOSED -> true;
            case DRAINING -> out.hasChunk();
            case OPENING, COMMITTING, FAILED, ENDED -> false;
        };
    }

    private void send(byte[] chunk) {
        inFlight++;
        ask(MoveMessage.encode(MoveMessage.Type.CHUNK, move.id(), chunksSent++, chunk), CHUNK_LIMIT_MS, () -> {
            inFlight--;
            pump();
        });
    }

    /** One step on; false when the target has to catch up first: its answers go on. */
    private boolean produce() {
        if (phase == Phase.SNAPSHOT) {
            boolean[] more = new boolean[1];
            dispatcher.inside(() -> more[0] = snapshot.step(values));
            if (problem != null) {
                fail(problem);
            } else if (!more[0]) {
                snapshot = null;
                phase = Phase.LOG;
                logSinceNanos = System.nanoTime();
            }
            return true;
        }
        if (node.isReplica() || log.reader().lost()) {
            fail(node.isReplica() ? "this node is a replica now" : "the log ran too far ahead");
            return true;
        }
        if (phase == Phase.LOG && log.reader().lag() <= closeAtBytes()) {
            if (inFlight > 1) {
                return false;
            }
            close();
        }
        if (phase == Phase.CLOSED && log.reader().offset() >= closedAt) {
            out.flush();
            phase = Phase.DRAINING;
        } else {
            log.read(sink, ChunkedStream.CHUNK_BYTES);
        }
        return true;
    }

    private long closeAtBytes() {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - logSinceNanos);
        return CLOSE_AT_BYTES << Math.min(seconds, MOST_DOUBLINGS);
    }

    /** From here on clients of the slots wait: what the log holds now is all. */
    private void close() {
        phase = Phase.CLOSED;
        closed = true;
        closedSinceNanos = System.nanoTime();
        dispatcher.exclusively(() -> {
            node.hold().holdSlots(slots);
            closedAt = node.log().endOffset();
        });
    }

    private final SlotReader.Sink sink = new SlotReader.Sink() {
        @Override
        public void transaction(boolean starts) {
            // Nobody sees these slots at the target before the hand-over.
        }

        @Override
        public void effect(int slot, int db) {
            // Its bytes follow.
        }

        @Override
        public void bytes(byte[] bytes, int from, int length) {
            out.write(bytes, from, length);
        }
    };

    private final SnapshotVisitor values = new SnapshotVisitor() {
        @Override
        public void record(RecordView record) {
            restore(record);
        }

        @Override
        public boolean pinned(RecordView record) {
            if (!LargeValue.isOne(record)) {
                restore(record);
                return true;
            }
            boolean isWritten = large.write(record, out);
            keys += isWritten ? 1 : 0;
            return isWritten;
        }
    };

    /** One key of the snapshot, as {@code RESTORE key ttl payload REPLACE ABSTTL}. */
    private void restore(RecordView record) {
        keys++;
        out.command(6);
        out.argument("RESTORE");
        out.argument(record.keyArray(), 0, record.keyLength());
        long expireAt = record.expireAtMs();
        out.argument(expireAt == KeyTable.NO_EXPIRY ? "0" : Long.toString(Math.max(1, expireAt)));
        out.argument(dump.of(record));
        out.argument("REPLACE");
        out.argument("ABSTTL");
    }

    private void commit() {
        if (phase != Phase.COMMITTING) {
            return;
        }
        var unused = cluster.submit(new ClusterRecord.CommitMove(move.id(), slots))
                .whenComplete((answer, failure) -> thread.execute(() -> {
                    if (phase != Phase.COMMITTING) {
                        return;
                    }
                    if (failure != null) {
                        LOG.debug("move {}: commit: {}", move.id(), failure.getMessage());
                        var unusedTimer = thread.schedule(this::commit, AGAIN_MS, TimeUnit.MILLISECONDS);
                    } else if (!answer.accepted()) {
                        fail(answer.text());
                    }
                }));
    }

    private void fail(String why) {
        if (phase == Phase.FAILED || phase == Phase.ENDED) {
            return;
        }
        LOG.info("Move of {} slots to {} given up: {}", slots.count(), move.target(), why);
        boolean atOnce = closed;
        phase = Phase.FAILED;
        letGo();
        // Not at once if nobody waits for it: the next attempt may meet the same trouble.
        var unusedTimer = thread.schedule(this::abort, atOnce ? 0 : AGAIN_MS, TimeUnit.MILLISECONDS);
    }

    private void abort() {
        SlotSet left = cluster.view().slotsOfMove(move.id());
        if (phase != Phase.FAILED || left.isEmpty()) {
            return;
        }
        var unused = cluster.submit(new ClusterRecord.AbortMove(move.id(), left));
        var unusedTimer = thread.schedule(this::abort, 2 * AGAIN_MS, TimeUnit.MILLISECONDS);
    }

    private void letGo() {
        if (snapshot != null) {
            dispatcher.inside(snapshot::close);
            snapshot = null;
        }
        if (log != null) {
            log.close();
            log = null;
        }
    }

    /** The view shows no slot of this move any more: clients that waited run again and are sent where it says. */
    void ended(ClusterView view) {
        letGo();
        phase = Phase.ENDED;
        boolean moved = view.myself() != null && !view.iOwn(slots.next(0));
        if (closed) {
            node.hold().releaseSlots(slots);
        }
        long now = System.nanoTime();
        LOG.info(
                "{} slots {} {}: {} keys, {} bytes in {} ms, closed for {} ms",
                slots.count(),
                moved ? "moved to" : "not moved to",
                move.target(),
                keys,
                out.total(),
                TimeUnit.NANOSECONDS.toMillis(now - startedNanos),
                closed ? TimeUnit.NANOSECONDS.toMillis(now - closedSinceNanos) : 0);
    }
}
