package io.kdb.server.migration;

import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.SlotMove;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Node;
import io.kdb.server.replication.Primary;
import io.kdb.server.replication.Replication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * This node's part in the moves of whole slots that the committed view shows: sends the slots of those it is the source of,
 * takes in those it is the target of. Thread-safe; one thread of its own does the work.
 *
 * <p>Note: a hand-over in seven steps. (1) BeginMove is committed; the source asks the target to open. (2) Snapshot of the
 * slots, as RESTORE commands. (3) The slots' part of the log, until little is left. (4) The source closes the slots, in an
 * exclusive section: their clients are held by {@link io.kdb.server.dispatch.KeyHold}. (5) The rest of the log; the target
 * answers once all of it has run, and holds clients that come early. (6) CommitMove. (7) The source's view shows it: held
 * clients get MOVED and find the target, which serves them as soon as its own view shows it. The source frees its copy.
 * Whatever fails ends in a committed end of the move: then the source opens again and the target drops what it got. A
 * failover or a new start of either side ends the move too.
 */
public final class SlotMoves implements AutoCloseable {
    private static final int DROP_KEYS = 64;
    private static final long DROP_NANOS = 1_000_000;

    /** How long the replicas of a target may take to have what came to it. */
    private static final long REPLICAS_LIMIT_MS = 2000;

    private static final long REPLICAS_POLL_MS = 2;
    private static final long EARLY_MS = 50;
    private static final long STRAY_MS = 5000;

    /** An OPEN whose record this node has yet to apply, or for which it has yet to get its lease. */
    private record Early(String from, MoveMessage message, CompletableFuture<byte[]> answer) {}

    private final Node node;
    private final MoveCluster cluster;
    private final MoveThread thread = new MoveThread();
    private final Dispatcher dispatcher;
    private final Map<Long, OutgoingMove> outgoing = new HashMap<>();
    private final Map<Long, IncomingMove> incoming = new HashMap<>();
    private final List<Early> early = new ArrayList<>();
    private final StraySlots strays;

    public SlotMoves(Node node, MoveCluster cluster) {
        this.node = node;
        this.cluster = cluster;
        this.dispatcher = Dispatcher.background(node, thread);
        this.strays = new StraySlots(node, cluster, thread);
    }

    /** Begins to look after this node's slots, once its links are there. */
    public void start() {
        var unused = thread.scheduleWithFixedDelay(
                () -> strays.search(this::free), STRAY_MS, STRAY_MS, TimeUnit.MILLISECONDS);
        viewChanged();
    }

    /** The view has changed; may be said too often. */
    public void viewChanged() {
        thread.execute(this::follow);
    }

