package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.Parameter;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.RefusedSetting;
import io.kdb.server.config.ServerConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration's texts, types and files, beside a real Redis. */
class ConfigIT {
    /** Other defaults than Redis', by intention or by this machine. */
    private static final Set<String> OWN_DEFAULTS = Set.of("io-threads", "dir", "port", "maxclients", "save", "bind");

    private static final List<String> VALUES = List.of(
            "",
            "0",
            "1",
            "-1",
            "5",
            "+5",
            "007",
            "5%",
            "101%",
            "-5%",
            "%",
            "99",
            "100",
            "101",
            "1001",
            "65536",
            "1kb",
            "1K",
            "3MB",
            "1g",
            "10xx",
            "kb",
            "yes",
            "NO",
            "maybe",
            "no",
            "default",
            "save force",
            "now nosave x",
            "ip",
            "foo",
            "a/b",
            "a b",
            "99999999999999999999",
            "9223372036854775807",
            "9223372036854775808",
            "-2147483648",
            "4294967295",
            "60 1",
            "60",
            "60 1  5 5",
            "0 5",
            "normal 1mb 2k 3",
            "slave 1 2",
            "replica 1 2 3 pubsub 4 5 6",
            "x 1 2 3",
            "KEA",
            "g$Km",
            "KQ",
            "{title} {port}",
            "{title",
            "1 2 3",
            "1 2 3000",
            "50 99.99",
            "50.1234567 101",
            "allkeys-lru",
            "VERBOSE",
            "everysec",
            "h-1.example",
            "h_1");

    private static Map<String, String> all(RespClient client, String... patterns) throws IOException {
        List<String> words = new ArrayList<>(List.of("CONFIG", "GET"));
        words.addAll(Arrays.asList(patterns));
        Map<String, String> values = new TreeMap<>();
        List<Reply> elements = client.call(words.toArray(new String[0])).elements();
        for (int i = 0; i < elements.size(); i += 2) {
            values.put(elements.get(i).text(), elements.get(i + 1).text());
        }
        return values;
    }

    @Test
    void knowsEveryParameterWithItsDefault() throws Exception {
        try (RunningServer redis = RunningServer.redis();
                RespClient client = redis.connect()) {
            Map<String, String> real = all(client, "*");
            Map<String, String> ours = new TreeMap<>();
            ServerConfig config = ServerConfig.defaults();
            Parameters.byName().forEach((name, p) -> {
                if (!Parameters.hidden(p)) ours.put(name, config.current().format(p));
            });
            Set<String> missing = new TreeSet<>(real.keySet());
            missing.removeAll(ours.keySet());
            assertEquals(Set.of(), missing);
            ours.keySet().removeIf(name -> !real.containsKey(name) && name.startsWith("tls-"));
            Set<String> more = new TreeSet<>(ours.keySet());
            more.removeAll(real.keySet());
            assertEquals(
                    new TreeSet<>(Set.of(
                            "availability-zone",
                            "cluster-heal-after",
                            "cluster-replicas",
                            "cluster-weight",
                            "io",
                            "join",
                            "replica-acks")),
                    more);
            OWN_DEFAULTS.forEach(real::remove);
            ours.keySet().retainAll(real.keySet());
            assertEquals(real, ours);
        }
    }

    /** Every mutable parameter that has no effect outside the table, with every value above. */
    @Test
    void takesAndRefusesTheSameValues() throws Exception {
        List<String> differences = new ArrayList<>();
        try (RunningServer redis = RunningServer.redis();
                RespClient client = redis.connect()) {
            ServerConfig config = ServerConfig.of("maxmemory 0", "save \"\"");
            for (String name : Parameters.byName().keySet()) {
                Parameter<?> parameter = Parameters.find(name);
                if (skipped(name) || all(client, name).isEmpty()) continue;
                int before = differences.size();
                for (String value : VALUES) {
                    if (differences.size() == before) compare(client, config, parameter, name, value, differences);
                }
            }
        }
        assertEquals("", String.join("\n", differences));
    }

