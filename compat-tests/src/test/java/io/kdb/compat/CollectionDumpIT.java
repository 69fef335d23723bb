package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Collections of every encoding and size cross between kdb and a real Redis, by payload and by file, and stay the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CollectionDumpIT {
    private RunningServer redisServer;
    private RunningServer kdbServer;
    private RespClient redis;
    private RespClient kdb;
    private int sent;

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

    /** As {@link #both}, the replies being compared by {@link #compare}. */
    private void send(String... words) throws IOException {
        redis.send(List.of(words));
        kdb.send(List.of(words));
        if (++sent == 200) {
            compare();
        }
    }

    private void compare() throws IOException {
        for (; sent > 0; sent--) {
            assertEquals(redis.read().toString(), kdb.read().toString());
        }
    }

    private static String text(Random random, int max) {
        int length = random.nextInt(max);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append((char) random.nextInt(random.nextInt(3) == 0 ? 256 : 2));
        }
        return random.nextInt(3) == 0 ? Long.toString(random.nextLong() >> random.nextInt(64)) : text.toString();
    }

    private static String score(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> "inf";
            case 1 -> "-0";
            case 2 -> Integer.toString(random.nextInt(10));
            case 3 -> Double.toString(Double.longBitsToDouble(random.nextLong() & 0x7FEFFFFFFFFFFFFFL | 1L << 60));
            default -> Double.toString(random.nextGaussian());
        };
    }

    /** Keys of all types and sizes, the same ones on both; answers their names. */
    private List<String> fill() throws IOException {
        both("FLUSHALL");
        Random random = new Random(3);
        List<String> keys = new ArrayList<>();
        int[] sizes = {1, 2, 10, 100, 600, 5000};
        int[] lengths = {3, 20, 64, 70, 300, 3000};
        for (int size : sizes) {
            for (int length : lengths) {
                String name = size + ":" + length;
                if ((long) size * length > 400_000) {
                    continue;
                }
                for (int i = 0; i < size; i++) {
                    send("HSET", "hash:" + name, text(random, length), text(random, length));
                    send("SADD", "set:" + name, text(random, length));
                    send("RPUSH", "list:" + name, text(random, length));
                    send("SADD", "ints:" + name, Long.toString(random.nextLong() >> (length == 3 ? 50 : length)));
                    send("ZADD", "zset:" + name, score(random), text(random, length));
                }
                compare();
                keys.addAll(List.of("list:" + name, "hash:" + name, "set:" + name, "ints:" + name, "zset:" + name));
            }
        }
        both("HSET", "hash:huge", "x".repeat(40_000), "y".repeat(200_000));
        both("SADD", "set:huge", "x".repeat(40_000), "y".repeat(200_000));
        both("ZADD", "zset:huge", "-0", "x".repeat(40_000), "-inf", "y".repeat(200_000));
        both("RPUSH", "list:huge", "1", "x".repeat(40_000), "z".repeat(2_001), "", "y".repeat(200_000), "2");
        keys.addAll(List.of("list:huge", "hash:huge", "set:huge", "zset:huge"));
        both("PEXPIREAT", "hash:huge", "4000000000000");
        return keys;
    }

    private static String digest(RespClient client, String key) throws IOException {
        return client.call("DEBUG", "DIGEST-VALUE", key).toString() + client.call("OBJECT", "ENCODING", key);
    }

    @Test
    void crossesByPayload() throws Exception {
        for (String key : fill()) {
            String expected = digest(redis, key);
            assertEquals(expected, digest(kdb, key), key);
            String fromRedis = redis.call("DUMP", key).text();
            assertEquals(
                    "+OK",
                    kdb.call("RESTORE", "copy", "0", fromRedis, "REPLACE").toString(),
                    key);
            if (!key.equals("hash:huge")) { // it expires, which the digest says
                assertEquals(expected, digest(kdb, "copy"), key);
            }
            String fromKdb = kdb.call("DUMP", "copy").text();
            assertEquals(
                    "+OK",
                    redis.call("RESTORE", "copy", "0", fromKdb, "REPLACE").toString(),
                    key);
            assertEquals(digest(kdb, "copy"), digest(redis, "copy"), key);
            assertEquals(
                    "-BUSYKEY Target key name already exists.",
                    kdb.call("RESTORE", "copy", "0", fromRedis).toString());
        }
        assertEquals("+OK", kdb.call("FLUSHALL").toString());
    }

    @Test
    void crossesByFile() throws Exception {
        fill();
        String expected = redis.call("DEBUG", "DIGEST").toString();
        assertEquals(expected, kdb.call("DEBUG", "DIGEST").toString());
        assertEquals("+OK", kdb.call("SAVE").toString());
        Files.copy(
                kdbServer.directory().resolve("dump.rdb"),
                redisServer.directory().resolve("dump.rdb"),
                StandardCopyOption.REPLACE_EXISTING);
        assertEquals("+OK", redis.call("DEBUG", "RELOAD", "NOSAVE").toString());
        assertEquals(expected, redis.call("DEBUG", "DIGEST").toString());
        assertEquals("+OK", redis.call("SAVE").toString());
        String[] lines = {
            "port 0", "bind 127.0.0.1", "enable-debug-command yes", "save \"\"", "dir " + redisServer.directory()
        };
        try (KdbServer again = KdbServer.start(ServerConfig.of(lines));
                RespClient client = new RespClient(again.port())) {
            assertEquals(expected, client.call("DEBUG", "DIGEST").toString());
        }
    }

    /** Payloads of types that older versions wrote, and broken ones, made by hand: both servers make the same of them. */
    @Test
    void readsWhatOlderVersionsWrote() throws Exception {
        String ziplist = ziplist(
                "a",
                "1",
                "b",
                "-7",
                "c",
                "300",
                "d",
                "70000",
                "e",
                "9999999999",
                "f",
                "x".repeat(70),
                "g",
                "12",
                "h",
                "-5000",
                "i",
                "y".repeat(300),
                "j",
                "8000000",
                "20000",
                "");
        String zipmap = "\u0002\u0001a\u0003\u0000one\u0002bb\u0001\u00022__\u00ff";
        String[][] values = {
            {"13", ziplist},
            {"9", zipmap},
            {"13", ziplist("a", "1", "a", "2")},
            {"13", ziplist("a", "1", "b")},
            {"13", ziplist()},
            {"16", "\u0007\u0000\u0000\u0000\u0000\u0000\u00ff"},
            {"11", "\u0002\u0000\u0000\u0000\u0002\u0000\u0000\u0000\u0001\u0000\u0005\u0000"},
            {"11", "\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0000"},
        };
        both("CONFIG", "SET", "sanitize-dump-payload", "yes");
        for (String[] value : values) {
            String payload = payload(Integer.parseInt(value[0]), value[1]);
            both("DEL", "old");
            both("RESTORE", "old", "0", payload);
            both("DEBUG", "DIGEST-VALUE", "old");
        }
        both("CONFIG", "SET", "sanitize-dump-payload", "no");
    }

    @Test
    void refusesMutatedPayloads() throws Exception {
        List<String> keys = fill();
        Random random = new Random(5);
        int accepted = 0;
        for (int i = 0; i < 6_000; i++) {
            String key = keys.get(random.nextInt(keys.size()));
            String good = kdb.call("DUMP", key).text();
            if (good.length() > 5_000) {
                continue;
            }
            StringBuilder bad = new StringBuilder(good.substring(0, good.length() - 10));
            for (int n = random.nextInt(3); n >= 0; n--) {
                bad.setCharAt(random.nextInt(Math.min(bad.length(), random.nextBoolean() ? 20 : 5000)), (char)
                        random.nextInt(256));
            }
            String reply = kdb.call("RESTORE", "bad", "0", sealed(bad.toString()), "REPLACE")
                    .toString();
            assertTrue(reply.equals("+OK") || reply.equals("-ERR Bad data format"), reply);
            if (reply.equals("+OK")) {
                accepted++;
                assertTrue(kdb.call("DEBUG", "DIGEST-VALUE", "bad").elements().size() == 1);
            }
        }
        assertTrue(accepted > 0); // where a value's own bytes were hit
        assertEquals("+OK", kdb.call("FLUSHALL").toString());
    }

    private static String ziplist(String... values) {
        StringBuilder entries = new StringBuilder();
        int previous = 0;
        int tail = 10;
        for (String value : values) {
            int start = entries.length();
            tail = 10 + start;
            entries.append(previous < 254 ? little(previous, 1) : (char) 254 + little(previous, 4));
            if (value.matches("-?[1-9][0-9]{0,17}|0")) {
                long number = Long.parseLong(value);
                if (number >= 0 && number <= 12) {
                    entries.append((char) (0xF1 + number));
                } else if (number == (byte) number) {
                    entries.append((char) 0xFE).append(little(number, 1));
                } else if (number == (short) number) {
                    entries.append((char) 0xC0).append(little(number, 2));
                } else if (number == number << 40 >> 40) {
                    entries.append((char) 0xF0).append(little(number, 3));
                } else if (number == (int) number) {
                    entries.append((char) 0xD0).append(little(number, 4));
                } else {
                    entries.append((char) 0xE0).append(little(number, 8));
                }
            } else if (value.length() < 64) {
                entries.append((char) value.length()).append(value);
            } else {
                entries.append((char) (0x40 | value.length() >> 8))
                        .append((char) (value.length() & 255))
                        .append(value);
            }
            previous = entries.length() - start;
        }
        return little(entries.length() + 11, 4) + little(tail, 4) + little(values.length, 2) + entries + (char) 255;
    }

    private static String little(long value, int bytes) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < bytes; i++) {
            out.append((char) (value >>> 8 * i & 255));
        }
        return out.toString();
    }

    /** A payload of this type, whose value is one string. */
    private static String payload(int type, String blob) {
        String length = blob.length() < 64
                ? "" + (char) blob.length()
                : "" + (char) (0x40 | blob.length() >> 8) + (char) (blob.length() & 255);
        return sealed((char) type + length + blob);
    }

    /** Lists in every form of a file, sound and not. */
    @Test
    void readsListsOfAllVersions() throws Exception {
        String zip = ziplist("a", "1", "-7", "300", "x".repeat(70));
        String pack = "\u0011\u0000\u0000\u0000\u0003\u0000\u0005\u0001\u0081a\u0002\u0083abc\u0004\u00ff";
        String empty = "\u0007\u0000\u0000\u0000\u0000\u0000\u00ff";
        String[] bodies = {
            "\u0001\u0003" + string("a") + string("") + string("12"),
            "\u0001\u0000",
            "\u0001\u0004" + string("a"),
            "\n" + string(zip),
            "\n" + string(ziplist()),
            "\n" + string("nonsense"),
            "\u000e\u0002" + string(zip) + string(zip),
            "\u000e\u0002" + string(ziplist()) + string(zip),
            "\u000e\u0001" + string(ziplist()),
            "\u000e\u0000",
            "\u000e\u0001" + string("nonsense, which is no ziplist"),
            "\u0012\u0002\u0002" + string(pack) + "\u0002" + string(pack),
            "\u0012\u0002\u0001" + string("as it is") + "\u0002" + string(pack),
            "\u0012\u0001\u0001" + string(""),
            "\u0012\u0001\u0003" + string(pack),
            "\u0012\u0002\u0002" + string(empty) + "\u0002" + string(pack),
            "\u0012\u0001\u0002" + string(empty),
            "\u0012\u0000",
            "\u0012\u0001\u0002" + string(pack.substring(1)),
        };
        both("CONFIG", "SET", "sanitize-dump-payload", "yes");
        for (String body : bodies) {
            both("DEL", "old");
            both("RESTORE", "old", "0", sealed(body));
            both("LRANGE", "old", "0", "-1");
            both("DEBUG", "DIGEST-VALUE", "old");
        }
        both("CONFIG", "SET", "sanitize-dump-payload", "no");
    }

    private static String string(String bytes) {
        return (bytes.length() < 64
                        ? "" + (char) bytes.length()
                        : "" + (char) (0x40 | bytes.length() >> 8) + (char) (bytes.length() & 255))
                + bytes;
    }

    static String sealed(String body) {
        String versioned = body + little(10, 2);
        return versioned + little(crc64(versioned.getBytes(StandardCharsets.ISO_8859_1)), 8);
    }

    private static long crc64(byte[] bytes) {
        long crc = 0;
        for (byte b : bytes) {
            crc ^= b & 255;
            for (int i = 0; i < 8; i++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x95ac9329ac4bc9b5L : crc >>> 1;
            }
        }
        return crc;
    }
}
