package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What kdb says of each of its commands is what Redis says of it: COMMAND INFO and COMMAND DOCS, field by field. */
class CommandTableIT {
    /** Of Redis 7.2, which 7.0.15 does not have, and kdb's own. */
    private static final Set<String> NEWER = Set.of(
            "delex",
            "delifeq",
            "digest",
            "msetex",
            "client|setinfo",
            "client|no-touch",
            "cluster|myshardid",
            "cluster|placement",
            "cluster|leave",
            "hexpire",
            "hexpireat",
            "hexpiretime",
            "hgetdel",
            "hgetex",
            "hpersist",
            "hpexpire",
            "hpexpireat",
            "hpexpiretime",
            "hpttl",
            "hsetex",
            "httl");

    /** Scripts and functions, access lists, modules, the append-only file, FAILOVER: with their subcommands what kdb does not have yet. */
    private static final Set<String> MISSING = Set.of(
            "acl",
            "bgrewriteaof",
            "eval",
            "eval_ro",
            "evalsha",
            "evalsha_ro",
            "failover",
            "fcall",
            "fcall_ro",
            "function",
            "module",
            "script");

    /** Texts that are our own words, or only in part Redis'. */
    private static final Set<String> OWN_WORDS = Set.of("summary", "complexity", "history");

    private static RunningServer redis;
    private static KdbServer kdb;
    private static RespClient toRedis;
    private static RespClient toKdb;

    @BeforeAll
    static void start() throws Exception {
        redis = RunningServer.redis();
        toRedis = redis.connect();
        kdb = KdbServer.start(ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\""));
        toKdb = new RespClient(kdb.port());
        toRedis.call("HELLO", "3");
        toKdb.call("HELLO", "3");
    }

    @AfterAll
    static void stop() throws Exception {
        toRedis.close();
        toKdb.close();
        redis.close();
        kdb.close();
    }

    /** Every command and subcommand by its full name. */
    private static Map<String, Reply> infos(RespClient client) throws Exception {
        Map<String, Reply> byName = new TreeMap<>();
        client.call("COMMAND").elements().forEach(info -> put(info, byName));
        return byName;
    }

    private static void put(Reply info, Map<String, Reply> byName) {
        List<Reply> fields = info.elements();
        Reply withoutSubcommands = new Reply('*', null, fields.subList(0, 9));
        byName.put(fields.get(0).text(), withoutSubcommands);
        fields.get(9).elements().forEach(sub -> put(sub, byName));
    }

    @Test
    void describesCommandsAsRedisDoes() throws Exception {
        Map<String, Reply> real = infos(toRedis);
        List<String> differences = new ArrayList<>();
        infos(toKdb).forEach((name, info) -> {
            Reply expected = real.get(name);
            if (!NEWER.contains(name) && !String.valueOf(expected).equals(info.toString())) {
                differences.add("kdb:   " + info + "\nRedis: " + expected);
            }
        });
        assertEquals("", String.join("\n", differences));
    }

    @Test
    void hasEveryCommandOfRedis() throws Exception {
        Set<String> missing = new TreeSet<>(infos(toRedis).keySet());
        missing.removeAll(infos(toKdb).keySet());
        missing.removeIf(name -> MISSING.contains(name.split("\\|")[0]));
        assertEquals(Set.of(), missing);
    }

    @Test
    void documentsCommandsAsRedisDoes() throws Exception {
        Map<String, Map<String, String>> real = docs(toRedis);
        List<String> differences = new ArrayList<>();
        docs(toKdb).forEach((name, fields) -> {
            assertTrue(NEWER.contains(name) || real.containsKey(name), name);
            assertTrue(fields.getOrDefault("summary", "").length() > 8, name + " has no summary");
            Map<String, String> expected = real.getOrDefault(name, fields);
            expected.keySet().removeAll(OWN_WORDS);
            fields.keySet().removeAll(OWN_WORDS);
            if (!expected.equals(fields)) {
                differences.add(name + "\nkdb:   " + fields + "\nRedis: " + expected);
            }
        });
        assertEquals("", String.join("\n", differences));
    }

    /** By full name, the fields but for the subcommands, which stand by themselves. */
    private static Map<String, Map<String, String>> docs(RespClient client) throws Exception {
        Map<String, Map<String, String>> byName = new TreeMap<>();
        add(client.call("COMMAND", "DOCS"), byName);
        return byName;
    }

    private static void add(Reply commands, Map<String, Map<String, String>> byName) {
        for (int i = 0; i < commands.elements().size(); i += 2) {
            Map<String, String> fields = new TreeMap<>();
            List<Reply> pairs = commands.elements().get(i + 1).elements();
            for (int j = 0; j < pairs.size(); j += 2) {
                if (pairs.get(j).text().equals("subcommands")) {
                    add(pairs.get(j + 1), byName);
                } else {
                    fields.put(pairs.get(j).text(), text(pairs.get(j + 1)));
                }
            }
            byName.put(commands.elements().get(i).text(), fields);
        }
    }

    private static String text(Reply reply) {
        return reply.text() == null ? reply.toString() : reply.text();
    }

    @Test
    void listsAndCountsTheSameCommandsEverywhere() throws Exception {
        Map<String, Reply> infos = infos(toKdb);
        assertEquals(infos.size(), toKdb.call("COMMAND", "LIST").elements().size());
        long commands =
                infos.keySet().stream().filter(name -> !name.contains("|")).count();
        assertEquals(String.valueOf(commands), toKdb.call("COMMAND", "COUNT").text());
        assertEquals(infos.keySet(), docs(toKdb).keySet());
    }
}
