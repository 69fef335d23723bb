package io.kdb.server.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.Needs;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.net.NettyReplicaLink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Redis 7.0.15 follows our primary, and we follow it. */
class RedisReplicationIT {
    private static final Path REDIS = Path.of("/usr/bin/redis-server");

    @TempDir
    Path directory;

    private final NettyReplicaLink transport = new NettyReplicaLink(new LongAdder());
    private final List<Process> processes = new ArrayList<>();
    private final List<Socket> sockets = new ArrayList<>();
    private TestNode node;
    private SocketServer server;

    @BeforeEach
    void start() throws Exception {
        Needs.that(Files.isExecutable(REDIS), REDIS + " is not installed");
        node = new TestNode(
                ServerConfig.of("dir " + directory, "repl-diskless-sync-delay 0"),
                transport,
                System::currentTimeMillis,
                new Random(1));
        server = new SocketServer(node);
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        if (server != null) {
            server.close();
            node.close();
        }
        transport.close();
    }

    /** On a port of its own; again where somebody else takes it first. */
    private int redis(String... options) throws Exception {
        for (int i = 0; i < 20; i++) {
            OptionalInt port = startRedis(options);
            if (port.isPresent()) {
                return port.getAsInt();
            }
        }
        throw new AssertionError("every port was taken");
    }

    private OptionalInt startRedis(String... options) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path own = Files.createDirectory(directory.resolve("redis-" + port));
        List<String> command = new ArrayList<>(List.of(REDIS.toString(), "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--save", "", "--repl-diskless-sync-delay", "0"));
        command.addAll(List.of("--dir", own.toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        processes.add(process);
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf("Ready to accept connections") < 0) {
            String line = lines.readLine();
            if (line == null && seen.indexOf("Address already in use") >= 0) {
                return OptionalInt.empty();
            }
            assertTrue(line != null, () -> "redis-server stopped:\n" + seen);
            seen.append(line).append('\n');
        }
        Thread drain = new Thread(() -> lines.lines().forEach(line -> {}));
        drain.setDaemon(true);
        drain.start();
        return OptionalInt.of(port);
    }

    private Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        sockets.add(socket);
        return socket;
    }

    /** Sends an inline command and takes a one-line or bulk reply. */
    private static String ask(Socket socket, String command) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write((command + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder text = new StringBuilder();
        int c;
        while ((c = socket.getInputStream().read()) != '\n') {
            if (c < 0) {
                throw new IOException("closed");
            }
            text.append((char) c);
        }
        String line = text.substring(0, text.length() - 1);
        if (line.startsWith("$") && !line.equals("$-1")) {
            byte[] bulk = socket.getInputStream().readNBytes(Integer.parseInt(line.substring(1)) + 2);
            return new String(bulk, 0, bulk.length - 2, StandardCharsets.ISO_8859_1);
        }
        return line;
    }

    private interface Check {
        boolean holds() throws IOException;
    }

    private void until(String what, Check check) throws IOException {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!check.holds()) {
            assertTrue(
                    System.nanoTime() < deadline,
                    () -> "never: " + what + "; " + node.info("role") + " " + node.replication.linkStatus() + " "
                            + node.replication.primary().replicas());
            node.replication.cron();
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static String[] set(String key, String value) {
        return new String[] {"SET", key, value};
    }

    @Test
    void redisFollowsUs() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            node.write(i % 2 * 9, set("key:" + i, "value".repeat(i % 20) + i));
        }
        node.write(0, set("large", "x".repeat(3_000_000)));
        int port = redis();
        Socket redis = connect(port);
        assertEquals("+OK", ask(redis, "REPLICAOF 127.0.0.1 " + server.port()));
        until("the link is up", () -> ask(redis, "INFO replication").contains("master_link_status:up"));
        assertEquals(":501", ask(redis, "DBSIZE"));
        node.write(9, set("after", "1"), new String[] {"APPEND", "after", "2"});
        node.write(0, new String[] {"DEL", "key:0"});
        until("the same offset", () -> ask(redis, "INFO replication")
                .contains("slave_repl_offset:" + node.log.endOffset() + "\r\n"));
        assertEquals(":500", ask(redis, "DBSIZE"));
        assertEquals("x".repeat(3_000_000), ask(redis, "GET large"));
        ask(redis, "SELECT 9");
        assertEquals("12", ask(redis, "GET after"));
        until("its acknowledgement", () -> node.replication.primary().acknowledged(node.log.endOffset()) == 1);
        assertEquals(Integer.toString(port), node.info("slave0").replaceAll(".*port=(\\d+),.*", "$1"));

        server.cutAll();
        for (int i = 0; i < 100; i++) {
            node.write(0, set("cut:" + i, "v"));
        }
        until("it is back", () -> ask(redis, "INFO replication")
                .contains("slave_repl_offset:" + node.log.endOffset() + "\r\n"));
        assertEquals(1, node.replication.primary().fullSyncs());
        assertEquals(1, node.replication.primary().partialSyncs());
    }

    @Test
    void weFollowRedis() throws Exception {
        int port = redis("--requirepass", "secret word");
        Socket redis = connect(port);
        assertEquals("+OK", ask(redis, "AUTH 'secret word'"));
        for (int i = 0; i < 200; i++) {
            ask(redis, "SET key:" + i + " " + "abc".repeat(i + 1));
        }
        node.replication.follow("127.0.0.1", port).join();
        until(
                "it is refused",
                () -> node.replication.linkStatus().state() == LinkStatus.State.HANDSHAKE
                        || node.replication.linkStatus().state() == LinkStatus.State.CONNECT);
        assertEquals(0, node.contents().size());
        node.replication.promote().join();
        TestNode authorized = new TestNode(
                ServerConfig.of(
                        "dir " + directory, "masterauth 'secret word'", "repl-diskless-sync-delay 0", "port 23001"),
                transport,
                System::currentTimeMillis,
                new Random(2));
        node.close();
        node = authorized;
        node.replication.follow("127.0.0.1", port).join();
        until("the link is up", () -> node.replication.linkStatus().isUp());
        assertEquals(200, node.contents().size());
        ask(redis, "SET after 1");
        ask(redis, "SELECT 3");
        ask(redis, "SET three 3");
        ask(redis, "SETRANGE ignored 0 ''");
        until("the same offset", () -> ask(redis, "INFO replication")
                .contains("master_repl_offset:" + node.log.endOffset() + "\r\n"));
        assertEquals("3", node.contents().get("3/three"));
        assertTrue(ask(redis, "INFO replication").contains("slave0:ip=127.0.0.1,port=23001,state=online"));

        ask(redis, "CLIENT KILL TYPE replica");
        ask(redis, "SET more 1");
        until("it is back", () -> node.contents().containsKey("3/more"));
        assertTrue(ask(redis, "INFO stats").contains("sync_partial_ok:1\r\n"));
        assertEquals(":1", ask(redis, "WAIT 1 10000"));

        node.replication.promote().join();
        assertTrue(node.write(3, set("own", "1")));
        node.close();
    }
}
