package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may join whom, and what everybody else is told. */
class JoiningIT {
    @TempDir
    Path temp;

    private PlaneNode node(String name) throws Exception {
        return node(name, null);
    }

    private PlaneNode node(String name, String secret) throws Exception {
        return new PlaneNode(temp.resolve(name), FreePort.next(), secret);
    }

    private static JoinException.Reason refused(CompletableFuture<?> join) {
        CompletionException failure = assertThrows(CompletionException.class, () -> join.orTimeout(60, TimeUnit.SECONDS)
                .join());
        return assertInstance(failure.getCause()).reason();
    }

    private static JoinException assertInstance(Throwable cause) {
        assertTrue(cause instanceof JoinException, String.valueOf(cause));
        assertTrue(cause.getMessage().indexOf('\n') < 0, cause.getMessage());
        return (JoinException) cause;
    }

    @Test
    void aJoinerTakesTheOthersStateAndKeepsItOverARestart() throws Exception {
        int port = FreePort.next();
        try (PlaneNode a = node("a")) {
            a.submit(Ledger.add("theirs"));
            try (PlaneNode b = new PlaneNode(temp.resolve("b"), port, null)) {
                b.submit(Ledger.add("own"));
                String before = b.plane.clusterId();
                Joined joined = b.join(a).join();
                assertEquals(a.plane.clusterId(), joined.clusterId());
                assertEquals(a.id(), joined.seedId());
                assertEquals(PlaneNode.HOST, joined.localHost());
                assertNotEquals(before, b.plane.clusterId());
                assertEquals(List.of("theirs"), b.entries());
                assertEquals("2", b.submit(Ledger.add("together")));
            }
            try (PlaneNode b = new PlaneNode(temp.resolve("b"), port, null)) {
                assertEquals(a.plane.clusterId(), b.plane.clusterId());
                assertEquals("3", b.submit(Ledger.add("again")));
                assertEquals(List.of("theirs", "together", "again"), b.entries());
            }
        }
    }

    @Test
    void severalJoinTheSameOneAtOnce() throws Exception {
        try (PlaneNode a = node("a");
                PlaneNode b = node("b");
                PlaneNode c = node("c");
                PlaneNode d = node("d")) {
            List<CompletableFuture<Joined>> joins = List.of(b.join(a), c.join(a), d.join(a));
            joins.forEach(CompletableFuture::join);
            assertEquals("1", d.submit(Ledger.add("x")));
            ControlPlaneIT.await(
                    "all follow",
                    () -> b.entries().size() == 1
                            && c.entries().size() == 1
                            && d.entries().size() == 1);
        }
    }

    @Test
    void twoLoneNodesThatJoinEachOtherEndInOneClusterOrTryAgain() throws Exception {
        try (PlaneNode a = node("a");
                PlaneNode b = node("b")) {
            CompletableFuture<Joined> ab = a.join(b);
            CompletableFuture<Joined> ba = b.join(a);
            CompletableFuture<?> done = CompletableFuture.allOf(ab, ba).handle((v, f) -> null);
            done.join();
            boolean both = !ab.isCompletedExceptionally() && !ba.isCompletedExceptionally();
            assertTrue(!both, "each is in the other's cluster");
            if (ab.isCompletedExceptionally() && ba.isCompletedExceptionally()) {
                assertEquals(JoinException.Reason.BUSY, refused(ab));
                a.join(b).join();
            }
            assertEquals(a.plane.clusterId(), b.plane.clusterId());
        }
    }

    @Test
    void anInvitedNodeIsAskedToJoin() throws Exception {
        CompletableFuture<Integer> invited = new CompletableFuture<>();
        JoinGate gate = new JoinGate() {
            @Override
            public String refuseJoiner(String nodeId, byte[] facts) {
                return new String(facts, StandardCharsets.UTF_8).equals("bad") ? "no room for you" : null;
            }

            @Override
            public String invited(String host, int port, byte[] facts) {
                invited.complete(port);
                return host.equals(PlaneNode.HOST) ? null : "who is that";
            }
        };
        try (PlaneNode a = node("a");
                PlaneNode b = new PlaneNode(new ControlOptions(temp.resolve("b"), FreePort.next()).gate(gate));
                PlaneNode c = node("c")) {
            a.plane.invite(PlaneNode.HOST, b.port, new byte[0]).join();
            assertEquals(a.port, invited.join());
            CompletableFuture<Joined> join =
                    c.plane.join(PlaneNode.HOST, b.port, "bad".getBytes(StandardCharsets.UTF_8));
            assertEquals(JoinException.Reason.REFUSED, refused(join));
            c.submit(Ledger.add("still alone"));
        }
    }

