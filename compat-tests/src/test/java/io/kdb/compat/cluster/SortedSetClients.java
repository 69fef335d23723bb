package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.GeoArgs;
import io.lettuce.core.KeyValue;
import io.lettuce.core.Range;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.util.HashMap;
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
import redis.clients.jedis.args.GeoUnit;
import redis.clients.jedis.resps.Tuple;

/** Sorted sets and places through the clients that applications use, on a 3+3 cluster. */
abstract class SortedSetClients {
    private static final int MANY = 3000;

    private final LocalCluster cluster = ClientsIT.cluster();

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceKeepsSortedSets(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String key = "{zset:" + protocol + "}";
            assertEquals(2, commands.zadd(key, 1.5, "a", 2.5, "b"));
            assertEquals(3.5, commands.zincrby(key, 1, "b"));
            assertEquals(1.5, commands.zscore(key, "a"));
            assertNull(commands.zscore(key, "z"));
            assertEquals(1, commands.zrank(key, "b"));
            assertEquals(
                    List.of(ScoredValue.just(1.5, "a"), ScoredValue.just(3.5, "b")),
                    commands.zrangeWithScores(key, 0, -1));
            assertEquals(List.of("b"), commands.zrangebyscore(key, Range.create(2, 9)));
            assertEquals(2, commands.zunionstore(key + "2", key));
            assertEquals(ScoredValue.just(1.5, "a"), commands.zpopmin(key + "2"));
            assertEquals(KeyValue.just(key + "2", ScoredValue.just(3.5, "b")), commands.bzpopmin(1, key + "2"));
            assertNull(commands.bzpopmin(0.01, key + "2"));
            for (int i = 0; i < MANY; i++) {
                commands.zadd(key + "many", i, "member" + i);
            }
            assertEquals(MANY, commands.zcard(key + "many"));
            assertEquals(100, commands.zcount(key + "many", Range.create(100, 199)));
            assertEquals("member2999", commands.zrevrange(key + "many", 0, 0).get(0));
            assertEquals(
                    2, commands.geoadd(key + "geo", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"));
            assertEquals(166.2742, commands.geodist(key + "geo", "Palermo", "Catania", GeoArgs.Unit.km));
            assertEquals(Set.of("Palermo", "Catania"), commands.georadius(key + "geo", 15, 37, 200, GeoArgs.Unit.km));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisKeepsSortedSets(RedisProtocol protocol) {
        HostAndPort seed = new HostAndPort("127.0.0.1", cluster.nodes().get(5).port());
        try (JedisCluster jedis = new JedisCluster(
                Set.of(seed),
                DefaultJedisClientConfig.builder().protocol(protocol).build())) {
            String key = "{jedis:zset:" + protocol + "}";
            Map<String, Double> scores = new HashMap<>();
            for (int i = 0; i < MANY; i++) {
                scores.put("member" + i, (double) i);
            }
            assertEquals(MANY, jedis.zadd(key, scores));
            assertEquals(
                    List.of(new Tuple("member0", 0.0), new Tuple("member1", 1.0)), jedis.zrangeWithScores(key, 0, 1));
            assertEquals(10, jedis.zremrangeByScore(key, 10, 19));
            assertEquals(MANY - 11L, jedis.zrank(key, "member" + (MANY - 1)));
            assertEquals(List.of(new Tuple("member2999", 2999.0)), jedis.zpopmax(key, 1));
            assertEquals(4, jedis.zrandmember(key, 4).size());
            assertTrue(jedis.zscan(key, "0").getResult().size() > 0);
            jedis.geoadd(key + "geo", 13.361389, 38.115556, "Palermo");
            jedis.geoadd(key + "geo", 15.087269, 37.502669, "Catania");
            assertEquals(166.2742, jedis.geodist(key + "geo", "Palermo", "Catania", GeoUnit.KM));
        }
    }
}
