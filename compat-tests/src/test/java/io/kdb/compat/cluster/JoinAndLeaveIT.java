package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.compat.KeyWriter;
import io.kdb.compat.RedirectedClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes join a 3+3 cluster that places its slots itself, become a shard, and leave again, while applications write.
 * The node timeout is Redis' default: a promise of no error must not hang on how busy the machine is.
 */
@ExtendWith(QuickBuffers.class)
class JoinAndLeaveIT {
    private static final String[] OPTIONS = {"--cluster-node-timeout", "15000"};
    private static final long PATIENCE_MS = 240_000;
    private static final long LEAVE_SECONDS = 240;
    private static final int WRITERS = 3;
    private static final int KEYS_PER_WRITER = 1_500;

    private static LocalCluster cluster;

    @TempDir
    Path temporary;

    @RegisterExtension
    final ClusterLogs logs = new ClusterLogs(() -> cluster);

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = LocalCluster.placed(6, OPTIONS);
    }

    @AfterAll
    static void end() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void slotsMoveToTheNewShardAndBackWithoutAnError() throws IOException, InterruptedException {
        awaitShards(3);
        List<KeyWriter> writers = new ArrayList<>();
        for (int id = 0; id < WRITERS; id++) {
            KeyWriter writer =
                    new KeyWriter(id, KEYS_PER_WRITER, cluster.nodes().get(0).port());
            writers.add(writer);
            writer.start();
        }
        try (LettuceLoad load = LettuceLoad.startPatient(cluster)) {
            Await.until(
                    PATIENCE_MS,
                    () -> load.done() > 1_000
                            && writers.stream().allMatch(writer -> writer.isLoaded() || writer.failure() != null),
                    () -> load.done() + " writes; " + failures(writers));

            ClusterNode seventh = cluster.join(OPTIONS);
            ClusterNode eighth = cluster.join(OPTIONS);
            awaitShards(4);
            assertEquals("", failures(writers));
            TreeSet<String> roles = new TreeSet<>();
            for (ClusterNode node : List.of(seventh, eighth)) {
                roles.add(node.info("INFO", "replication").get("role"));
            }
            assertTrue(roles.contains("master"), "no new node owns slots: " + shards());
            long movedByJoining = moved(writers);
            assertTrue(movedByJoining > 0, "no writer was sent to the new shard");

            // A client that has missed one hand-over may meet two MOVED at the next.
            writers.forEach(KeyWriter::look);
            Await.until(
                    PATIENCE_MS,
                    () -> writers.stream().noneMatch(KeyWriter::isLooking),
                    () -> "a writer is stuck; " + failures(writers));

            // The one that owns slots first: what it has must move before it may go.
            ClusterNode primary = seventh.isPrimary() ? seventh : eighth;
            leave(primary);
            ClusterNode replica = primary == seventh ? eighth : seventh;
            leave(replica);
            // The other one's process goes on: clients that do not know yet are to be sent on by it.
            replica.kill();
            awaitShards(3);
            runOn(writers);
            assertTrue(moved(writers) > movedByJoining, "no writer was sent back");

            Map<String, String> expected = new HashMap<>();
            for (KeyWriter writer : writers) {
                writer.end();
                assertNull(writer.failure());
                assertTrue(
                        writer.client().mostMovedOfOne() <= 1,
                        () -> "MOVED for one command: " + writer.client().mostMovedOfOne());
                expected.putAll(writer.acknowledged());
            }
            load.finish(PATIENCE_MS);
            assertEquals(List.of(), List.copyOf(load.refused()), "errors that the application saw");
            assertEquals(0, load.repeated(), "commands that the application had to repeat");
            for (long number = 0; number < load.begun(); number++) {
                expected.put("load:" + number, String.valueOf(number));
            }
            assertHolds(expected);
        }
    }

    private static String failures(List<KeyWriter> writers) {
        StringBuilder all = new StringBuilder();
        for (KeyWriter writer : writers) {
            if (writer.failure() != null) {
                all.append(writer.failure()).append("; ");
            }
        }
        return all.toString();
    }

    private static long moved(List<KeyWriter> writers) {
        return writers.stream().mapToLong(writer -> writer.client().moved()).sum();
    }

    /** So many commands more of each writer. */
    private static void runOn(List<KeyWriter> writers) throws InterruptedException {
        for (KeyWriter writer : writers) {
            long before = writer.commands();
            Await.until(
                    PATIENCE_MS,
                    () -> writer.failure() != null || writer.commands() > before + 200,
                    () -> "a writer is stuck");
        }
        assertEquals("", failures(writers));
    }

    /** Every key is there, with its value, in one primary only. */
    private static void assertHolds(Map<String, String> expected) throws IOException, InterruptedException {
        try (RedirectedClient client =
                new RedirectedClient(cluster.nodes().get(0).port())) {
            for (Map.Entry<String, String> key : expected.entrySet()) {
                assertEquals(
                        '"' + key.getValue() + '"',
                        client.call(key.getKey(), "GET", key.getKey()).toString(),
                        key.getKey());
            }
        }
        Await.until(
                PATIENCE_MS,
                () -> keysHeld() == expected.size(),
                () -> keysHeld() + " keys are held (expected: " + expected.size() + ")");
        for (ClusterNode primary : cluster.primaries()) {
            for (ClusterNode replica : cluster.replicasOf(primary)) {
                Await.until(
                        PATIENCE_MS,
                        () -> primary.call("DEBUG", "DIGEST").equals(replica.call("DEBUG", "DIGEST")),
                        () -> replica + " holds other data than " + primary);
            }
        }
    }

    private static long keysHeld() {
        return cluster.primaries().stream()
                .mapToLong(node -> (Long) node.call("DBSIZE"))
                .sum();
    }

    /** Slots by primary, as the first node sees it. */
    private static Map<String, Integer> shards() {
        Map<String, Integer> slots = new HashMap<>();
        for (Object range : (List<?>) cluster.nodes().get(0).call("CLUSTER", "SLOTS")) {
            List<?> fields = (List<?>) range;
            int count = ((Long) fields.get(1)).intValue() - ((Long) fields.get(0)).intValue() + 1;
            slots.merge(((List<?>) fields.get(2)).get(2).toString(), count, Integer::sum);
        }
        return slots;
    }

    /** So many shards with equal shares, every replica in sync. */
    private static void awaitShards(int count) throws InterruptedException {
        Await.until(
                PATIENCE_MS,
                () -> shards().size() == count
                        && shards().values().stream()
                                .allMatch(slots -> Math.abs(slots - LocalCluster.SLOTS / count) <= 1),
                () -> "shards: " + shards());
        cluster.awaitWhole();
    }

    /** {@code kdb cluster leave}, as an operator types it. */
    private void leave(ClusterNode node) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(LocalCluster.java());
        command.addAll(
                List.of("cluster", "-p", String.valueOf(cluster.nodes().get(0).port()), "leave"));
        command.add("127.0.0.1:" + node.port());
        Path output = temporary.resolve("leave-" + node.port());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(LEAVE_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertTrue(ended && process.exitValue() == 0 && said.contains("OK: "), said);
        cluster.dismiss(node);
    }
}
