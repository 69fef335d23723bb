package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** dump.rdb: saved by command and at the end, loaded at start, here and by a real Redis. */
class DumpIT {
    @TempDir
    private Path folder;

    private KdbServer start(String... more) throws Exception {
        String[] lines = new String[more.length + 4];
        lines[0] = "port 0";
        lines[1] = "bind 127.0.0.1";
        lines[2] = "dir " + folder;
        lines[3] = "enable-debug-command yes";
        System.arraycopy(more, 0, lines, 4, more.length);
        return KdbServer.start(ServerConfig.of(lines));
    }

    private static void fill(RespClient client) throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            StringBuilder value = new StringBuilder();
            for (int n = random.nextInt(400); n > 0; n--) value.append((char) random.nextInt(256));
            client.call("SELECT", String.valueOf(i % 3));
            client.call("SET", "key:" + i, i % 7 == 0 ? String.valueOf(i) : value.toString());
            if (i % 5 == 0) client.call("EXPIRE", "key:" + i, "1000");
        }
        client.call("SET", "large", "abc".repeat(1_000_000));
    }

    private static void assertOk(RespClient client, String... words) throws IOException {
        assertEquals("+OK", client.call(words).toString());
    }

    /** SHUTDOWN has no reply but the end of the connection. */
    private static void shutdown(KdbServer kdb, RespClient client, String option) throws Exception {
        assertThrows(EOFException.class, () -> client.call("SHUTDOWN", option));
        kdb.awaitClose();
    }

    @Test
    void comesBackWithItsData() throws Exception {
        String digest;
        KdbServer kdb = start("save \"\"");
        try (RespClient client = new RespClient(kdb.port())) {
            fill(client);
            digest = client.call("DEBUG", "DIGEST").text();
            assertOk(client, "SAVE");
            client.call("SET", "after", "the save");
            shutdown(kdb, client, "NOSAVE");
        }
        KdbServer again = start("save \"\"");
        try (RespClient client = new RespClient(again.port())) {
            assertEquals(digest, client.call("DEBUG", "DIGEST").text());
            client.call("SET", "after", "the load");
            digest = client.call("DEBUG", "DIGEST").text();
            shutdown(again, client, "SAVE");
        }
        try (KdbServer last = start("save \"\"");
                RespClient client = new RespClient(last.port())) {
            assertEquals(digest, client.call("DEBUG", "DIGEST").text());
            assertTrue(client.call("INFO", "persistence").text().contains("rdb_last_load_keys_loaded:502\r\n"));
        }
    }

    @Test
    void shutdownSavesWhereThereAreSavePoints() throws Exception {
        KdbServer kdb = start("save 1000 1");
        try (RespClient client = new RespClient(kdb.port())) {
            client.call("SET", "a", "1");
            assertThrows(EOFException.class, () -> client.call("SHUTDOWN"));
            kdb.awaitClose();
        }
        assertTrue(Files.exists(folder.resolve("dump.rdb")));
    }

    @Test
    void anUnusableFolderKeepsTheNodeRunning() throws Exception {
        try (KdbServer kdb = start("save \"\"", "dbfilename dump.rdb");
                RespClient client = new RespClient(kdb.port())) {
            Files.createDirectory(folder.resolve("dump.rdb"));
            Files.createFile(folder.resolve("dump.rdb/in the way"));
            assertEquals("-ERR", client.call("SAVE").toString());
            assertEquals(
                    "-ERR Errors trying to SHUTDOWN. Check logs.",
                    client.call("SHUTDOWN", "SAVE").toString());
            assertEquals("+PONG", client.call("PING").toString());
            assertTrue(client.call("INFO", "persistence").text().contains("rdb_last_bgsave_status:err"));
        }
    }

    @Test
    void redisLoadsOurFileAndWeLoadIts() throws Exception {
        String digest;
        KdbServer kdb = start("save \"\"");
        try (RespClient client = new RespClient(kdb.port())) {
            fill(client);
            digest = client.call("DEBUG", "DIGEST").text();
            shutdown(kdb, client, "SAVE");
        }
        try (RunningServer redis =
                        RunningServer.redis("--enable-debug-command", "yes", "--enable-protected-configs", "yes");
                RespClient client = redis.connect()) {
            Files.copy(folder.resolve("dump.rdb"), redis.directory().resolve("dump.rdb"));
            assertOk(client, "DEBUG", "RELOAD", "NOSAVE");
            assertEquals(digest, client.call("DEBUG", "DIGEST").text());
            client.call("SET", "from", "redis");
            digest = client.call("DEBUG", "DIGEST").text();
            assertOk(client, "SAVE");
            Files.copy(
                    redis.directory().resolve("dump.rdb"),
                    folder.resolve("dump.rdb"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        try (KdbServer again = start("save \"\"");
                RespClient client = new RespClient(again.port())) {
            assertEquals(digest, client.call("DEBUG", "DIGEST").text());
        }
    }

    @Test
    void refusesACorruptFile() throws Exception {
        KdbServer kdb = start("save \"\"");
        try (RespClient client = new RespClient(kdb.port())) {
            fill(client);
            shutdown(kdb, client, "SAVE");
        }
        Path file = folder.resolve("dump.rdb");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        IOException refusal =
                assertThrows(IOException.class, () -> start("save \"\"").close());
        assertFalse(refusal.getMessage().isEmpty());
    }

    @Test
    void aTransactionMayNotSaveButMayFlush() throws Exception {
        try (KdbServer kdb = start("save \"\"");
                RespClient client = new RespClient(kdb.port())) {
            assertEquals("+Background saving started", client.call("BGSAVE").toString());
            client.call("MULTI");
            assertEquals(
                    "-ERR Command not allowed inside a transaction",
                    client.call("SAVE").toString());
            assertEquals("+QUEUED", client.call("FLUSHALL").toString());
        }
    }

    @Test
    void aSignalStopsAsConfigured() throws Exception {
        for (String options : new String[] {"save", "nosave"}) {
            try (RunningServer kdb = RunningServer.kdb("--shutdown-on-sigterm", options, "--save", "1000 1");
                    RespClient client = kdb.connect()) {
                client.call("SET", "a", "1");
                kdb.process().destroy();
                assertTrue(kdb.process().waitFor(60, TimeUnit.SECONDS));
                assertEquals(0, kdb.process().exitValue());
                assertEquals(
                        options.equals("save"), Files.exists(kdb.directory().resolve("dump.rdb")));
            }
        }
    }

    @Test
    void aSignalDoesNotStopANodeThatCannotSave() throws Exception {
        try (RunningServer kdb = RunningServer.kdb("--shutdown-on-sigterm", "save");
                RespClient client = kdb.connect()) {
            Path inTheWay = Files.createDirectory(kdb.directory().resolve("dump.rdb"));
            Files.createFile(inTheWay.resolve("file"));
            kdb.process().destroy();
            Path log = kdb.directory().resolve("kdb.log");
            while (!Files.readString(log).contains("check the logs")) {
                assertTrue(kdb.process().isAlive());
                Thread.onSpinWait();
            }
            assertEquals("+PONG", client.call("PING").toString());
            Files.delete(inTheWay.resolve("file"));
            Files.delete(inTheWay);
        }
    }
}
