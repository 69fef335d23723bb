package io.kdb.server.persist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.Needs;
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
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis 7.0.15 loads our files, and we load its. */
class RedisFilesIT {
    private static final Path REDIS = Path.of("/usr/bin/redis-server");

    @TempDir
    Path directory;

    @BeforeEach
    void needsRedis() {
        Needs.that(Files.isExecutable(REDIS), REDIS + " is not installed");
    }

    private interface Session {
        void run(Socket socket) throws IOException;
    }

    /** Again where somebody else takes the port first. */
    private void withRedis(Session session) throws Exception {
        boolean ran = false;
        for (int i = 0; i < 20 && !ran; i++) {
            ran = ranWithRedis(session);
        }
        assertTrue(ran, "every port was taken");
    }

    private boolean ranWithRedis(Session session) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process redis = new ProcessBuilder(
                        REDIS.toString(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--dir",
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(redis.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder seen = new StringBuilder();
            while (seen.indexOf("Ready to accept connections") < 0) {
                String line = lines.readLine();
                if (line == null && seen.indexOf("Address already in use") >= 0) {
                    return false;
                }
                if (line == null) {
                    throw new AssertionError("redis-server stopped:\n" + seen);
                }
                seen.append(line).append('\n');
            }
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(60_000);
                session.run(socket);
            }
            return true;
        } finally {
            redis.destroyForcibly().waitFor();
        }
    }

    /** Sends an inline command and takes a one-line or bulk reply. */
    private static String ask(Socket socket, String command) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write((command + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        String line = line(socket);
        if (line.startsWith("$") && !line.equals("$-1")) {
            byte[] bulk = socket.getInputStream().readNBytes(Integer.parseInt(line.substring(1)) + 2);
            return new String(bulk, 0, bulk.length - 2, StandardCharsets.ISO_8859_1);
        }
        return line;
    }

    private static String line(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = socket.getInputStream().read();
                c != '\n';
                c = socket.getInputStream().read()) {
            if (c < 0) {
                throw new IOException("closed");
            }
            line.append((char) c);
        }
        return line.substring(0, line.length() - 1);
    }

    private static Map<String, String> values() {
        TreeMap<String, String> values = new TreeMap<>();
        for (String value : new String[] {"0", "-1", "127", "128", "-32769", "2147483647", "2147483648", "007", "-0"}) {
            values.put("number:" + value, value);
        }
        values.put("long", "abc".repeat(40_000));
        values.put("plain", "text");
        values.put("run", "x".repeat(300));
        values.put("mixed", "the quick brown fox, the quick brown dog, the slow brown fox".repeat(5));
        for (int i = 0; i < 500; i++) {
            values.put("key:" + i, "value:" + i * 31);
        }
        return values;
    }

    @Test
    void redisLoadsOurFile() throws Exception {
        DumpFile.replace(directory.resolve("dump.rdb"), out -> {
            RdbWriter writer = new RdbWriter(out, true, true);
            writer.header(new RdbInfo(1_700_000_000, 1, 0, "c".repeat(40), 5), "7.0.15");
            writer.database(0, values().size() + 1, 1);
            for (var entry : values().entrySet()) {
                string(writer, entry.getKey(), entry.getValue());
            }
            writer.expiry(4_000_000_000_000L);
            writer.idle(50);
            string(writer, "expiring", "soon");
            writer.database(9, 1, 0);
            writer.frequency(7);
            string(writer, "nine", "9");
            writer.end();
        });
        withRedis(socket -> {
            for (var entry : values().entrySet()) {
                assertEquals(entry.getValue(), ask(socket, "GET " + entry.getKey()));
            }
            assertEquals(":4000000000000", ask(socket, "PEXPIRETIME expiring"));
            assertEquals(":" + (values().size() + 1), ask(socket, "DBSIZE"));
            ask(socket, "SELECT 9");
            assertEquals("9", ask(socket, "GET nine"));
        });
    }

    private static void string(RdbWriter writer, String key, String value) throws IOException {
        byte[] keyBytes = key.getBytes(StandardCharsets.ISO_8859_1);
        byte[] valueBytes = value.getBytes(StandardCharsets.ISO_8859_1);
        writer.string(keyBytes, 0, keyBytes.length, valueBytes, 0, valueBytes.length);
    }

    @Test
    void weLoadTheFileOfRedis() throws Exception {
        DumpPayload payloads = new DumpPayload(true);
        withRedis(socket -> {
            for (var entry : values().entrySet()) {
                if (entry.getValue().length() < 60_000) {
                    ask(socket, "SET " + entry.getKey() + " '" + entry.getValue() + "'");
                }
            }
            ask(socket, "SETRANGE long 99999 x");
            ask(socket, "SET expiring soon PXAT 4000000000000");
            ask(socket, "SELECT 9");
            ask(socket, "SET nine 9");
            assertEquals("+OK", ask(socket, "SAVE"));
            byte[] dump = ask(socket, "DUMP nine").getBytes(StandardCharsets.ISO_8859_1);
            assertEquals(true, DumpPayload.verify(dump, 0, dump.length));
            assertEquals("9", text(payloads.string(dump, 0, dump.length)));
        });
        TreeMap<String, String> loaded = new TreeMap<>();
        DumpFile.load(directory.resolve("dump.rdb"), true, -1, new RdbVisitor() {
            private int db;

            @Override
            public void database(int number, long keyCount, long expiryCount) {
                db = number;
            }

            @Override
            public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idle, int frequency) {
                loaded.put(db == 0 ? text(key) : db + "/" + text(key), text(value));
                assertEquals(text(key).equals("expiring") ? 4_000_000_000_000L : -1, expireAtMs);
            }
        });
        Map<String, String> expected = values();
        expected.put("long", "\0".repeat(99_999) + "x");
        expected.put("expiring", "soon");
        expected.put("9/nine", "9");
        assertEquals(expected, loaded);
    }

    private static String text(PiecedBytes bytes) {
        return new String(bytes.toByteArray(), StandardCharsets.ISO_8859_1);
    }
}
