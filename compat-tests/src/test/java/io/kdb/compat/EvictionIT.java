package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node whose memory has a limit, under writes to values of every type and size. */
class EvictionIT {
    private static final String OOM = "-OOM command not allowed when used memory > 'maxmemory'.";
    private static final int LIMIT = 6 << 20;
    /** What one batch of commands may be above the limit before the next command evicts, and what frees later. */
    private static final int SLACK = 3 << 20;

    private static final int KEYS = 400;
    private static final int BATCHES = 120;
    private static final int BATCH = 100;

    private final Random random = new Random(1);
    private int refused;
    private long mostUsed;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "noeviction",
                "allkeys-lru",
                "allkeys-lfu",
                "allkeys-random",
                "volatile-lru",
                "volatile-lfu",
                "volatile-random",
                "volatile-ttl"
            })
    void memoryStaysBelowItsLimit(String policy) throws Exception {
        try (KdbServer kdb = KdbServer.start(ServerConfig.of(
                        "port 0",
                        "bind 127.0.0.1",
                        "save \"\"",
                        "io-threads 2",
                        "maxmemory " + LIMIT,
                        "maxmemory-policy " + policy));
                RespClient client = new RespClient(kdb.port())) {
            boolean isVolatile = policy.startsWith("volatile");
            if (isVolatile) {
                for (int i = 0; i < 50; i++) {
                    client.call("SET", "stays:" + i, "x".repeat(10_000));
                }
            }
            for (int i = 0; i < BATCHES; i++) {
                batch(client, isVolatile);
                mostUsed = Math.max(mostUsed, info(client, "memory", "used_memory"));
            }
            assertTrue(mostUsed < LIMIT + SLACK, policy + ": " + mostUsed);
            assertTrue(mostUsed > LIMIT * 3L / 4, policy + ": " + mostUsed);
            long evicted = info(client, "stats", "evicted_keys");
            if (policy.equals("noeviction")) {
                assertTrue(refused > 0);
                assertEquals(0, evicted);
                assertEquals(OOM, client.call("SET", "k", "v").toString());
                assertEquals("0", client.call("EXISTS", "k").text());
            } else {
                assertTrue(evicted > 0, policy + " evicted nothing");
                assertEquals(0, refused, policy);
                assertEquals("+OK", client.call("SET", "k", "v", "EX", "100").toString());
            }
            for (int i = 0; isVolatile && i < 50; i++) {
                assertEquals("10000", client.call("STRLEN", "stays:" + i).text());
            }
            if (isVolatile) {
                // Nothing is left that may go.
                fill(client);
                assertEquals(OOM, client.call("SET", "k", "x".repeat(1000)).toString());
            }
            // One collection that is larger than all there may be, by itself.
            client.call("FLUSHALL");
            int before = refused;
            for (int i = 0; i < BATCHES; i++) {
                for (int j = 0; j < BATCH; j++) {
                    client.send(List.of("ZADD", "one", String.valueOf(random.nextInt()), text(1800)));
                }
                count(client, BATCH);
            }
            awaitFreed(client, policy);
            assertEquals(policy.startsWith("allkeys"), refused == before);
            assertEquals("+PONG", client.call("PING").toString());
        }
    }

    @Test
    void whatAClientHoldsCountsToo() throws Exception {
        try (KdbServer kdb = KdbServer.start(ServerConfig.of(
                        "port 0",
                        "bind 127.0.0.1",
                        "save \"\"",
                        "maxmemory " + LIMIT,
                        "maxmemory-policy allkeys-lru"));
                RespClient client = new RespClient(kdb.port());
                RespClient hoarder = new RespClient(kdb.port())) {
            for (int i = 0; i < 40; i++) {
                assertEquals(
                        "+OK",
                        client.call("SET", "key:" + i, "x".repeat(100_000)).toString());
            }
            assertEquals(0, info(client, "stats", "evicted_keys"));
            assertEquals("+OK", hoarder.call("MULTI").toString());
            for (int i = 0; i < 40; i++) {
                assertEquals(
                        "+QUEUED", hoarder.call("ECHO", "x".repeat(100_000)).toString());
            }
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (info(client, "stats", "evicted_keys") < 10) {
                assertTrue(System.nanoTime() < deadlineNs, "nothing was evicted");
                client.call("SET", "small", "x");
            }
        }
    }

    @Test
    void aLongEvictionIsALatencyEvent() throws Exception {
        try (KdbServer kdb = KdbServer.start(ServerConfig.of(
                        "port 0",
                        "bind 127.0.0.1",
                        "save \"\"",
                        "enable-debug-command yes",
                        "latency-monitor-threshold 1"));
                RespClient client = new RespClient(kdb.port())) {
            client.call("DEBUG", "POPULATE", "30000");
            assertEquals(
                    "[]", client.call("LATENCY", "HISTORY", "eviction-cycle").toString());
            client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1mb");
            assertEquals("+OK", client.call("SET", "k", "v").toString());
            assertTrue(info(client, "stats", "evicted_keys") >= 10_000);
            assertTrue(client.call("LATENCY", "HISTORY", "eviction-cycle")
                            .toString()
                            .length()
                    > 2);
        }
    }

    private void batch(RespClient client, boolean isVolatile) throws IOException {
        int expiries = 0;
        for (int i = 0; i < BATCH; i++) {
            int type = random.nextInt(6);
            String key = "key:" + type + ":" + random.nextInt(KEYS);
            int size = random.nextInt(20) == 0 ? 20_000 : 300;
            List<String> words = new ArrayList<>(
                    switch (type) {
                        case 0 -> List.of("SET", key, text(size), "EX", "1000");
                        case 1 -> List.of("HSET", key, text(20), text(size));
                        case 2 -> List.of("SADD", key, text(size));
                        case 3 -> List.of("ZADD", key, String.valueOf(random.nextInt()), text(size));
                        case 4 -> List.of("RPUSH", key, text(size));
                        default -> List.of("XADD", key, "*", "field", text(size));
                    });
            client.send(words);
            if (isVolatile && type > 0) {
                client.send(List.of("EXPIRE", key, String.valueOf(1000 + random.nextInt(1000))));
                expiries++;
            }
        }
        count(client, BATCH + expiries);
    }

    private void count(RespClient client, int replies) throws IOException {
        for (int i = 0; i < replies; i++) {
            Reply reply = client.read();
            if (reply.isError()) {
                assertEquals(OOM, reply.toString());
                refused++;
            }
        }
    }

    /** Writes keys that may not be evicted until there is no more room. */
    private void fill(RespClient client) throws IOException {
        for (int i = 0; i < 5000; i++) {
            if (client.call("SET", "fill:" + i, text(20_000)).isError()) {
                return;
            }
        }
    }

    /** What was evicted is freed in slices, and until then not counted against the limit. */
    private static void awaitFreed(RespClient client, String policy) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        long used = info(client, "memory", "used_memory");
        while (used >= LIMIT + SLACK) {
            assertTrue(System.nanoTime() < deadlineNs, policy + ": " + used);
            Thread.sleep(10);
            used = info(client, "memory", "used_memory");
        }
    }

    private String text(int max) {
        int length = 1 + random.nextInt(max);
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            text.append(Long.toHexString(random.nextLong()));
        }
        return text.substring(0, length);
    }

    private static long info(RespClient client, String section, String field) throws IOException {
        return Long.parseLong(
                client.call("INFO", section).text().replaceAll("(?s).*\r\n" + field + ":(\\d+)\r\n.*", "$1"));
    }
}
