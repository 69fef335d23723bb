package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.PlacementMode;
import io.kdb.cluster.topology.Slot;
import io.kdb.server.KdbServer;
import io.kdb.server.cluster.ClusterStatus;
import io.kdb.server.config.ServerConfig;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that wait for a list whose slot moves to a node that joins are redirected; the others go on waiting. */
class BlockingMoveIT {
    private static final int FIRST_PORT = 18_040;
    private static final int WAITING = 40;

    @TempDir
    Path directory;

    private final List<KdbServer> servers = new ArrayList<>();

    private KdbServer start(int n, String... more) throws Exception {
        Path folder = directory.resolve("node" + n);
        assertTrue(folder.toFile().mkdirs());
        List<String> words = new ArrayList<>(
                List.of("--port", String.valueOf(FIRST_PORT + n), "--bind", "127.0.0.1", "--dir", folder.toString()));
        words.addAll(List.of("--save", "", "--cluster-enabled", "yes", "--cluster-replicas", "0"));
        words.addAll(List.of(more));
        KdbServer server = KdbServer.start(ServerConfig.load(words, InputStream.nullInputStream()));
        servers.add(server);
        return server;
    }

    @AfterEach
    void stop() {
        servers.forEach(KdbServer::close);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what);
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private boolean owns(int n, String key) {
        byte[] bytes = key.getBytes(StandardCharsets.ISO_8859_1);
        return servers.get(n).node().service(ClusterStatus.class).view().iOwn(Slot.of(bytes, 0, bytes.length));
    }

    /** Every node sees the slots shared out evenly and nothing on its way. */
    private boolean isBalanced() {
        return servers.stream().allMatch(server -> {
            var view = server.node().service(ClusterStatus.class).view();
            return view.mode() == PlacementMode.AUTO
                    && view.nodes().size() == servers.size()
                    && view.movesInFlight().isEmpty()
                    && view.nodes().stream()
                            .allMatch(node -> Math.abs(view.slotCount(node.id()) - Slot.COUNT / servers.size()) <= 1);
        });
    }

    private int blocked(int n) {
        return (int) servers.get(n).node().stats().blockedClients.get();
    }

    @Test
    void redirectsThoseWhoseSlotIsGone() throws Exception {
        start(0);
        start(1, "--join", "127.0.0.1:" + FIRST_PORT);
        await("two nodes share the slots", this::isBalanced);
        List<String> keys = Stream.iterate(0, i -> i + 1)
                .map(i -> "key:" + i)
                .filter(key -> owns(0, key))
                .limit(WAITING)
                .toList();
        List<RespClient> clients = new ArrayList<>();
        try {
            for (String key : keys) {
                RespClient client = new RespClient(FIRST_PORT);
                clients.add(client);
                client.send(List.of("BLPOP", key, "0"));
            }
            await("all wait", () -> blocked(0) == WAITING);
            start(2, "--join", "127.0.0.1:" + FIRST_PORT);
            await("three nodes share the slots", this::isBalanced);
            int moved = 0;
            for (int i = 0; i < WAITING; i++) {
                String key = keys.get(i);
                int owner = owns(0, key) ? 0 : owns(1, key) ? 1 : 2;
                String served = "[\"" + key + "\", \"v\"]";
                try (RespClient there = new RespClient(FIRST_PORT + owner)) {
                    if (owner == 0) {
                        assertEquals("1", there.call("RPUSH", key, "v").toString());
                        assertEquals(served, clients.get(i).read().toString());
                        continue;
                    }
                    moved++;
                    byte[] bytes = key.getBytes(StandardCharsets.ISO_8859_1);
                    assertEquals(
                            "-MOVED " + Slot.of(bytes, 0, bytes.length) + " 127.0.0.1:" + (FIRST_PORT + owner),
                            clients.get(i).read().toString());
                    assertEquals("1", there.call("RPUSH", key, "v").toString());
                    assertEquals(served, there.call("BLPOP", key, "0").toString());
                }
            }
            assertTrue(moved > 0 && moved < WAITING, "moved: " + moved);
            await("nobody waits", () -> blocked(0) == 0);
        } finally {
            for (RespClient client : clients) {
                client.close();
            }
        }
    }
}
