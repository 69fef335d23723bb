package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.CopyArgs;
import io.lettuce.core.ExpireArgs;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RestoreArgs;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.SortArgs;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.protocol.ProtocolVersion;
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
import redis.clients.jedis.args.ExpiryOption;
import redis.clients.jedis.params.SortingParams;

/** Commands on keys of any type through the clients that applications use, on a 3+3 cluster. */
abstract class KeyClients {
    private final LocalCluster cluster = ClientsIT.cluster();

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceHandlesKeys(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String key = "{keys" + protocol + "}";
            commands.rpush(key, "3", "1", "2");
            assertEquals("list", commands.type(key));
            assertEquals("listpack", commands.objectEncoding(key).replace("quicklist", "listpack"));
            assertTrue(commands.expire(key, 100));
            assertEquals(false, commands.expire(key, 50, ExpireArgs.Builder.gt()));
            assertTrue(commands.ttl(key) > 90);
            assertTrue(commands.persist(key));
            assertEquals(-1, commands.pttl(key));
            assertEquals(List.of("1", "2", "3"), commands.sort(key));
            assertEquals(
                    List.of("3", "2"),
                    commands.sort(key, SortArgs.Builder.desc().limit(0, 2)));
            assertEquals(3, commands.sortStore(key, SortArgs.Builder.alpha(), key + "sorted"));
            assertEquals(List.of("1", "2", "3"), commands.lrange(key + "sorted", 0, -1));
            assertTrue(commands.copy(key, key + "copy"));
            assertEquals(false, commands.copy(key, key + "copy"));
            assertTrue(commands.copy(key + "sorted", key + "copy", CopyArgs.Builder.replace(true)));
            byte[] payload = commands.dump(key);
            assertEquals("OK", commands.restore(key + "restored", payload, new RestoreArgs().ttl(100_000)));
            assertArrayEquals(payload, commands.dump(key + "restored"));
            assertTrue(commands.pttl(key + "restored") > 90_000);
            assertEquals("OK", commands.rename(key, key + "new"));
            assertEquals(false, commands.renamenx(key + "new", key + "copy"));
            assertEquals(0, commands.exists(key));
            assertEquals(4, commands.touch(key + "new", key + "copy", key + "restored", key + "sorted", key));
            Set<String> found = new HashSet<>();
            ScanArgs mine = ScanArgs.Builder.matches("{keys" + protocol + "}*").limit(1000);
            KeyScanCursor<String> cursor = commands.scan(mine);
            found.addAll(cursor.getKeys());
            while (!cursor.isFinished()) {
                cursor = commands.scan(cursor, mine);
                found.addAll(cursor.getKeys());
            }
            assertEquals(Set.of(key + "new", key + "copy", key + "restored", key + "sorted"), found);
            assertEquals(4, commands.unlink(found.toArray(new String[0])));
            assertNull(commands.dump(key));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisHandlesKeys(RedisProtocol protocol) {
        try (JedisCluster jedis = jedis(protocol)) {
            String key = "{jkeys" + protocol + "}";
            jedis.sadd(key, "3", "1", "2");
            assertEquals("set", jedis.type(key));
            assertEquals("intset", jedis.objectEncoding(key));
            assertEquals(1, jedis.expire(key, 100, ExpiryOption.NX));
            assertEquals(0, jedis.expire(key, 100, ExpiryOption.NX));
            assertTrue(jedis.ttl(key) > 90);
            assertEquals(List.of("1", "2", "3"), jedis.sort(key));
            assertEquals(List.of("3", "2", "1"), jedis.sortReadonly(key, new SortingParams().desc()));
            assertEquals(3, jedis.sort(key, key + "sorted"));
            assertTrue(jedis.copy(key, key + "copy", false));
            byte[] payload = jedis.dump(key);
            assertEquals("OK", jedis.restore(key + "restored", 0, payload));
            assertEquals(-1, jedis.ttl(key + "restored"));
            assertEquals("OK", jedis.rename(key, key + "new"));
            assertEquals(0, jedis.renamenx(key + "new", key + "copy"));
            assertEquals(4, jedis.exists(key, key + "sorted", key + "copy", key + "restored", key + "new"));
            assertEquals(4, jedis.unlink(key + "sorted", key + "copy", key + "restored", key + "new"));
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
