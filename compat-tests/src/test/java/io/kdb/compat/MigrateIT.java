package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** MIGRATE from kdb, and from Redis, to kdb and to Redis. */
class MigrateIT {
    private static RunningServer kdb;
    private static RunningServer redis;

    @BeforeAll
    static void start() throws Exception {
        kdb = RunningServer.kdb();
        redis = RunningServer.redis("--requirepass", "secret");
    }

    @AfterAll
    static void stop() throws Exception {
        kdb.close();
        redis.close();
    }

    private static RespClient redisClient() throws IOException {
        RespClient client = redis.connect();
        assertEquals("+OK", client.call("AUTH", "secret").toString());
        return client;
    }

    private static String port(RunningServer server) {
        return String.valueOf(server.port());
    }

    @Test
    void bringsKeysToRedisAndBack() throws Exception {
        try (RespClient here = kdb.connect();
                RespClient there = redisClient()) {
            here.call("FLUSHALL");
            there.call("FLUSHALL");
            String large = "v".repeat(300_000);
            here.call("SET", "a", "1", "PX", "100000");
            here.call("SET", "b", large);
            assertEquals(
                    "+OK",
                    here.call(
                                    "MIGRATE",
                                    "127.0.0.1",
                                    port(redis),
                                    "",
                                    "3",
                                    "5000",
                                    "AUTH",
                                    "secret",
                                    "KEYS",
                                    "a",
                                    "b",
                                    "c")
                            .toString());
            assertEquals("0", here.call("EXISTS", "a", "b").toString());
            there.call("SELECT", "3");
            assertEquals("\"1\"", there.call("GET", "a").toString());
            assertTrue(Long.parseLong(there.call("PTTL", "a").text()) > 90_000);
            assertEquals(large, there.call("GET", "b").text());
            assertEquals(
                    "+OK",
                    there.call("MIGRATE", "127.0.0.1", port(kdb), "b", "2", "5000", "COPY")
                            .toString());
            here.call("SELECT", "2");
            assertEquals(large, here.call("GET", "b").text());
        }
    }

    @Test
    void answersAsRedisDoes() throws Exception {
        try (RespClient here = kdb.connect();
                RespClient there = redisClient()) {
            List<String[]> commands = List.of(
                    new String[] {"MIGRATE", "127.0.0.1", "1", "nokey", "0", "100"},
                    new String[] {"MIGRATE", "127.0.0.1", "1", "k", "0", "100"},
                    new String[] {"MIGRATE", "127.0.0.1", "x", "k", "0", "100"},
                    new String[] {"MIGRATE", "127.0.0.1", "1", "k", "0", "x"},
                    new String[] {"MIGRATE", "127.0.0.1", "1", "k", "x", "100"},
                    new String[] {"MIGRATE", "127.0.0.1", "1", "k", "0", "100", "KEYS", "k"},
                    new String[] {"MIGRATE", "127.0.0.1", "1", "", "0", "100", "FOO"},
                    new String[] {"MIGRATE", "127.0.0.1", "1", "k", "0", "100", "AUTH"},
                    new String[] {"MIGRATE", "127.0.0.1", "1", "", "0", "100", "KEYS"},
                    new String[] {"COMMAND", "GETKEYS", "MIGRATE", "h", "1", "", "0", "9", "KEYS", "a", "b"},
                    new String[] {"COMMAND", "GETKEYS", "MIGRATE", "h", "1", "k", "0", "9"});
            here.call("SET", "k", "1");
            there.call("SET", "k", "1");
            for (String[] command : commands) {
                assertEquals(there.call(command).toString(), here.call(command).toString(), String.join(" ", command));
            }
            assertEquals("\"1\"", here.call("GET", "k").toString());
            assertEquals(
                    "-ERR Target instance replied with error: NOAUTH Authentication required.",
                    here.call("MIGRATE", "127.0.0.1", port(redis), "k", "0", "1000")
                            .toString());
            assertEquals(
                    "-ERR Target instance replied with error: BUSYKEY Target key name already exists.",
                    here.call("MIGRATE", "127.0.0.1", port(redis), "k", "0", "1000", "AUTH", "secret")
                            .toString());
            assertEquals("\"1\"", here.call("GET", "k").toString());
            assertEquals(
                    "+OK",
                    here.call("MIGRATE", "127.0.0.1", port(redis), "k", "0", "1000", "REPLACE", "AUTH", "secret")
                            .toString());
            assertEquals("nil", here.call("GET", "k").toString());
        }
    }

    /** Every increment is either before the dump or after the deletion: none is lost in between. */
    @Test
    void losesNoWriteThatComesMeanwhile() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        long[] written = new long[1];
        Thread writer = new Thread(() -> {
            try (RespClient client = kdb.connect()) {
                while (!stop.get()) {
                    client.call("INCR", "counter");
                    written[0]++;
                }
            } catch (IOException e) {
                failure.set(e);
            }
        });
        long collected = 0;
        try (RespClient here = kdb.connect();
                RespClient there = redisClient()) {
            here.call("DEL", "counter");
            writer.start();
            for (int i = 0; i < 300; i++) {
                there.call("DEL", "counter");
                String reply = here.call("MIGRATE", "127.0.0.1", port(redis), "counter", "0", "5000", "AUTH", "secret")
                        .toString();
                if (reply.equals("+OK")) {
                    collected += Long.parseLong(there.call("GET", "counter").text());
                } else {
                    assertEquals("+NOKEY", reply);
                }
            }
            stop.set(true);
            writer.join();
            assertEquals(null, failure.get());
            Reply rest = here.call("GET", "counter");
            collected += rest.text() == null ? 0 : Long.parseLong(rest.text());
        }
        assertTrue(written[0] > 300, "writes: " + written[0]);
        assertEquals(written[0], collected);
    }
}