    @Test
    void twoRealClustersDoNotMerge() throws Exception {
        try (PlaneNode a = node("a");
                PlaneNode b = node("b");
                PlaneNode c = node("c");
                PlaneNode d = node("d")) {
            b.enter(a);
            d.enter(c);
            assertEquals(JoinException.Reason.ALREADY_IN_CLUSTER, refused(a.join(c)));
            assertEquals(JoinException.Reason.ALREADY_IN_CLUSTER, refused(b.join(d)));
            assertEquals(
                    JoinException.Reason.ALREADY_IN_CLUSTER,
                    refused(a.plane.invite(PlaneNode.HOST, d.port, new byte[0])));
            a.submit(Ledger.add("fine"));
            c.submit(Ledger.add("fine"));
        }
    }

    @Test
    void theSecretMustBeTheSame() throws Exception {
        try (PlaneNode a = node("a", "open sesame");
                PlaneNode b = node("b", "open barley");
                PlaneNode c = node("c");
                PlaneNode d = node("d", "open sesame")) {
            assertEquals(JoinException.Reason.WRONG_SECRET, refused(b.join(a)));
            assertEquals(JoinException.Reason.WRONG_SECRET, refused(c.join(a)));
            assertEquals(JoinException.Reason.WRONG_SECRET, refused(a.join(c)));
            d.enter(a);
            assertEquals("1", d.submit(Ledger.add("x")));
        }
    }

    @Test
    void nobodyNotKdbAndOneself() throws Exception {
        try (PlaneNode a = node("a")) {
            assertEquals(
                    JoinException.Reason.NOBODY_THERE,
                    refused(a.plane.join(PlaneNode.HOST, FreePort.next(), new byte[0])));
            assertEquals(JoinException.Reason.SELF, refused(a.plane.join(PlaneNode.HOST, a.port, new byte[0])));
            try (ServerSocket mute = new ServerSocket(FreePort.next(), 5, InetAddress.getLoopbackAddress())) {
                assertEquals(
                        JoinException.Reason.NOT_KDB,
                        refused(a.plane.join(PlaneNode.HOST, mute.getLocalPort(), new byte[0])));
            }
            try (ServerSocket redis = new ServerSocket(FreePort.next(), 5, InetAddress.getLoopbackAddress())) {
                Thread answering = new Thread(() -> answer(redis));
                answering.start();
                assertEquals(
                        JoinException.Reason.NOT_KDB,
                        refused(a.plane.join(PlaneNode.HOST, redis.getLocalPort(), new byte[0])));
                answering.join();
            }
            assertEquals("1", a.submit(Ledger.add("unharmed")));
            assertTrue(a.plane.alone().join());
        }
    }

    private static void answer(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream().write("-ERR unknown command\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            socket.getInputStream().readAllBytes();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void garbageOnTheClusterPortHarmsNobody() throws Exception {
        try (PlaneNode a = node("a");
                PlaneNode b = node("b")) {
            b.enter(a);
            for (int seed = 0; seed < 40; seed++) {
                Random random = new Random(seed);
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), a.port)) {
                    socket.setSoTimeout(60_000);
                    byte[] noise = new byte[1 + random.nextInt(5000)];
                    random.nextBytes(noise);
                    if (seed % 2 == 0) {
                        // A frame of a believable length, and nonsense in it.
                        java.nio.ByteBuffer.wrap(noise).putInt(0, Math.max(1, Math.min(noise.length - 4, 200)));
                    }
                    OutputStream out = socket.getOutputStream();
                    try {
                        out.write(noise.length < 5 ? new byte[5] : noise);
                        out.flush();
                        socket.getInputStream().readAllBytes();
                    } catch (java.net.SocketException closed) {
                        // Reset by the peer: that is what is wanted.
                    }
                }
            }
            assertEquals("1", a.submit(Ledger.add("x")));
            assertEquals("2", b.submit(Ledger.add("y")));
        }
    }
}
