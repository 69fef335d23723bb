package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.server.KdbServer;
import io.kdb.server.cluster.ClusterRuntime;
import io.kdb.server.cluster.ClusterStatus;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.KeyHold;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Slots that move to a node that joins, while clients write. */
class SlotMoveIT {
    private static final int FIRST_PORT = 18_010;
    private static final long PATIENCE_SECONDS = 60;
    private static final int KEYS_PER_WRITER = 6_000;
    private static final int WRITERS = 3;
    private static final int CACHED_KEYS = 2000;

    @TempDir
    Path directory;

    private final List<KdbServer> servers = new ArrayList<>();

    private KdbServer start(int n, String... more) throws Exception {
        Path folder = directory.resolve("node" + n);
        assertTrue(folder.toFile().mkdirs());
        List<String> words = new ArrayList<>(List.of(
                "--port",
                String.valueOf(FIRST_PORT + n),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                "--save",
                "",
                "--cluster-enabled",
                "yes",
                "--cluster-replicas",
                "0",
                "--cluster-node-timeout",
                "15000"));
        words.addAll(List.of(more));
        KdbServer server = KdbServer.start(ServerConfig.load(words, InputStream.nullInputStream()));
        servers.add(server);
        return server;
    }

    private static ClusterView view(KdbServer server) {
        return server.node().service(ClusterStatus.class).view();
    }

