package io.kdb.cluster.control;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What was last heard of every other node. Written by the control thread, read by any. */
final class Peers {
    /**
     * One node's last hello. Immutable.
     *
     * @param heardMs when its last hello came
     * @param aliveMs when its last hello came that said its I/O threads turn; {@link #NEVER} before the first
     * @param payload of the last such hello
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    record Heard(long heardMs, long aliveMs, byte[] payload, Message.Hello hello) {}

    static final long NEVER = Long.MIN_VALUE;

    private final Map<String, Heard> heard = new ConcurrentHashMap<>();

    void hear(String id, Message.Hello hello, long nowMs) {
        Heard before = heard.get(id);
        long aliveMs = hello.alive() ? nowMs : before == null ? NEVER : before.aliveMs;
        byte[] payload = hello.alive() || before == null ? hello.payload() : before.payload;
        heard.put(id, new Heard(nowMs, aliveMs, payload, hello));
    }

    Heard get(String id) {
        return heard.get(id);
    }

    Map<String, Heard> all() {
        return heard;
    }

    /** Milliseconds since a node's last hello; a node never heard of counts from {@code sinceMs}. */
    long silenceMs(String id, long sinceMs, long nowMs) {
        Heard h = heard.get(id);
        return nowMs - (h == null ? sinceMs : h.heardMs);
    }

    void clear() {
        heard.clear();
    }
}
