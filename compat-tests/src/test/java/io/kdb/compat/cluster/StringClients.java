package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.compat.Needs;
import io.kdb.compat.Reply;
import io.kdb.compat.RespClient;
import io.lettuce.core.KeyValue;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.util.JedisClusterCRC16;

/** The clients that applications use, unchanged, on a 3+3 cluster. */
abstract class StringClients {
    private static final int KEYS = 200;
    private static final long PATIENCE_MS = 60_000;

    private final LocalCluster cluster = ClientsIT.cluster();

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceReadsAndWritesEveryShard(ProtocolVersion protocol) throws InterruptedException {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            assertEquals(6, connection.getPartitions().size());
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            String prefix = "lettuce:" + protocol + ":";
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", commands.set(prefix + i, "v" + i));
            }
            for (int i = 0; i < KEYS; i++) {
                assertEquals("v" + i, commands.get(prefix + i));
            }
            assertEquals(1, commands.del(prefix + 0));
            assertNull(commands.get(prefix + 0));
            assertTrue(commands.pexpire(prefix + 1, 20));
            Await.until(PATIENCE_MS, () -> commands.exists(prefix + 1) == 0, () -> "the key does not expire");
            assertTrue(commands.expire(prefix + 2, Duration.ofMinutes(5)));
            assertTrue(commands.ttl(prefix + 2) > 290);
            assertEquals(6, commands.incrby(prefix + "n", 6));
            assertEquals("OK", commands.mset(Map.of(prefix + "a", "1", prefix + "b", "2", prefix + "c", "3")));
            assertEquals(
                    List.of(KeyValue.just(prefix + "a", "1"), KeyValue.just(prefix + "b", "2")),
                    commands.mget(prefix + "a", prefix + "b"));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettucePipelinesOverAllShards(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            connection
                    .sync()
                    .mset(IntStream.range(0, KEYS).boxed().collect(Collectors.toMap(i -> "open:" + i, i -> "")));
            connection.setAutoFlushCommands(false);
            String prefix = "pipeline:" + protocol + ":";
            List<RedisFuture<?>> futures = new ArrayList<>();
            for (int i = 0; i < 10 * KEYS; i++) {
                futures.add(connection.async().set(prefix + i, "v" + i));
            }
            List<RedisFuture<String>> reads = IntStream.range(0, 10 * KEYS)
                    .mapToObj(i -> connection.async().get(prefix + i))
                    .toList();
            connection.flushCommands();
            futures.addAll(reads);
            assertTrue(LettuceFutures.awaitAll(Duration.ofMillis(PATIENCE_MS), futures.toArray(new RedisFuture<?>[0])));
            for (int i = 0; i < reads.size(); i++) {
                assertEquals("v" + i, reads.get(i).toCompletableFuture().join());
            }
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    /**
     * What a connection wrote it reads, in one pipeline, from its first byte on: beside other connections that do the same,
     * with replies that make it yield its turn. (Lettuce itself sends commands in another order while it connects.)
     */
    @Test
    void freshConnectionsReadWhatTheyWroteInOnePipeline() throws IOException {
        java.util.Random random = new java.util.Random(11);
        int served = 0;
        for (ClusterNode primary : cluster.primaries()) {
            boolean[] owned = SafeWriter.owned(primary);
            List<String> keys = IntStream.range(0, 2000)
                    .mapToObj(i -> "fresh:" + i)
                    .filter(name -> owned[SlotHash.getSlot(name)])
                    .toList();
            for (int round = 0; round < 20; round++) {
                List<RespClient> clients = new ArrayList<>();
                List<List<String>> expected = new ArrayList<>();
                for (int c = 0; c < 4; c++) {
                    RespClient client = new RespClient(primary.port());
                    clients.add(client);
                    expected.add(pipeline(client, keys, "c" + c + ":", random, round % 4 == 3 ? 20_000 : 20));
                }
                for (int c = 0; c < clients.size(); c++) {
                    try (RespClient client = clients.get(c)) {
                        assertEquals('%', client.read().type());
                        for (String value : expected.get(c)) {
                            String set = client.read().toString();
                            Reply got = client.read();
                            // A busy machine may cost a primary its lease for a moment, also between the two.
                            if (!set.startsWith("-CLUSTERDOWN")) {
                                assertEquals("+OK", set);
                                if (!got.toString().startsWith("-CLUSTERDOWN")) {
                                    served++;
                                    assertEquals(value, got.text());
                                }
                            }
                        }
                    }
                }
            }
        }
        assertTrue(served > 1000, "pairs served: " + served);
    }

    /** HELLO, then SET and GET by turns, sent in pieces of any size; what each GET must answer. */
    private static List<String> pipeline(
            RespClient client, List<String> keys, String tag, java.util.Random random, int size) throws IOException {
        StringBuilder requests = new StringBuilder("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n");
        List<String> values = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            // The connections share slots, not keys.
            String key = tag + "{" + keys.get(random.nextInt(keys.size())) + "}" + i;
            String value = key + "x".repeat(random.nextInt(size));
            values.add(value);
            command(requests, "SET", key, value);
            command(requests, "GET", key);
        }
        byte[] bytes = requests.toString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        int at = 0;
        while (at < bytes.length) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(1 << (10 + random.nextInt(8))));
            client.sendRaw(java.util.Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return values;
    }

