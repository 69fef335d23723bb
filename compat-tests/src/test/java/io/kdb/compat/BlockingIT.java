package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a client that waits for a list; the same on kdb and on a real Redis. */
class BlockingIT {
    @FunctionalInterface
    private interface Scene {
        void play(int port) throws Exception;
    }

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> scenes() {
        return Stream.of(
                        new Named("isUnblocked", BlockingIT::isUnblocked),
                        new Named("isShownAsBlocked", BlockingIT::isShownAsBlocked),
                        new Named("leavesTheElementWhenItIsGone", BlockingIT::leavesTheElementWhenItIsGone),
                        new Named("isToldOfANewRole", BlockingIT::isToldOfANewRole),
                        new Named("waitsThroughAPause", BlockingIT::waitsThroughAPause),
                        new Named("timesOutBetweenOthers", BlockingIT::timesOutBetweenOthers),
                        new Named("getsNoReplyWhenItWantsNone", BlockingIT::getsNoReplyWhenItWantsNone))
                .flatMap(scene -> Stream.of(
                        DynamicTest.dynamicTest(scene.name + " on kdb", () -> {
                            try (KdbServer kdb = start()) {
                                scene.scene.play(kdb.port());
                            }
                        }),
                        DynamicTest.dynamicTest(scene.name + " on Redis", () -> {
                            try (RunningServer redis = RunningServer.redis()) {
                                scene.scene.play(redis.port());
                            }
                        })));
    }

    private record Named(String name, Scene scene) {}

