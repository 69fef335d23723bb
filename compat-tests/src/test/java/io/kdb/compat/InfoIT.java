package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** INFO has Redis' sections and, within them, its fields in its order, but for those that would not be true. */
class InfoIT {
    private static final Set<String> OWN = Set.of("kdb_version", "java_version", "jvm_heap_used", "jvm_heap_max");

    private static final List<String> REQUIRED = List.of(
            "redis_version",
            "redis_mode",
            "os",
            "process_id",
            "tcp_port",
            "uptime_in_seconds",
            "connected_clients",
            "blocked_clients",
            "used_memory",
            "used_memory_human",
            "used_memory_rss",
            "maxmemory",
            "maxmemory_policy",
            "loading",
            "rdb_changes_since_last_save",
            "rdb_bgsave_in_progress",
            "rdb_last_save_time",
            "rdb_last_bgsave_status",
            "aof_enabled",
            "total_commands_processed",
            "instantaneous_ops_per_sec",
            "expired_keys",
            "evicted_keys",
            "keyspace_hits",
            "keyspace_misses",
            "sync_full",
            "sync_partial_ok",
            "role",
            "connected_slaves",
            "master_replid",
            "master_repl_offset",
            "cluster_enabled",
            "db0",
            "cmdstat_set",
            "cmdstat_config|get",
            "errorstat_ERR");

    /** Section titles, each with its fields, in order. */
    private static Map<String, List<String>> fields(String info) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> current = new ArrayList<>();
        for (String line : info.split("\r\n", -1)) {
            if (line.startsWith("# ")) {
                current = new ArrayList<>();
                sections.put(line, current);
            } else if (!line.isEmpty()) {
                assertTrue(line.contains(":"), line);
                current.add(line.substring(0, line.indexOf(':')));
            }
        }
        return sections;
    }

    private static String info(RespClient client, String... sections) throws Exception {
        String[] words = new String[sections.length + 1];
        words[0] = "INFO";
        System.arraycopy(sections, 0, words, 1, sections.length);
        return client.call(words).text();
    }

    private static void use(RespClient client) throws Exception {
        client.call("SET", "a", "1");
        client.call("CONFIG", "GET", "hz");
        client.call("nosuch");
    }

    @Test
    void hasRedisFieldsInRedisOrder() throws Exception {
        try (RunningServer redis = RunningServer.redis();
                RespClient toRedis = redis.connect();
                KdbServer kdb = KdbServer.start(ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\""));
                RespClient toKdb = new RespClient(kdb.port())) {
            use(toRedis);
            use(toKdb);
            Map<String, List<String>> real = fields(info(toRedis, "everything"));
            Map<String, List<String>> ours = fields(info(toKdb, "everything"));
            assertEquals(List.copyOf(real.keySet()), List.copyOf(ours.keySet()));
            List<String> all = new ArrayList<>();
            ours.forEach((section, names) -> {
                all.addAll(names);
                names.removeAll(OWN);
                if (section.equals("# Commandstats") || section.equals("# Latencystats")) {
                    return;
                }
                List<String> expected = new ArrayList<>(real.get(section));
                expected.retainAll(names);
                assertEquals(expected, names, section);
            });
            List<String> missing = new ArrayList<>(REQUIRED);
            missing.removeAll(all);
            assertEquals(List.of(), missing);
            for (String[] sections :
                    new String[][] {{}, {"default"}, {"all"}, {"cpu", "SERVER"}, {"keyspace", "default"}}) {
                Map<String, List<String>> expected = fields(info(toRedis, sections));
                assertEquals(
                        List.copyOf(expected.keySet()),
                        List.copyOf(fields(info(toKdb, sections)).keySet()));
            }
        }
    }

    @Test
    void countsWhatHappened() throws Exception {
        try (KdbServer kdb = KdbServer.start(ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\""));
                RespClient client = new RespClient(kdb.port())) {
            use(client);
            client.call("GET", "a");
            client.call("GET", "nothing");
            client.call("INCR", "a");
            client.call("GET");
            String info = info(client, "everything");
            assertTrue(info.contains("\r\nkeyspace_hits:1\r\nkeyspace_misses:1\r\n"), info);
            assertTrue(info.contains("\r\ncmdstat_get:calls=2,"), info);
            assertTrue(info.contains("rejected_calls=1,failed_calls=0"), info);
            assertTrue(info.contains("\r\nerrorstat_ERR:count=2\r\n"), info);
            assertTrue(info.contains("\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n"), info);
            assertTrue(info.contains("\r\ntcp_port:" + kdb.port() + "\r\n"), info);
            client.call("CONFIG", "RESETSTAT");
            info = info(client, "everything");
            assertTrue(info.contains("\r\nkeyspace_hits:0\r\nkeyspace_misses:0\r\n"), info);
            assertTrue(!info.contains("cmdstat_get") && !info.contains("errorstat"), info);
        }
    }

    /** Both sides of a link count what went over it, file and stream, and count it with the rest. */
    @Test
    void countsReplicationApart() throws Exception {
        try (RunningServer primary = RunningServer.kdb("--repl-diskless-sync-delay", "0");
                RespClient client = primary.connect()) {
            client.call("SET", "before", "x".repeat(100_000));
            try (RunningServer replica = RunningServer.kdb("--replicaof", "127.0.0.1 " + primary.port());
                    RespClient other = replica.connect()) {
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                while (!other.call("INFO", "replication").text().contains("master_link_status:up")) {
                    assertTrue(System.nanoTime() < end, "no sync");
                    TimeUnit.MILLISECONDS.sleep(5);
                }
                client.call("SET", "behind", "y".repeat(50_000));
                assertEquals(1, Long.parseLong(client.call("WAIT", "1", "30000").text()));
                for (String field : List.of("total_net_repl_input_bytes", "total_net_input_bytes")) {
                    assertTrue(number(other, field) > 50_000, field);
                }
                for (String field : List.of("total_net_repl_output_bytes", "total_net_output_bytes")) {
                    assertTrue(number(client, field) > 50_000, field);
                }
                assertEquals(0, number(client, "total_net_repl_input_bytes"));
                assertEquals(0, number(other, "total_net_repl_output_bytes"));
                client.call("CONFIG", "RESETSTAT");
                assertTrue(number(client, "total_net_repl_output_bytes") < 50_000);
            }
        }
    }

    private static long number(RespClient client, String field) throws Exception {
        for (String line : client.call("INFO", "stats").text().split("\r\n")) {
            if (line.startsWith(field + ":")) {
                return Long.parseLong(line.substring(field.length() + 1));
            }
        }
        throw new AssertionError(field + " is not there");
    }
}
