package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.moilioncircle.redis.replicator.Configuration;
import com.moilioncircle.redis.replicator.FileType;
import com.moilioncircle.redis.replicator.RedisReplicator;
import com.moilioncircle.redis.replicator.Replicator;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueHash;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueList;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueSet;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueStream;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueString;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueZSet;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyValuePair;
import com.moilioncircle.redis.replicator.rdb.datatype.Stream;
import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** redis-replicator, whose authors know neither kdb nor this code, finds in kdb's file what its commands answer. */
class ThirdReaderIT {
    private static final int[] SIZES = {1, 3, 60, 127, 129, 513, 3000};

    @TempDir
    private Path folder;

    private final Random random = new Random(11);

    @Test
    void readsEveryTypeSizeAndEncoding() throws Exception {
        Map<String, String> expected = new TreeMap<>();
        try (KdbServer kdb =
                        KdbServer.start(ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\"", "dir " + folder));
                RespClient client = new RespClient(kdb.port())) {
            fill(client, "");
            client.call("SELECT", "5");
            fill(client, "more:");
            for (String db : new String[] {"0", "5"}) {
                client.call("SELECT", db);
                for (Reply key : client.call("KEYS", "*").elements()) {
                    expected.put(db + " " + key.text(), ask(client, key.text()));
                }
            }
            assertEquals("+OK", client.call("SAVE").toString());
        }
        Map<String, String> found = new TreeMap<>();
        try (Replicator replicator = new RedisReplicator(
                folder.resolve("dump.rdb").toFile(), FileType.RDB, Configuration.defaultSetting())) {
            replicator.addEventListener((any, event) -> {
                if (event instanceof KeyValuePair<?, ?> pair) {
                    String key = pair.getDb().getDbNumber() + " " + text((byte[]) pair.getKey());
                    found.put(key, pair.getExpiredMs() + " " + value(pair));
                }
            });
            replicator.open();
        }
        assertTrue(expected.size() > 100, expected.size() + " keys");
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((key, value) -> assertEquals(value, found.get(key), key));
    }

    private void fill(RespClient client, String prefix) throws IOException {
        String[] strings = {
            "",
            "0",
            "-128",
            "32767",
            "-2147483648",
            "9223372036854775807",
            "01",
            "text",
            text(70_000),
            "x".repeat(100_000)
        };
        for (int i = 0; i < strings.length; i++) {
            client.call("SET", prefix + "string:" + i, strings[i]);
        }
        for (int size : SIZES) {
            for (int length : new int[] {4, 70}) {
                String name = prefix + size + ":" + length;
                for (int i = 0; i < size; i++) {
                    String[][] commands = {
                        {"RPUSH", "list:" + name, text(length)},
                        {"SADD", "set:" + name, text(length)},
                        {"SADD", "ints:" + name, String.valueOf(random.nextLong() >> (length == 4 ? 50 : 10))},
                        {"HSET", "hash:" + name, text(length), text(length)},
                        {"ZADD", "zset:" + name, String.valueOf(random.nextInt(1000) / 8.0), text(length)},
                        {"XADD", "stream:" + name, i + 1 + "-" + random.nextInt(9), text(3), text(length), "same", "f"},
                    };
                    for (String[] command : commands) {
                        client.send(List.of(command));
                    }
                    for (int n = 0; n < commands.length; n++) {
                        Reply reply = client.read();
                        assertTrue(!reply.isError(), reply::toString);
                    }
                }
                client.call("XDEL", "stream:" + name, "1-0", "2-1", "3-2");
                client.call("PEXPIREAT", "zset:" + name, String.valueOf(4_000_000_000_000L + size));
            }
        }
        client.call("RPUSH", prefix + "list:huge", text(300_000), "small", text(9_000));
        client.call("HSET", prefix + "hash:huge", text(30_000), text(300_000));
    }

    private String text(int max) {
        StringBuilder text = new StringBuilder();
        for (int length = 1 + random.nextInt(max); text.length() < length; ) {
            text.append((char) random.nextInt(random.nextBoolean() ? 3 : 256));
        }
        return text.toString();
    }

    // ---- what kdb says ------------------------------------------------------------------------------------

    private static String ask(RespClient client, String key) throws IOException {
        String expiry = client.call("PEXPIRETIME", key).text();
        String type = client.call("TYPE", key).text();
        String value =
                switch (type) {
                    case "string" -> client.call("GET", key).text();
                    case "list" -> list(texts(client.call("LRANGE", key, "0", "-1")));
                    case "set" -> unordered(texts(client.call("SMEMBERS", key)));
                    case "hash" -> unordered(pairs(client.call("HGETALL", key)));
                    case "zset" -> unordered(scores(client.call("ZRANGE", key, "0", "-1", "WITHSCORES")));
                    default -> entries(client.call("XRANGE", key, "-", "+"));
                };
        return (expiry.equals("-1") ? "null" : expiry) + " " + type + " " + value;
    }

    private static List<String> texts(Reply reply) {
        return reply.elements().stream().map(Reply::text).toList();
    }

    private static List<String> pairs(Reply reply) {
        List<String> texts = texts(reply);
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < texts.size(); i += 2) {
            pairs.add(texts.get(i) + " => " + texts.get(i + 1));
        }
        return pairs;
    }

    private static List<String> scores(Reply reply) {
        List<String> texts = texts(reply);
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < texts.size(); i += 2) {
            pairs.add(texts.get(i) + " => " + Double.parseDouble(texts.get(i + 1)));
        }
        return pairs;
    }

    private static String entries(Reply reply) {
        List<String> entries = new ArrayList<>();
        for (Reply entry : reply.elements()) {
            entries.add(entry.elements().get(0).text()
                    + unordered(pairs(entry.elements().get(1))));
        }
        return list(entries);
    }

    // ---- what the file says -------------------------------------------------------------------------------

    private static String value(KeyValuePair<?, ?> pair) {
        if (pair instanceof KeyStringValueString string) {
            return "string " + text(string.getValue());
        }
        if (pair instanceof KeyStringValueList list) {
            return "list "
                    + list(list.getValue().stream().map(ThirdReaderIT::text).toList());
        }
        if (pair instanceof KeyStringValueSet set) {
            return "set "
                    + unordered(set.getValue().stream().map(ThirdReaderIT::text).toList());
        }
        if (pair instanceof KeyStringValueHash hash) {
            return "hash " + unordered(pairs(hash.getValue()));
        }
        if (pair instanceof KeyStringValueZSet zset) {
            return "zset "
                    + unordered(zset.getValue().stream()
                            .map(entry -> text(entry.getElement()) + " => " + entry.getScore())
                            .toList());
        }
        if (pair instanceof KeyStringValueStream stream) {
            return "stream "
                    + list(stream.getValue().getEntries().values().stream()
                            .filter(entry -> !entry.isDeleted())
                            .map(ThirdReaderIT::entry)
                            .toList());
        }
        return pair.getClass().getName();
    }

    private static String entry(Stream.Entry entry) {
        return entry.getId().getMs() + "-" + entry.getId().getSeq() + unordered(pairs(entry.getFields()));
    }

    private static List<String> pairs(Map<byte[], byte[]> map) {
        return map.entrySet().stream()
                .map(entry -> text(entry.getKey()) + " => " + text(entry.getValue()))
                .toList();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String list(List<String> texts) {
        return String.join(", ", texts);
    }

    private static String unordered(List<String> texts) {
        List<String> sorted = new ArrayList<>(texts);
        Collections.sort(sorted);
        return list(sorted);
    }
}
