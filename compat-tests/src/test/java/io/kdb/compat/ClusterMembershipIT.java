package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.Slot;
import io.kdb.server.KdbServer;
import io.kdb.server.cluster.ClusterStatus;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that leave: FORGET, RESET, and kdb's own LEAVE and PLACEMENT. */
class ClusterMembershipIT {
    private static final int FIRST_PORT = 18_110;
    private static final String OTHER_HOST = "127.0.0.2";
    private static final String HOST = "127.0.0.1";

    @TempDir
    Path directory;

    private final List<KdbServer> servers = new ArrayList<>();

    private void start(String... more) throws Exception {
        servers.add(started(servers.size(), more));
    }

    /** Starts a node that was closed. */
    private void startAgain(int node) throws Exception {
        servers.set(node, started(node, "--join", HOST + ":" + FIRST_PORT));
    }

    private KdbServer started(int node, String... more) throws Exception {
        int port = FIRST_PORT + node;
        Path folder = Files.createDirectories(directory.resolve(Integer.toString(port)));
        List<String> words = new ArrayList<>(List.of(
                "--port",
                Integer.toString(port),
                "--bind",
                HOST,
                "--dir",
                folder.toString(),
                "--save",
                "",
                "--cluster-enabled",
                "yes",
                "--cluster-replicas",
                "0",
                "--repl-diskless-sync-delay",
                "0"));
        words.addAll(List.of(more));
        return KdbServer.start(ServerConfig.load(words, InputStream.nullInputStream()));
    }

    @AfterEach
    void stop() {
        servers.forEach(KdbServer::close);
    }

    private static String call(int node, String... words) throws IOException {
        try (RespClient client = new RespClient(FIRST_PORT + node)) {
            return client.call(words).toString();
        }
    }

    private ClusterView view(int node) {
        return servers.get(node).node().service(ClusterStatus.class).view();
    }

    private String id(int node) {
        return servers.get(node).node().service(ClusterStatus.class).myId();
    }

