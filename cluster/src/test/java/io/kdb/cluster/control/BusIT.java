package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The bus between two nodes on loopback. */
class BusIT {
    private static final int KIND = Bus.FIRST_KIND;
    private final List<Bus> buses = new ArrayList<>();

    private Bus bus(String id, int port, String cluster, String secret) throws Exception {
        Bus bus = new Bus(new BusOptions(id, PlaneNode.HOST, port, null, port, secret, 1000), cluster);
        buses.add(bus);
        bus.listen();
        return bus;
    }

    /** Two buses that know where the other is. */
    private Bus[] pair(String clusterOfB, String secretOfB) throws Exception {
        int a = FreePort.next();
        int b = FreePort.next();
        Bus[] pair = {bus("a", a, "c", "s"), bus("b", b, clusterOfB, secretOfB)};
        pair[0].learn("b", PlaneNode.HOST, b);
        pair[1].learn("a", PlaneNode.HOST, a);
        return pair;
    }

    @AfterEach
    void close() {
        buses.forEach(Bus::close);
    }

    private static IOException failure(CompletableFuture<byte[]> call) {
        CompletionException e = assertThrows(CompletionException.class, call::join);
        return (IOException) e.getCause();
    }

    @Test
    void requestsAreAnsweredByTheNodeTheyNameAndCounted() throws Exception {
        Bus[] bus = pair("c", "s");
        bus[1].handler(KIND, (from, payload) -> {
            assertEquals("a", from);
            return CompletableFuture.completedFuture(payload);
        });
        Random random = new Random(1);
        for (int size : new int[] {0, 1, 5000, 3_000_000, Bus.MAX_PAYLOAD_BYTES}) {
            byte[] payload = new byte[size];
            random.nextBytes(payload);
            assertArrayEquals(
                    payload, bus[0].request("b", KIND, payload, 10_000).join());
        }
        assertEquals(5, bus[0].sentOf(KIND));
        assertEquals(5, bus[1].receivedOf(KIND));
        assertTrue(bus[0].connected("b"));
        BusLink link = bus[0].links().get(0);
        assertEquals("b", link.node());
        assertTrue(link.outgoing());
        assertThrows(IllegalArgumentException.class, () -> bus[0].send("b", KIND, new byte[Bus.MAX_PAYLOAD_BYTES + 1]));
    }

    @Test
    void failuresOfTheOtherSideComeBackAsTheirText() throws Exception {
        Bus[] bus = pair("c", "s");
        bus[1].handler(KIND, (from, payload) -> CompletableFuture.failedFuture(new IOException("no such slot")));
        bus[1].handler(KIND + 1, (from, payload) -> new CompletableFuture<>());
        assertEquals(
                "no such slot", failure(bus[0].request("b", KIND, new byte[0])).getMessage());
        assertTrue(failure(bus[0].request("b", KIND + 1, new byte[0], 100))
                .getMessage()
                .contains("100 ms"));
        assertTrue(
                failure(bus[0].request("b", KIND + 2, new byte[0])).getMessage().contains("nobody"));
        assertTrue(failure(bus[0].request("x", KIND, new byte[0])).getMessage().contains("address"));
    }

    @Test
    void pendingRequestsFailAtOnceWhenTheOtherSideDiesAndItIsFoundAgain() throws Exception {
        Bus[] bus = pair("c", "s");
        bus[1].handler(KIND, (from, payload) -> new CompletableFuture<>());
        CompletableFuture<byte[]> hanging = bus[0].request("b", KIND, new byte[0], 30_000);
        ControlPlaneIT.await("connection", () -> bus[1].receivedOf(KIND) == 1);
        int port = bus[0].address("b").getPort();
        bus[1].close();
        failure(hanging);
        Bus again = bus("b", port, "c", "s");
        again.handler(KIND, (from, payload) -> CompletableFuture.completedFuture(new byte[] {7}));
        ControlPlaneIT.await("answer", () -> {
            try {
                return bus[0].request("b", KIND, new byte[0], 500).join()[0] == 7;
            } catch (CompletionException e) {
                return false;
            }
        });
    }

