package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.Consumer;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.models.stream.PendingMessages;
import io.lettuce.core.protocol.ProtocolVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;
import redis.clients.jedis.resps.StreamInfo;

/** Streams and consumer groups through the clients that applications use, on a 3+3 cluster. */
abstract class StreamClients {
    private static final int KEYS = 12;
    private static final int ENTRIES = 30;

    private final LocalCluster cluster = ClientsIT.cluster();

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceWorksThroughAGroup(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            for (int i = 0; i < KEYS; i++) {
                work(connection.sync(), "lettuce:" + protocol + ":" + i);
            }
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @SuppressWarnings("unchecked") // Lettuce takes its streams as varargs of a generic type
    private static void work(RedisAdvancedClusterCommands<String, String> commands, String key) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            ids.add(commands.xadd(key, Map.of("n", Integer.toString(i))));
        }
        assertEquals(ENTRIES, commands.xlen(key));
        List<StreamMessage<String, String>> all = commands.xrange(key, Range.unbounded());
        assertEquals(ids, all.stream().map(StreamMessage::getId).toList());
        assertEquals(
                "OK",
                commands.xgroupCreate(XReadArgs.StreamOffset.from(key, "0"), "g", XGroupCreateArgs.Builder.mkstream()));
        List<StreamMessage<String, String>> read = commands.xreadgroup(
                Consumer.from("g", "alice"), XReadArgs.Builder.count(10), XReadArgs.StreamOffset.lastConsumed(key));
        // In RESP2 this Lettuce shows the first entry only, of a real Redis 7.0.15 as well.
        assertEquals(ids.get(0), read.get(0).getId());
        assertEquals(10, commands.xpending(key, "g").getCount());
        assertEquals(4, commands.xack(key, "g", ids.subList(0, 4).toArray(new String[0])));
        PendingMessages pending = commands.xpending(key, "g");
        assertEquals(6, pending.getCount());
        assertEquals(Map.of("alice", 6L), pending.getConsumerMessageCount());
        assertEquals(
                1,
                commands.xclaim(key, Consumer.from("g", "bob"), 0, ids.get(5)).size());
        assertEquals(10, commands.xinfoStream(key).size() / 2);
        assertTrue(commands.xread(XReadArgs.Builder.block(Duration.ofMillis(20)), XReadArgs.StreamOffset.latest(key))
                .isEmpty());
        assertEquals(2, commands.xdel(key, ids.get(0), ids.get(1)));
        assertEquals(ENTRIES - 7, commands.xtrim(key, 5));
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisWorksThroughAGroup(RedisProtocol protocol) {
        HostAndPort seed = new HostAndPort("127.0.0.1", cluster.nodes().get(5).port());
        try (JedisCluster jedis = new JedisCluster(
                java.util.Set.of(seed),
                DefaultJedisClientConfig.builder().protocol(protocol).build())) {
            for (int i = 0; i < KEYS; i++) {
                work(jedis, "jedis:" + protocol + ":" + i);
            }
        }
    }

    private static void work(JedisCluster jedis, String key) {
        List<StreamEntryID> ids = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            ids.add(jedis.xadd(key, StreamEntryID.NEW_ENTRY, Map.of("n", Integer.toString(i))));
        }
        assertEquals("OK", jedis.xgroupCreate(key, "g", new StreamEntryID("0-0"), false));
        List<Map.Entry<String, List<StreamEntry>>> read = jedis.xreadGroup(
                "g",
                "alice",
                XReadGroupParams.xReadGroupParams().count(10),
                Map.of(key, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
        assertEquals(
                ids.subList(0, 10),
                read.get(0).getValue().stream().map(StreamEntry::getID).toList());
        assertEquals(1, jedis.xack(key, "g", ids.get(0)));
        assertEquals(9, jedis.xpending(key, "g").getTotal());
        assertEquals(
                9,
                jedis.xautoclaim(key, "g", "bob", 0, new StreamEntryID("0-0"), XAutoClaimParams.xAutoClaimParams())
                        .getValue()
                        .size());
        StreamInfo info = jedis.xinfoStream(key);
        assertEquals(ENTRIES, info.getLength());
        assertEquals(ids.get(ENTRIES - 1), info.getLastGeneratedId());
        assertEquals(1, jedis.xinfoGroups(key).size());
        assertEquals(2, jedis.xinfoConsumers2(key, "g").size());
        assertEquals(1, jedis.xgroupDestroy(key, "g"));
    }
}
