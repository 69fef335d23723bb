package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.resp.Arguments;
import io.kdb.resp.RequestBatch;
import io.kdb.server.store.Keyspace;

/**
 * Loads the cache lines that a window of commands will need: first all bucket lines, then all record headers, so that the
 * misses overlap instead of following each other (a random GET at 10 M keys costs 0.6-1.2 us in misses). Owner: its event
 * loop. What it reads may be stale and is thrown away.
 */
final class Toucher {
    private final Keyspace keyspace;
    /** Keeps the loads alive in the optimizer's eyes. */
    @SuppressWarnings("unused")
    private long sink;

    Toucher(Node node) {
        keyspace = node.keyspace();
    }

    void touch(int db, RequestBatch batch, int from, int to, CommandSpec[] rows, long[] hashes) {
        long seen = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int r = from; r < to; r++) {
                CommandSpec spec = rows[r - from];
                if (spec == null || spec.onlyKey == 0) {
                    continue;
                }
                int slot = -1;
                if (keyspace.isCluster()) {
                    Arguments args = batch.get(r);
                    if (spec.onlyKey >= args.count()) {
                        continue;
                    }
                    slot = Slot.of(args.array(spec.onlyKey), args.offset(spec.onlyKey), args.length(spec.onlyKey));
                }
                long hash = hashes[r - from];
                seen += pass == 0 ? keyspace.touchBucket(db, slot, hash) : keyspace.touchRecord(db, slot, hash);
            }
        }
        sink = seen;
    }
}
