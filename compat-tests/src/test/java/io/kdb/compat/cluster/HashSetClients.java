package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.KeyValue;
import io.lettuce.core.MapScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ValueScanCursor;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** Hashes and sets through the clients that applications use, on a 3+3 cluster. */
abstract class HashSetClients {
    private static final int MANY = 3000;

    private final LocalCluster cluster = ClientsIT.cluster();

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceKeepsHashes(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String key = "hash:" + protocol;
            assertTrue(commands.hset(key, "f", "1"));
            assertEquals(2, commands.hset(key, Map.of("g", "2", "h", "3")));
            assertEquals("1", commands.hget(key, "f"));
            assertEquals(Map.of("f", "1", "g", "2", "h", "3"), commands.hgetall(key));
            assertEquals(List.of(KeyValue.just("f", "1"), KeyValue.empty("z")), commands.hmget(key, "f", "z"));
            assertEquals(11, commands.hincrby(key, "f", 10));
            assertEquals(2.5, commands.hincrbyfloat(key, "g", 0.5));
            assertEquals(3, commands.hlen(key));
            assertEquals(Set.of("f", "g", "h"), new HashSet<>(commands.hrandfield(key, 5)));
            assertEquals(3, commands.hrandfieldWithvalues(key, 5).size());
            assertEquals(List.of(1L), commands.hexpire(key, 100, "h"));
            assertTrue(commands.httl(key, "h").get(0) > 90);
            assertEquals(2, commands.hdel(key, "f", "g", "z"));
            Map<String, String> many = new HashMap<>();
            for (int i = 0; i < MANY; i++) {
                many.put("field" + i, "v" + i);
            }
            commands.hset(key + ":many", many);
            Map<String, String> scanned = new HashMap<>();
            MapScanCursor<String, String> cursor =
                    commands.hscan(key + ":many", ScanCursor.INITIAL, ScanArgs.Builder.limit(100));
            scanned.putAll(cursor.getMap());
            while (!cursor.isFinished()) {
                cursor = commands.hscan(key + ":many", cursor, ScanArgs.Builder.limit(100));
                scanned.putAll(cursor.getMap());
            }
            assertEquals(many, scanned);
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceKeepsSets(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String a = "{set" + protocol + "}a";
            String b = "{set" + protocol + "}b";
            assertEquals(4, commands.sadd(a, "1", "2", "3", "x"));
            assertEquals(3, commands.sadd(b, "2", "3", "y"));
            assertEquals(Set.of("2", "3"), commands.sinter(a, b));
            assertEquals(Set.of("1", "2", "3", "x", "y"), commands.sunion(a, b));
            assertEquals(Set.of("1", "x"), commands.sdiff(a, b));
            assertEquals(2, commands.sintercard(a, b));
            assertEquals(2, commands.sinterstore(a + "c", a, b));
            assertTrue(commands.sismember(a, "x"));
            assertEquals(List.of(true, false), commands.smismember(a, "1", "y"));
            assertTrue(commands.smove(a, b, "x"));
            assertEquals(Set.of("1", "2", "3"), commands.smembers(a));
            assertTrue(Set.of("1", "2", "3").contains(commands.srandmember(a)));
            assertEquals(Set.of("1", "2", "3"), commands.spop(a, 10));
            assertEquals(0, commands.exists(a));
            Set<String> many = new HashSet<>();
            for (int i = 0; i < MANY; i++) {
                many.add("member" + i);
            }
            commands.sadd(a, many.toArray(new String[0]));
            Set<String> scanned = new HashSet<>();
            ValueScanCursor<String> cursor = commands.sscan(a);
            scanned.addAll(cursor.getValues());
            while (!cursor.isFinished()) {
                cursor = commands.sscan(a, cursor);
                scanned.addAll(cursor.getValues());
            }
            assertEquals(many, scanned);
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisKeepsBoth(RedisProtocol protocol) {
        Set<HostAndPort> nodes = new HashSet<>();
        cluster.primaries().forEach(node -> nodes.add(new HostAndPort("127.0.0.1", node.port())));
        try (JedisCluster jedis = new JedisCluster(
                nodes, DefaultJedisClientConfig.builder().protocol(protocol).build())) {
            String key = "{jedis" + protocol + "}";
            assertEquals(2, jedis.hset(key + "h", Map.of("a", "1", "b", "2")));
            assertEquals(Map.of("a", "1", "b", "2"), jedis.hgetAll(key + "h"));
            assertEquals(Set.of("a", "b"), jedis.hkeys(key + "h"));
            assertEquals(7, jedis.hincrBy(key + "h", "a", 6));
            assertEquals(1, jedis.hrandfield(key + "h", 1).size());
            assertEquals(2, jedis.hrandfieldWithValues(key + "h", 9).size());
            assertEquals(List.of(1L), jedis.hexpire(key + "h", 100, "a"));
            assertEquals(List.of(-1L), jedis.httl(key + "h", "b"));
            ScanResult<Map.Entry<String, String>> step = jedis.hscan(key + "h", "0", new ScanParams().match("a"));
            assertEquals(1, step.getResult().size());
            assertNull(jedis.hget(key + "h", "zz"));

            jedis.sadd(key + "s", "1", "2", "3");
            jedis.sadd(key + "t", "3", "4");
            assertEquals(Set.of("3"), jedis.sinter(key + "s", key + "t"));
            assertEquals(Set.of("1", "2"), jedis.sdiff(key + "s", key + "t"));
            assertEquals(4, jedis.sunionstore(key + "u", key + "s", key + "t"));
            List<Boolean> are = new ArrayList<>(jedis.smismember(key + "s", "1", "9"));
            assertEquals(List.of(true, false), are);
            assertEquals(3, jedis.srandmember(key + "s", 9).size());
            assertEquals(Set.of("1", "2", "3"), jedis.spop(key + "s", 3));
            assertEquals(Set.of("3", "4"), jedis.smembers(key + "t"));
        }
    }
}
