package io.kdb.server.pubsub;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The subscribers of one event loop, and the messages on their way to it. Owner: that loop, but for {@link #post}.
 *
 * <p>Note: a message is delivered to those who are subscribed when the loop takes it. The loop takes what waits before each
 * batch of commands and before it publishes itself, so whoever has seen a PUBLISH answered finds it delivered, nobody gets a
 * message from before his SUBSCRIBE was sent or after his UNSUBSCRIBE was answered, and messages that were published one
 * after the other (a key's events, under its lock) arrive so.
 */
public final class LoopSubscribers {
    /** What may wait for a loop; beyond it the subscribers concerned are closed. */
    static final long MAX_WAITING_BYTES = 64L << 20;

    private final PubSub all;
    final int index;
    private final Executor loop;
    private final Map<Kind, Map<Channel, List<Subscriber>>> subscribers = new EnumMap<>(Kind.class);
    private final Queue<Parcel> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    LoopSubscribers(PubSub all, int index, Executor loop) {
        this.all = all;
        this.index = index;
        this.loop = loop;
        for (Kind kind : Kind.values()) {
            subscribers.put(kind, new HashMap<>());
        }
    }

    /** Registers {@code who}; false when it is subscribed to that already. */
    public boolean subscribe(Subscriber who, Subscriptions its, Kind kind, Channel channel) {
        deliverWaiting();
        if (!its.add(kind, channel)) {
            return false;
        }
        subscribers.get(kind).computeIfAbsent(channel, c -> new ArrayList<>(1)).add(who);
        all.count(kind, channel, index, 1);
        return true;
    }

    /** Takes {@code who} out; false when it is not subscribed to that. */
    public boolean unsubscribe(Subscriber who, Subscriptions its, Kind kind, Channel channel) {
        deliverWaiting();
        if (!its.remove(kind, channel)) {
            return false;
        }
        Map<Channel, List<Subscriber>> those = subscribers.get(kind);
        List<Subscriber> list = those.get(channel);
        list.remove(who);
        if (list.isEmpty()) {
            those.remove(channel);
        }
        all.count(kind, channel, index, -1);
        return true;
    }

    /** Takes {@code who} out of everything. */
    public void unsubscribeAll(Subscriber who, Subscriptions its) {
        for (Kind kind : Kind.values()) {
            for (Channel channel : its.all(kind)) {
                unsubscribe(who, its, kind, channel);
            }
        }
    }

    /** The subscribers of shard channels, by channel; a copy. */
    public Map<Channel, List<Subscriber>> shardSubscribers() {
        Map<Channel, List<Subscriber>> copy = new HashMap<>();
        subscribers.get(Kind.SHARD).forEach((channel, those) -> copy.put(channel, List.copyOf(those)));
        return copy;
    }

    // ---- messages ---------------------------------------------------------------------------------------------

    /** Brings something to this loop, in the caller's order. Any thread. */
    public void post(Parcel message) {
        long bytes = message.bytes();
        boolean fits = waitingBytes.addAndGet(bytes) <= MAX_WAITING_BYTES;
        if (fits) {
            waiting.add(message);
        } else {
            waitingBytes.addAndGet(-bytes);
            Parcel notice = message.withoutContent();
            waitingBytes.addAndGet(notice.bytes());
            waiting.add(notice);
        }
        if (scheduled.compareAndSet(false, true)) {
            loop.execute(this::take);
        }
    }

    private void take() {
        scheduled.set(false);
        deliverWaiting();
    }

    /** Delivers what waits for this loop; one look while nothing does. */
    public void deliverWaiting() {
        if (waiting.isEmpty()) {
            return;
        }
        for (Parcel message = waiting.poll(); message != null; message = waiting.poll()) {
            waitingBytes.addAndGet(-message.bytes());
            message.open(this);
        }
    }

    /** Hands a message to this loop's subscribers. {@code own}: it was published by the command that runs here. */
    void deliver(Message message, boolean own) {
        hand(
                message,
                subscribers.get(message.shard() ? Kind.SHARD : Kind.CHANNEL),
                message.channel(),
                message.frame(),
                own);
        for (int i = 0; i < message.patterns().length; i++) {
            hand(message, subscribers.get(Kind.PATTERN), message.patterns()[i], message.patternFrames()[i], own);
        }
    }

    private static void hand(
            Message message, Map<Channel, List<Subscriber>> those, Channel channel, byte[] frame, boolean own) {
        List<Subscriber> list = those.get(channel);
        if (list == null || frame.length == 0 && !message.lost()) {
            return;
        }
        // By index: a subscriber that is closed for its unread output leaves later, in a task.
        for (int i = 0; i < list.size(); i++) {
            if (message.lost()) {
                list.get(i).overflowed();
            } else {
                list.get(i).push(frame, own);
            }
        }
    }
}
