package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of a node between the opening of its port and the end of the loading. */
class LoadingIT {
    private static final String LOADING = "-LOADING Redis is loading the dataset in memory";

    @TempDir
    Path directory;

    private KdbServer open(String... more) throws Exception {
        List<String> words = new java.util.ArrayList<>(
                List.of("--port", "0", "--bind", "127.0.0.1", "--dir", directory.toString(), "--save", ""));
        words.addAll(List.of(more));
        return KdbServer.open(ServerConfig.load(words, InputStream.nullInputStream()));
    }

    private void dump() throws Exception {
        try (KdbServer server = open()) {
            server.load();
            try (RespClient client = new RespClient(server.port())) {
                client.call("SET", "key", "value");
                assertEquals("+OK", client.call("SAVE").toString());
            }
        }
    }

    @Test
    void clientsAreToldUntilTheDataIsThere() throws Exception {
        dump();
        try (KdbServer server = open();
                RespClient client = new RespClient(server.port())) {
            for (String command : List.of("PING", "GET key", "SET key other", "DBSIZE", "FLUSHALL", "PSYNC ? -1")) {
                assertEquals(LOADING, client.call(command.split(" ")).toString(), command);
            }
            assertEquals("+OK", client.call("MULTI").toString());
            assertEquals(LOADING, client.call("GET", "key").toString());
            assertEquals(
                    "-EXECABORT Transaction discarded because of previous errors.",
                    client.call("EXEC").toString());
            String info = client.call("INFO", "persistence").text();
            assertTrue(info.contains("loading:1\r\nasync_loading:0\r\n"), info);
            for (String field : List.of("start_time", "total_bytes", "loaded_bytes", "loaded_perc", "eta_seconds")) {
                assertTrue(info.contains("\r\nloading_" + field + ":"), info);
            }
            server.load();
            assertEquals("\"value\"", client.call("GET", "key").toString());
            info = client.call("INFO", "persistence").text();
            assertTrue(info.contains("loading:0\r\n"), info);
            assertFalse(info.contains("loading_"), info);
        }
    }

    @Test
    void aShutdownWhileLoadingLeavesTheFileAsItIs() throws Exception {
        dump();
        byte[] before = Files.readAllBytes(directory.resolve("dump.rdb"));
        try (KdbServer server = open("--save", "60 1");
                RespClient client = new RespClient(server.port())) {
            assertThrows(IOException.class, () -> client.call("SHUTDOWN", "SAVE"));
            server.awaitClose();
        }
        assertEquals(
                new String(before, StandardCharsets.ISO_8859_1),
                Files.readString(directory.resolve("dump.rdb"), StandardCharsets.ISO_8859_1));
    }

    @Test
    void aFileThatCannotBeLoadedEndsTheNodeAndStaysAsItIs() throws Exception {
        dump();
        Path file = directory.resolve("dump.rdb");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        KdbServer server = open();
        assertThrows(IOException.class, server::load);
        server.terminate();
        assertEquals(
                new String(bytes, StandardCharsets.ISO_8859_1), Files.readString(file, StandardCharsets.ISO_8859_1));
    }

    @Test
    void aNodeOfAClusterServesNothingBeforeItsDataIsThere() throws Exception {
        try (KdbServer server = open(
                        "--cluster-enabled",
                        "yes",
                        "--port",
                        FreePort.inCluster(1).get(0).toString());
                RespClient client = new RespClient(server.port())) {
            assertEquals(LOADING, client.call("CLUSTER", "INFO").toString());
            assertEquals(
                    LOADING, client.call("CLUSTER", "MEET", "127.0.0.1", "7000").toString());
            assertTrue(client.call("GET", "key").text().startsWith("CLUSTERDOWN"));
            assertTrue(client.call("INFO").text().contains("cluster_enabled:1"));
            server.load();
            assertTrue(client.call("CLUSTER", "INFO").text().contains("cluster_state:fail"));
        }
    }

    @Test
    void linesOfTheStartStandInRedisOrder() throws Exception {
        try (RunningServer kdb = RunningServer.kdb("--dbfilename", "x.rdb")) {
            String log = Files.readString(kdb.directory().resolve("kdb.log"), StandardCharsets.ISO_8859_1);
            int at = 0;
            for (String line :
                    List.of("Running mode=standalone", "Server initialized", "Ready to accept connections")) {
                int next = log.indexOf(line);
                assertTrue(next > at, log);
                at = next;
            }
        }
    }

    @Test
    void redisListensElsewhereWhenTold() throws Exception {
        try (RunningServer redis = RunningServer.redis()) {
            listensElsewhereWhenTold(redis);
        }
    }

    @Test
    void kdbListensElsewhereWhenTold() throws Exception {
        try (RunningServer kdb = RunningServer.kdb()) {
            listensElsewhereWhenTold(kdb);
        }
    }

    private static void listensElsewhereWhenTold(RunningServer server) throws Exception {
        String refused = "-ERR CONFIG SET failed (possibly related to argument '";
        try (RespClient client = server.connect();
                RunningServer other = RunningServer.redis()) {
            String taken = String.valueOf(other.port());
            assertEquals(
                    refused + "port') - Unable to listen on this port. Check server logs.",
                    client.call("CONFIG", "SET", "port", taken).toString());
            assertEquals(
                    "[\"port\", \"" + server.port() + "\"]",
                    client.call("CONFIG", "GET", "port").toString());
            assertEquals(
                    refused + "bind') - Failed to bind to specified addresses.",
                    client.call("CONFIG", "SET", "bind", "192.0.2.1").toString());
            assertEquals(
                    "[\"bind\", \"127.0.0.1\"]",
                    client.call("CONFIG", "GET", "bind").toString());
            pong(server.port());
            assertEquals(
                    "+OK",
                    client.call("CONFIG", "SET", "bind", "127.0.0.1 -::1").toString());
            pong(server.port());
            int next = FreePort.next();
            assertEquals(
                    "+OK",
                    client.call("CONFIG", "SET", "port", String.valueOf(next)).toString());
            pong(next);
            assertThrows(ConnectException.class, () -> new RespClient(server.port()).close());
            assertEquals("+PONG", client.call("PING").toString());
            assertTrue(client.call("INFO", "server").text().contains("tcp_port:" + next + "\r\n"));
            assertEquals("+OK", client.call("CONFIG", "SET", "bind", "").toString());
            assertThrows(ConnectException.class, () -> new RespClient(next).close());
            assertEquals("+PONG", client.call("PING").toString());
        }
    }

    private static void pong(int port) throws IOException {
        try (RespClient client = new RespClient(port)) {
            assertEquals("+PONG", client.call("PING").toString());
        }
    }
}
