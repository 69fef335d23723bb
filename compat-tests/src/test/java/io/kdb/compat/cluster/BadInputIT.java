package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What an operator or a stranger may do wrong to a node: one line says so, and nobody else is harmed. The first two nodes
 * are one cluster, the others another.
 */
@ExtendWith(QuickBuffers.class)
class BadInputIT {
    private static final long PATIENCE_MS = 60_000;
    private static final int BUS_OFFSET = 10_000;

    private static LocalCluster cluster;

    @RegisterExtension
    final ClusterLogs logs = new ClusterLogs(() -> cluster);

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = LocalCluster.start(4);
        meet(node(1), node(0).port());
        meet(node(3), node(2).port());
        node(0).call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        for (ClusterNode node : cluster.nodes()) {
            Await.until(PATIENCE_MS, () -> known(node) == 2, () -> node + " knows " + known(node));
        }
        Await.until(PATIENCE_MS, () -> node(0).call("SET", "key", "kept").equals("OK"), () -> "no slot is served");
    }

    @AfterAll
    static void end() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static ClusterNode node(int number) {
        return cluster.nodes().get(number);
    }

    private static Object meet(ClusterNode node, int port) {
        return node.call("CLUSTER", "MEET", "127.0.0.1", String.valueOf(port));
    }

    private static int known(ClusterNode node) {
        return Integer.parseInt(node.info("CLUSTER", "INFO").get("cluster_known_nodes"));
    }

    @AfterEach
    void nobodyIsHarmed() throws IOException {
        assertEquals("kept", node(0).call("GET", "key"));
        for (int number = 0; number < 4; number++) {
            assertEquals(2, known(node(number)));
            assertEquals("PONG", node(number).call("PING"));
            assertFalse(node(number).lastLog().contains("\tat "), "a stack trace in the log of " + node(number));
        }
    }

    /** It ended with an error, and its log has this line, once. */
    private static void assertRefused(ClusterNode node, String line) throws IOException, InterruptedException {
        assertEquals(1, node.exitCode(), node.lastLog());
        assertSaid(node, line);
    }

    private static void assertSaid(ClusterNode node, String line) throws IOException {
        String log = node.lastLog();
        assertEquals(2, log.split(java.util.regex.Pattern.quote(line), -1).length, () -> line + " in: " + log);
        assertFalse(log.contains("\tat "), log);
    }

    @Test
    void aPortInUse() throws IOException, InterruptedException {
        int port = node(0).port();
        assertRefused(cluster.add(port), "Failed listening on port " + port + " (TCP), aborting.");
    }

    @Test
    void oneselfMetIsNothing() {
        assertEquals("OK", meet(node(0), node(0).port()));
    }

    @Test
    void aClusterPortInUse() throws IOException, InterruptedException {
        int port = LocalCluster.freePort();
        try (ServerSocket taken = new ServerSocket(port + BUS_OFFSET, 1, InetAddress.getLoopbackAddress())) {
            assertRefused(
                    cluster.add(port), "Cannot start the cluster side: cluster port 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void aPortWithoutAClusterPort() throws IOException, InterruptedException {
        assertRefused(
                cluster.add(60_000),
                "Redis port number too high. Cluster communication port is 10,000 port numbers higher than your Redis port."
                        + " Your Redis port number must be 55535 or less.");
    }

    /** Those who have met may meet again, as in Redis. */
    @Test
    void aNodeOfTheSameCluster() {
        assertEquals("OK", meet(node(0), node(1).port()));
        assertEquals("OK", meet(node(1), node(0).port()));
    }

    /** Two nodes in one folder would replace each other's dump. */
    @Test
    void aFolderThatIsInUse() throws IOException, InterruptedException {
        Path folder = node(1).directory();
        ClusterNode second = new ClusterNode(LocalCluster.freePort(), folder, List.of());
        second.start();
        assertRefused(
                second,
                "Sorry, the directory " + folder + " is already used by a different cluster node. Please make sure that"
                        + " different nodes use different directories (--dir).");
    }

    @Test
    void aConfigFileWithABadLine() throws IOException, InterruptedException {
        Path file = Files.writeString(node(0).directory().resolve("bad.conf"), "port 1\n\nport many\n");
        ClusterNode bad =
                new ClusterNode(LocalCluster.freePort(), node(0).directory().resolve("bad"), List.of());
        bad.configFile(file);
        bad.start();
        assertRefused(bad, "Reading the configuration file, at line 3\n>>> 'port many'\n");
    }

    /** All that can be wrong with what it is to join, said to one node, which goes on alone; then another takes its folder, and its files are damaged. */
    @Test
    void whatCannotBeJoined() throws IOException, InterruptedException {
        int nobody = LocalCluster.freePort();
        ClusterNode lone =
                cluster.add(LocalCluster.freePort(), "--masterauth", "open sesame", "--join", "127.0.0.1:" + nobody);
        cluster.awaitAnswer(lone);
        String line = "Cannot join: 127.0.0.1:" + (nobody + BUS_OFFSET) + ": nobody answers";
        Await.until(PATIENCE_MS, () -> log(lone).contains(line), () -> log(lone));

        int other = LocalCluster.freePort();
        try (ServerSocket redis = new ServerSocket(other + BUS_OFFSET, 5, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> answerAsRedis(redis));
            answering.start();
            assertEquals("OK", meet(lone, other), "as in Redis, which tries for the node timeout");
            String noKdb = "Cannot join: 127.0.0.1:" + redis.getLocalPort() + ": no kdb cluster port";
            Await.until(PATIENCE_MS, () -> log(lone).contains(noKdb), () -> log(lone));
        }
        String unauthenticated = assertThrows(JedisDataException.class, () -> meet(lone, node(0).port()))
                .getMessage();
        assertTrue(unauthenticated.startsWith("ERR MEET refused: "), unauthenticated);
        assertTrue(unauthenticated.contains("secret") || unauthenticated.contains("password"), unauthenticated);
        assertSaid(lone, line);
        assertEquals("PONG", lone.call("PING"));
        assertEquals(1, known(lone));

        lone.kill();
        ClusterNode stranger = new ClusterNode(LocalCluster.freePort(), lone.directory(), List.of());
        stranger.start();
        assertRefused(
                stranger, "Sorry, the directory " + lone.directory() + " holds the data of another cluster node: ");
        Path id = lone.directory().resolve("cluster-" + lone.port()).resolve("node-id");
        String kept = Files.readString(id);
        Files.writeString(id, kept.substring(0, 30) + "\n");
        lone.start();
        assertRefused(lone, "The node id file " + id + " is corrupt (expected: 40 hex digits).");
        Files.writeString(id, kept);
        damageControlLog(lone);
        lone.start();
        assertEquals(1, lone.exitCode(), lone.lastLog());
        assertTrue(
                lone.lastLog()
                        .lines()
                        .anyMatch(said -> said.contains("Cannot start the cluster side: ")
                                && said.contains(lone.directory().toString())),
                lone.lastLog());
    }

    private static String log(ClusterNode node) {
        try {
            return node.lastLog();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void answerAsRedis(ServerSocket server) {
        while (true) {
            try (Socket socket = server.accept()) {
                socket.getOutputStream().write("-ERR unknown command\r\n".getBytes(StandardCharsets.US_ASCII));
                socket.getInputStream().read();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void damageControlLog(ClusterNode node) throws IOException {
        Path log;
        try (var files = Files.walk(node.directory())) {
            log = files.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(log);
        for (int i = 40; i < 60; i++) {
            bytes[i] ^= 0x55;
        }
        Files.write(log, bytes);
    }

    /** Two clusters of several nodes never become one. */
    @Test
    void aNodeOfAnotherCluster() {
        String refusal = assertThrows(JedisDataException.class, () -> meet(node(0), node(2).port()))
                .getMessage();
        assertTrue(refusal.startsWith("ERR MEET refused: "), refusal);
        assertFalse(refusal.contains("\n"), refusal);
    }

    @Test
    void garbageOnTheClusterPort() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            byte[] noise = new byte[5 + random.nextInt(5000)];
            random.nextBytes(noise);
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node(0).port() + BUS_OFFSET)) {
                socket.setSoTimeout((int) PATIENCE_MS);
                socket.getOutputStream().write(noise);
                socket.getInputStream().readAllBytes();
            } catch (SocketException reset) {
                // Closed by the node: that is what is wanted.
            }
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node(0).port())) {
            socket.setSoTimeout((int) PATIENCE_MS);
            socket.getOutputStream().write("*1\r\n$zzz\r\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals(
                    "-ERR Protocol error: invalid bulk length\r\n",
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        }
    }
}
