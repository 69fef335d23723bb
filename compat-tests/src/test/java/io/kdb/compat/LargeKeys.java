package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keys of every type, of 1.5 MB and more, every second of which is changed later. Owner: one test thread. */
final class LargeKeys {
    private static final List<String> KINDS = List.of("string", "list", "set", "hash", "timed", "zset", "stream");
    private static final Map<String, String> SIZES = Map.of(
            "string", "STRLEN", "list", "LLEN", "set", "SCARD", "hash", "HLEN", "timed", "HLEN", "zset", "ZCARD",
            "stream", "XLEN");
    private static final int OF_EACH = 4;
    static final int COUNT = OF_EACH * 7;

    private static final int PARTS = 30;
    private static final int ELEMENTS = 1000;
    private static final String FILLER = "f".repeat(40);

    private final RedirectedClient client;
    private final Map<String, String> before = new HashMap<>();
    private final Map<String, Long> sizes = new HashMap<>();
    private int changes;

    LargeKeys(RedirectedClient client) {
        this.client = client;
    }

    void load() throws IOException {
        for (String kind : KINDS) {
            for (int i = 0; i < OF_EACH; i++) {
                String key = kind + ":" + i;
                for (int part = 0; part < PARTS; part++) {
                    add(kind, key, part * ELEMENTS, ELEMENTS);
                }
                if (kind.equals("timed")) {
                    client.call(key, "HPEXPIREAT", key, "4000000000000", "FIELDS", "2", FILLER + 17, FILLER + 29_000);
                }
                if (kind.equals("stream")) {
                    addGroups(key);
                }
                if (i % 3 == 1) {
                    client.call(key, "PEXPIREAT", key, "4100000000000");
                }
                before.put(key, described(key));
                sizes.put(key, Long.parseLong(size(kind, key)));
            }
        }
    }

    /** One more element for every second key. */
    void change() throws IOException {
        for (String kind : KINDS) {
            for (int i = 0; i < OF_EACH; i += 2) {
                add(kind, kind + ":" + i, PARTS * ELEMENTS + changes, 1);
            }
        }
        if (changes % 5 == 0) {
            for (int i = 0; i < OF_EACH; i += 2) {
                String key = "stream:" + i;
                assertEquals(
                        "OK",
                        client.call(key, "XGROUP", "CREATE", key, "during" + changes, "$")
                                .text());
            }
        }
        changes++;
    }

    void check() throws IOException {
        for (String kind : KINDS) {
            for (int i = 0; i < OF_EACH; i++) {
                String key = kind + ":" + i;
                if (i % 2 == 0) {
                    long each = kind.equals("string") ? FILLER.length() + 8 : 1;
                    assertEquals(String.valueOf(sizes.get(key) + changes * each), size(kind, key), key);
                    if (kind.equals("stream")) {
                        int groups = client.call(key, "XINFO", "GROUPS", key)
                                .elements()
                                .size();
                        assertEquals(2 + (changes + 4) / 5, groups, key);
                    }
                } else {
                    assertEquals(before.get(key), described(key), key);
                }
            }
        }
    }

    private void add(String kind, String key, int from, int count) throws IOException {
        if (kind.equals("stream")) {
            addEntries(key, from, count);
            return;
        }
        List<String> words = new ArrayList<>(List.of(verb(kind), key));
        StringBuilder text = new StringBuilder();
        for (int i = from; i < from + count; i++) {
            String element = FILLER + i;
            switch (kind) {
                case "string" -> text.append(FILLER).append(String.format("%08d", i));
                case "hash", "timed" -> words.addAll(List.of(element, String.valueOf(i)));
                case "zset" -> words.addAll(List.of(i + ".1", element));
                default -> words.add(element);
            }
        }
        if (kind.equals("string")) {
            words.add(text.toString());
        }
        Reply reply = client.call(key, words.toArray(new String[0]));
        assertEquals(':', reply.type(), reply::text);
    }

    private static String verb(String kind) {
        return switch (kind) {
            case "string" -> "APPEND";
            case "list" -> "RPUSH";
            case "set" -> "SADD";
            case "zset" -> "ZADD";
            default -> "HSET";
        };
    }

    /** Entries are large, since each is a command. */
    private void addEntries(String key, int from, int count) throws IOException {
        for (int i = from; i < from + count; i += 20) {
            String id = i + 1 + "-1";
            assertEquals(
                    id,
                    client.call(key, "XADD", key, id, "f", FILLER.repeat(25), "n", id)
                            .text());
        }
    }

    /** Deliveries, some of entries that are gone, and consumers and groups without any. */
    private void addGroups(String key) throws IOException {
        client.call(key, "XGROUP", "CREATE", key, "g", "0");
        client.call(key, "XGROUP", "CREATE", key, "empty", "501-1");
        client.call(key, "XGROUP", "CREATECONSUMER", key, "g", "idle");
        client.call(key, "XREADGROUP", "GROUP", "g", "c", "COUNT", "300", "STREAMS", key, ">");
        client.call(key, "XREADGROUP", "GROUP", "g", "d", "COUNT", "300", "STREAMS", key, ">");
        assertEquals(
                "3", client.call(key, "XDEL", key, "1-1", "2001-1", "12001-1").text());
        assertEquals("2", client.call(key, "XACK", key, "g", "21-1", "7001-1").text());
    }

    private String size(String kind, String key) throws IOException {
        return client.call(key, SIZES.get(kind), key).text();
    }

    private String described(String key) throws IOException {
        String expiry = client.call(key, "PEXPIRETIME", key).toString();
        String fields = key.startsWith("timed")
                ? client.call(key, "HPEXPIRETIME", key, "FIELDS", "3", FILLER + 17, FILLER + 18, FILLER + 29_000)
                        .toString()
                : "";
        if (key.startsWith("stream")) {
            // As in Redis these are each node's own; when an entry was delivered is not.
            fields = client.call(key, "XINFO", "STREAM", key, "FULL", "COUNT", "0")
                    .toString()
                    .replaceAll("\"(seen-time|radix-tree-keys|radix-tree-nodes)\", \\d+", "$1");
        }
        return client.call(key, "DEBUG", "DIGEST-VALUE", key)
                + client.call(key, "OBJECT", "ENCODING", key).toString()
                + expiry
                + fields;
    }
}
