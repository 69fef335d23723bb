package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.BitFieldArgs;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.args.BitOP;

/** Bitmaps and HyperLogLogs through the clients that applications use, on a 3+3 cluster. */
abstract class BitmapClients {
    private final LocalCluster cluster = ClientsIT.cluster();

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceKeepsBitmaps(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String key = "{bits" + protocol + "}";
            assertEquals(0, commands.setbit(key, 7, 1));
            assertEquals(1, commands.setbit(key, 7, 1));
            assertEquals(0, commands.setbit(key, 100, 1));
            assertEquals(1, commands.getbit(key, 100));
            assertEquals(2, commands.bitcount(key));
            assertEquals(1, commands.bitcount(key, 0, 0));
            assertEquals(7, commands.bitpos(key, true));
            assertEquals(0, commands.setbit(key + "b", 7, 1));
            assertEquals(13, commands.bitopAnd(key + "and", key, key + "b"));
            assertEquals(1, commands.bitcount(key + "and"));
            assertEquals(
                    Arrays.asList(0L, 200L, 255L, null),
                    commands.bitfield(
                            key + "f",
                            new BitFieldArgs()
                                    .set(BitFieldArgs.unsigned(8), 0, 200)
                                    .get(BitFieldArgs.unsigned(8), 0)
                                    .overflow(BitFieldArgs.OverflowType.SAT)
                                    .incrBy(BitFieldArgs.unsigned(8), 0, 100)
                                    .overflow(BitFieldArgs.OverflowType.FAIL)
                                    .incrBy(BitFieldArgs.unsigned(8), 0, 1)));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceCounts(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String key = "{hll" + protocol + "}";
            assertEquals(1, commands.pfadd(key, "a", "b", "c"));
            assertEquals(0, commands.pfadd(key, "a"));
            assertEquals(3, commands.pfcount(key));
            assertEquals(1, commands.pfadd(key + "o", "c", "d"));
            assertEquals(4, commands.pfcount(key, key + "o"));
            assertEquals("OK", commands.pfmerge(key + "m", key, key + "o"));
            assertEquals(4, commands.pfcount(key + "m"));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisKeepsBoth(RedisProtocol protocol) {
        try (JedisCluster jedis = jedis(protocol)) {
            String key = "{jbits" + protocol + "}";
            assertEquals(false, jedis.setbit(key, 9, true));
            assertTrue(jedis.getbit(key, 9));
            assertEquals(1, jedis.bitcount(key));
            assertEquals(9, jedis.bitpos(key, true));
            assertEquals(2, jedis.bitop(BitOP.NOT, key + "not", key));
            assertEquals(15, jedis.bitcount(key + "not"));
            assertEquals(List.of(0L, 3L), jedis.bitfield(key + "f", "SET", "u4", "0", "3", "GET", "u4", "0"));
            assertEquals(List.of(3L), jedis.bitfieldReadonly(key + "f", "GET", "u4", "0"));
            assertEquals(1, jedis.pfadd(key + "h", "a", "b"));
            assertEquals(2, jedis.pfcount(key + "h"));
            assertEquals("OK", jedis.pfmerge(key + "m", key + "h"));
            assertEquals(2, jedis.pfcount(key + "m", key + "h"));
        }
    }

    private JedisCluster jedis(RedisProtocol protocol) {
        Set<HostAndPort> nodes = new HashSet<>();
        cluster.primaries().forEach(node -> nodes.add(new HostAndPort("127.0.0.1", node.port())));
        return new JedisCluster(
                nodes,
                DefaultJedisClientConfig.builder()
                        .protocol(protocol)
                        .blockingSocketTimeoutMillis(20_000)
                        .build());
    }
}
