package io.kdb.server.dispatch;

import io.kdb.server.pubsub.Channel;
import io.kdb.server.pubsub.Frames;
import io.kdb.server.pubsub.Kind;
import io.kdb.server.pubsub.LoopSubscribers;
import io.kdb.server.pubsub.Subscriptions;
import java.util.List;
import java.util.function.Predicate;

/** Subscribes a connection to channels and takes that back, and tells it. Stateless; called on the connection's loop. */
public final class Subscribing {
    private Subscribing() {}

    /** The SUBSCRIBE family for one channel. */
    public static void subscribe(Session session, Kind kind, byte[] name) {
        Subscriptions its = session.subscriptions();
        if (its == null) {
            its = new Subscriptions();
            session.subscriptions(its);
        }
        session.holding().take(bytes(name));
        if (!loop(session).subscribe(session.pushes(), its, kind, new Channel(name))) {
            session.holding().remove(bytes(name));
        }
        if (session.kind() == Session.Kind.NORMAL) {
            session.kind(Session.Kind.PUBSUB);
        }
        tell(session, kind.subscribeWord(), name, its.shown(kind));
    }

    /** The UNSUBSCRIBE family for one channel; answered whether it was subscribed or not. */
    public static void unsubscribe(Session session, Kind kind, byte[] name) {
        Subscriptions its = session.subscriptions();
        if (its != null && loop(session).unsubscribe(session.pushes(), its, kind, new Channel(name))) {
            session.holding().remove(bytes(name));
        }
        tell(session, kind.unsubscribeWord(), name, its == null ? 0 : its.shown(kind));
        end(session);
    }

    /** The UNSUBSCRIBE family without a channel. */
    public static void unsubscribeAll(Session session, Kind kind) {
        Subscriptions its = session.subscriptions();
        List<Channel> all = its == null ? List.of() : its.all(kind);
        for (Channel channel : all) {
            unsubscribe(session, kind, channel.name());
        }
        if (all.isEmpty()) {
            tell(session, kind.unsubscribeWord(), null, its == null ? 0 : its.shown(kind));
        }
        end(session);
    }

    /** Ends, and says so to the subscribers, the subscriptions to shard channels that {@code gone} accepts. Any thread. */
    public static void endShardSubscriptions(Node node, Predicate<byte[]> gone) {
        for (Dispatcher dispatcher : node.dispatchers()) {
            dispatcher.loop().execute(() -> endShardSubscriptions(dispatcher.subscribers(), gone));
        }
    }

    private static void endShardSubscriptions(LoopSubscribers loop, Predicate<byte[]> gone) {
        loop.shardSubscribers().forEach((channel, those) -> {
            if (gone.test(channel.name())) {
                those.forEach(one -> unsubscribe(((Pushes) one).session(), Kind.SHARD, channel.name()));
            }
        });
    }

    /** What a connection holds for its subscriptions. */
    static long bytes(Subscriptions its) {
        long sum = 0;
        for (Kind kind : Kind.values()) {
            for (Channel channel : its.all(kind)) {
                sum += bytes(channel.name());
            }
        }
        return sum;
    }

    private static long bytes(byte[] name) {
        return Holding.array(name.length) + Holding.ITEM_BYTES;
    }

    private static void end(Session session) {
        Subscriptions its = session.subscriptions();
        if ((its == null || its.isEmpty()) && session.kind() == Session.Kind.PUBSUB) {
            session.kind(Session.Kind.NORMAL);
        }
    }

    private static void tell(Session session, byte[] word, byte[] name, int count) {
        session.push(Frames.count(word, name, count, session.reply().resp3()));
    }

    private static LoopSubscribers loop(Session session) {
        return session.dispatcher().subscribers();
    }
}
