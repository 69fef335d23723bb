package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.lettuce.core.KeyValue;
import io.lettuce.core.LMPopArgs;
import io.lettuce.core.LMoveArgs;
import io.lettuce.core.LPosArgs;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.args.ListDirection;
import redis.clients.jedis.args.ListPosition;

/** Lists, also as queues, through the clients that applications use, on a 3+3 cluster. */
abstract class ListClients {
    private static final int QUEUES = 10;

    private final LocalCluster cluster = ClientsIT.cluster();

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceKeepsLists(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String key = "{list" + protocol + "}";
            assertEquals(0, commands.rpushx(key, "a"));
            assertEquals(3, commands.rpush(key, "a", "b", "c"));
            assertEquals(4, commands.lpush(key, "z"));
            assertEquals(List.of("z", "a", "b", "c"), commands.lrange(key, 0, -1));
            assertEquals("b", commands.lindex(key, -2));
            assertNull(commands.lindex(key, 9));
            assertEquals("OK", commands.lset(key, 1, "b"));
            assertEquals(List.of(1L, 2L), commands.lpos(key, "b", 0));
            assertEquals(2L, commands.lpos(key, "b", LPosArgs.Builder.rank(-1)));
            assertEquals(5, commands.linsert(key, true, "c", "y"));
            assertEquals(2, commands.lrem(key, 0, "b"));
            assertEquals("OK", commands.ltrim(key, 0, 1));
            assertEquals(List.of("z", "y"), commands.lrange(key, 0, 9));
            assertEquals(
                    KeyValue.just(key, List.of("y")), commands.lmpop(LMPopArgs.Builder.right(), key + "none", key));
            assertEquals(List.of("z"), commands.lpop(key, 5));
            assertEquals(0, commands.exists(key));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceWaitsForLists(ProtocolVersion protocol) throws Exception {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> waiting = client.connect();
                StatefulRedisClusterConnection<String, String> pushing = client.connect()) {
            for (int i = 0; i < QUEUES; i++) {
                String queue = "queue:" + protocol + i;
                RedisFuture<KeyValue<String, String>> popped = waiting.async().blpop(20, queue);
                assertEquals(2, pushing.sync().rpush(queue, "a" + i, "b"));
                assertEquals(KeyValue.just(queue, "a" + i), popped.get(60, TimeUnit.SECONDS));
                String done = "{" + queue + "}done";
                assertEquals("b", pushing.sync().lmove(queue, done, LMoveArgs.Builder.leftRight()));
                assertEquals(List.of("b"), pushing.sync().lrange(done, 0, -1));
                assertEquals(0, pushing.sync().exists(queue));
                assertNull(pushing.sync().blpop(0.01, queue));
            }
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisKeepsLists(RedisProtocol protocol) {
        try (JedisCluster jedis = jedis(protocol)) {
            String key = "{jlist" + protocol + "}";
            assertEquals(3, jedis.rpush(key, "a", "b", "c"));
            assertEquals(4, jedis.linsert(key, ListPosition.BEFORE, "b", "x"));
            assertEquals(List.of("a", "x", "b", "c"), jedis.lrange(key, 0, -1));
            assertEquals("c", jedis.lindex(key, -1));
            assertEquals(2L, jedis.lpos(key, "b"));
            assertEquals(1, jedis.lrem(key, 1, "x"));
            assertEquals("OK", jedis.lset(key, 0, "q"));
            assertEquals("q", jedis.lmove(key, key + "t", ListDirection.LEFT, ListDirection.RIGHT));
            assertEquals(List.of("c", "b"), jedis.rpop(key, 5));
            assertEquals(1, jedis.llen(key + "t"));
            assertNull(jedis.lpop(key));
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisWaitsForLists(RedisProtocol protocol) throws Exception {
        try (JedisCluster jedis = jedis(protocol)) {
            for (int i = 0; i < QUEUES; i++) {
                String queue = "jobs:" + protocol + i;
                String done = "{" + queue + "}done";
                CompletableFuture<String> moved = CompletableFuture.supplyAsync(
                        () -> jedis.blmove(queue, done, ListDirection.LEFT, ListDirection.RIGHT, 20));
                assertEquals(1, jedis.lpush(queue, "job"));
                assertEquals("job", moved.get(60, TimeUnit.SECONDS));
                assertEquals(List.of("job"), jedis.lrange(done, 0, -1));
                assertEquals(List.of(done, "job"), jedis.brpop(1, done));
                assertNull(jedis.blmove(queue, done, ListDirection.LEFT, ListDirection.RIGHT, 0.01));
            }
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
