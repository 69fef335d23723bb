package io.kdb.compat.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random write commands of every type over a small key space; the first keys of each type grow past the packed forms'
 * limits. Whatever depends on time is said in the command, so that two servers do the same. Owner: one thread.
 */
final class EveryTypeCommands {
    static final List<String> TYPES = List.of(
            "string", "bitmap", "hash", "fields", "set", "ints", "list", "zset", "geo", "stream", "hll", "expiring");
    private static final int KEYS_PER_TYPE = 12;
    private static final int LARGE_KEYS = 3;
    private static final int SMALL = 40;
    private static final int LARGE = 1_500;
    private static final int BATCH = 60;
    private static final int BITS_PER_BYTE = 8;
    private static final int ONE_IN = 3;
    private static final int GROUPS = 2;
    private static final long FAR_MS = 4_000_000_000_000L;

    private final Random random;
    private int streamId;

    EveryTypeCommands(long seed) {
        random = new Random(seed);
    }

    static List<String> keys(String type) {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < KEYS_PER_TYPE; i++) {
            keys.add(type + ":" + i);
        }
        return keys;
    }

    static String type(String key) {
        return key.substring(0, key.indexOf(':'));
    }

    /** A command whose second word is its key, but for XGROUP and XREADGROUP. */
    String[] next(String key) {
        boolean large = Integer.parseInt(key.substring(key.indexOf(':') + 1)) < LARGE_KEYS;
        int members = large ? LARGE : SMALL;
        int batch = large ? BATCH : 1;
        boolean changes = random.nextInt(ONE_IN) == 0;
        String value = "v".repeat(random.nextInt(90)) + random.nextInt(1000);
        return switch (type(key)) {
            case "string" ->
                changes ? words("SETRANGE", key, number(members), value) : words("APPEND", key, value.repeat(batch));
            case "bitmap" ->
                changes
                        ? words("BITFIELD", key, "INCRBY", "u8", number(members), "7")
                        : words("SETBIT", key, number(members * BITS_PER_BYTE), number(2));
            case "hash" -> changes ? batch(key, "HDEL", 1, members) : batch(key, "HSET", batch, members, value);
            case "fields" -> fields(key, changes, value, batch, members);
            case "set" ->
                changes && random.nextBoolean()
                        ? words("SPOP", key)
                        : batch(key, changes ? "SREM" : "SADD", changes ? 1 : batch, members);
            case "ints" -> words(changes ? "SREM" : "SADD", key, number(members), number(members), number(members));
            case "list" -> list(key, changes, value, batch);
            case "zset" -> zset(key, changes, batch, members);
            case "geo" -> words("GEOADD", key, number(170) + ".25", "-" + number(80) + ".125", member(members));
            case "stream" -> stream(key, value, members);
            case "hll" -> elements(key, batch);
            default -> expiring(key, value);
        };
    }

    private String[] fields(String key, boolean changes, String value, int batch, int members) {
        if (changes) {
            return words("HPEXPIREAT", key, far(), "FIELDS", "1", member(members));
        }
        return batch(key, random.nextInt(BITS_PER_BYTE) == 0 ? "HDEL" : "HSET", batch, members, value);
    }

    private String[] expiring(String key, String value) {
        return switch (random.nextInt(4)) {
            case 0 -> words("SET", key, value, "PXAT", far());
            case 1 -> words("SET", key, number(1_000_000));
            case 2 -> words("PEXPIREAT", key, far());
            default -> words("PERSIST", key);
        };
    }

    private String[] list(String key, boolean changes, String value, int batch) {
        if (changes) {
            return random.nextBoolean()
                    ? words(random.nextBoolean() ? "LPOP" : "RPOP", key)
                    : words("LREM", key, "1", value);
        }
        List<String> words = new ArrayList<>(List.of(random.nextInt(4) == 0 ? "LPUSH" : "RPUSH", key));
        for (int i = 0; i < batch; i++) {
            words.add(value + i);
        }
        return words.toArray(new String[0]);
    }

    private String[] zset(String key, boolean changes, int batch, int members) {
        if (changes) {
            return random.nextBoolean()
                    ? words("ZINCRBY", key, number(50) + ".5", member(members))
                    : words("ZREM", key, member(members));
        }
        List<String> words = new ArrayList<>(List.of("ZADD", key));
        for (int i = 0; i < batch; i++) {
            words.add(number(1000) + ".25");
            words.add(member(members));
        }
        return words.toArray(new String[0]);
    }

    /** Entries, groups, consumers and their deliveries. */
    private String[] stream(String key, String value, int members) {
        String some = (random.nextInt(streamId + 1) + 1) + "-1";
        String group = "g" + random.nextInt(GROUPS);
        String consumer = "c" + random.nextInt(3);
        return switch (random.nextInt(16)) {
            case 0 -> words("XGROUP", "CREATE", key, group, "0", "MKSTREAM");
            case 1 -> words("XDEL", key, some);
            case 2 -> words("XTRIM", key, "MAXLEN", String.valueOf(members));
            case 3 -> words("XSETID", key, ++streamId + "-1");
            case 4, 5, 6 -> words("XREADGROUP", "GROUP", group, consumer, "COUNT", "4", "STREAMS", key, ">");
            case 7, 8 -> words("XACK", key, group, some, (streamId - 1) + "-1", (streamId - 2) + "-1");
            case 9 -> words("XAUTOCLAIM", key, group, consumer, "0", some, "COUNT", "2");
            case 10 -> words("XCLAIM", key, group, consumer, "0", some, "RETRYCOUNT", number(9));
            case 11 -> words("XGROUP", random.nextBoolean() ? "CREATECONSUMER" : "DELCONSUMER", key, group, consumer);
            default -> words("XADD", key, ++streamId + "-1", "f", value, "n", some);
        };
    }

    private String[] elements(String key, int batch) {
        List<String> words = new ArrayList<>(List.of("PFADD", key));
        for (int i = 0; i < batch; i++) {
            words.add(number(1_000_000));
        }
        return words.toArray(new String[0]);
    }

    /** {@code batch} random members, each with the values behind. */
    private String[] batch(String key, String name, int batch, int members, String... values) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = 0; i < batch; i++) {
            words.add(member(members));
            if (name.equals("HSET")) {
                words.addAll(List.of(values));
            }
        }
        return words.toArray(new String[0]);
    }

    private String far() {
        return String.valueOf(FAR_MS + random.nextInt(999));
    }

    private String member(int members) {
        return "m" + random.nextInt(members);
    }

    private String number(int bound) {
        return String.valueOf(random.nextInt(bound));
    }

    private static String[] words(String... words) {
        return words;
    }

    /** The commands that show all of a key's value, and its time, on any server. */
    static List<String[]> looks(String key) {
        List<String[]> looks = new ArrayList<>();
        looks.add(
                switch (type(key)) {
                    case "hash", "fields" -> words("HGETALL", key);
                    case "set", "ints" -> words("SMEMBERS", key);
                    case "list" -> words("LRANGE", key, "0", "-1");
                    case "zset", "geo" -> words("ZRANGE", key, "0", "-1", "WITHSCORES");
                    case "stream" -> words("XRANGE", key, "-", "+");
                    default -> words("GET", key);
                });
        looks.add(words("PEXPIRETIME", key));
        if (type(key).equals("stream")) {
            looks.add(words("XINFO", "STREAM", key, "FULL", "COUNT", "0"));
        }
        return looks;
    }
}