    private static boolean skipped(String name) {
        return name.startsWith("tls-")
                || Set.of(
                                "dir",
                                "port",
                                "bind",
                                "requirepass",
                                "maxmemory",
                                "maxmemory-clients",
                                "maxclients",
                                "appendonly",
                                "activedefrag",
                                "client-query-buffer-limit",
                                "client-output-buffer-limit",
                                "oom-score-adj",
                                "replica-acks",
                                "join",
                                "io",
                                "watchdog-period",
                                "min-replicas-to-write",
                                "min-slaves-to-write",
                                "timeout",
                                "bind-source-addr",
                                "proto-max-bulk-len",
                                "cluster-link-sendbuf-limit")
                        .contains(name);
    }

    private static void compare(
            RespClient client,
            ServerConfig config,
            Parameter<?> parameter,
            String name,
            String value,
            List<String> differences)
            throws IOException {
        String real = client.call("CONFIG", "SET", name, value).text();
        String ours = "OK";
        try {
            config.set(List.of(name, value), false, false);
        } catch (RefusedSetting e) {
            ours = e.getMessage();
        }
        if (!real.equals(ours)) differences.add(name + " '" + value + "': " + ours + "; Redis: " + real);
        String realValue = all(client, name).get(name);
        String oursValue = config.current().format(parameter);
        if (!realValue.equals(oursValue)) {
            differences.add(name + " '" + value + "' is then " + oursValue + "; Redis: " + realValue);
        }
    }

