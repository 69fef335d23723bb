package io.kdb.server.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.persist.DumpFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicationTest {
    @TempDir
    Path directory;

    private MemoryNetwork network;
    private final List<TestNode> nodes = new ArrayList<>();

    private void nodes(int count, long seed, String... lines) throws ConfigFileError {
        network = new MemoryNetwork(new Random(seed));
        for (int i = 0; i < count; i++) {
            List<String> all = new ArrayList<>(List.of(lines));
            all.add("dir " + directory);
            all.add("port " + (7000 + i));
            all.add("repl-diskless-sync-delay 0");
            TestNode node = new TestNode(
                    ServerConfig.of(all.toArray(new String[0])),
                    network,
                    network.clockMs::get,
                    new Random(seed * 31 + i));
            nodes.add(node);
            network.nodes.put(7000 + i, node);
        }
    }

    @AfterEach
    void stop() {
        nodes.forEach(TestNode::close);
        network.close();
    }

    private void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "never: " + what + "; " + states());
            network.turn();
        }
    }

    private String states() {
        StringBuilder out = new StringBuilder();
        for (TestNode node : nodes) {
            out.append(node.replication.linkStatus())
                    .append(' ')
                    .append(node.log.endOffset())
                    .append(node.replication.primary().replicas())
                    .append("; ");
        }
        return out.toString();
    }

    private void untilSame(TestNode primary, TestNode replica) {
        until(
                "the replica has what the primary has",
                () -> replica.replication.linkStatus() != null
                        && replica.replication.linkStatus().isUp()
                        && replica.log.endOffset() == primary.log.endOffset()
                        && replica.log
                                .history()
                                .id()
                                .equals(primary.log.history().id()));
        assertEquals(primary.contents(), replica.contents());
    }

    private static String[] set(String key, String value) {
        return new String[] {"SET", key, value};
    }

    @Test
    void aReplicaTakesTheFileAndThenTheStream() throws Exception {
        nodes(2, 1);
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        primary.write(0, set("before", "1"));
        primary.write(3, set("three", "3".repeat(200_000)));
        replica.write(0, set("own", "goes"));
        assertFalse(primary.log.isActive());
        replica.replication.follow("127.0.0.1", 7000).get();
        assertTrue(replica.replication.isReplica());
        assertFalse(replica.write(0, set("refused", "x")));
        untilSame(primary, replica);
        assertEquals(2, replica.contents().size());
        assertTrue(primary.write(3, set("after", "2"), set("large", "x".repeat(300_000))));
        untilSame(primary, replica);
        assertEquals(4, replica.contents().size());
        assertEquals("up", replica.info("master_link_status"));
        assertEquals("1", primary.info("connected_slaves"));
        until("the acknowledgement", () -> primary.info("slave0")
                .equals("ip=127.0.0.1,port=7001,state=online,offset=" + primary.log.endOffset() + ",lag=0"));
        assertEquals(1, primary.replication.primary().fullSyncs());
        assertEquals(0, primary.replication.primary().refusedPartialSyncs());
    }

    /** It must not go on as if it had done what it could not: its acknowledgements would lie. */
    @Test
    void aReplicaWithoutMemoryForTheStreamTakesEverythingAnew() throws Exception {
        nodes(2, 3);
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        String id = replica.log.history().id();
        replica.refusals = 1;
        primary.write(0, set("lost", "1"), set("more", "2"));
        until(
                "the replica distrusts its data",
                () -> !replica.log.history().id().equals(id) || replica.refusals == 0);
        untilSame(primary, replica);
        assertEquals(2, replica.contents().size());
        assertEquals(2, primary.replication.primary().fullSyncs());
        assertEquals(0, primary.replication.primary().partialSyncs());
    }

    @Test
    void aReplicaThatComesBackGoesOnWhereItWas() throws Exception {
        nodes(2, 2);
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        for (int i = 0; i < 50; i++) {
            primary.write(i % 3, new String[] {"APPEND", "k" + i % 7, "v" + i});
            if (i % 10 == 0) {
                network.cutSome();
            }
        }
        untilSame(primary, replica);
        assertEquals(1, primary.replication.primary().fullSyncs());
        assertTrue(primary.replication.primary().partialSyncs() > 0);
    }

    @Test
    void aReplicaThatMissedTooMuchTakesTheFileAgain() throws Exception {
        nodes(2, 3, "repl-backlog-size 100000");
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        network.nodes.remove(7000);
        until("the link is cut", () -> {
            network.cutSome();
            return !replica.replication.linkStatus().isUp();
        });
        for (int i = 0; i < 100; i++) {
            primary.write(0, set("k" + i, "x".repeat(10_000)));
        }
        assertEquals("down", replica.info("master_link_status"));
        network.nodes.put(7000, primary);
        until("a second full sync", () -> primary.replication.primary().fullSyncs() == 2);
        untilSame(primary, replica);
        assertEquals(1, primary.replication.primary().refusedPartialSyncs());
    }

    @Test
    void afterAPromotionTheOthersGoOnByTheFormerId() throws Exception {
        nodes(3, 4);
        TestNode first = nodes.get(0);
        TestNode second = nodes.get(1);
        TestNode third = nodes.get(2);
        second.replication.follow("127.0.0.1", 7000).get();
        third.replication.follow("127.0.0.1", 7000).get();
        first.write(5, set("k", "1"));
        untilSame(first, second);
        untilSame(first, third);
        String former = first.log.history().id();
        second.replication.promote().get();
        assertFalse(second.replication.isReplica());
        assertNotEquals(former, second.log.history().id());
        assertEquals(former, second.info("master_replid2"));
        assertTrue(second.write(5, set("k", "2")));
        third.replication.follow("127.0.0.1", 7001).get();
        first.replication.follow("127.0.0.1", 7001).get();
        untilSame(second, third);
        untilSame(second, first);
        assertEquals(0, second.replication.primary().fullSyncs());
        assertEquals(2, second.replication.primary().partialSyncs());
        assertEquals(former, third.log.history().formerId());
    }

    @Test
    void restartedOnTheirDumpFilesTheyGoOnWhereTheyWere() throws Exception {
        nodes(4, 12);
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        primary.write(3, set("k", "1"));
        untilSame(primary, replica);
        DumpFile.Loaded dump =
                new DumpFile.Loaded(0, 0, 0, primary.log.history().id(), primary.log.endOffset(), 3);
        // Both start as if they were primaries; one is told later that it is not.
        TestNode primaryAgain = nodes.get(2);
        TestNode replicaAgain = nodes.get(3);
        primaryAgain.replication.restore(dump, false);
        replicaAgain.replication.restore(dump, false);
        primaryAgain.write(3, set("k", "2"));
        replicaAgain.replication.follow("127.0.0.1", 7002).get();
        untilSame(primaryAgain, replicaAgain);
        assertEquals(0, primaryAgain.replication.primary().fullSyncs());
        assertEquals(dump.replicationId(), replicaAgain.log.history().formerId());
    }

    @Test
    void aFormerPrimaryThatWentOnAloneTakesTheFile() throws Exception {
        nodes(2, 5);
        TestNode first = nodes.get(0);
        TestNode second = nodes.get(1);
        second.replication.follow("127.0.0.1", 7000).get();
        untilSame(first, second);
        second.replication.promote().get();
        first.write(0, set("lost", "1"));
        second.write(0, set("kept", "2"));
        first.replication.follow("127.0.0.1", 7001).get();
        untilSame(second, first);
        assertEquals(1, second.replication.primary().fullSyncs());
        assertNull(first.contents().get("0/lost"));
    }

    @Test
    void aFileThatCannotBeLoadedIsTakenAgain() throws Exception {
        nodes(2, 6);
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        primary.write(0, set("k", "1"));
        replica.failNextLoad = true;
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        assertEquals(2, primary.replication.primary().fullSyncs());
    }

    @Test
    void replicasOfAReplicaFollowTheSameStream() throws Exception {
        nodes(3, 7);
        TestNode top = nodes.get(0);
        TestNode middle = nodes.get(1);
        TestNode bottom = nodes.get(2);
        bottom.replication.follow("127.0.0.1", 7001).get();
        middle.replication.follow("127.0.0.1", 7000).get();
        for (int i = 0; i < 20; i++) {
            top.write(i % 2, set("k" + i, "v"), new String[] {"APPEND", "log", "" + i});
        }
        untilSame(top, middle);
        untilSame(middle, bottom);
        top.write(1, set("one", "more"));
        untilSame(top, middle);
        untilSame(middle, bottom);
        assertEquals(top.contents(), bottom.contents());
    }

    @Test
    void waitsForAcknowledgements() throws Exception {
        nodes(2, 8, "min-replicas-to-write 1");
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        Primary view = primary.replication.primary();
        primary.write(0, set("k", "1"));
        long offset = primary.log.endOffset();
        AtomicInteger reached = new AtomicInteger();
        Runnable never = reached::incrementAndGet;
        assertTrue(view.whenAcknowledged(offset, 2, never));
        if (view.whenAcknowledged(offset, 1, () -> reached.addAndGet(10))) {
            // Without a turn of the clock: the replica was asked.
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (reached.get() < 10 && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertEquals(10, reached.get());
        }
        assertEquals(1, view.acknowledged(offset));
        assertEquals(1, view.goodReplicas());
        view.forget(never);
        network.run(() -> {});
        assertFalse(view.whenAcknowledged(offset, 1, never));
    }

    @Test
    void dropsAReplicaThatIsSilent() throws Exception {
        nodes(2, 9, "repl-timeout 10");
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        network.nodes.remove(7001); // its cron is not run any more: no acknowledgements
        until("it is dropped", () -> primary.replication.primary().replicas().isEmpty());
        assertEquals(0, primary.replication.primary().goodReplicas());
    }

    @Test
    void dropsAReplicaThatTakesNothingAtItsLimit() throws Exception {
        nodes(2, 11, "client-output-buffer-limit replica 2mb 0 0", "repl-backlog-size 100kb");
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        network.stalled = true;
        for (int i = 0; i < 150; i++) {
            primary.write(0, set("k", "x".repeat(10_000)));
            network.run(() -> {});
        }
        assertEquals(1, primary.replication.primary().replicas().size());
        for (int i = 0; i < 150; i++) {
            primary.write(0, set("k", "x".repeat(10_000)));
            network.run(() -> {});
        }
        until("it is dropped", () -> primary.replication.primary().replicas().isEmpty());
        until("what it held is free", () -> primary.log.memoryBytes() < 400_000);
        network.stalled = false;
        untilSame(primary, replica);
        assertEquals(2, primary.replication.primary().fullSyncs());
    }

    @Test
    void dropsItsLogSomeTimeAfterTheLastReplicaLeft() throws Exception {
        nodes(2, 10, "repl-backlog-ttl 60");
        TestNode primary = nodes.get(0);
        TestNode replica = nodes.get(1);
        replica.replication.follow("127.0.0.1", 7000).get();
        untilSame(primary, replica);
        String id = primary.log.history().id();
        replica.replication.promote().get();
        until(
                "the replica is gone",
                () -> primary.replication.primary().replicas().isEmpty());
        assertTrue(primary.log.isActive());
        until("the log is dropped", () -> !primary.log.isActive());
        assertNotEquals(id, primary.log.history().id());
        assertEquals("0", primary.info("repl_backlog_active"));
    }

    /** Writes, cuts and changes of role by chance; in the end everyone has what the last primary has. */
    @RepeatedTest(12)
    void everyoneEndsWithTheSameData(RepetitionInfo info) throws Exception {
        Random random = new Random(info.getCurrentRepetition());
        nodes(3, info.getCurrentRepetition(), "repl-backlog-size " + (16_384 << random.nextInt(6)));
        int primary = 0;
        for (int round = 0; round < 6; round++) {
            for (int i = 0; i < 3; i++) {
                if (i != primary) {
                    nodes.get(i).replication.follow("127.0.0.1", 7000 + primary).get();
                }
            }
            for (int step = 0; step < 60; step++) {
                TestNode at = nodes.get(primary);
                String key = "k" + random.nextInt(30);
                String value = (char) ('a' + random.nextInt(26)) + "x".repeat(1 << random.nextInt(15));
                int db = random.nextInt(3);
                switch (random.nextInt(6)) {
                    case 0 -> at.write(db, set(key, value), new String[] {"APPEND", "log", "" + step});
                    case 1 -> at.write(db, new String[] {"DEL", key});
                    case 2 -> at.write(db, set(key, value));
                    default -> at.write(db, new String[] {"APPEND", key, "" + step});
                }
                if (random.nextInt(4) == 0) {
                    network.turn();
                }
                if (random.nextInt(25) == 0) {
                    network.cutSome();
                }
            }
            TestNode last = nodes.get(primary);
            int next = random.nextInt(3);
            if (random.nextBoolean() || round == 5) {
                for (TestNode node : nodes) {
                    if (node != last) {
                        untilSame(last, node);
                    }
                }
            }
            if (next != primary && round < 5) {
                nodes.get(next).replication.promote().get();
                primary = next;
            }
        }
    }
}
