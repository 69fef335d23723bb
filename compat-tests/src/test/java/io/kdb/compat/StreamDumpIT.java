package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Streams, with their groups, cross between kdb and a real Redis, by payload and by file, and stay the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamDumpIT {
    private static final String VERSION_1 =
            // type 15, one node (ID 1-1, the listpack of XADD 1-1 a 1), one entry, last ID 1-1, group g at 1-1 with
            // nothing pending
            "\u000f\u0001\u0010\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0001"
                    + "\u001d\u001d\u0000\u0000\u0000\n\u0000\u0001\u0001\u0000\u0001\u0001\u0001\u0081a\u0002\u0000\u0001"
                    + "\u0002\u0001\u0000\u0001\u0000\u0001\u0001\u0001\u0004\u0001\u00ff"
                    + "\u0001\u0001\u0001\u0001\u0001g\u0001\u0001\u0000\u0000";

    private RunningServer redisServer;
    private RunningServer kdbServer;
    private RespClient redis;
    private RespClient kdb;

    @BeforeAll
    void start() throws Exception {
        redisServer = RunningServer.redis("--enable-debug-command", "yes", "--enable-protected-configs", "yes");
        kdbServer = RunningServer.kdb("--enable-debug-command", "yes", "--enable-protected-configs", "yes");
        redis = redisServer.connect();
        kdb = kdbServer.connect();
    }

    @AfterAll
    void stop() throws Exception {
        redis.close();
        kdb.close();
        redisServer.close();
        kdbServer.close();
    }

    private void both(String... words) throws IOException {
        assertEquals(redis.call(words).toString(), kdb.call(words).toString(), () -> String.join(" ", words));
    }

    private static String text(Random random, int max) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(max); length > 0; length--) {
            text.append((char) random.nextInt(random.nextInt(3) == 0 ? 256 : 2));
        }
        return random.nextInt(3) == 0 ? Long.toString(random.nextLong() >> random.nextInt(64)) : text.toString();
    }

    /** Streams of all sizes, the same ones on both but for times; answers their names. */
    private List<String> fill() throws IOException {
        both("FLUSHALL");
        Random random = new Random(7);
        List<String> keys = new ArrayList<>();
        for (int size : new int[] {0, 1, 5, 120, 1500}) {
            for (int length : new int[] {5, 200, 20_000}) {
                if (size * length < 400_000) {
                    String key = "s" + size + ":" + length;
                    fill(key, size, length, random);
                    keys.add(key);
                }
            }
        }
        return keys;
    }

    private void fill(String key, int size, int length, Random random) throws IOException {
        both("XGROUP", "CREATE", key, "g", "0", "MKSTREAM");
        long ms = 1;
        for (int i = 0; i < size; i++) {
            ms += random.nextInt(3) == 0 ? random.nextInt(100_000) : 0;
            both("XADD", key, ms + "-" + (i + 1), "f", text(random, length), random.nextInt(4) == 0 ? "h" : "g", "v");
            if (random.nextInt(5) == 0) {
                both("XDEL", key, ms + "-" + (i + 1 - random.nextInt(3)));
            }
        }
        both("XGROUP", "CREATE", key, "h", "$");
        both("XGROUP", "CREATE", key, "long" + "x".repeat(size == 5 ? 20_000 : 10), "0");
        for (int i = 0; i < 5; i++) {
            both("XREADGROUP", "GROUP", "g", "c" + i, "COUNT", "" + size / 8, "STREAMS", key, ">");
        }
        both("XREADGROUP", "GROUP", "h", "late", "STREAMS", key, ">");
    }

    private static String state(RespClient client, String key) throws IOException {
        return client.call("DEBUG", "DIGEST-VALUE", key).toString()
                + client.call("XINFO", "STREAM", key, "FULL", "COUNT", "0")
                + client.call("OBJECT", "ENCODING", key);
    }

    @Test
    void crossesByPayload() throws Exception {
        for (String key : fill()) {
            String onRedis = state(redis, key);
            String fromRedis = redis.call("DUMP", key).text();
            assertEquals(
                    "+OK",
                    kdb.call("RESTORE", "copy", "0", fromRedis, "REPLACE").toString(),
                    key);
            assertEquals(onRedis, state(kdb, "copy"), key);
            String fromKdb = kdb.call("DUMP", "copy").text();
            assertEquals(
                    "+OK",
                    redis.call("RESTORE", "copy", "0", fromKdb, "REPLACE").toString(),
                    key);
            assertEquals(onRedis, state(redis, "copy"), key);
            assertEquals("1", kdb.call("COPY", "copy", "copied", "REPLACE").text());
            assertEquals("+OK", kdb.call("RENAME", "copied", "renamed").toString());
            assertEquals(onRedis, state(kdb, "renamed"), key);
        }
        both("CONFIG", "SET", "sanitize-dump-payload", "yes");
        both("RESTORE", "old", "0", CollectionDumpIT.sealed(VERSION_1));
        assertEquals(state(redis, "old"), state(kdb, "old"));
        both("CONFIG", "SET", "sanitize-dump-payload", "no");
    }

    @Test
    void crossesByFile() throws Exception {
        List<String> keys = fill();
        assertEquals("+OK", kdb.call("SAVE").toString());
        Files.copy(
                kdbServer.directory().resolve("dump.rdb"),
                redisServer.directory().resolve("dump.rdb"),
                StandardCopyOption.REPLACE_EXISTING);
        assertEquals("+OK", redis.call("DEBUG", "RELOAD", "NOSAVE").toString());
        for (String key : keys) {
            assertEquals(state(kdb, key), state(redis, key), key);
        }
        assertEquals(
                kdb.call("DEBUG", "DIGEST").toString(),
                redis.call("DEBUG", "DIGEST").toString());
        assertEquals("+OK", redis.call("SAVE").toString());
        String[] lines = {
            "port 0", "bind 127.0.0.1", "enable-debug-command yes", "save \"\"", "dir " + redisServer.directory()
        };
        try (KdbServer again = KdbServer.start(ServerConfig.of(lines));
                RespClient client = new RespClient(again.port())) {
            for (String key : keys) {
                assertEquals(state(redis, key), state(client, key), key);
            }
        }
    }

    @Test
    void refusesMutatedPayloadsOrStaysSound() throws Exception {
        List<String> keys = fill();
        Random random = new Random(5);
        int accepted = 0;
        for (int i = 0; i < 4_000; i++) {
            String good =
                    kdb.call("DUMP", keys.get(random.nextInt(keys.size()))).text();
            if (good.length() > 8_000) {
                continue;
            }
            StringBuilder bad = new StringBuilder(good.substring(0, good.length() - 10));
            for (int n = random.nextInt(3); n >= 0; n--) {
                bad.setCharAt(random.nextInt(bad.length()), (char) random.nextInt(256));
            }
            String reply = kdb.call("RESTORE", "bad", "0", CollectionDumpIT.sealed(bad.toString()), "REPLACE")
                    .toString();
            assertTrue(reply.equals("+OK") || reply.equals("-ERR Bad data format"), reply);
            if (reply.equals("+OK")) {
                accepted++;
                use(random);
            }
        }
        assertTrue(accepted > 0);
        assertEquals("+OK", kdb.call("FLUSHALL").toString());
    }

    /** Whatever lies in the stream, every command has its one reply. */
    private void use(Random random) throws IOException {
        String id = random.nextInt(200_000) + "-" + random.nextInt(20);
        kdb.call("XRANGE", "bad", "-", "+");
        kdb.call("XREVRANGE", "bad", "+", id, "COUNT", "7");
        kdb.call("XRANGE", "bad", id, "+");
        kdb.call("XINFO", "STREAM", "bad", "FULL", "COUNT", "0");
        kdb.call("XREADGROUP", "GROUP", "g", "c1", "COUNT", "9", "STREAMS", "bad", "0");
        kdb.call("XREADGROUP", "GROUP", "g", "c9", "COUNT", "9", "STREAMS", "bad", ">");
        kdb.call("XAUTOCLAIM", "bad", "g", "c2", "0", "0", "COUNT", "5");
        kdb.call("XTRIM", "bad", "MINID", id);
        kdb.call("XADD", "bad", "*", "a", "b");
        kdb.call("XTRIM", "bad", "MAXLEN", "3");
        kdb.call("DEBUG", "DIGEST-VALUE", "bad");
        assertEquals("+PONG", kdb.call("PING").toString());
    }
}
