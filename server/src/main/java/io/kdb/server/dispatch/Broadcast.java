package io.kdb.server.dispatch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The changed keys that connections in broadcast mode are still to be told of: one message a prefix and batch of commands.
 * Owner: one thread.
 */
final class Broadcast {
    private final Tracking tracking;
    private final Map<Prefix, Map<byte[], Session>> changed = new TreeMap<>();

    Broadcast(Tracking tracking) {
        this.tracking = tracking;
    }

    /** A key with this prefix was changed; {@code by} may be null. */
    void add(Prefix prefix, byte[] key, Session by) {
        changed.computeIfAbsent(prefix, p -> new TreeMap<>(Arrays::compareUnsigned))
                .put(key, by);
    }

    /** Tells everybody concerned. */
    void flush(Dispatcher running) {
        if (changed.isEmpty()) {
            return;
        }
        changed.forEach((prefix, keys) -> {
            byte[] all = null;
            for (Session member : prefix.members) {
                ClientTracking mode = member.tracking();
                if (mode == null) {
                    continue;
                }
                if (mode.noLoop()) {
                    List<byte[]> foreign = others(keys, member);
                    if (!foreign.isEmpty()) {
                        tracking.tell(running, member, TrackingNotice.keys(foreign));
                    }
                } else {
                    all = all == null ? TrackingNotice.keys(new ArrayList<>(keys.keySet())) : all;
                    tracking.tell(running, member, all);
                }
            }
        });
        changed.clear();
    }

    @SuppressWarnings("ReferenceEquality") // a session is itself
    private static List<byte[]> others(Map<byte[], Session> keys, Session member) {
        List<byte[]> others = new ArrayList<>();
        keys.forEach((key, by) -> {
            if (by != member) {
                others.add(key);
            }
        });
        return others;
    }
}
