package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.compat.Needs;
import io.kdb.compat.NodeCommand;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A user's cluster on one machine goes down for the night. */
@ExtendWith(QuickBuffers.class)
class DownUpIT {
    private static final int KEYS = 100_000;
    private static final int PER_COMMAND = 1_000;
    private static final int NODES = 6;
    private static final String PORT = "22100";
    private static final long LIMIT_SECONDS = 150;
    private static final Path LAUNCHER = Path.of("..", "kdb").toAbsolutePath().normalize();

    @TempDir
    Path temporary;

    @AfterEach
    void down() throws IOException, InterruptedException {
        kdb("down");
    }

    @Test
    void everyKeyIsThereAfterDownAndUp() throws IOException, InterruptedException {
        Needs.that(Files.exists(NodeCommand.jar()), NodeCommand.jar() + " is not built");
        up();
        RedisClusterClient client = RedisClusterClient.create(RedisURI.create("127.0.0.1", Integer.parseInt(PORT)));
        try {
            try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
                for (int from = 0; from < KEYS; from += PER_COMMAND) {
                    Map<String, String> page = new HashMap<>();
                    for (int i = from; i < from + PER_COMMAND; i++) {
                        page.put("key:" + i, "value:" + i);
                    }
                    repeating(() -> connection.sync().mset(page));
                }
                assertEquals(KEYS, connection.sync().dbsize());
            }
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
        String down = kdb("down");
        up();
        client = RedisClusterClient.create(RedisURI.create("127.0.0.1", Integer.parseInt(PORT)));
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            assertEquals(KEYS, connection.sync().dbsize(), down);
            for (int from = 0; from < KEYS; from += PER_COMMAND) {
                String[] keys = new String[PER_COMMAND];
                for (int i = 0; i < PER_COMMAND; i++) {
                    keys[i] = "key:" + (from + i);
                }
                for (var pair : repeating(() -> connection.sync().mget(keys))) {
                    assertEquals("value" + pair.getKey().substring(3), pair.getValueOrElse(""), pair.getKey());
                }
            }
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
        assertNothingSaidOf("Fault", "has not joined");
    }

    /** In the log of no node. */
    private void assertNothingSaidOf(String... troubles) throws IOException {
        int logs = 0;
        try (var files = Files.walk(temporary.resolve("data"))) {
            for (Path file : files.filter(file -> file.endsWith("kdb.log")).toList()) {
                logs++;
                String log = Files.readString(file, StandardCharsets.ISO_8859_1);
                for (String trouble : troubles) {
                    assertFalse(log.contains(trouble), () -> file + ": " + log);
                }
            }
        }
        assertEquals(NODES, logs);
    }

    /** A busy machine may cost a primary its lease for a moment; applications repeat then. */
    private static <T> T repeating(Supplier<T> command) throws InterruptedException {
        AtomicReference<T> answer = new AtomicReference<>();
        Await.until(
                LIMIT_SECONDS * 1000,
                () -> {
                    try {
                        answer.set(command.get());
                        return true;
                    } catch (RedisCommandExecutionException e) {
                        if (!e.getMessage().startsWith("CLUSTERDOWN")) {
                            throw e;
                        }
                        return false;
                    }
                },
                () -> "CLUSTERDOWN all the time");
        return answer.get();
    }

    private void up() throws IOException, InterruptedException {
        String output = kdb("up", "--nodes", String.valueOf(NODES), "--replicas", "1", "--port", PORT);
        assertTrue(output.contains("redis-cli -c -p " + PORT), output);
    }

    private String kdb(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        command.addAll(List.of("--dir", temporary.resolve("data").toString()));
        Path output = temporary.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("KDB_JAR", NodeCommand.jar().toString());
        builder.environment().put("KDB_JVM_OPTS", "-XX:TieredStopAtLevel=1");
        Process process = builder.start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command + " does not end: " + Files.readString(output));
        }
        return Files.readString(output);
    }
}