    /** Takes a message of a move's source. */
    public CompletableFuture<byte[]> received(String from, byte[] payload) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        MoveMessage message = MoveMessage.decode(payload);
        if (message == null) {
            answer.completeExceptionally(new IOException("slot move: not a message"));
        } else {
            thread.execute(() -> handle(from, message, answer));
        }
        return answer;
    }

    // ---- as target --------------------------------------------------------------------------------------------

    private void handle(String from, MoveMessage message, CompletableFuture<byte[]> answer) {
        if (message.type() == MoveMessage.Type.OPEN) {
            open(new Early(from, message, answer));
            return;
        }
        if (message.type() == MoveMessage.Type.OWNED) {
            answer.complete(strays.owned(message));
            return;
        }
        IncomingMove move = incoming.get(message.moveId());
        try {
            if (move == null || !move.move().source().equals(from)) {
                throw new IOException("no such move: " + message.moveId());
            }
            if (message.type() == MoveMessage.Type.CHUNK) {
                move.chunk(message);
                answer.complete(new byte[0]);
            } else {
                move.finish(message.number());
                // Without a decision for so long this node is out of touch: its clients are to hear that.
                var unused = thread.schedule(move::release, cluster.nodeTimeoutMs(), TimeUnit.MILLISECONDS);
                long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REPLICAS_LIMIT_MS);
                long offset = node.log().endOffset();
                node.service(Replication.class).primary().askForAcknowledgement();
                awaitReplicas(offset, deadlineNanos, answer);
            }
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
    }

    /** Answers once every replica that follows has what came: the source deletes its copy then. */
    private void awaitReplicas(long offset, long deadlineNanos, CompletableFuture<byte[]> answer) {
        Primary primary = node.service(Replication.class).primary();
        if (primary.acknowledged(offset) >= primary.online()) {
            answer.complete(new byte[0]);
        } else if (System.nanoTime() >= deadlineNanos) {
            answer.completeExceptionally(new IOException("a replica of the target does not keep up"));
        } else {
            var unused = thread.schedule(
                    () -> awaitReplicas(offset, deadlineNanos, answer), REPLICAS_POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void open(Early asked) {
        ClusterView view = cluster.view();
        long id = asked.message.moveId();
        SlotMove move = find(view, id);
        if (move == null ? view.version() < asked.message.number() : !cluster.mayServe()) {
            if (early.isEmpty()) {
                var unused = thread.schedule(this::openEarly, EARLY_MS, TimeUnit.MILLISECONDS);
            }
            early.add(asked);
            return;
        }
        if (move == null
                || view.myself() == null
                || !move.source().equals(asked.from)
                || !move.target().equals(view.myself().id())
                || incoming.containsKey(id)) {
            asked.answer.completeExceptionally(new IOException("no such move: " + id));
            return;
        }
        incoming.put(id, new IncomingMove(node, dispatcher, move, view.slotsOfMove(id)));
        asked.answer.complete(new byte[0]);
    }

    /** What its source has given up meanwhile finds no move any more. */
    private void openEarly() {
        List<Early> again = List.copyOf(early);
        early.clear();
        again.forEach(this::open);
    }

    private static SlotMove find(ClusterView view, long id) {
        for (SlotMove move : view.movesInFlight()) {
            if (move.id() == id) {
                return move;
            }
        }
        return null;
    }

    private void endIncoming(ClusterView view, IncomingMove move) {
        if (isPrimary(view)) {
            move.drop(notMine(view, move.slots()));
        }
        move.release();
    }

    // ---- as source --------------------------------------------------------------------------------------------

    private void begin(ClusterView view) {
        if (!isPrimary(view) || !cluster.maySend() || node.isReplica()) {
            return;
        }
        for (SlotMove move : view.movesInFlight()) {
            if (move.source().equals(view.myself().id()) && !outgoing.containsKey(move.id())) {
                OutgoingMove begun =
                        new OutgoingMove(node, dispatcher, cluster, thread, move, view.slotsOfMove(move.id()));
                outgoing.put(move.id(), begun);
                begun.start();
            }
        }
    }

    private void endOutgoing(ClusterView view, OutgoingMove move) {
        boolean handedOver = move.isHandedOver();
        move.ended(view);
        if (handedOver && isPrimary(view)) {
            SlotSet gone = notMine(view, move.slots());
            free(gone, gone.next(0));
        }
    }

    /** Frees this node's copy of slots that it has handed over, a slice at a time. */
    private void free(SlotSet gone, int from) {
        long deadline = System.nanoTime() + DROP_NANOS;
        int slot = from;
        while (slot >= 0 && System.nanoTime() < deadline) {
            int now = slot;
            boolean[] more = new boolean[1];
            if (isStillGone(slot)) {
                dispatcher.inside(() -> more[0] = node.reaper().dropSome(now, DROP_KEYS));
            }
            slot = more[0] ? slot : gone.next(slot + 1);
        }
        int next = slot;
        if (next >= 0) {
            thread.execute(() -> free(gone, next));
        }
    }

    /** It may have come back meanwhile, or be about to. */
    private boolean isStillGone(int slot) {
        ClusterView view = cluster.view();
        SlotMove move = view.move(slot);
        return isPrimary(view)
                && !view.iOwn(slot)
                && (move == null || !move.target().equals(view.myself().id()));
    }

    // ---- both -------------------------------------------------------------------------------------------------

    private void follow() {
        ClusterView view = cluster.view();
        for (Iterator<OutgoingMove> i = outgoing.values().iterator(); i.hasNext(); ) {
            OutgoingMove move = i.next();
            if (view.slotsOfMove(move.move().id()).isEmpty()) {
                i.remove();
                endOutgoing(view, move);
            }
        }
        for (Iterator<IncomingMove> i = incoming.values().iterator(); i.hasNext(); ) {
            IncomingMove move = i.next();
            if (view.slotsOfMove(move.move().id()).isEmpty()) {
                i.remove();
                endIncoming(view, move);
            }
        }
        begin(view);
    }

    private static boolean isPrimary(ClusterView view) {
        return view.myself() != null && view.myself().isPrimary();
    }

    private static SlotSet notMine(ClusterView view, SlotSet slots) {
        SlotSet.Builder others = new SlotSet.Builder();
        slots.forEach(slot -> {
            if (!view.iOwn(slot)) {
                others.add(slot);
            }
        });
        return others.build();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