    @Test
    void anotherClusterOrAnotherSecretIsNoPeer() throws Exception {
        Bus[] strangers = pair("d", "s");
        strangers[1].handler(KIND, (from, payload) -> CompletableFuture.completedFuture(payload));
        failure(strangers[0].request("b", KIND, new byte[0]));
        Bus[] liars = pair("c", "t");
        liars[1].handler(KIND, (from, payload) -> CompletableFuture.completedFuture(payload));
        failure(liars[0].request("b", KIND, new byte[0]));
        assertEquals(0, strangers[1].receivedOf(KIND) + liars[1].receivedOf(KIND));
    }

    @Test
    void aNodeThatAnswersForAnotherIsNotBelieved() throws Exception {
        Bus[] bus = pair("c", "s");
        bus[1].handler(KIND, (from, payload) -> CompletableFuture.completedFuture(payload));
        bus[0].learn("z", PlaneNode.HOST, bus[0].address("b").getPort());
        failure(bus[0].request("z", KIND, new byte[0]));
        assertFalse(bus[0].connected("z"));
    }

    @Test
    void aForgottenPeerThatGoesOnTalkingIsKnownAgain() throws Exception {
        Bus[] bus = pair("c", "s");
        bus[1].handler(KIND, (from, payload) -> CompletableFuture.completedFuture(payload));
        bus[0].request("b", KIND, new byte[0]).join();
        bus[1].forget("a");
        assertTrue(bus[1].address("a") == null);
        bus[0].request("b", KIND, new byte[0]).join();
        assertEquals(bus[1].address("a").getPort(), bus[0].announcedPort());
    }

    @Test
    void aSlowReaderIsNotWritableUntilItHasRead() throws Exception {
        Bus[] bus = pair("c", "s");
        CountDownLatch read = new CountDownLatch(1);
        AtomicInteger came = new AtomicInteger();
        bus[1].handler(KIND, (from, payload) -> {
            try {
                read.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            came.incrementAndGet();
            return null;
        });
        bus[1].handler(KIND + 1, (from, payload) -> CompletableFuture.completedFuture(payload));
        bus[0].request("b", KIND + 1, new byte[0]).join();
        int sent = 0;
        boolean writable = true;
        while (writable && sent < 10_000) {
            bus[0].send("b", KIND, new byte[100_000]);
            sent++;
            // A turn of the bus thread for each message: more than it may hold unsent would be dropped.
            CountDownLatch turn = new CountDownLatch(1);
            bus[0].whenWritable("b", turn::countDown);
            ControlPlaneIT.await("a turn", () -> turn.getCount() == 0 || !bus[0].writable("b"));
            writable = turn.getCount() == 0;
        }
        assertFalse(bus[0].writable("b"));
        CountDownLatch again = new CountDownLatch(1);
        bus[0].whenWritable("b", again::countDown);
        assertFalse(again.await(50, TimeUnit.MILLISECONDS));
        read.countDown();
        assertTrue(again.await(60, TimeUnit.SECONDS));
        int all = sent;
        ControlPlaneIT.await("all arrive", () -> came.get() == all);
    }

    @Test
    void messagesOfOneNodeKeepTheirOrder() throws Exception {
        Bus[] bus = pair("c", "s");
        List<String> came = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(1000);
        bus[1].handler(KIND, (from, payload) -> {
            came.add(new String(payload, StandardCharsets.US_ASCII));
            done.countDown();
            return null;
        });
        bus[1].handler(KIND + 1, (from, payload) -> CompletableFuture.completedFuture(payload));
        // What is sent while a connection cannot be made is lost.
        bus[0].request("b", KIND + 1, new byte[0], 10_000).join();
        for (int i = 0; i < 1000; i++) {
            bus[0].send("b", KIND, Integer.toString(i).getBytes(StandardCharsets.US_ASCII));
        }
        assertTrue(done.await(60, TimeUnit.SECONDS));
        for (int i = 0; i < 1000; i++) {
            assertEquals(Integer.toString(i), came.get(i));
        }
    }
}
