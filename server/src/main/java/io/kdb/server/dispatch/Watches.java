package io.kdb.server.dispatch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/** Which connections watch which keys, cut by segment. Owner of a segment's part: that segment's lock. */
final class Watches {
    private static final class Part {
        final Map<KeyName, List<WatchSet>> watchers = new HashMap<>();
    }

    private final Part[] parts;

    Watches(int segments) {
        parts = new Part[segments];
        for (int i = 0; i < segments; i++) {
            parts[i] = new Part();
        }
    }

    /** Registers a watch; the segment's lock is held. */
    void add(WatchSet set, KeyName key, int segment, boolean wasExpired) {
        parts[segment].watchers.computeIfAbsent(key, k -> new ArrayList<>(2)).add(set);
        set.keys.add(new WatchSet.Watched(key, segment, wasExpired));
    }

    /** Takes one watch back; the segment's lock is held. */
    void remove(WatchSet set, WatchSet.Watched watched) {
        Map<KeyName, List<WatchSet>> watchers = parts[watched.segment()].watchers;
        List<WatchSet> list = watchers.get(watched.key());
        if (list != null) {
            list.removeIf(other -> other == set);
            if (list.isEmpty()) {
                watchers.remove(watched.key());
            }
        }
    }

    boolean isEmpty(int segment) {
        return parts[segment].watchers.isEmpty();
    }

    /** A key changed; the segment's lock is held. */
    void touch(int segment, KeyName probe) {
        List<WatchSet> list = parts[segment].watchers.get(probe);
        if (list != null) {
            list.forEach(WatchSet::touch);
        }
    }

    /**
     * Whole databases changed (FLUSHALL, SWAPDB); runs in an exclusive section. {@code concerns}: whether a watched key
     * of an affected database is changed by it.
     */
    void touchDatabases(IntPredicate affected, Predicate<KeyName> concerns) {
        for (Part part : parts) {
            part.watchers.forEach((key, sets) -> {
                if (affected.test(key.db()) && concerns.test(key)) {
                    sets.forEach(WatchSet::touch);
                }
            });
        }
    }
}
