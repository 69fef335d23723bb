package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.server.KdbServer;
import io.kdb.server.cluster.ClusterStatus;
import io.kdb.server.config.ServerConfig;
import io.lettuce.core.KeyValue;
import io.lettuce.core.LMoveArgs;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.args.ListDirection;

/** Lists as queues through the clients that applications use, on a cluster of two. */
class ListClientsIT {
    private static final int FIRST_PORT = 18_050;
    private static final int QUEUES = 30;

    @TempDir
    private static Path directory;

    private static final List<KdbServer> SERVERS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        for (int n = 0; n < 2; n++) {
            Path folder = directory.resolve("node" + n);
            assertTrue(folder.toFile().mkdirs());
            List<String> words = new ArrayList<>(List.of("--port", String.valueOf(FIRST_PORT + n)));
            words.addAll(List.of("--bind", "127.0.0.1", "--dir", folder.toString(), "--save", ""));
            words.addAll(List.of("--cluster-enabled", "yes", "--cluster-replicas", "0"));
            if (n > 0) {
                words.addAll(List.of("--join", "127.0.0.1:" + FIRST_PORT));
            }
            SERVERS.add(KdbServer.start(ServerConfig.load(words, InputStream.nullInputStream())));
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!SERVERS.stream().allMatch(ListClientsIT::isSettled)) {
            assertTrue(System.nanoTime() < deadline, "two nodes share the slots");
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static boolean isSettled(KdbServer server) {
        ClusterView view = server.node().service(ClusterStatus.class).view();
        return view.mode() == PlacementMode.AUTO
                && view.nodes().size() == SERVERS.size()
                && view.movesInFlight().isEmpty()
                && view.nodes().stream().allMatch(node -> view.slotCount(node.id()) == 8192);
    }

    @AfterAll
    static void stop() {
        SERVERS.forEach(KdbServer::close);
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceWaitsForLists(ProtocolVersion protocol) throws Exception {
        RedisClusterClient client = RedisClusterClient.create(RedisURI.create("127.0.0.1", FIRST_PORT));
        client.setOptions(
                ClusterClientOptions.builder().protocolVersion(protocol).build());
        try (StatefulRedisClusterConnection<String, String> waiting = client.connect();
                StatefulRedisClusterConnection<String, String> pushing = client.connect()) {
            for (int i = 0; i < QUEUES; i++) {
                String queue = "queue:" + protocol + i;
                RedisFuture<KeyValue<String, String>> popped = waiting.async().blpop(20, queue);
                assertEquals(2, pushing.sync().rpush(queue, "a" + i, "b"));
                assertEquals(KeyValue.just(queue, "a" + i), popped.get(20, TimeUnit.SECONDS));
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
    void jedisWaitsForLists(RedisProtocol protocol) throws Exception {
        HostAndPort seed = new HostAndPort("127.0.0.1", FIRST_PORT);
        var config = DefaultJedisClientConfig.builder()
                .protocol(protocol)
                .blockingSocketTimeoutMillis(20_000)
                .build();
        try (JedisCluster jedis = new JedisCluster(Set.of(seed), config)) {
            for (int i = 0; i < QUEUES; i++) {
                String queue = "jobs:" + protocol + i;
                String done = "{" + queue + "}done";
                CompletableFuture<String> moved = CompletableFuture.supplyAsync(
                        () -> jedis.blmove(queue, done, ListDirection.LEFT, ListDirection.RIGHT, 20));
                assertEquals(1, jedis.lpush(queue, "job"));
                assertEquals("job", moved.get(20, TimeUnit.SECONDS));
                assertEquals(List.of("job"), jedis.lrange(done, 0, -1));
                assertEquals(List.of(done, "job"), jedis.brpop(1, done));
                assertNull(jedis.blmove(queue, done, ListDirection.LEFT, ListDirection.RIGHT, 0.01));
            }
        }
    }
}
