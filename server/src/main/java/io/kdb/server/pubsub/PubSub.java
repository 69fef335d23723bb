package io.kdb.server.pubsub;

import io.kdb.server.text.Glob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/**
 * A node's channels: how many subscribers each has on which event loop, and publishing. Thread-safe; publishing reads an
 * immutable array a channel and takes no lock, so it may happen under a segment's lock.
 *
 * @see <a href="https://redis.io/docs/latest/develop/interact/pubsub/">pub/sub</a>
 */
public final class PubSub {
    /** A pattern and how many subscribers it has on each loop. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    private record Counted(Channel pattern, int[] perLoop) {}

    private static final Counted[] NO_PATTERNS = {};
    private static final Channel[] NONE = {};

    private final List<LoopSubscribers> loops = new CopyOnWriteArrayList<>();
    private final Map<Channel, int[]> channels = new ConcurrentHashMap<>();
    private final Map<Channel, int[]> shardChannels = new ConcurrentHashMap<>();
    /** Swapped whole, under this object's lock; in the order in which they came. */
    private volatile Counted[] patterns = NO_PATTERNS;

    private volatile Relay relay = (shard, channel, payload) -> {};

    /** Adds an event loop. */
    public synchronized LoopSubscribers join(Executor loop) {
        LoopSubscribers joined = new LoopSubscribers(this, loops.size(), loop);
        loops.add(joined);
        return joined;
    }

    /** Plugs in the way to the other nodes of a cluster. */
    public void relay(Relay toOthers) {
        relay = toOthers;
    }

    /** The way to the other nodes; to none without a cluster. */
    public Relay relay() {
        return relay;
    }

    // ---- registration -----------------------------------------------------------------------------------------

    void count(Kind kind, Channel channel, int loop, int change) {
        switch (kind) {
            case CHANNEL -> channels.compute(channel, (c, counts) -> changed(counts, loop, change));
            case SHARD -> shardChannels.compute(channel, (c, counts) -> changed(counts, loop, change));
            case PATTERN -> countPattern(channel, loop, change);
        }
    }

    /** A new array, or null when no subscriber is left. */
    private int[] changed(int[] counts, int loop, int change) {
        int[] next = counts == null ? new int[loops.size()] : Arrays.copyOf(counts, loops.size());
        next[loop] += change;
        return sum(next) == 0 ? null : next;
    }

    private synchronized void countPattern(Channel pattern, int loop, int change) {
        List<Counted> next = new ArrayList<>(Arrays.asList(patterns));
        for (int i = 0; i < next.size(); i++) {
            if (next.get(i).pattern.equals(pattern)) {
                int[] counts = changed(next.get(i).perLoop, loop, change);
                if (counts == null) {
                    next.remove(i);
                } else {
                    next.set(i, new Counted(pattern, counts));
                }
                patterns = next.toArray(NO_PATTERNS);
                return;
            }
        }
        next.add(new Counted(pattern, changed(null, loop, change)));
        patterns = next.toArray(NO_PATTERNS);
    }

    private static int sum(int[] counts) {
        int sum = 0;
        for (int count : counts) {
            sum += count;
        }
        return sum;
    }

    // ---- publishing -------------------------------------------------------------------------------------------

    /** Nobody is subscribed to any channel or pattern: publishing reaches nobody here. */
    public boolean isQuiet() {
        return patterns.length == 0 && channels.isEmpty();
    }

    /**
     * Brings a message to every subscriber of this node.
     *
     * @param publisher the loop whose command publishes, or null on any other thread
     * @param shard SPUBLISH: only the subscribers of shard channels, and no pattern
     * @return how many receive it
     */
    public int publish(LoopSubscribers publisher, boolean shard, byte[] channelName, byte[] payload) {
        Counted[] known = shard ? NO_PATTERNS : patterns;
        Map<Channel, int[]> map = shard ? shardChannels : channels;
        if (known.length == 0 && map.isEmpty()) {
            return 0;
        }
        Channel channel = new Channel(channelName);
        int[] direct = map.get(channel);
        List<Counted> matched = List.of();
        for (Counted each : known) {
            if (Glob.matches(each.pattern.name(), channelName)) {
                matched = matched.isEmpty() ? new ArrayList<>() : matched;
                matched.add(each);
            }
        }
        if (direct == null && matched.isEmpty()) {
            return 0;
        }
        int[] perLoop = new int[loops.size()];
        if (direct != null) {
            add(perLoop, direct);
        }
        matched.forEach(each -> add(perLoop, each.perLoop));
        send(publisher, perLoop, message(channel, shard, payload, direct != null, matched));
        return sum(perLoop);
    }

    private static void add(int[] perLoop, int[] counts) {
        for (int i = 0; i < counts.length && i < perLoop.length; i++) {
            perLoop[i] += counts[i];
        }
    }

    private static Message message(
            Channel channel, boolean shard, byte[] payload, boolean direct, List<Counted> matched) {
        byte[] frame = direct
                ? Frames.of(shard ? Frames.SHARD_MESSAGE : Frames.MESSAGE, channel.name(), payload)
                : new byte[0];
        Channel[] names = matched.isEmpty() ? NONE : new Channel[matched.size()];
        byte[][] frames = new byte[matched.size()][];
        for (int i = 0; i < frames.length; i++) {
            names[i] = matched.get(i).pattern;
            frames[i] = Frames.of(Frames.PATTERN_MESSAGE, names[i].name(), channel.name(), payload);
        }
        return new Message(channel, shard, frame, names, frames, false);
    }

    private void send(LoopSubscribers publisher, int[] perLoop, Message message) {
        for (int i = 0; i < perLoop.length; i++) {
            if (perLoop[i] == 0) {
                continue;
            }
            LoopSubscribers loop = loops.get(i);
            if (loop == publisher) {
                loop.deliverWaiting();
                loop.deliver(message, true);
            } else {
                loop.post(message);
            }
        }
    }

    // ---- what PUBSUB and INFO say -----------------------------------------------------------------------------

    /** The channels that have subscribers. */
    public List<Channel> active(boolean shard) {
        return List.copyOf((shard ? shardChannels : channels).keySet());
    }

    public int subscriberCount(boolean shard, Channel channel) {
        int[] counts = (shard ? shardChannels : channels).get(channel);
        return counts == null ? 0 : sum(counts);
    }

    public int channelCount() {
        return channels.size();
    }

    public int shardChannelCount() {
        return shardChannels.size();
    }

    /** Different patterns. */
    public int patternCount() {
        return patterns.length;
    }

    /** Every loop that has subscribers or may get some. */
    public List<LoopSubscribers> loops() {
        return loops;
    }
}
