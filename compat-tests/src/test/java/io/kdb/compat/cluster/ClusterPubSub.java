package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.JedisShardedPubSub;
import redis.clients.jedis.RedisProtocol;

/** Messages in a cluster: to every node, to a shard, and what becomes of subscribers whose slot leaves. */
abstract class ClusterPubSub {
    private static final int MESSAGES = 2000;
    private static final long PATIENCE_MS = 60_000;

    private final LocalCluster cluster = ClientsIT.cluster();

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }

    private static List<String> take(BlockingQueue<String> from, int count) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        while (taken.size() < count) {
            String message = from.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
            assertTrue(message != null, "after " + taken.size() + " messages");
            taken.add(message);
        }
        return taken;
    }

    /** A Jedis subscriber on a thread of its own. */
    private static final class Listener extends JedisPubSub {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final Thread thread;

        Listener(ClusterNode node, RedisProtocol protocol, String channel) throws InterruptedException {
            thread = new Thread(() -> {
                try (Jedis jedis = new Jedis(
                        new HostAndPort("127.0.0.1", node.port()),
                        DefaultJedisClientConfig.builder()
                                .protocol(protocol)
                                .socketTimeoutMillis(0)
                                .build())) {
                    jedis.subscribe(this, channel);
                }
            });
            thread.start();
            Await.until(PATIENCE_MS, this::isSubscribed, () -> "not subscribed");
        }

        @Override
        public void onMessage(String channel, String message) {
            messages.add(message);
        }

        void end() throws InterruptedException {
            unsubscribe();
            thread.join(PATIENCE_MS);
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void publishReachesEveryNodeInThePublishersOrder(RedisProtocol protocol) throws InterruptedException {
        String channel = "news:" + protocol;
        List<Listener> listeners = new ArrayList<>();
        for (ClusterNode node : cluster.nodes()) {
            listeners.add(new Listener(node, protocol, channel));
        }
        try (Jedis jedis = cluster.nodes().get(3).connect()) {
            for (int i = 0; i < MESSAGES; i++) {
                assertEquals(1, jedis.publish(channel, String.valueOf(i)));
            }
        }
        for (Listener listener : listeners) {
            assertEquals(numbers(MESSAGES), take(listener.messages, MESSAGES));
            listener.end();
        }
    }

    @Test
    void aLargeMessageArrivesWhole() throws InterruptedException {
        Listener listener = new Listener(cluster.nodes().get(1), RedisProtocol.RESP3, "large");
        String message = "0123456789".repeat(250_000);
        try (Jedis jedis = cluster.nodes().get(2).connect()) {
            jedis.publish("large", message);
            jedis.publish("large", "small");
        }
        assertEquals(List.of(message, "small"), take(listener.messages, 2));
        listener.end();
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceSubscribesInACluster(ProtocolVersion protocol) throws InterruptedException {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        try (StatefulRedisClusterPubSubConnection<String, String> connection = client.connectPubSub()) {
            connection.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    messages.add(channel + "=" + message);
                }

                @Override
                public void message(String pattern, String channel, String message) {
                    messages.add(pattern + "=" + message);
                }
            });
            connection.sync().subscribe("lettuce");
            connection.sync().psubscribe("lett*[xyz]");
            try (Jedis jedis = cluster.nodes().get(0).connect()) {
                jedis.publish("lettuce", "a");
                jedis.publish("letterz", "b");
            }
            assertEquals(List.of("lettuce=a", "lett*[xyz]=b"), take(messages, 2));
            connection.sync().unsubscribe("lettuce");
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void jedisSubscribesToAShardChannel() throws InterruptedException {
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        JedisShardedPubSub listener = new JedisShardedPubSub() {
            @Override
            public void onSMessage(String channel, String message) {
                messages.add(message);
            }
        };
        HostAndPort seed = new HostAndPort("127.0.0.1", cluster.nodes().get(0).port());
        try (JedisCluster jedis = new JedisCluster(Set.of(seed))) {
            Thread thread = new Thread(() -> jedis.ssubscribe(listener, "shard{a}"));
            thread.start();
            Await.until(PATIENCE_MS, listener::isSubscribed, () -> "not subscribed");
            for (int i = 0; i < 100; i++) {
                assertEquals(1, jedis.spublish("shard{a}", String.valueOf(i)));
            }
            assertEquals(numbers(100), take(messages, 100));
            listener.sunsubscribe();
            thread.join(PATIENCE_MS);
        }
    }

    @Test
    void aShardChannelHasItsSlotsNodes() throws InterruptedException {
        String channel = "{only}";
        ClusterNode owner = owner(channel);
        ClusterNode replica = cluster.replicasOf(owner).get(0);
        ClusterNode other = cluster.primaries().stream()
                .filter(node -> node.port() != owner.port())
                .findFirst()
                .orElseThrow();
        String moved = "MOVED " + SlotHash.getSlot(channel) + " 127.0.0.1:" + owner.port();
        assertEquals(moved, error(other, "SSUBSCRIBE", channel));
        assertEquals(moved, error(other, "SPUBLISH", channel, "m"));
        assertEquals(
                "CROSSSLOT Keys in request don't hash to the same slot", error(owner, "SSUBSCRIBE", channel, "{no}"));
        try (Jedis onOwner = owner.connect();
                Jedis onReplica = replica.connect()) {
            assertEquals(
                    "[ssubscribe, {only}, 1]",
                    ClusterNode.call(onOwner, "SSUBSCRIBE", channel).toString());
            assertEquals(
                    "[ssubscribe, {only}, 1]",
                    ClusterNode.call(onReplica, "SSUBSCRIBE", channel).toString());
            assertEquals(1L, owner.call("SPUBLISH", channel, "from the primary"));
            assertEquals("[smessage, {only}, from the primary]", read(onOwner));
            assertEquals("[smessage, {only}, from the primary]", read(onReplica));
            assertEquals(1L, replica.call("SPUBLISH", channel, "from the replica"));
            assertEquals("[smessage, {only}, from the replica]", read(onReplica));
            assertEquals("[smessage, {only}, from the replica]", read(onOwner));
        }
    }

    @Test
    void subscribersOfASlotThatLeavesAreToldSo() throws InterruptedException {
        String channel = "{leaves}";
        String slot = String.valueOf(SlotHash.getSlot(channel));
        ClusterNode owner = owner(channel);
        ClusterNode replica = cluster.replicasOf(owner).get(0);
        ClusterNode other = cluster.primaries().stream()
                .filter(node -> node.port() != owner.port())
                .findFirst()
                .orElseThrow();
        try (Jedis onOwner = owner.connect();
                Jedis onReplica = replica.connect()) {
            ClusterNode.call(onOwner, "SSUBSCRIBE", channel, "{leaves}2");
            read(onOwner);
            ClusterNode.call(onReplica, "SSUBSCRIBE", channel);
            other.call("CLUSTER", "SETSLOT", slot, "IMPORTING", owner.id());
            owner.call("CLUSTER", "SETSLOT", slot, "MIGRATING", other.id());
            other.call("CLUSTER", "SETSLOT", slot, "NODE", other.id());
            owner.call("CLUSTER", "SETSLOT", slot, "NODE", other.id());
            Set<String> told = new HashSet<>(List.of(read(onOwner), read(onOwner)));
            assertTrue(
                    told.equals(Set.of("[sunsubscribe, {leaves}, 1]", "[sunsubscribe, {leaves}2, 0]"))
                            || told.equals(Set.of("[sunsubscribe, {leaves}, 0]", "[sunsubscribe, {leaves}2, 1]")),
                    told.toString());
            assertEquals("[sunsubscribe, {leaves}, 0]", read(onReplica));
            assertEquals("PONG", ClusterNode.call(onOwner, "PING"));
            assertEquals(
                    "[]", owner.call("PUBSUB", "SHARDCHANNELS", "{leaves}*").toString());
        }
    }

    private ClusterNode owner(String key) {
        return cluster.primaries().stream()
                .filter(node -> SafeWriter.owned(node)[SlotHash.getSlot(key)])
                .findFirst()
                .orElseThrow();
    }

    private static String error(ClusterNode node, String... words) {
        try {
            return String.valueOf(node.call(words));
        } catch (RuntimeException e) {
            String text = e.getMessage();
            return text;
        }
    }

    /** What arrives next without having been asked for. */
    private static String read(Jedis jedis) {
        return redis.clients.jedis.util.SafeEncoder.encodeObject(
                        jedis.getConnection().getUnflushedObject())
                .toString();
    }
}
