package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.resp.Arguments;
import io.kdb.resp.RequestBatch;
import io.kdb.server.store.ElementTouch;
import io.kdb.server.store.KeyTouch;
import io.kdb.server.store.Keyspace;

/**
 * Loads the cache lines that a window of commands will need: of their keys, then of the elements that they look up. Owner: its
 * event loop.
 */
final class Toucher {
    private final Keyspace keyspace;
    private final KeyTouch keys;
    private final ElementTouch elements;
    /** Keeps the loads alive in the optimizer's eyes. */
    @SuppressWarnings("unused")
    private long sink;

    Toucher(Node node) {
        keyspace = node.keyspace();
        keys = new KeyTouch(keyspace);
        elements = new ElementTouch(keyspace);
    }

    /** What was learnt of the elements in the window; forgotten by {@link #forget}. */
    ElementTouch elements() {
        return elements;
    }

    /** The window's bytes are about to become others. */
    void forget() {
        elements.clear();
    }

    /** Loads what a window of at least two requests will need; hashes are those of the only keys. */
    void touch(int db, RequestBatch batch, int from, int to, CommandSpec[] rows, long[] hashes) {
        keys.clear();
        for (int r = from; r < to; r++) {
            CommandSpec spec = rows[r - from];
            if (spec != null && spec.onlyKey != 0) {
                Arguments args = batch.get(r);
                if (spec.onlyKey < args.count()) {
                    keys.add(db, slot(spec, args), hashes[r - from]);
                }
            }
        }
        sink = keys.touch() + touchElements(db, batch, from, to, rows, hashes);
    }

    private long touchElements(int db, RequestBatch batch, int from, int to, CommandSpec[] rows, long[] hashes) {
        elements.clear();
        for (int r = from; r < to && !elements.isFull(); r++) {
            CommandSpec spec = rows[r - from];
            if (spec == null || (spec.firstElement | spec.takesFrom) == 0) {
                continue;
            }
            Arguments args = batch.get(r);
            if (args.count() <= spec.onlyKey || !elements.at(db, slot(spec, args), hashes[r - from])) {
                continue;
            }
            if (spec.takesFrom != 0) {
                int taken = taken(batch, r, to, rows, hashes, from);
                elements.addFromEnd(spec.takesFrom > 0, taken);
                r += taken - 1;
            } else {
                for (int i = spec.firstElement; i < args.count() && !elements.isFull(); i += spec.elementStep) {
                    if (args.pieces(i) == null) {
                        elements.add(args.array(i), args.offset(i), args.length(i));
                    }
                }
            }
        }
        return elements.touch();
    }

    /** How many requests in a row, from {@code first} on, take from the same end of the same sorted set: one member each. */
    private static int taken(RequestBatch batch, int first, int to, CommandSpec[] rows, long[] hashes, int from) {
        int r = first + 1;
        while (r < to
                && rows[r - from] == rows[first - from]
                && hashes[r - from] == hashes[first - from]
                && batch.get(r).count() == batch.get(first).count()) {
            r++;
        }
        return r - first;
    }

    /** The slot of the only key, which is there; -1 without a cluster. */
    private int slot(CommandSpec spec, Arguments args) {
        int k = spec.onlyKey;
        return keyspace.isCluster() ? Slot.of(args.array(k), args.offset(k), args.length(k)) : -1;
    }
}