    private KdbServer start() throws Exception {
        return KdbServer.start(
                ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\"", "io-threads 2", "dir " + folder));
    }

    private static void await(RespClient client, int blocked) throws IOException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        String expected = "blocked_clients:" + blocked + "\r\n";
        while (!client.call("INFO", "clients").text().contains(expected)) {
            assertTrue(System.nanoTime() < end, expected);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void isUnblocked(int port) throws IOException {
        try (RespClient waiting = new RespClient(port);
                RespClient other = new RespClient(port)) {
            String id = waiting.call("CLIENT", "ID").text();
            assertEquals("0", other.call("CLIENT", "UNBLOCK", id).toString());
            String[][] commands = {
                {"BLPOP", "k", "j", "0"},
                {"BRPOP", "k", "100"},
                {"BLMOVE", "k", "m", "LEFT", "LEFT", "0"},
                {"BRPOPLPUSH", "k", "m", "0"},
                {"BLMPOP", "0", "1", "k", "LEFT"}
            };
            for (String[] command : commands) {
                waiting.send(List.of(command));
                await(other, 1);
                assertEquals("1", other.call("CLIENT", "UNBLOCK", id).toString());
                assertEquals("nil", waiting.read().toString());
                waiting.send(List.of(command));
                await(other, 1);
                assertEquals("1", other.call("CLIENT", "UNBLOCK", id, "ERROR").toString());
                assertEquals(
                        "-UNBLOCKED client unblocked via CLIENT UNBLOCK",
                        waiting.read().toString());
                await(other, 0);
                assertEquals("1", other.call("RPUSH", "k", "x").toString());
                assertEquals("1", other.call("DEL", "k").toString());
            }
        }
    }

    private static void isShownAsBlocked(int port) throws IOException {
        try (RespClient waiting = new RespClient(port);
                RespClient other = new RespClient(port)) {
            String id = waiting.call("CLIENT", "ID").text();
            assertTrue(other.call("CLIENT", "LIST", "ID", id).text().contains(" flags=N "));
            waiting.send(List.of("BLPOP", "k", "0"));
            await(other, 1);
            String line = other.call("CLIENT", "LIST", "ID", id).text();
            assertTrue(line.contains(" flags=b ") && line.contains(" cmd=blpop "), line);
            other.call("RPUSH", "k", "x");
            assertEquals("[\"k\", \"x\"]", waiting.read().toString());
            assertTrue(other.call("CLIENT", "LIST", "ID", id).text().contains(" flags=N "));
        }
    }

    private static void leavesTheElementWhenItIsGone(int port) throws IOException {
        try (RespClient other = new RespClient(port)) {
            try (RespClient waiting = new RespClient(port)) {
                waiting.send(List.of("BLPOP", "j", "k", "0"));
                await(other, 1);
            }
            await(other, 0);
            try (RespClient killed = new RespClient(port)) {
                String id = killed.call("CLIENT", "ID").text();
                killed.send(List.of("BLPOP", "k", "0"));
                await(other, 1);
                assertEquals("1", other.call("CLIENT", "KILL", "ID", id).toString());
                await(other, 0);
            }
            assertEquals("1", other.call("RPUSH", "k", "x").toString());
            assertEquals("[\"x\"]", other.call("LRANGE", "k", "0", "-1").toString());
        }
    }

    private static void isToldOfANewRole(int port) throws IOException {
        try (RespClient waiting = new RespClient(port);
                RespClient acknowledged = new RespClient(port);
                RespClient other = new RespClient(port)) {
            waiting.send(List.of("BLPOP", "k", "0"));
            acknowledged.send(List.of("WAIT", "1", "0"));
            await(other, 2);
            assertEquals("+OK", other.call("REPLICAOF", "127.0.0.1", "1").toString());
            for (RespClient client : List.of(waiting, acknowledged)) {
                assertEquals(
                        "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
                        client.read().toString());
                assertThrows(EOFException.class, client::read);
            }
            assertEquals("+OK", other.call("REPLICAOF", "NO", "ONE").toString());
            assertEquals("1", other.call("RPUSH", "k", "x").toString());
            assertEquals("1", other.call("LLEN", "k").toString());
        }
    }

    private static void waitsThroughAPause(int port) throws IOException {
        try (RespClient early = new RespClient(port);
                RespClient late = new RespClient(port);
                RespClient pusher = new RespClient(port);
                RespClient other = new RespClient(port)) {
            early.send(List.of("BLPOP", "k", "0.1"));
            await(other, 1);
            assertEquals("+OK", other.call("CLIENT", "PAUSE", "100000", "WRITE").toString());
            late.send(List.of("BLPOP", "k", "0"));
            pusher.send(List.of("RPUSH", "k", "x", "y"));
            assertEquals("nil", early.read().toString());
            await(other, 2);
            assertEquals("0", other.call("LLEN", "k").toString());
            assertEquals("+OK", other.call("CLIENT", "UNPAUSE").toString());
            assertEquals("2", pusher.read().toString());
            assertEquals("[\"k\", \"x\"]", late.read().toString());
            assertEquals("[\"y\"]", other.call("LRANGE", "k", "0", "-1").toString());
        }
    }

    private static void timesOutBetweenOthers(int port) throws IOException {
        try (RespClient first = new RespClient(port);
                RespClient second = new RespClient(port);
                RespClient third = new RespClient(port);
                RespClient other = new RespClient(port)) {
            first.send(List.of("BLPOP", "k", "0"));
            await(other, 1);
            second.send(List.of("BLPOP", "k", "0.05"));
            await(other, 2);
            third.send(List.of("BRPOP", "k", "0"));
            assertEquals("nil", second.read().toString());
            await(other, 2);
            other.call("RPUSH", "k", "1", "2", "3");
            assertEquals("[\"k\", \"1\"]", first.read().toString());
            assertEquals("[\"k\", \"3\"]", third.read().toString());
            assertEquals("[\"2\"]", other.call("LRANGE", "k", "0", "-1").toString());
        }
    }

    private static void getsNoReplyWhenItWantsNone(int port) throws IOException {
        try (RespClient waiting = new RespClient(port);
                RespClient other = new RespClient(port)) {
            waiting.send(List.of("CLIENT", "REPLY", "OFF"));
            waiting.send(List.of("BLPOP", "k", "0"));
            await(other, 1);
            other.call("RPUSH", "k", "1");
            await(other, 0);
            assertEquals("+OK", waiting.call("CLIENT", "REPLY", "ON").toString());
            waiting.send(List.of("BLPOP", "k", "0.01"));
            assertEquals("nil", waiting.read().toString());
        }
    }

    /** Standalone, BLMOVE's destination in a segment that somebody holds: nobody sees the element in the source. */
    @Test
    void servesWhatItOwesBeforeOtherCommands() throws Exception {
        try (KdbServer kdb = start();
                RespClient waiting = new RespClient(kdb.port());
                RespClient pusher = new RespClient(kdb.port());
                RespClient reader = new RespClient(kdb.port());
                RespClient other = new RespClient(kdb.port())) {
            Keyspace keyspace = kdb.node().keyspace();
            // Segments are locked in order: with the source's behind, its lock is free while the target's is waited
            // for. Where a name lies differs from process to process.
            String target = named("target", name -> segment(keyspace, name) == 0);
            String source = named("source", name -> segment(keyspace, name) > 0);
            waiting.send(List.of("BLMOVE", source, target, "LEFT", "LEFT", "0"));
            await(other, 1);
            Segment held = keyspace.segment(0);
            held.lock();
            try {
                pusher.send(List.of("RPUSH", source, "x"));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                reader.send(List.of("LLEN", source));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            } finally {
                held.unlock();
            }
            assertEquals("1", pusher.read().toString());
            assertEquals("\"x\"", waiting.read().toString());
            assertEquals("0", reader.read().toString());
            assertEquals("[\"x\"]", other.call("LRANGE", target, "0", "-1").toString());
            await(other, 0);
        }
    }

    private static String named(String prefix, Predicate<String> wanted) {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> prefix + i)
                .filter(wanted)
                .findFirst()
                .orElseThrow();
    }

    private static int segment(Keyspace keyspace, String key) {
        return keyspace.segmentIndex(-1, KeyHash.hash(key.getBytes(StandardCharsets.ISO_8859_1)));
    }
}