    private static void command(StringBuilder requests, String... words) {
        requests.append('*').append(words.length).append("\r\n");
        for (String word : words) {
            requests.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceRunsTransactionsOnOneNode(ProtocolVersion protocol) {
        RedisClusterClient client = LettuceLoad.client(cluster, protocol);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            String key = "{tx:" + protocol + "}";
            var owner = connection.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
            StatefulRedisConnection<String, String> node = connection.getConnection(owner.getNodeId());
            node.sync().watch(key);
            node.sync().multi();
            node.sync().set(key, "1");
            node.sync().incr(key + "n");
            TransactionResult result = node.sync().exec();
            assertEquals(List.of("OK", 1L), result.stream().toList());
            node.sync().watch(key);
            connection.sync().set(key, "changed");
            node.sync().multi();
            node.sync().set(key, "lost");
            assertTrue(node.sync().exec().wasDiscarded());
            assertEquals("changed", connection.sync().get(key));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisReadsWritesPipelinesAndTransacts(RedisProtocol protocol) throws InterruptedException {
        HostAndPort seed = new HostAndPort("127.0.0.1", cluster.nodes().get(5).port());
        try (JedisCluster jedis = new JedisCluster(
                java.util.Set.of(seed),
                DefaultJedisClientConfig.builder().protocol(protocol).build())) {
            String prefix = "jedis:" + protocol + ":";
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", jedis.set(prefix + i, "v" + i));
                assertEquals("v" + i, jedis.get(prefix + i));
            }
            assertEquals(1, jedis.del(prefix + 0));
            assertNull(jedis.get(prefix + 0));
            jedis.pexpire(prefix + 1, 20);
            Await.until(PATIENCE_MS, () -> !jedis.exists(prefix + 1), () -> "the key does not expire");
            jedis.expire(prefix + 2, 300);
            assertTrue(jedis.ttl(prefix + 2) > 290);
            try (var pipeline = jedis.pipelined()) {
                var replies = IntStream.range(2, KEYS)
                        .mapToObj(i -> pipeline.get(prefix + i))
                        .toList();
                pipeline.sync();
                for (int i = 2; i < KEYS; i++) {
                    assertEquals("v" + i, replies.get(i - 2).get());
                }
            }
            int slot = JedisClusterCRC16.getSlot("{" + prefix + "}");
            try (Transaction transaction = new Transaction(jedis.getConnectionFromSlot(slot), true, true)) {
                transaction.set("{" + prefix + "}a", "1");
                transaction.incrBy("{" + prefix + "}b", 7);
                assertEquals(List.of("OK", 7L), transaction.exec());
            }
        }
    }

    @Test
    void replicasServeReadsWhenAsked() throws InterruptedException {
        ClusterNode primary = cluster.primaries().get(0);
        ClusterNode replica = cluster.replicasOf(primary).get(0);
        boolean[] owned = SafeWriter.owned(primary);
        String key = IntStream.range(0, LocalCluster.SLOTS)
                .mapToObj(i -> "read:" + i)
                .filter(name -> owned[SlotHash.getSlot(name)])
                .findFirst()
                .orElseThrow();
        primary.call("SET", key, "v");
        try (Jedis jedis = replica.connect()) {
            assertEquals("OK", ClusterNode.call(jedis, "READONLY"));
            Await.until(PATIENCE_MS, () -> "v".equals(jedis.get(key)), () -> "the replica has no " + key);
        }
    }

    @Test
    void redisCliFollowsRedirects() throws IOException, InterruptedException {
        Needs.that(RedisCli.exists(), RedisCli.ABSENT);
        String port = String.valueOf(cluster.nodes().get(3).port());
        for (int i = 0; i < 5; i++) {
            assertEquals("OK", RedisCli.run("-c", "-p", port, "SET", "cli:" + i, "v" + i));
            assertEquals("v" + i, RedisCli.run("-c", "-p", port, "GET", "cli:" + i));
        }
        assertEquals("1", RedisCli.run("-c", "-p", port, "DEL", "cli:0"));
        assertEquals("", RedisCli.run("-c", "-p", port, "GET", "cli:0"));
    }

    /** Random writes of every kind there is: what a replica applied is what its primary has. */
    @Test
    void replicasHoldWhatTheirPrimariesHold() throws InterruptedException {
        java.util.Random random = new java.util.Random(7);
        for (ClusterNode primary : cluster.primaries()) {
            boolean[] owned = SafeWriter.owned(primary);
            List<String> keys = IntStream.range(0, 3000)
                    .mapToObj(i -> "digest:" + i)
                    .filter(name -> owned[SlotHash.getSlot(name)])
                    .toList();
            try (Jedis jedis = primary.connect()) {
                for (int i = 0; i < 2000; i++) {
                    String key = keys.get(random.nextInt(keys.size()));
                    String value = "x".repeat(random.nextInt(200)) + i;
                    switch (random.nextInt(8)) {
                        case 0 -> jedis.del(key);
                        case 1 -> jedis.append(key, value);
                        case 2 -> jedis.setrange(key, random.nextInt(300), value);
                        case 3 -> jedis.pexpire(key, 1 + random.nextInt(400));
                        case 4 -> jedis.expire(key, 1000L);
                        case 5 -> transact(jedis, key, value);
                        case 6 -> jedis.getDel(key);
                        default -> jedis.set(key, value);
                    }
                }
            }
        }
        for (ClusterNode primary : cluster.primaries()) {
            ClusterNode replica = cluster.replicasOf(primary).get(0);
            Await.until(
                    PATIENCE_MS,
                    () -> primary.call("DEBUG", "DIGEST").equals(replica.call("DEBUG", "DIGEST"))
                            && offset(primary).equals(offset(replica)),
                    () -> "digests of " + primary + " " + primary.call("DBSIZE") + " and " + replica + " "
                            + replica.call("DBSIZE"));
        }
    }

    private static void transact(Jedis jedis, String key, String value) {
        try (Transaction transaction = jedis.multi()) {
            transaction.set(key, value);
            transaction.append(key, "+");
            transaction.exec();
        }
    }

    private static String offset(ClusterNode node) {
        return node.info("INFO", "replication").get("master_repl_offset");
    }

    @Test
    void scanOfEveryPrimaryFindsEveryKeyOnce() {
        Map<String, Integer> seen = new TreeMap<>();
        try (JedisCluster jedis = new JedisCluster(
                new HostAndPort("127.0.0.1", cluster.nodes().get(0).port()))) {
            for (int i = 0; i < KEYS; i++) {
                jedis.set("scan:" + i, "v");
            }
        }
        for (ClusterNode primary : cluster.primaries()) {
            try (Jedis jedis = primary.connect()) {
                String cursor = ScanParams.SCAN_POINTER_START;
                do {
                    var page =
                            jedis.scan(cursor, new ScanParams().match("scan:*").count(50));
                    page.getResult().forEach(key -> seen.merge(key, 1, Integer::sum));
                    cursor = page.getCursor();
                } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
            }
        }
        assertEquals(KEYS, seen.size());
        assertTrue(seen.values().stream().allMatch(times -> times == 1), seen::toString);
    }
}
