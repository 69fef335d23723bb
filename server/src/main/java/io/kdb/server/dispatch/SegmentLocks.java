package io.kdb.server.dispatch;

import io.kdb.server.store.Keyspace;
import java.util.Arrays;

/**
 * The segments one command or transaction holds, taken in index order so that no two wait for each other in a circle.
 * Owner: its event loop; does not nest.
 */
final class SegmentLocks {
    private final Keyspace keyspace;
    private int[] segments = new int[16];
    private int count;

    SegmentLocks(Keyspace keyspace) {
        this.keyspace = keyspace;
    }

    void lockOne(int segment) {
        keyspace.segment(segment).lock();
    }

    void unlockOne(int segment) {
        keyspace.segment(segment).unlock();
    }

    void begin() {
        count = 0;
    }

    void add(int segment) {
        for (int i = count - 1; i >= 0 && count - i < 4; i--) {
            if (segments[i] == segment) {
                return;
            }
        }
        if (count == segments.length) {
            compact();
            if (count > segments.length / 2) {
                segments = Arrays.copyOf(segments, count * 2);
            }
        }
        segments[count++] = segment;
    }

    private void compact() {
        Arrays.sort(segments, 0, count);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (kept == 0 || segments[kept - 1] != segments[i]) {
                segments[kept++] = segments[i];
            }
        }
        count = kept;
    }

    void lockAll() {
        compact();
        for (int i = 0; i < count; i++) {
            keyspace.segment(segments[i]).lock();
        }
    }

    /** Whether a segment that is held has a key of which clients are owed; see {@link Serving}. */
    int owedSegment(Blocking blocking) {
        for (int i = 0; i < count; i++) {
            if (blocking.isOwed(segments[i])) {
                return segments[i];
            }
        }
        return -1;
    }

    /** Lets go of all and keeps what they were, for {@link #lockAll}. */
    void pause() {
        for (int i = count - 1; i >= 0; i--) {
            keyspace.segment(segments[i]).unlock();
        }
    }

    void unlockAll() {
        for (int i = count - 1; i >= 0; i--) {
            keyspace.segment(segments[i]).unlock();
        }
        count = 0;
    }
}
