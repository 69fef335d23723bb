package io.kdb.server.persist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RdbTest {
    private record Entry(int db, String key, String value, long expireAtMs, long idle, int frequency) {}

    /** Remembers what it is given, as text. */
    private static final class Memory implements RdbVisitor {
        final List<Entry> entries = new ArrayList<>();
        final List<String> facts = new ArrayList<>();
        private int db;

        @Override
        public void aux(String name, String value) {
            facts.add(name + "=" + value);
        }

        @Override
        public void database(int number, long keyCount, long expiryCount) {
            db = number;
            facts.add("db" + number + ":" + keyCount + "," + expiryCount);
        }

        @Override
        public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idleSeconds, int frequency) {
            entries.add(new Entry(
                    db, text(key.toByteArray()), text(value.toByteArray()), expireAtMs, idleSeconds, frequency));
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Memory read(byte[] file) throws IOException {
        Memory memory = new Memory();
        new RdbReader(new ByteArrayInputStream(file), file.length, true, -1, memory).read();
        return memory;
    }

    private static byte[] write(List<Entry> entries, boolean compression) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        RdbWriter writer = new RdbWriter(file, compression, true);
        writer.header(new RdbInfo(1_700_000_000, 1_000_000, 0, "a".repeat(40), 1234), "7.0.15");
        int db = -1;
        for (Entry entry : entries) {
            if (entry.db != db) {
                db = entry.db;
                writer.database(db, 7, 3);
            }
            if (entry.expireAtMs >= 0) {
                writer.expiry(entry.expireAtMs);
            }
            if (entry.idle >= 0) {
                writer.idle(entry.idle);
            }
            if (entry.frequency >= 0) {
                writer.frequency(entry.frequency);
            }
            byte[] key = bytes(entry.key);
            byte[] value = bytes(entry.value);
            if (value.length > 100_000) {
                writer.stringHeader(key, 0, key.length, value.length);
                writer.append(value, 0, value.length);
            } else {
                writer.string(key, 0, key.length, value, 0, value.length);
            }
        }
        writer.end();
        assertEquals(file.size(), writer.offset());
        return file.toByteArray();
    }

    private static List<Entry> randomEntries(Random random, int count) {
        List<Entry> entries = new ArrayList<>();
        int db = 0;
        for (int i = 0; i < count; i++) {
            db += random.nextInt(10) == 0 ? 1 : 0;
            String value =
                    switch (random.nextInt(5)) {
                        case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
                        case 1 -> "abc".repeat(random.nextInt(300));
                        case 2 -> "-0";
                        case 3 -> random.nextInt(10) == 0 ? "0123456789".repeat(random.nextInt(30_000)) : "007";
                        default -> {
                            byte[] noise = new byte[random.nextInt(100)];
                            random.nextBytes(noise);
                            yield text(noise);
                        }
                    };
            entries.add(new Entry(
                    db,
                    "key:" + i,
                    value,
                    random.nextBoolean() ? -1 : random.nextLong() >>> 1,
                    random.nextInt(3) == 0 ? random.nextInt(100_000) : -1,
                    random.nextInt(3) == 0 ? random.nextInt(256) : -1));
        }
        return entries;
    }

    @RepeatedTest(50)
    void readsWhatItWrote(RepetitionInfo info) throws IOException {
        Random random = new Random(info.getCurrentRepetition());
        List<Entry> entries = randomEntries(random, random.nextInt(300));
        assertEquals(entries, read(write(entries, random.nextBoolean())).entries);
    }

    @Test
    void writesTheHeaderAsRedisDoes() throws IOException {
        byte[] file = write(List.of(), true);
        assertEquals(
                "REDIS0010\u00fa\tredis-ver\u00067.0.15\u00fa\nredis-bits\u00c0@",
                text(file).substring(0, 41));
        assertEquals(
                List.of(
                        "redis-ver=7.0.15",
                        "redis-bits=64",
                        "ctime=1700000000",
                        "used-mem=1000000",
                        "repl-stream-db=0",
                        "repl-id=" + "a".repeat(40),
                        "repl-offset=1234",
                        "aof-base=0"),
                read(file).facts);
    }

    @Test
    void leavesOutWhatHadExpired() throws IOException {
        List<Entry> entries = List.of(
                new Entry(0, "a", "1", 999, -1, -1),
                new Entry(0, "b", "2", 1000, -1, -1),
                new Entry(0, "c", "3", -1, -1, -1));
        byte[] file = write(entries, true);
        Memory memory = new Memory();
        RdbReader reader = new RdbReader(new ByteArrayInputStream(file), file.length, true, 1000, memory);
        reader.read();
        assertEquals(entries.subList(1, 3), memory.entries);
        assertEquals(2, reader.keysLoaded());
        assertEquals(1, reader.keysExpired());
    }

    @RepeatedTest(100)
    void refusesAMutatedFileWithItsOffset(RepetitionInfo info) throws IOException {
        Random random = new Random(info.getCurrentRepetition());
        byte[] file = write(randomEntries(random, 1 + random.nextInt(30)), true);
        for (int round = 0; round < 100; round++) {
            byte[] mutated = file.clone();
            int at = random.nextInt(file.length - 8);
            mutated[at] ^= (byte) (1 + random.nextInt(255));
            if (random.nextInt(4) == 0) {
                mutated = Arrays.copyOf(mutated, random.nextInt(mutated.length));
            }
            byte[] broken = mutated;
            RdbException refused = assertThrows(RdbException.class, () -> read(broken));
            assertTrue(refused.offset() >= 0 && refused.offset() <= broken.length, refused.getMessage());
            assertTrue(refused.getMessage().startsWith("offset " + refused.offset() + ": "));
        }
    }

    /** Without the checksum the reader gets to see what the mutation made of lengths, types and encodings. */
    @RepeatedTest(60)
    void takesNoMoreMemoryThanTheFileHasBytes(RepetitionInfo info) throws IOException {
        Random random = new Random(info.getCurrentRepetition());
        byte[] file = write(randomEntries(random, 1 + random.nextInt(20)), true);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int round = 0; round < 100; round++) {
            byte[] mutated = file.clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                mutated[9 + random.nextInt(file.length - 9)] = (byte) random.nextInt(256);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                new RdbReader(new ByteArrayInputStream(mutated), mutated.length, false, -1, new Nobody()).read();
            } catch (RdbException e) {
                assertTrue(e.offset() <= mutated.length, e.getMessage());
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            // LZF may rightly give 88 times its length; buffers and pieces come on top.
            assertTrue(allocated < 1_000_000 + 100L * file.length, allocated + " bytes for " + file.length);
        }
    }

    private static final class Nobody implements RdbVisitor {
        @Override
        public void database(int db, long keyCount, long expiryCount) {}

        @Override
        public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idle, int frequency) {}
    }

    @Test
    void doesNotBelieveAnAnnouncedLength() {
        String[] files = {
            "fa 81 00 00 00 7f ff ff ff ff", // a name of 2^39 bytes
            "00 01 61 80 20 00 00 01 78", // a value of 512 MB and one
            "00 01 61 80 1f ff ff ff 78", // a value that the file has no bytes for
            "00 01 61 c3 03 80 1f ff ff ff 00 78 00", // three bytes that claim to give 512 MB
            "00 01 61 c3 05 10 00 78 20 09 00", // a copy from before the start
            "00 01 61 c7", // no such encoding
            "fe 81 00 00 00 ff ff ff ff ff", // a database number
        };
        for (String hex : files) {
            byte[] body = HexFormat.of().parseHex(hex.replace(" ", ""));
            byte[] file = Arrays.copyOf(bytes("REDIS0010"), 9 + body.length);
            System.arraycopy(body, 0, file, 9, body.length);
            assertThrows(RdbException.class, () -> read(file), hex);
        }
    }

    @Test
    void decompressesALargeStringPieceByPiece() throws IOException {
        // 200,000 bytes: one literal 'x', then copies of distance one.
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        packed.write(0);
        packed.write('x');
        int length = 1;
        while (length + 264 <= 200_000) {
            packed.writeBytes(new byte[] {(byte) 0xe0, (byte) 0xff, 0});
            length += 264;
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        RdbOutput out = new RdbOutput(file, false, true);
        out.writeByte(0xc3);
        out.writeLength(packed.size());
        out.writeLength(length);
        out.writeBytes(packed.toByteArray(), 0, packed.size());
        out.flush();
        PiecedBytes value = new PiecedBytes();
        new RdbInput(new ByteArrayInputStream(file.toByteArray()), file.size()).readString(value);
        assertEquals("x".repeat(length), text(value.toByteArray()));
    }

    @Test
    void namesATypeItDoesNotKnow() {
        byte[] file = bytes("REDIS0010\u0006\u0001k");
        RdbException refused = assertThrows(RdbException.class, () -> read(file));
        assertEquals("offset 10: type module is not supported", refused.getMessage());
        RdbException newer = assertThrows(RdbException.class, () -> read(bytes("REDIS0013\u00ff")));
        assertEquals("offset 9: RDB version 13 (expected: 1 to 12)", newer.getMessage());
    }

    @Test
    void makesRedisDumpPayloads() throws IOException {
        // From redis-server 7.0.15: SET k 10, SET k hello; DUMP k.
        DumpPayload payload = new DumpPayload(true);
        String[][] vectors = {
            {"10", "00c00a0a00"}, {"hello", "000568656c6c6f0a00"},
        };
        for (String[] vector : vectors) {
            byte[] made =
                    payload.ofString(bytes(vector[0]), 0, vector[0].length()).toByteArray();
            assertEquals(vector[1], HexFormat.of().formatHex(made, 0, made.length - 8));
            assertTrue(DumpPayload.verify(made, 0, made.length));
            assertEquals(vector[0], text(payload.string(made, 0, made.length).toByteArray()));
        }
    }

    @RepeatedTest(20)
    void refusesAMutatedPayload(RepetitionInfo info) throws IOException {
        Random random = new Random(info.getCurrentRepetition());
        DumpPayload payload = new DumpPayload(true);
        byte[] value = bytes("0123456789".repeat(random.nextInt(20_000)));
        byte[] made = payload.ofString(value, 0, value.length).toByteArray();
        assertTrue(DumpPayload.verify(made, 0, made.length));
        assertArrayEquals(value, payload.string(made, 0, made.length).toByteArray());
        made[random.nextInt(made.length)] ^= 4;
        assertFalse(DumpPayload.verify(made, 0, made.length));
        assertFalse(DumpPayload.verify(made, 0, random.nextInt(10)));
    }
}
