package io.kdb.server.pubsub;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one connection is subscribed to. Owner: its event loop; the counts may be read from anywhere. */
public final class Subscriptions {
    private final Map<Kind, Set<Channel>> channels = new EnumMap<>(Kind.class);
    private volatile int channelCount;
    private volatile int patternCount;
    private volatile int shardCount;

    public Subscriptions() {
        for (Kind kind : Kind.values()) {
            channels.put(kind, new LinkedHashSet<>());
        }
    }

    boolean add(Kind kind, Channel channel) {
        boolean added = channels.get(kind).add(channel);
        recount();
        return added;
    }

    boolean remove(Kind kind, Channel channel) {
        boolean removed = channels.get(kind).remove(channel);
        recount();
        return removed;
    }

    private void recount() {
        channelCount = channels.get(Kind.CHANNEL).size();
        patternCount = channels.get(Kind.PATTERN).size();
        shardCount = channels.get(Kind.SHARD).size();
    }

    /** A copy, oldest first. */
    public List<Channel> all(Kind kind) {
        return new ArrayList<>(channels.get(kind));
    }

    public int count(Kind kind) {
        return switch (kind) {
            case CHANNEL -> channelCount;
            case PATTERN -> patternCount;
            case SHARD -> shardCount;
        };
    }

    /** The count that (un)subscribing answers: shard channels are counted by themselves. */
    public int shown(Kind kind) {
        return kind == Kind.SHARD ? shardCount : channelCount + patternCount;
    }

    public boolean isEmpty() {
        return channelCount + patternCount + shardCount == 0;
    }
}