    /** Every node sees all slots shared out evenly and nothing on its way. */
    private boolean isBalanced() {
        for (KdbServer server : servers) {
            ClusterView view = view(server);
            if (view.mode() != PlacementMode.AUTO
                    || view.nodes().size() != servers.size()
                    || !view.movesInFlight().isEmpty()
                    || view.nodes().stream()
                            .anyMatch(node -> Math.abs(view.slotCount(node.id()) - Slot.COUNT / servers.size()) > 1)) {
                return false;
            }
        }
        return true;
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @AfterEach
    void stop() {
        servers.forEach(KdbServer::close);
    }

    @Test
    void losesAndDoublesNothingAndRedirectsOnce() throws Exception {
        start(0);
        start(1, "--join", "127.0.0.1:" + FIRST_PORT);
        await("two nodes share the slots", this::isBalanced);
        List<KeyWriter> writers = load();
        start(2, "--join", "127.0.0.1:" + FIRST_PORT);
        await("three nodes share the slots", this::isBalanced);
        check(writers, 1);
    }

    /** Moves ended at once, and when the source has closed its slots: some get through before that, some do not. */
    @Test
    void aMoveThatIsEndedChangesNothing() throws Exception {
        start(0);
        start(1, "--join", "127.0.0.1:" + FIRST_PORT);
        await("two nodes share the slots", this::isBalanced);
        List<KeyWriter> writers = load();
        ClusterRuntime cluster =
                servers.get(0).node().service(ClusterStatus.class).cluster();
        cluster.submit(new ClusterRecord.SetPlacement(PlacementMode.MANUAL)).get(60, TimeUnit.SECONDS);
        int ended = 0;
        for (int round = 0; round < 9; round++) {
            ClusterView view = cluster.view();
            String source = cluster.view().nodes().get(round % 2).id();
            String target = cluster.view().nodes().get(1 - round % 2).id();
            SlotSet.Builder slots = new SlotSet.Builder();
            SlotSet owned = view.slotsOf(source);
            for (int slot = owned.next(0), n = 0; slot >= 0 && n < 1000; slot = owned.next(slot + 1), n++) {
                slots.add(slot);
            }
            SlotSet moving = slots.build();
            ClusterAnswer begun = cluster.submit(new ClusterRecord.BeginMove(moving, source, target))
                    .get(60, TimeUnit.SECONDS);
            assertTrue(begun.accepted(), begun.text());
            KeyHold hold = servers.get(indexOf(source)).node().hold();
            BooleanSupplier over = () -> cluster.view().movesInFlight().isEmpty();
            if (round % 3 == 1) {
                await("the slots are closed", () -> hold.isActive() || over.getAsBoolean());
            }
            if (round % 3 < 2) {
                cluster.submit(new ClusterRecord.AbortMove(begun.value(), moving))
                        .get(60, TimeUnit.SECONDS);
            }
            await("the move ends", over);
            ended += cluster.view().owner(moving.next(0)).id().equals(source) ? 1 : 0;
        }
        assertTrue(ended > 0, "every move got through");
        // A client that has missed one hand-over may meet the next one, back, with the same command.
        check(writers, 2);
    }

    /** As if each of these keys had been deleted, for clients that have read it and for those that listen to all. */
    @Test
    void cachesAreToldOfKeysThatMoveAway() throws Exception {
        start(0);
        start(1, "--join", "127.0.0.1:" + FIRST_PORT);
        await("two nodes share the slots", this::isBalanced);
        try (RespClient reader = new RespClient(FIRST_PORT);
                RespClient listener = new RespClient(FIRST_PORT)) {
            Set<String> cached = new TreeSet<>();
            for (int i = 0; cached.size() < CACHED_KEYS; i++) {
                String key = "cached:" + i;
                if (isFirsts(key)) {
                    assertEquals("+OK", reader.call("SET", key, "v").toString());
                    cached.add(key);
                }
            }
            reader.call("HELLO", "3");
            reader.call("CLIENT", "TRACKING", "ON");
            listener.call("HELLO", "3");
            listener.call("CLIENT", "TRACKING", "ON", "BCAST");
            for (String key : cached) {
                assertEquals("\"v\"", reader.call("GET", key).toString());
            }
            start(2, "--join", "127.0.0.1:" + FIRST_PORT);
            await("three nodes share the slots", this::isBalanced);
            Set<String> moved = new TreeSet<>(cached);
            moved.removeIf(this::isFirsts);
            assertTrue(moved.size() > CACHED_KEYS / 5, moved.size() + " keys have moved");
            assertEquals(moved, invalidated(reader, moved.size()));
            assertEquals(moved, invalidated(listener, moved.size()));
        }
    }

    /** Values that go in pieces, half of them changed on the way; the others are what they were, their expiries included. */
    @Test
    void largeValuesMoveInPieces() throws Exception {
        String[] options = {"--enable-debug-command", "yes", "--notify-keyspace-events", "KA"};
        start(0, options);
        start(1, "--join", "127.0.0.1:" + FIRST_PORT, options[0], options[1], options[2], options[3]);
        await("two nodes share the slots", this::isBalanced);
        ClusterRuntime cluster =
                servers.get(0).node().service(ClusterStatus.class).cluster();
        cluster.submit(new ClusterRecord.SetPlacement(PlacementMode.MANUAL)).get(60, TimeUnit.SECONDS);
        try (RedirectedClient client = new RedirectedClient(FIRST_PORT);
                RespClient listener = new RespClient(FIRST_PORT)) {
            LargeKeys keys = new LargeKeys(client);
            keys.load();
            listener.call("PSUBSCRIBE", "__keyspace@0__:*:1");
            moveAllTo(1, cluster, keys);
            moveAllTo(0, cluster, keys);
            keys.check();
            // Nobody but the moves has written the keys of these names.
            assertEquals("pong", listener.call("PING").elements().get(0).text());
        }
        assertEquals(
                LargeKeys.COUNT, servers.get(0).node().keyspace().database(0).size());
        try (RespClient target = new RespClient(FIRST_PORT)) {
            String commands = target.call("INFO", "commandstats").text();
            assertTrue(commands.contains("cmdstat_rpush") && !commands.contains("cmdstat_restore"), commands);
        }
    }

    /** Moves what the other of two nodes owns, and changes keys meanwhile. */
    private void moveAllTo(int to, ClusterRuntime cluster, LargeKeys keys) throws Exception {
        ClusterView view = view(servers.get(to));
        String target = view.myself().id();
        String source = view(servers.get(1 - to)).myself().id();
        ClusterAnswer begun = cluster.submit(new ClusterRecord.BeginMove(view.slotsOf(source), source, target))
                .get(60, TimeUnit.SECONDS);
        assertTrue(begun.accepted(), begun.text());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (int i = 0; i < 20 || view(servers.get(to)).slotCount(target) < Slot.COUNT; i++) {
            keys.change();
            assertTrue(System.nanoTime() < end, "the move does not end");
        }
    }

    /** Whether the first node owns the key's slot. */
    private boolean isFirsts(String key) {
        return view(servers.get(0)).iOwn(Slot.of(key.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** The keys that the client is told to forget: so many, as they come, and what had come besides. */
    private static Set<String> invalidated(RespClient client, int count) throws IOException {
        client.timeoutMs(10_000);
        Set<String> keys = new TreeSet<>();
        while (keys.size() < count) {
            forget(client.read(), keys);
        }
        client.send(List.of("PING"));
        for (Reply reply = client.read(); reply.type() == '>'; reply = client.read()) {
            forget(reply, keys);
        }
        return keys;
    }

    private static void forget(Reply push, Set<String> keys) {
        assertEquals("invalidate", push.elements().get(0).text());
        push.elements().get(1).elements().forEach(key -> keys.add(key.text()));
    }

    private int indexOf(String id) {
        return servers.get(0).node().service(ClusterStatus.class).myId().equals(id) ? 0 : 1;
    }

    private static List<KeyWriter> load() throws InterruptedException {
        List<KeyWriter> writers = new ArrayList<>();
        for (int id = 0; id < WRITERS; id++) {
            KeyWriter writer = new KeyWriter(id, KEYS_PER_WRITER, FIRST_PORT);
            writers.add(writer);
            writer.start();
        }
        await("keys are loaded", () -> writers.stream().allMatch(w -> w.isLoaded() || w.failure() != null));
        return writers;
    }

    private void check(List<KeyWriter> writers, int mostMoved) throws Exception {
        Map<String, String> acknowledged = new HashMap<>();
        for (KeyWriter writer : writers) {
            writer.end();
            assertEquals(null, writer.failure());
            assertTrue(writer.client().moved() > 0, "nothing moved under this writer");
            int most = writer.client().mostMovedOfOne();
            assertTrue(most <= mostMoved, "MOVED for one command: " + most);
            acknowledged.putAll(writer.acknowledged());
        }
        try (RedirectedClient client = new RedirectedClient(FIRST_PORT)) {
            for (Map.Entry<String, String> key : acknowledged.entrySet()) {
                assertEquals(
                        '"' + key.getValue() + '"',
                        client.call(key.getKey(), "GET", key.getKey()).toString());
            }
        }
        await("each key is in one place", () -> keysHeld() == acknowledged.size());
    }

    private long keysHeld() {
        return servers.stream()
                .mapToLong(server -> server.node().keyspace().database(0).size())
                .sum();
    }
}
