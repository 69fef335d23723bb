package io.kdb.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.Needs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerConfigTest {
    private static void set(ServerConfig config, String... changes) throws RefusedSetting {
        config.set(List.of(changes), false, false);
    }

    private static String refusal(ServerConfig config, String... changes) {
        return assertThrows(RefusedSetting.class, () -> set(config, changes)).getMessage();
    }

    private static String show(ServerConfig config, String name) {
        return config.current().format(Parameters.find(name));
    }

    @Test
    void setsAllOrNothing() throws Exception {
        ServerConfig config = ServerConfig.defaults();
        assertEquals(
                "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer",
                refusal(config, "maxmemory", "1mb", "hz", "x"));
        assertEquals(0, config.get(Parameters.MAXMEMORY));
        set(config, "MAXMEMORY", "1mb", "maxmemory-policy", "allkeys-lru");
        assertEquals(1 << 20, config.get(Parameters.MAXMEMORY));
        assertEquals(MaxmemoryPolicy.ALLKEYS_LRU, config.get(Parameters.MAXMEMORY_POLICY));
    }

    @Test
    void takesBackWhatCouldNotBeApplied() throws Exception {
        ServerConfig config = ServerConfig.defaults();
        List<String> calls = new ArrayList<>();
        config.whenChanged(
                (before, now) -> calls.add(before.get(Parameters.TIMEOUT) + " to " + now.get(Parameters.TIMEOUT)),
                Parameters.TIMEOUT);
        config.whenChanged(
                (before, now) -> {
                    throw new RefusedSetting("Unable to listen on this port. Check server logs.");
                },
                Parameters.PORT);
        assertEquals(
                "ERR CONFIG SET failed (possibly related to argument 'port') -"
                        + " Unable to listen on this port. Check server logs.",
                refusal(config, "timeout", "5", "port", "1"));
        assertEquals(List.of("0 to 5", "5 to 0"), calls);
        assertEquals(0, config.get(Parameters.TIMEOUT));
        assertEquals(6379, config.get(Parameters.PORT));
    }

    @Test
    void refusesAsRedisDoes() throws Exception {
        ServerConfig config = ServerConfig.defaults();
        assertEquals(
                "ERR Unknown option or number of arguments for CONFIG SET - 'foo'",
                refusal(config, "databases", "1", "foo", "1"));
        assertTrue(refusal(config, "databases", "1").endsWith("'databases') - can't set immutable config"));
        assertTrue(refusal(config, "dir", "/").endsWith("'dir') - can't set protected config"));
        assertTrue(refusal(config, "hz", "1", "HZ", "2").endsWith("'HZ') - duplicate parameter"));
        assertTrue(refusal(config, "maxmemory", "-1").endsWith(" - argument must be a memory value"));
        assertTrue(refusal(config, "maxmemory-clients", "101%")
                .endsWith(" - percentage argument must be less or equal to 100"));
        assertEquals(
                "LOADING Redis is loading the dataset in memory",
                assertThrows(RefusedSetting.class, () -> config.set(List.of("dir", "/"), true, true))
                        .getMessage());
    }

    @Test
    void showsValuesAsRedisDoes() throws Exception {
        ServerConfig config = ServerConfig.defaults();
        assertEquals("3600 1 300 100 60 10000", show(config, "save"));
        assertEquals(
                "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
                show(config, "client-output-buffer-limit"));
        assertEquals("50 99 99.9", show(config, "latency-tracking-info-percentiles"));
        set(config, "save", "60 1", "notify-keyspace-events", "AKEnm", "maxmemory-clients", "5%");
        assertEquals("60 1", show(config, "save"));
        assertEquals("AKEm", show(config, "notify-keyspace-events"));
        assertEquals("5%", show(config, "maxmemory-clients"));
        set(config, "save", "", "shutdown-on-sigint", "save force");
        assertEquals("", show(config, "save"));
        assertEquals("save force", show(config, "shutdown-on-sigint"));
        assertEquals("default", show(config, "shutdown-on-sigterm"));
        assertEquals(show(config, "slave-priority"), show(config, "replica-priority"));
    }

    @Test
    void refusesWhatItCannotDoYet() {
        ServerConfig config = ServerConfig.defaults();
        assertTrue(refusal(config, "appendonly", "yes").contains("append-only"));
        assertTrue(refusal(config, "replica-acks", "1").contains("replicas"));
        assertTrue(refusal(config, "tls-port", "1").contains("TLS"));
        assertTrue(refusal(config, "port", "1").endsWith("can't set immutable config"));
    }

    @Test
    void namesWhatHasNoEffectOnlyWhenItWasChanged() throws Exception {
        assertEquals(List.of(), ServerConfig.defaults().ineffective());
        assertEquals(
                List.of("jemalloc-bg-thread"),
                ServerConfig.of("jemalloc-bg-thread no", "disable-thp yes", "hz 20")
                        .ineffective());
    }

    @Test
    void clusterKeepsTheNumberOfDatabases() throws Exception {
        assertEquals(20, ServerConfig.of("cluster-enabled yes", "databases 20").get(Parameters.DATABASES));
        assertFalse(ServerConfig.defaults().get(Parameters.CLUSTER_ENABLED));
    }

    @Test
    void aRenamedCommandTakesNoOthersName() throws Exception {
        List<String> names = List.of("get", "set", "config");
        ServerConfig.of("rename-command GET \"\"", "rename-command SET get", "rename-command EVAL x")
                .checkRenames(names);
        ServerConfig clash = ServerConfig.of("hz 10", "rename-command GET Set");
        ConfigFileError error = assertThrows(ConfigFileError.class, () -> clash.checkRenames(names));
        assertTrue(error.getMessage()
                .endsWith("at line 2\n>>> 'rename-command GET Set'\nTarget command name already exists"));
    }

    /** The file as Debian ships it, when it is there to be read. */
    @Test
    void startsOnDebiansFile() throws Exception {
        java.nio.file.Path file = java.nio.file.Path.of("/etc/redis/redis.conf");
        Needs.that(java.nio.file.Files.isReadable(file), file + " cannot be read");
        ServerConfig config = ServerConfig.load(List.of(file.toString(), "--dir", "/tmp", "--logfile", ""), null);
        assertEquals(List.of(), config.ineffective());
        assertTrue(config.get(Parameters.DAEMONIZE));
    }
}