    static List<List<String>> badFiles() {
        return List.of(
                List.of("foo bar"),
                List.of("# comment", "", "  port 1 2  "),
                List.of("port \"1"),
                List.of("maxmemory 10xx"),
                List.of("loglevel loud"),
                List.of("databases 0"),
                List.of("save 60"),
                List.of("dir /does/not/exist"),
                List.of("replicaof a"),
                List.of("slaveof a x"),
                List.of("cluster-enabled yes", "replicaof a 1"),
                List.of("unixsocketperm 9"),
                List.of("logfile /does/not/exist"),
                List.of("sentinel a b"),
                List.of("a.b"),
                List.of("include"),
                List.of("rename-command a"),
                List.of("list-max-ziplist-entries 1 2"),
                List.of("appendfilename a/b"),
                List.of("appenddirname \"\""),
                List.of("client-output-buffer-limit normal 1"),
                List.of("shutdown-on-sigint what"),
                List.of("hz"),
                List.of("\"\""),
                List.of("cluster-announce-hostname a_b"),
                List.of("include INCLUDED"),
                List.of("oom-score-adj-values 1 2"));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void refusesABadFileWithTheSameWords(List<String> lines, @TempDir Path folder) throws Exception {
        Path included = Files.writeString(folder.resolve("included.conf"), "hz 10\n\nhz x\n");
        String text = String.join("\n", lines).replace("INCLUDED", included.toString()) + "\n";
        Path file = Files.writeString(folder.resolve("bad.conf"), text);
        String real =
                RunningServer.output(List.of(RunningServer.redisExecutable().toString(), file.toString()));
        assertEquals(withoutLog(real), refusal(List.of(file.toString())) + "\n");
    }

    static List<List<String>> badOptions() {
        return List.of(
                List.of("--port"),
                List.of("--foo", "bar"),
                List.of("--save", "60"),
                List.of("--port", "1", "2"),
                List.of("--hz x"),
                List.of("--loglevel", "--port", "1"),
                List.of("--save", "--foo", "1"),
                List.of("--port", "0", "x.conf"),
                List.of("--maxmemory", "a\"b"));
    }

    @ParameterizedTest
    @MethodSource("badOptions")
    void refusesBadOptionsWithTheSameWords(List<String> options) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(RunningServer.redisExecutable().toString()));
        command.addAll(options);
        assertEquals(withoutLog(RunningServer.output(command)), refusal(options) + "\n");
    }

    private static String refusal(List<String> arguments) {
        try {
            ServerConfig.load(arguments, new ByteArrayInputStream(new byte[0]));
            return "started";
        } catch (ConfigFileError e) {
            return e.getMessage();
        }
    }

    private static String withoutLog(String output) {
        return output.replaceAll("(?m)^\\d+:[CM] .*\n", "");
    }

    /** Options that are fine, compared by what CONFIG GET then shows. */
    static List<List<String>> goodOptions() {
        return List.of(
                List.of("--save", "60 1"),
                List.of("--save", "60", "1", "300", "5"),
                List.of("--save"),
                List.of("--save", "--hz", "20"),
                List.of("--save", ""),
                List.of("--hz 30", "--timeout", "5"),
                List.of("--shutdown-on-sigint", "save", "force"),
                List.of("--shutdown-on-sigint", "save force"),
                List.of("--client-output-buffer-limit", "normal", "1", "2", "3", "pubsub", "4", "5", "6"),
                List.of("--client-output-buffer-limit", "normal 1 2 3 pubsub 4 5 6"),
                List.of("--masterauth", "a \"b\" 'c'"),
                List.of("--masterauth", "--x"),
                List.of("--slave-priority", "7"),
                List.of("--lua-replicate-commands", "yes"),
                List.of("--maxmemory", "100MB", "--maxmemory-policy", "ALLKEYS-LRU"),
                List.of("--HZ", "12"),
                List.of("--latency-tracking-info-percentiles", "1", "2.5"),
                List.of("--latency-tracking-info-percentiles", ""),
                List.of("--notify-keyspace-events", "KEA"));
    }

    @ParameterizedTest
    @MethodSource("goodOptions")
    void readsOptionsAsRedisDoes(List<String> options) throws Exception {
        try (RunningServer redis = RunningServer.redis(options.toArray(new String[0]));
                RespClient client = redis.connect()) {
            List<String> arguments = new ArrayList<>(List.of("--port", "0", "--save", ""));
            arguments.addAll(options);
            ServerConfig config = ServerConfig.load(arguments, new ByteArrayInputStream(new byte[0]));
            Map<String, String> real = all(client, "*");
            Map<String, String> ours = new TreeMap<>();
            for (String name : real.keySet()) ours.put(name, config.current().format(Parameters.find(name)));
            for (String name : List.of("port", "bind", "dir", "io-threads", "maxclients")) {
                real.remove(name);
                ours.remove(name);
            }
            assertEquals(real, ours);
        }
    }

    /** Not beside a Redis, which may raise its own limit first where it is root. */
    @Test
    void refusesMoreClientsThanThereAreDescriptors() throws Exception {
        try (RunningServer server = RunningServer.kdb();
                RespClient client = server.connect()) {
            String before = client.call("CONFIG", "GET", "maxclients").toString();
            String refusal =
                    client.call("CONFIG", "SET", "maxclients", "4294967295").toString();
            assertTrue(
                    refusal.matches(
                            "-ERR CONFIG SET failed \\(possibly related to argument 'maxclients'\\) - The operating"
                                    + " system is not able to handle the specified number of clients, try with [0-9]+"),
                    refusal);
            assertEquals(before, client.call("CONFIG", "GET", "maxclients").toString());
        }
    }

    @Test
    void readsIncludedFilesByPattern(@TempDir Path folder) throws Exception {
        Files.createDirectories(folder.resolve("conf.d"));
        Files.writeString(folder.resolve("conf.d/b.conf"), "hz 33");
        Files.writeString(folder.resolve("conf.d/a.conf"), "hz 22\ntimeout 7\n");
        Files.writeString(folder.resolve("conf.d/.hidden.conf"), "foo");
        Path file = Files.writeString(
                folder.resolve("main.conf"),
                "include " + folder + "/conf.d/*.conf\ninclude " + folder + "/none*.conf\nhz 44\n");
        ServerConfig config = ServerConfig.load(List.of(file.toString()), null);
        assertEquals(44, config.get(Parameters.HZ));
        assertEquals(7, config.get(Parameters.TIMEOUT));
        Path missing = Files.writeString(folder.resolve("missing.conf"), "include /no/such/file\n");
        assertEquals(
                "Fatal error, can't open config file '/no/such/file': No such file or directory",
                refusal(List.of(missing.toString())));
    }

    @Test
    void readsTheStandardInput() throws Exception {
        ServerConfig config = ServerConfig.load(
                List.of("-", "--hz", "21"),
                new ByteArrayInputStream("hz 20\ntimeout 3".getBytes(StandardCharsets.UTF_8)));
        assertEquals(21, config.get(Parameters.HZ));
        assertEquals(3, config.get(Parameters.TIMEOUT));
    }

    /** The file keeps its lines and Redis' changes to it; only the order of appended lines is not defined. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# hello\n\n\n\nport PORT\nsave 60 1\nsave 300 5\n# end\nhz 10\n",
                "timeout 3\ntimeout 4\nslave-priority 5\nrename-command DEBUG dbg\n",
                "port PORT\n# Generated by CONFIG REWRITE\nmaxmemory 1gb\nmaxmemory-policy allkeys-lru",
                "client-output-buffer-limit normal 1 2 3\nnotify-keyspace-events KEA\nmasterauth \"a \\\"b\"\n",
                "Timeout 7\nlist-max-ziplist-entries 4\n  hz   44  \n"
            })
    void rewritesAFileAsRedisDoes(String text, @TempDir Path folder) throws Exception {
        Path ours = Files.createDirectory(folder.resolve("ours")).resolve("redis.conf");
        Path real = Files.createDirectory(folder.resolve("real")).resolve("redis.conf");
        List<String> changes = List.of(
                "save",
                "10 1 20 2 30 3",
                "maxmemory",
                "3145728",
                "timeout",
                "9",
                "requirepass",
                "a b",
                "loglevel",
                "verbose",
                "client-output-buffer-limit",
                "replica 1kb 2kb 3",
                "maxmemory-clients",
                "7%",
                "notify-keyspace-events",
                "Kx",
                "shutdown-on-sigint",
                "save now");
        int port = FreePort.next();
        String filled = text.replace("PORT", String.valueOf(port));
        Files.writeString(ours, filled);
        Files.writeString(real, filled);
        try (RunningServer redis = RunningServer.redisWith(real, port);
                RespClient client = redis.connect()) {
            set(client, changes);
            ServerConfig config = ServerConfig.load(
                    List.of(
                            ours.toString(),
                            "--port",
                            String.valueOf(port),
                            "--dir",
                            redis.directory().toString(),
                            "--save",
                            "",
                            "--bind",
                            "127.0.0.1"),
                    null);
            config.set(changes, false, false);
            config.rewrite();
        }
        assertEquals(normal(Files.readString(real)), normal(Files.readString(ours)));
    }

    private static void set(RespClient client, List<String> changes) throws IOException {
        List<String> words = new ArrayList<>(List.of("CONFIG", "SET"));
        words.addAll(changes);
        assertEquals("+OK", client.call(words.toArray(new String[0])).toString());
        assertEquals("+OK", client.call("CONFIG", "REWRITE").toString());
    }

    /** Appended lines in one order, without the ACL users that Redis adds and this machine's number of clients. */
    private static List<String> normal(String text) {
        List<String> lines = new ArrayList<>(text.lines()
                .filter(l -> !l.startsWith("user ") && !l.startsWith("maxclients "))
                .toList());
        int mark = lines.indexOf("# Generated by CONFIG REWRITE");
        assertTrue(mark >= 0 || lines.stream().noneMatch(String::isEmpty), text);
        if (mark >= 0) lines.subList(mark, lines.size()).sort(null);
        return lines;
    }
}
