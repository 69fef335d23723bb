package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control planes on loopback in one process. */
class ControlPlaneIT {
    @TempDir
    Path temp;

    private PlaneNode node(String name) throws Exception {
        return new PlaneNode(temp.resolve(name), FreePort.next(), null);
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "in vain waited for: " + what);
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** A cluster of that many nodes, all members. */
    private List<PlaneNode> cluster(int count) throws Exception {
        List<PlaneNode> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PlaneNode node = node("n" + i);
            nodes.add(node);
            if (i == 0) {
                node.submit(Ledger.member(node.id(), PlaneNode.HOST, node.port));
            } else {
                node.enter(nodes.get(0));
            }
        }
        int voters = VoterPlan.wanted(count);
        await(voters + " voters", () -> nodes.stream()
                .allMatch(n -> n.plane.voters().size() == voters && n.plane.leaderId() != null));
        return nodes;
    }

    private static PlaneNode leader(List<PlaneNode> nodes) {
        AtomicReference<PlaneNode> leader = new AtomicReference<>();
        await("a leader", () -> {
            nodes.stream().filter(n -> n.plane.isLeader()).findFirst().ifPresent(leader::set);
            return leader.get() != null;
        });
        return leader.get();
    }

    @Test
    void aLoneNodeDecidesAndRemembers() throws Exception {
        int port = FreePort.next();
        String id;
        try (PlaneNode a = new PlaneNode(temp.resolve("a"), port, null)) {
            id = a.id();
            for (int i = 1; i <= 50; i++) {
                assertEquals(Integer.toString(i), a.submit(Ledger.add("v" + i)));
            }
            assertEquals(50, a.entries().size());
            assertTrue(a.plane.isLeader());
            assertTrue(a.plane.confirmLeadership().join());
            assertTrue(a.plane.alone().join());
        }
        try (PlaneNode a = new PlaneNode(temp.resolve("a"), port, null)) {
            assertEquals(id, a.id());
            assertEquals(2, a.plane.incarnation());
            assertEquals("51", a.submit(Ledger.add("v51")));
            assertEquals("v1", a.entries().get(0));
        }
    }

    @Test
    void aLongLogIsReplacedBySnapshots() throws Exception {
        int port = FreePort.next();
        int count = 1300;
        try (PlaneNode a = new PlaneNode(temp.resolve("a"), port, null)) {
            for (int i = 1; i <= count; i++) {
                // One by one: submitted together they would share entries of the log.
                a.submit(Ledger.add("v" + i));
            }
            await("snapshot", () -> SnapshotFiles.count(temp.resolve("a")) > 0);
        }
        try (PlaneNode a = new PlaneNode(temp.resolve("a"), port, null)) {
            assertEquals(Integer.toString(count + 1), a.submit(Ledger.add("more")));
            assertEquals("v1", a.entries().get(0));
        }
    }

    @Test
    void threeNodesBecomeThreeVotersAndFollow() throws Exception {
        try (PlaneNode a = node("a");
                PlaneNode b = node("b");
                PlaneNode c = node("c")) {
            a.submit(Ledger.member(a.id(), PlaneNode.HOST, a.port));
            a.submit(Ledger.add("before"));
            b.enter(a);
            assertEquals(List.of("before"), b.entries());
            assertEquals(1, b.plane.voters().size());
            c.enter(b);
            await(
                    "three voters",
                    () -> c.plane.voters().size() == 3 && a.plane.voters().size() == 3);
            assertEquals("2", c.submit(Ledger.add("from c")));
            assertEquals("3", b.submit(Ledger.add("from b")));
            await(
                    "all alike",
                    () -> a.entries().size() == 3
                            && b.entries().size() == 3
                            && c.entries().size() == 3);
            assertEquals(a.entries(), c.entries());
            assertTrue(a.plane.generation() >= 2);
            PlaneNode leader = leader(List.of(a, b, c));
            assertTrue(leader.plane.confirmLeadership().join());
            for (PlaneNode node : List.of(a, b, c)) {
                assertEquals(node == leader, node.plane.confirmLeadership().join());
                await("hears of the leader", () -> node.plane.silenceMs(leader.id()) < 1000);
            }
        }
    }

    @Test
    void fiveOfSixVoteAndTheSixthReplacesADeadOne() throws Exception {
        List<PlaneNode> nodes = cluster(6);
        try {
            PlaneNode dead = nodes.stream()
                    .filter(n -> n.plane.voters().contains(n.id()) && !n.plane.isLeader())
                    .findFirst()
                    .orElseThrow();
            dead.close();
            List<PlaneNode> left = new ArrayList<>(nodes);
            left.remove(dead);
            await("another voter", () -> left.stream()
                    .allMatch(n ->
                            n.plane.voters().size() == 5 && !n.plane.voters().contains(dead.id())));
            for (PlaneNode node : left) {
                node.submit(Ledger.add("by " + node.id()));
            }
        } finally {
            PlaneNode.closeAll(nodes);
        }
    }

    /** One cluster for three claims, since forming it takes longest: it loses one voter after the other. */
    @Test
    void threeVotersKeepTheOrderHandOverAndWithoutAMajorityDecideNothing() throws Exception {
        List<PlaneNode> nodes = cluster(3);
        try {
            operationsOfOneNodeKeepTheirOrder(nodes);
            PlaneNode stopping = leader(nodes);
            aStoppingLeaderHandsOver(stopping, nodes);
            List<PlaneNode> left = new ArrayList<>(nodes);
            left.remove(stopping);
            aLeaderWithoutAMajorityConfirmsNothingAndDecidesNothing(left);
        } finally {
            PlaneNode.closeAll(nodes);
        }
    }

    private static void operationsOfOneNodeKeepTheirOrder(List<PlaneNode> nodes) {
        PlaneNode follower =
                nodes.stream().filter(n -> !n.plane.isLeader()).findFirst().orElseThrow();
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            answers.add(follower.plane.submit(Ledger.add("o" + i)));
        }
        for (int i = 0; i < 2000; i++) {
            String answer = new String(answers.get(i).join(), StandardCharsets.UTF_8);
            assertEquals(Integer.toString(i + 1), answer);
        }
        assertEquals("o1999", follower.entries().get(1999));
    }

    private static void aStoppingLeaderHandsOver(PlaneNode leader, List<PlaneNode> nodes) {
        leader.close();
        long closedNanos = System.nanoTime();
        nodes.stream().filter(n -> n != leader).findFirst().orElseThrow().submit(Ledger.add("after"));
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - closedNanos);
        assertTrue(tookMs < 3000, "took " + tookMs + " ms");
    }

    private static void aLeaderWithoutAMajorityConfirmsNothingAndDecidesNothing(List<PlaneNode> left) {
        PlaneNode leader = leader(left);
        left.stream().filter(n -> n != leader).forEach(PlaneNode::close);
        assertFalse(leader.plane.confirmLeadership().join());
        CompletionException failure = assertThrows(
                CompletionException.class,
                () -> leader.plane.submit(Ledger.add("lost"), 1500).join());
        ControlException cause = (ControlException) failure.getCause();
        assertEquals(ControlException.Reason.NO_QUORUM, cause.reason());
    }

    @Test
    void everyNodeRestartsAtOnce() throws Exception {
        List<PlaneNode> nodes = cluster(4);
        List<Integer> ports = nodes.stream().map(n -> n.port).toList();
        nodes.get(3).submit(Ledger.add("kept"));
        PlaneNode.closeAll(nodes);
        List<PlaneNode> again = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                again.add(new PlaneNode(temp.resolve("n" + i), ports.get(i), null));
            }
            for (PlaneNode node : again) {
                node.submit(Ledger.add("again"));
                await("state", () -> node.entries().size() >= 2);
                assertEquals("kept", node.entries().get(0));
            }
        } finally {
            PlaneNode.closeAll(again);
        }
    }

    @Test
    void aNodeWhoseThreadsHangIsSilent() throws Exception {
        AtomicReference<byte[]> payload = new AtomicReference<>("hello".getBytes(StandardCharsets.UTF_8));
        try (PlaneNode a = node("a");
                PlaneNode b =
                        new PlaneNode(new ControlOptions(temp.resolve("b"), FreePort.next()).heartbeat(payload::get))) {
            b.join(a).join();
            await(
                    "payload",
                    () -> a.plane.payload(b.id()) != null
                            && new String(a.plane.payload(b.id()), StandardCharsets.UTF_8).equals("hello"));
            assertTrue(a.plane.silenceMs(b.id()) < 2000);
            assertEquals(1, a.plane.incarnation(b.id()));
            payload.set(null);
            await("silence", () -> a.plane.silenceMs(b.id()) > 1000);
            payload.set("back".getBytes(StandardCharsets.UTF_8));
            await("voice", () -> new String(a.plane.payload(b.id()), StandardCharsets.UTF_8).equals("back"));
            assertTrue(a.plane.silenceMs(b.id()) < 1000);
        }
    }

    @Test
    void aResetNodeIsAloneAgain() throws Exception {
        List<PlaneNode> nodes = cluster(2);
        String cluster = nodes.get(1).plane.clusterId();
        String id = nodes.get(1).id();
        PlaneNode.closeAll(nodes);
        ControlPlane.reset(temp.resolve("n1"), false);
        try (PlaneNode alone = node("n1")) {
            assertEquals(id, alone.id());
            assertNotEquals(cluster, alone.plane.clusterId());
            assertTrue(alone.plane.alone().join());
            assertEquals("1", alone.submit(Ledger.add("fresh")));
        }
        ControlPlane.reset(temp.resolve("n1"), true);
        try (PlaneNode alone = node("n1")) {
            assertNotEquals(id, alone.id());
        }
    }
}
