package io.kdb.server.persist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SaverTest {
    @TempDir
    Path directory;

    private final AtomicLong clockMs = new AtomicLong(1_000_000);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch started = new CountDownLatch(1);
    private boolean gated;
    private Saver saver;

    /** One key, whose value is how many changes there were. */
    private final class OneKey implements PointInTime {
        private final String value;

        OneKey(String value) {
            this.value = value;
        }

        @Override
        public void write(RdbWriter writer) throws IOException {
            if (gated) {
                assertTrue(awaitGate());
            }
            writer.database(0, 1, 0);
            byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
            writer.string(new byte[] {'k'}, 0, 1, bytes, 0, bytes.length);
        }

        private boolean awaitGate() throws IOException {
            try {
                return gate.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void close() {}
    }

    private Saver saver(String... lines) throws ConfigFileError {
        String[] all = Arrays.copyOf(lines, lines.length + 1);
        all[lines.length] = "dir " + directory;
        saver = new Saver(
                atPoint -> {
                    atPoint.run();
                    started.countDown();
                    return new OneKey(Long.toString(saver.changesSinceSave()));
                },
                ServerConfig.of(all),
                clockMs::get,
                () -> new RdbInfo(1, 2, 3, "b".repeat(40), 99));
        return saver;
    }

    @AfterEach
    void stop() {
        saver.close();
    }

    private static Map<String, String> load(Path file) throws IOException {
        TreeMap<String, String> keys = new TreeMap<>();
        DumpFile.Loaded loaded = DumpFile.load(file, true, -1, new RdbVisitor() {
            @Override
            public void database(int db, long keyCount, long expiryCount) {}

            @Override
            public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idle, int frequency) {
                keys.put(
                        new String(key.toByteArray(), StandardCharsets.ISO_8859_1),
                        new String(value.toByteArray(), StandardCharsets.ISO_8859_1));
            }
        });
        assertEquals("b".repeat(40), loaded.replicationId());
        assertEquals(99, loaded.offset());
        assertEquals(3, loaded.streamDb());
        assertEquals(Files.size(file), loaded.bytes());
        return keys;
    }

    private IOException saveAndWait() throws InterruptedException {
        BlockingQueue<Object> done = new ArrayBlockingQueue<>(1);
        assertTrue(saver.save(true, problem -> done.add(problem == null ? "" : problem)));
        return done.take() instanceof IOException problem ? problem : null;
    }

    @Test
    void savesAndForgetsTheChangesThatItSaved() throws Exception {
        saver("save ''");
        saver.changed(3);
        clockMs.set(2_000_000);
        assertNull(saveAndWait());
        assertEquals("3", load(directory.resolve("dump.rdb")).get("k"));
        assertEquals(0, saver.changesSinceSave());
        assertEquals(2_000, saver.lastSaveSeconds());
        try (var files = Files.list(directory)) {
            assertEquals(1, files.count(), "no temporary file is left");
        }
    }

    @Test
    void refusesASecondSaveMeanwhile() throws Exception {
        saver("save ''");
        gated = true;
        BlockingQueue<String> done = new ArrayBlockingQueue<>(1);
        assertTrue(saver.save(true, problem -> done.add("done")));
        assertFalse(saver.save(false, problem -> done.add("never")));
        StringBuilder info = new StringBuilder();
        saver.info(info);
        assertTrue(info.toString().contains("rdb_bgsave_in_progress:1\r\n"), info.toString());
        started.await();
        saver.changed(7);
        gate.countDown();
        assertEquals("done", done.take());
        assertEquals(7, saver.changesSinceSave());
    }

    @Test
    void keepsTheOldFileWhenASaveFails() throws Exception {
        saver("save 60 1", "dbfilename sub.rdb");
        Path file = directory.resolve("sub.rdb");
        Files.createDirectory(file);
        Files.createFile(file.resolve("occupied"));
        saver.changed(1);
        assertNotNull(saveAndWait());
        assertFalse(saver.lastOk());
        assertTrue(saver.refusesWrites());
        assertEquals(1, saver.changesSinceSave());
        assertTrue(Files.isDirectory(file));
    }

    @Test
    void savesWhenASavePointIsReached() throws Exception {
        saver("save 60 10");
        gated = true;
        saver.changed(9);
        clockMs.addAndGet(60_001);
        saver.cron();
        assertFalse(saver.isSaving());
        saver.changed(1);
        saver.cron();
        assertTrue(saver.isSaving());
        gate.countDown();
        assertNull(saver.saveNow());
        assertEquals(0, saver.changesSinceSave());
        assertFalse(saver.isSaving());
    }

    @Test
    void theLastSaveDoesNotWaitForOneInProgress() throws Exception {
        saver("save ''");
        gated = true;
        BlockingQueue<Object> done = new ArrayBlockingQueue<>(1);
        saver.save(true, problem -> done.add(problem == null ? "saved" : problem));
        Thread last = new Thread(() -> {
            try {
                assertNull(saver.saveNow());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        last.start();
        while (last.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        gate.countDown();
        last.join();
        assertTrue(done.take() instanceof IOException, "the one in progress was given up");
        assertEquals("0", load(directory.resolve("dump.rdb")).get("k"));
    }

    @Test
    void refusesACorruptFile() throws Exception {
        saver("save ''");
        assertNull(saveAndWait());
        Path file = directory.resolve("dump.rdb");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 3] ^= 1;
        Files.write(file, bytes);
        RdbException refused = assertThrows(RdbException.class, () -> load(file));
        assertTrue(refused.getMessage().contains("checksum"), refused.getMessage());
    }
}
