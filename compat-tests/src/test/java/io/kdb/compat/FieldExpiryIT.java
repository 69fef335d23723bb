package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fields that expire, which Redis 7.0 does not know: what it would misread, it never gets. */
class FieldExpiryIT {
    private static final String REFUSED =
            "ERR a replica is attached that does not know fields that expire (expected: kdb replicas only)";
    private static final long PATIENCE_MS = 60_000;
    private static final String FAR_MS = "33000000000000";

    private RunningServer primary;
    private RespClient client;

    @BeforeEach
    void start() throws Exception {
        primary = RunningServer.kdb("--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0");
        client = primary.connect();
        client.call("HSET", "h", "a", "1", "b", "2");
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        primary.close();
    }

    private String[] ofPrimary() {
        return new String[] {
            "--replicaof", "127.0.0.1 " + primary.port(), "--enable-debug-command", "yes", "--repl-timeout", "5"
        };
    }

    private static void await(RespClient client, String field) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        while (!client.call("INFO", "replication").text().contains(field)) {
            assertTrue(System.nanoTime() < deadline, () -> "no " + field + " within " + PATIENCE_MS + " ms");
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private void awaitRefusal() throws Exception {
        Path log = primary.directory().resolve("kdb.log");
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        while (!Files.readString(log, StandardCharsets.ISO_8859_1)
                .contains(" refused: a hash has fields that expire")) {
            assertTrue(System.nanoTime() < deadline, () -> "no refusal within " + PATIENCE_MS + " ms");
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private String call(String... words) throws IOException {
        Reply reply = client.call(words);
        return reply.text() == null ? reply.toString() : reply.text();
    }

    private String times() throws IOException {
        return client.call("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b").toString();
    }

    @Test
    void anExpiryIsRefusedWhileARedisIsAttached() throws Exception {
        try (RunningServer redis = RunningServer.redis(ofPrimary());
                RespClient replica = redis.connect()) {
            await(client, "state=online");
            for (List<String> words : List.of(
                    List.of("HEXPIRE", "h", "100", "FIELDS", "1", "a"),
                    List.of("HPEXPIRE", "h", "100000", "FIELDS", "1", "a"),
                    List.of("HEXPIREAT", "h", "33000000000", "FIELDS", "1", "a"),
                    List.of("HPEXPIREAT", "h", FAR_MS, "FIELDS", "1", "a"),
                    List.of("HGETEX", "h", "EX", "100", "FIELDS", "1", "a"),
                    List.of("HSETEX", "h", "PXAT", FAR_MS, "FIELDS", "1", "a", "3"))) {
                assertEquals(REFUSED, call(words.toArray(new String[0])), words::toString);
            }
            // What needs no expiry goes on, and reaches the replica as what it knows.
            assertEquals("1", call("HSETEX", "h", "FIELDS", "1", "a", "4"));
            assertEquals("1", call("WAIT", "1", "30000"));
            assertEquals("4", replica.call("HGET", "h", "a").text());
            assertEquals(call("DEBUG", "DIGEST"), digest(replica));
        }
        await(client, "connected_slaves:0");
        assertEquals(
                "[1]", client.call("HEXPIRE", "h", "100", "FIELDS", "1", "a").toString());
    }

    private static String digest(RespClient client) throws IOException {
        return client.call("DEBUG", "DIGEST").text();
    }

    @Test
    void aRedisGetsNoFullSyncWithThemAndAKdbDoes() throws Exception {
        client.call("HPEXPIREAT", "h", FAR_MS, "FIELDS", "1", "a");
        String times = times();
        try (RunningServer kdb = RunningServer.kdb(ofPrimary());
                RunningServer redis = RunningServer.redis(ofPrimary());
                RespClient replica = kdb.connect();
                RespClient refused = redis.connect()) {
            await(replica, "master_link_status:up");
            assertEquals(
                    times,
                    replica.call("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b").toString());
            // While the Redis asks again it might become a replica.
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
            while (client.call("HPEXPIREAT", "h", FAR_MS, "FIELDS", "1", "b").isError()) {
                assertTrue(System.nanoTime() < deadline, () -> "still refused after " + PATIENCE_MS + " ms");
                TimeUnit.MILLISECONDS.sleep(5);
            }
            assertEquals("1", call("WAIT", "1", "30000"));
            assertEquals(
                    times(),
                    replica.call("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b").toString());
            assertEquals(digest(client), digest(replica));
            awaitRefusal();
            assertTrue(refused.call("INFO", "replication").text().contains("master_link_status:down"));
            // Once no field has an expiry it is let in.
            client.call("HPERSIST", "h", "FIELDS", "2", "a", "b");
            await(refused, "master_link_status:up");
            assertEquals("2", refused.call("HGET", "h", "b").text());
        }
    }

    private String fileVersion() throws IOException {
        assertEquals("OK", call("SAVE"));
        Path file = primary.directory().resolve("dump.rdb");
        return new String(Arrays.copyOf(Files.readAllBytes(file), 9), StandardCharsets.US_ASCII);
    }

    @Test
    void filesAndPayloadsAreOfVersion12OnlyThen() throws Exception {
        assertEquals("REDIS0010", fileVersion());
        client.call("HPEXPIREAT", "h", FAR_MS, "FIELDS", "1", "a");
        String times = times();
        assertEquals("REDIS0012", fileVersion());
        String digest = digest(client);
        assertEquals("OK", call("DEBUG", "RELOAD"));
        assertEquals(times, times());
        assertEquals(digest, digest(client));
        String payload = call("DUMP", "h");
        assertEquals("OK", call("RESTORE", "h", "0", payload, "REPLACE"));
        assertEquals(times, times());
        try (RunningServer redis = RunningServer.redis();
                RespClient other = redis.connect()) {
            assertEquals(
                    "ERR DUMP payload version or checksum are wrong",
                    other.call("RESTORE", "h", "0", payload).text());
            client.call("HPERSIST", "h", "FIELDS", "1", "a");
            assertEquals("REDIS0010", fileVersion());
            assertEquals(
                    "OK", other.call("RESTORE", "h", "0", call("DUMP", "h")).text());
        }
    }
}