    private long keys(int node) {
        return servers.get(node).node().keyspace().database(0).size();
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private boolean all(int size) {
        for (int node = 0; node < size; node++) {
            if (view(node).nodes().size() != size) {
                return false;
            }
        }
        return true;
    }

    private void meet(int node) throws Exception {
        assertEquals("+OK", call(node, "CLUSTER", "MEET", HOST, Integer.toString(FIRST_PORT)));
        await("node " + node + " is in", () -> view(0).node(id(node)) != null);
    }

    /** Whoever is a member already may be met by any of its addresses. */
    @Test
    void aMemberIsMetByAnotherOfItsAddresses() throws Exception {
        start();
        start("--join", HOST + ":" + FIRST_PORT, "--bind", HOST, OTHER_HOST);
        await("all see two", () -> all(2));
        assertEquals("+OK", call(0, "CLUSTER", "MEET", OTHER_HOST, Integer.toString(FIRST_PORT + 1)));
        assertTrue(all(2));
    }

    /** How many replicas a shard has is control state: the first node sets it, whatever others are started with. */
    @Test
    void aMemberThatStartsAgainChangesNothing() throws Exception {
        start("--cluster-replicas", "2");
        start("--join", HOST + ":" + FIRST_PORT);
        await("all see two", () -> all(2));
        assertEquals(2, view(0).replicas());
        String member = id(1);
        servers.get(1).close();
        startAgain(1);
        await("the new start is accepted", () -> view(0).node(member).incarnation() == 2);
        await("it sees all again", () -> all(2));
        assertEquals(2, view(0).replicas());
    }

    /** Let in, but no member for want of a quorum when it ends: there is no way back, so it goes on at its next start. */
    @Test
    void aJoinThatWasCutShortGoesOnAfterARestart() throws Exception {
        start();
        start("--join", HOST + ":" + FIRST_PORT);
        start("--join", HOST + ":" + FIRST_PORT);
        await("all see three", () -> all(3));
        await("three vote", () -> voters(0) == 3 && voters(1) == 3 && voters(2) == 3);
        servers.get(1).close();
        servers.get(2).close();
        start("--join", HOST + ":" + FIRST_PORT);
        String joiner = id(3);
        await("it has left its own cluster", () -> view(3).nodes().size() == 3);
        servers.get(3).close();
        assertNull(view(0).node(joiner));
        for (int node = 1; node <= 3; node++) {
            startAgain(node);
        }
        await("all see four", () -> all(4));
        await("its new start is accepted", () -> view(0).node(joiner).incarnation() == 2);
    }

    private int voters(int node) {
        return servers.get(node)
                .node()
                .service(ClusterStatus.class)
                .cluster()
                .plane()
                .voters()
                .size();
    }

    /** What redis-cli's del-node and add-node do, as often as one likes. */
    @Test
    void aNodeThatWasResetIsAloneAndEmptyAndMayJoinAgain() throws Exception {
        start();
        start();
        start();
        assertEquals("+OK", call(0, "CLUSTER", "ADDSLOTSRANGE", "0", "16383"));
        meet(1);
        meet(2);
        await("all see three", () -> all(3));
        await("the primary serves", () -> "+OK".equals(answer(0, "SET", "key", "value")));
        assertTrue(call(0, "CLUSTER", "RESET").contains("can't be called with master nodes containing keys"));

        assertEquals("+OK", call(2, "CLUSTER", "REPLICATE", id(0)));
        await("the replica has the key", () -> keys(2) == 1);
        String forgotten = id(2);
        assertEquals("+OK", call(0, "CLUSTER", "FORGET", forgotten));
        assertEquals("+OK", call(1, "CLUSTER", "FORGET", forgotten));
        assertTrue(call(1, "CLUSTER", "FORGET", forgotten).contains("ERR Unknown node"));
        assertEquals("+OK", call(2, "CLUSTER", "RESET", "SOFT"));
        assertAloneAndEmpty(2);
        assertEquals(forgotten, id(2));

        meet(2);
        await("all see three again", () -> all(3));
        await("it follows again", () -> "+OK".equals(answer(2, "CLUSTER", "REPLICATE", id(0))));
        await("the replica has the key again", () -> keys(2) == 1);
        await("it is reset", () -> "+OK".equals(answer(2, "CLUSTER", "RESET", "HARD")));
        assertAloneAndEmpty(2);
        assertNotEquals(forgotten, id(2));
        await("the others were told", () -> view(0).nodes().size() == 2);

        assertEquals("+OK", call(2, "CLUSTER", "RESET"));
        assertEquals("+OK", call(2, "CLUSTER", "ADDSLOTS", "0"));
        await("it serves its slot alone", () -> view(2).iOwn(0));
        assertEquals("\"value\"", call(0, "GET", "key"));
    }

    private void assertAloneAndEmpty(int node) throws IOException {
        ClusterView view = view(node);
        assertEquals(
                List.of(id(node)), view.nodes().stream().map(ClusterNode::id).toList());
        assertTrue(view.myself().isPrimary());
        assertEquals(0, keys(node));
        assertTrue(call(node, "ROLE").contains("master"));
        assertTrue(call(node, "SET", "key", "value").contains("CLUSTERDOWN"));
    }

    private static String answer(int node, String... words) {
        try {
            return call(node, words);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void aNodeThatIsToldToLeaveIsDrainedAndForgotten() throws Exception {
        start();
        assertEquals("+OK", call(0, "CLUSTER", "PLACEMENT", "AUTO"));
        assertEquals(Slot.COUNT, view(0).slotCount(id(0)));
        start("--join", HOST + ":" + FIRST_PORT);
        await("the second has its half", () -> view(0).slotCount(id(1)) == Slot.COUNT / 2);
        await("all see two", () -> all(2));
        await("the second knows", () -> view(1).slotCount(id(1)) == Slot.COUNT / 2);
        try (RespClient client = new RespClient(FIRST_PORT + 1)) {
            int slot = view(1).slotsOf(id(1)).next(0);
            String key = keyOf(slot);
            assertEquals("+OK", client.call("SET", key, "value").toString());
            assertTrue(call(0, "CLUSTER", "LEAVE", HOST + ":1").contains("ERR Unknown node"));
            assertEquals("+OK", call(0, "CLUSTER", "LEAVE", HOST + ":" + (FIRST_PORT + 1)));
            await("it is forgotten", () -> view(0).nodes().size() == 1);
            assertEquals(Slot.COUNT, view(0).slotCount(id(0)));
            assertEquals("\"value\"", call(0, "GET", key));
        }
        assertEquals("+OK", call(0, "CLUSTER", "PLACEMENT", "MANUAL"));
        assertTrue(call(0, "CLUSTER", "LEAVE", HOST + ":" + FIRST_PORT).contains("placement mode manual"));
        assertTrue(call(0, "CLUSTER", "PLACEMENT", "SOMETIMES").contains("ERR syntax error"));
    }

    private static String keyOf(int slot) {
        assertTrue(slot >= 0, "no slot");
        int n = 0;
        while (Slot.of(("key:" + n).getBytes(java.nio.charset.StandardCharsets.US_ASCII)) != slot) {
            n++;
        }
        return "key:" + n;
    }
}
