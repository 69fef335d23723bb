package io.kdb.server.persist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kdb.cluster.topology.Slot;
import io.kdb.server.config.MaxmemoryPolicy;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.KeyspaceOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class KeyspaceDumpTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Keyspace keyspace(boolean cluster) {
        KeyspaceOptions options = cluster ? KeyspaceOptions.clustered() : KeyspaceOptions.standalone();
        Keyspace keyspace = new Keyspace(options.withSegments(8));
        keyspace.clock().tick(1_700_000_000_000L);
        return keyspace;
    }

    private static void put(Keyspace keyspace, int db, String key, String value, long expireAtMs) {
        byte[] keyBytes = bytes(key);
        byte[] valueBytes = bytes(value);
        long hash = KeyHash.hash(keyBytes);
        int slot = keyspace.isCluster() ? Slot.of(keyBytes) : -1;
        keyspace.segment(slot, hash).lock();
        try {
            KeyTable table = keyspace.table(db, slot, hash);
            long found = table.find(keyBytes, 0, keyBytes.length, hash);
            table.putString(found, keyBytes, 0, keyBytes.length, hash, valueBytes, 0, valueBytes.length, expireAtMs);
        } finally {
            keyspace.segment(slot, hash).unlock();
        }
    }

    private static byte[] dump(PointInTime point) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        RdbWriter writer = new RdbWriter(file, true, true);
        writer.header(RdbInfo.lone(1, 2), "7.0.15");
        point.write(writer);
        writer.end();
        return file.toByteArray();
    }

    private static Map<String, String> read(byte[] file) throws IOException {
        Map<String, String> keys = new TreeMap<>();
        new RdbReader(new ByteArrayInputStream(file), file.length, true, -1, new RdbVisitor() {
                    private int db;

                    @Override
                    public void database(int number, long keyCount, long expiryCount) {
                        db = number;
                    }

                    @Override
                    public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idle, int frequency) {
                        String before = keys.put(
                                db + "/" + new String(key.toByteArray(), StandardCharsets.ISO_8859_1),
                                expireAtMs + " " + new String(value.toByteArray(), StandardCharsets.ISO_8859_1));
                        assertEquals(null, before);
                    }
                })
                .read();
        return keys;
    }

    @RepeatedTest(10)
    void dumpsOnePointInTimeAndLoadsIt(RepetitionInfo info) throws IOException {
        Random random = new Random(info.getCurrentRepetition());
        boolean cluster = random.nextBoolean();
        Keyspace keyspace = keyspace(cluster);
        Map<String, String> expected = new TreeMap<>();
        for (int i = 0; i < 3_000; i++) {
            int db = cluster ? 0 : random.nextInt(4);
            String value = random.nextInt(500) == 0 ? "large".repeat(50_000) : "v" + random.nextInt();
            long expireAtMs = random.nextInt(4) == 0 ? 1_800_000_000_000L + i : -1;
            put(keyspace, db, "key:" + i, value, expireAtMs);
            expected.put(db + "/key:" + i, expireAtMs + " " + value);
        }
        PointInTime.Factory factory = KeyspaceDump.of(keyspace, Runnable::run, () -> MaxmemoryPolicy.ALLKEYS_LRU);
        byte[] file;
        try (PointInTime point = factory.start(() -> {})) {
            for (int i = 0; i < 4_000; i++) {
                put(keyspace, 0, "key:" + i, "overwritten", -1);
            }
            file = dump(point);
        }
        assertEquals(expected, read(file));

        Keyspace copy = keyspace(cluster);
        new RdbReader(new ByteArrayInputStream(file), file.length, true, -1, new KeyspaceLoader(copy)).read();
        try (PointInTime point = KeyspaceDump.of(copy, Runnable::run, () -> MaxmemoryPolicy.NOEVICTION)
                .start(() -> {})) {
            assertEquals(expected, read(dump(point)));
        }
        keyspace.close();
        copy.close();
    }

    @Test
    void refusesWhatTheNodeCannotHold() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        RdbWriter writer = new RdbWriter(file, true, true);
        writer.header(RdbInfo.lone(1, 2), "7.0.15");
        writer.database(0, 2, 0);
        writer.string(bytes("k"), 0, 1, bytes("1"), 0, 1);
        writer.string(bytes("k"), 0, 1, bytes("2"), 0, 1);
        writer.end();
        Keyspace keyspace = keyspace(false);
        RdbException twice = assertThrows(RdbException.class, () -> new RdbReader(
                        new ByteArrayInputStream(file.toByteArray()),
                        file.size(),
                        true,
                        -1,
                        new KeyspaceLoader(keyspace))
                .read());
        assertEquals(true, twice.getMessage().endsWith("a key that is there twice"), twice.getMessage());
        keyspace.close();
    }
}
