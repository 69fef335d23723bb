package io.kdb.server.dispatch;

import java.util.ArrayList;
import java.util.List;

/**
 * The keys one connection watches since its last EXEC, DISCARD or UNWATCH. Owner: the session's event loop, but for the
 * flag, which whoever changes a watched key sets while holding that key's segment.
 */
final class WatchSet {
    /** One watched key. {@code wasExpired}: it was already past its time when watched, so its removal changes nothing. */
    record Watched(KeyName key, int segment, boolean wasExpired) {}

    final List<Watched> keys = new ArrayList<>();
    private volatile boolean dirty;

    /** What a connection holds for one watched key. */
    static long bytes(KeyName key) {
        return Holding.array(key.length()) + Holding.ITEM_BYTES;
    }

    int size() {
        return keys.size();
    }

    boolean contains(KeyName key) {
        for (Watched watched : keys) {
            if (watched.key().equals(key)) {
                return true;
            }
        }
        return false;
    }

    void touch() {
        dirty = true;
    }

    boolean isDirty() {
        return dirty;
    }
}
