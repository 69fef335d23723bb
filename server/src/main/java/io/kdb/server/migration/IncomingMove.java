package io.kdb.server.migration;

import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotMove;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.resp.Arguments;
import io.kdb.resp.ChunkPool;
import io.kdb.resp.ReplyBuffer;
import io.kdb.resp.ReplyWriter;
import io.kdb.resp.RequestBatch;
import io.kdb.resp.RequestDecoder;
import io.kdb.resp.RespLimits;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Session;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.Segment;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Slots on their way to this node: runs the source's stream of commands, whose effects go into this node's log as any
 * command's do, so its replicas have the slots too. Owner: the move thread.
 *
 * <p>Note: transactions come without their frame, since nobody reads these slots before the hand-over; FLUSHALL means the
 * copy made so far. Keyspace events are the source's to make.
 */
final class IncomingMove {
    private static final int DROP_KEYS = 64;
    private static final byte[] NONE = {};
    private static final List<String> OF_EVICTED =
            List.of("NOGROUP ", "ERR no such key", "ERR The XGROUP subcommand requires the key to exist");

    private final Node node;
    private final Dispatcher dispatcher;
    private final SlotMove move;
    private final SlotSet slots;
    private final Session session;
    private final RequestDecoder decoder =
            new RequestDecoder(new RespLimits().authenticated(true).maxBulkBytes(RespLimits.GREATEST_BULK_BYTES));
    private final RequestBatch batch = new RequestBatch();
    private final LargeValue value = new LargeValue();
    private final RecordView view = new RecordView();
    private byte[] tail = NONE;
    private final long evictedBefore;
    private long nextChunk;
    private boolean held;
    private boolean broken;

    IncomingMove(Node node, Dispatcher dispatcher, SlotMove move, SlotSet slots) {
        this.node = node;
        this.dispatcher = dispatcher;
        this.move = move;
        this.slots = slots;
        session = new Session(
                node.clients().newId(),
                dispatcher,
                null,
                new ReplyWriter(new ReplyBuffer(new ChunkPool(1 << 16))),
                System.currentTimeMillis());
        session.kind(Session.Kind.PRIMARY);
        session.makeSilent();
        evictedBefore = node.stats().evictedKeys.sum();
        // What an earlier move, or an earlier process, may have left here.
        drop(slots);
    }

    SlotMove move() {
        return move;
    }

    SlotSet slots() {
        return slots;
    }

    /** Runs a chunk; throws when the copy is not the source's slot any more: a gap, a command refused, memory. */
    void chunk(MoveMessage chunk) throws IOException {
        if (broken || chunk.number() != nextChunk) {
            broken = true;
            throw new IOException("chunk " + chunk.number() + " (expected: " + nextChunk + ")");
        }
        nextChunk++;
        int count = chunk.bytes().length - MoveMessage.HEADER_BYTES;
        byte[] bytes = Arrays.copyOf(tail, tail.length + count);
        System.arraycopy(chunk.bytes(), MoveMessage.HEADER_BYTES, bytes, tail.length, count);
        int from = 0;
        do {
            batch.clear();
            from = decoder.decode(bytes, from, bytes.length, batch);
            run();
        } while (batch.more() && from < bytes.length);
        tail = from == bytes.length ? NONE : Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private void run() throws IOException {
        if (batch.error() != null) {
            broken = true;
            throw new IOException("stream: " + batch.error().getMessage());
        }
        for (int r = 0; r < batch.size(); r++) {
            apply(batch.get(r));
        }
    }

    private void apply(Arguments args) throws IOException {
        if (args.is(0, "FLUSHALL") || args.is(0, "FLUSHDB")) {
            drop(slots);
            return;
        }
        if (args.is(0, LargeValue.WHOLE)) {
            dropUnlessWhole(args.copy(1), Long.parseLong(args.text(2)));
            return;
        }
        CommandSpec spec = node.commands().resolve(args);
        if (spec != null && spec.keySpecs().isEmpty()) {
            return; // concerns the source as a whole
        }
        boolean known = dispatcher.obeyed().apply(session, args);
        CommandError error = dispatcher.obeyed().error();
        if (!known || error != null && !isOfEvicted(error)) {
            broken = true;
            throw new IOException(args.text(0) + ": " + (known ? error.line() : "unknown command"));
        }
    }

    /** Whether a command found nothing to change because this node has evicted it since the move began. */
    private boolean isOfEvicted(CommandError error) {
        return node.stats().evictedKeys.sum() != evictedBefore
                && OF_EVICTED.stream().anyMatch(error.line()::startsWith);
    }

    /** A value that came in pieces: when it was evicted half way, the pieces that came since go, too. */
    private void dropUnlessWhole(byte[] key, long size) {
        dispatcher.inside(() -> {
            int slot = Slot.of(key, 0, key.length);
            long hash = KeyHash.hash(key);
            Segment segment = node.keyspace().segment(slot, hash);
            boolean isWhole = true;
            boolean locked = segment.enter();
            try {
                KeyTable table = node.keyspace().table(0, slot, hash);
                long ref = table.find(key, 0, key.length, hash);
                isWhole = ref == 0 || value.size(view.show(table, ref)) == size;
            } finally {
                if (locked) {
                    segment.unlock();
                }
            }
            if (!isWhole) {
                node.reaper().migrated(0, key);
            }
        });
    }

    /** Everything has come: from now on clients that come for these slots wait for the record that decides. */
    void finish(long chunks) throws IOException {
        if (broken || chunks != nextChunk || tail.length > 0 || decoder.midRequest()) {
            throw new IOException("end after chunk " + nextChunk + " (expected: " + chunks + ")");
        }
        held = true;
        dispatcher.exclusively(() -> node.hold().holdSlots(slots));
    }

    /** Lets the clients of these slots go on, wherever the view sends them. */
    void release() {
        if (held) {
            held = false;
            node.hold().releaseSlots(slots);
        }
    }

    /** Drops this node's copy of some slots. */
    void drop(SlotSet what) {
        for (int slot = what.next(0); slot >= 0; slot = what.next(slot + 1)) {
            int now = slot;
            boolean[] more = new boolean[1];
            do {
                dispatcher.inside(() -> more[0] = node.reaper().dropSome(now, DROP_KEYS));
            } while (more[0]);
        }
    }
}
