package io.kdb.server.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.resp.Arguments;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class EffectsLogTest {
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    private final EffectsLog log = new EffectsLog(1 << 20, new Random(1));
    private final Effects effects = new Effects(log);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String drain(LogReader reader) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (reader.read(out::write, 1000) > 0) {}
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private long one(int db, int slot, String... arguments) {
        effects.begin();
        add(db, slot, arguments);
        return effects.commit();
    }

    private void add(int db, int slot, String... arguments) {
        effects.start(db, slot, arguments.length);
        for (String argument : arguments) {
            effects.argument(bytes(argument));
        }
    }

    @Test
    void keepsNothingOfMutedEffects() {
        log.activate();
        Effects muted = Effects.muted(log);
        muted.begin();
        assertFalse(muted.wanted());
        muted.add(0, 5, bytes("SET"), bytes("k"), bytes("v"));
        assertEquals(0, muted.count());
        assertEquals(0, muted.commit());
        assertEquals(0, log.endOffset());
    }

    @Test
    void keepsNothingUntilActivated() {
        assertFalse(log.isActive());
        assertEquals(0, one(0, 5, "SET", "k", "v"));
        assertNull(log.openReader(0, NO_LIMIT, () -> {}));
        String before = log.history().id();
        log.activate();
        assertNotEquals(before, log.history().id());
        assertEquals(23 + 27, one(0, 5, "SET", "k", "v"));
    }

    @Test
    void selectsTheDatabaseOnlyWhenItChanges() {
        log.activate();
        LogReader reader = log.openReader(0, NO_LIMIT, () -> {});
        one(0, 5, "DEL", "a");
        one(0, 5, "DEL", "b");
        one(12, 5, "DEL", "c");
        one(EffectsLog.NO_DB, EffectsLog.NO_SLOT, "FLUSHALL");
        one(12, 5, "DEL", "d");
        log.reselect();
        one(12, 5, "DEL", "e");
        assertEquals(
                "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n"
                        + "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*2\r\n$3\r\nDEL\r\n$1\r\nc\r\n*1\r\n$8\r\nFLUSHALL\r\n"
                        + "*2\r\n$3\r\nDEL\r\n$1\r\nd\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*2\r\n$3\r\nDEL\r\n$1\r\ne\r\n",
                drain(reader));
        assertEquals(log.endOffset(), reader.offset());
    }

    @Test
    void framesSeveralEffectsAndOnlyThose() {
        log.activate();
        LogReader reader = log.openReader(0, NO_LIMIT, () -> {});
        effects.begin();
        effects.start(0, 5, 3).argument(bytes("PEXPIREAT")).argument(bytes("k")).argument(-1234567890123L);
        add(3, 5, "DEL", "a");
        effects.commit();
        assertEquals(
                "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*1\r\n$5\r\nMULTI\r\n"
                        + "*3\r\n$9\r\nPEXPIREAT\r\n$1\r\nk\r\n$14\r\n-1234567890123\r\n"
                        + "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n*1\r\n$4\r\nEXEC\r\n",
                drain(reader));
        effects.begin();
        effects.add(3, 5, Arguments.of("DEL", "verbatim"));
        effects.commit();
        assertEquals("*2\r\n$3\r\nDEL\r\n$8\r\nverbatim\r\n", drain(reader));
        effects.begin();
        add(0, 5, "DEL", "lost");
        effects.rollback();
        one(3, 5, "DEL", "b");
        assertEquals("*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n", drain(reader));
    }

    @Test
    void wakesAnArmedReaderOnceForABatch() {
        log.activate();
        AtomicInteger woken = new AtomicInteger();
        LogReader reader = log.openReader(0, NO_LIMIT, woken::incrementAndGet);
        assertTrue(reader.arm());
        effects.announce();
        assertEquals(0, woken.get());
        one(0, 5, "DEL", "a");
        one(0, 5, "DEL", "b");
        assertEquals(0, woken.get());
        effects.announce();
        effects.announce();
        assertEquals(1, woken.get());
        assertFalse(reader.arm(), "there is something to read");
        drain(reader);
        assertTrue(reader.arm());
    }

    @Test
    void losesTheReaderThatFallsBehindItsLimit() {
        log.activate();
        AtomicInteger woken = new AtomicInteger();
        LogReader slow = log.openReader(0, 3 << 20, woken::incrementAndGet);
        LogReader patient = log.openReader(0, Long.MAX_VALUE, () -> {});
        assertTrue(slow.arm());
        long end = 0;
        while (end <= 2 << 20) {
            end = one(0, 5, "SET", "k", "v".repeat(10_000));
        }
        assertFalse(slow.lost());
        while (end <= (3 << 20) + 2 * LogBlock.SIZE) {
            end = one(0, 5, "SET", "k", "v".repeat(10_000));
        }
        assertTrue(slow.lost());
        assertEquals(1, woken.get());
        assertEquals(0, slow.read((array, from, length) -> {}, 100));
        assertEquals(0, log.startOffset(), "the patient reader's bytes stay");
        slow.close();
        assertEquals(end, drain(patient).length());
        assertTrue(end - log.startOffset() < (1 << 20) + 2 * LogBlock.SIZE, "trimmed to the backlog's size");
        assertTrue(end - log.startOffset() >= 1 << 20);
        assertNull(log.openReader(0, NO_LIMIT, () -> {}));
        assertNotNull(log.openReader(end - (1 << 20), NO_LIMIT, () -> {}));
    }

    @Test
    void dropsTheLogSomeTimeAfterTheLastReaderLeft() {
        log.activate();
        LogReader reader = log.openReader(0, NO_LIMIT, () -> {});
        one(0, 5, "DEL", "a");
        String id = log.history().id();
        assertFalse(log.dropIfIdle(1_000, 3_600));
        assertFalse(log.dropIfIdle(10_000, 3_600));
        reader.close();
        assertFalse(log.dropIfIdle(20_000, 3_600));
        assertFalse(log.dropIfIdle(23_599, 3_600));
        assertTrue(log.dropIfIdle(23_600, 3_600));
        assertFalse(log.isActive());
        assertNotEquals(id, log.history().id());
        assertEquals(0, log.memoryBytes());
    }

    @Test
    void knowsTheFormerIdUpToTheShift() {
        log.activate();
        one(0, 5, "DEL", "a");
        String former = log.history().id();
        long end = log.endOffset();
        log.shiftId();
        one(0, 5, "DEL", "b");
        ReplicationHistory history = log.history();
        assertEquals(former, history.formerId());
        assertEquals(end + 1, history.formerEnd());
        assertTrue(history.names(former, end + 1));
        assertFalse(history.names(former, end + 2));
        assertTrue(history.names(history.id(), end + 2));
        assertFalse(history.names("x".repeat(40), 1));
    }

    @Test
    void adoptsAnotherLogsPlace() {
        log.activate();
        LogReader reader = log.openReader(0, NO_LIMIT, () -> {});
        one(0, 5, "DEL", "a");
        ReplicationHistory other = new ReplicationHistory("a".repeat(40), ReplicationHistory.NO_ID, -1);
        log.adopt(other, 1_000, 2);
        assertEquals(2, log.selectedDb());
        assertTrue(reader.lost());
        reader.close();
        assertEquals(1_000, log.endOffset());
        assertEquals(1_000, log.startOffset());
        byte[] stream = bytes("*1\r\n$4\r\nPING\r\n");
        StreamCollector collector = new StreamCollector(log);
        collector.add(stream, 0, 5);
        collector.add(stream, 5, stream.length - 5);
        assertEquals(1_000, log.endOffset());
        assertEquals(1_000 + stream.length, collector.commit(3));
        assertEquals(3, log.selectedDb());
        LogReader next = log.openReader(1_000, NO_LIMIT, () -> {});
        assertEquals("*1\r\n$4\r\nPING\r\n", drain(next));
    }

    @RepeatedTest(10)
    void takesAPrimarysBytesAsTheyCame(RepetitionInfo info) {
        Random random = new Random(info.getCurrentRepetition());
        log.activate();
        LogReader reader = log.openReader(0, NO_LIMIT, () -> {});
        StreamCollector collector = new StreamCollector(log);
        StringBuilder expected = new StringBuilder();
        StringBuilder pending = new StringBuilder();
        StringBuilder seen = new StringBuilder();
        for (int step = 0; step < 100; step++) {
            byte[] part = randomText(random, 1 << random.nextInt(18));
            collector.add(part, 0, part.length);
            pending.append(new String(part, StandardCharsets.ISO_8859_1));
            if (random.nextInt(20) == 0) {
                collector.clear();
                pending.setLength(0);
            }
            if (random.nextBoolean()) {
                assertEquals(expected.append(pending).length(), collector.commit(0));
                pending.setLength(0);
            }
            seen.append(drain(reader));
            assertEquals(expected.length(), seen.length());
        }
        assertEquals(expected.toString(), seen.toString());
    }

    /** A model: everything ever appended, in one array, and what each reader must have seen of it. */
    @RepeatedTest(20)
    void everyReaderSeesTheBytesInOrder(RepetitionInfo info) {
        Random random = new Random(info.getCurrentRepetition());
        log.backlogSize(random.nextInt(300_000));
        log.activate();
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        LogReader feeder = log.openReader(0, Long.MAX_VALUE, () -> {});
        List<LogReader> readers = new ArrayList<>();
        List<SlotReader> slotReaders = new ArrayList<>();
        List<StringBuilder> slotSeen = new ArrayList<>();
        List<StringBuilder> slotExpected = new ArrayList<>();
        for (int step = 0; step < 150; step++) {
            switch (random.nextInt(8)) {
                case 0 -> {
                    long from =
                            log.startOffset() + (long) (random.nextDouble() * (log.endOffset() - log.startOffset()));
                    readers.add(log.openReader(from, Long.MAX_VALUE, () -> {}));
                }
                case 1 -> {
                    if (!readers.isEmpty()) {
                        readers.remove(random.nextInt(readers.size())).close();
                    }
                }
                case 2 -> {
                    LogReader at = log.openReader(log.endOffset(), Long.MAX_VALUE, () -> {});
                    int kept = random.nextInt(4);
                    slotReaders.add(new SlotReader(log, at, slot -> slot % 4 == kept));
                    slotSeen.add(new StringBuilder());
                    slotExpected.add(new StringBuilder(kept + ":"));
                }
                default -> appendRandomPiece(random, slotExpected);
            }
            model.writeBytes(bytes(drain(feeder)));
            if (random.nextInt(3) == 0) {
                for (LogReader reader : readers) {
                    checkOneRead(random, reader, model);
                }
                for (int i = 0; i < slotReaders.size(); i++) {
                    readSlots(slotReaders.get(i), slotSeen.get(i), random.nextInt(100_000));
                }
            }
        }
        assertEquals(log.endOffset(), model.size());
        for (int i = 0; i < slotReaders.size(); i++) {
            readSlots(slotReaders.get(i), slotSeen.get(i), Long.MAX_VALUE);
            assertEquals(slotExpected.get(i).substring(2), slotSeen.get(i).toString(), "seed " + random);
            slotReaders.get(i).close();
        }
        readers.forEach(LogReader::close);
        feeder.close();
        long kept = log.endOffset() - log.startOffset();
        assertTrue(kept < log.backlogSize() + LogBlock.SIZE, kept + " kept for " + log.backlogSize());
    }

    private void appendRandomPiece(Random random, List<StringBuilder> slotExpected) {
        effects.begin();
        int count = random.nextInt(4);
        boolean framed = count > 1;
        StringBuilder[] before = new StringBuilder[slotExpected.size()];
        for (int i = 0; i < before.length; i++) {
            before[i] = new StringBuilder(slotExpected.get(i));
        }
        for (int i = 0; i < count; i++) {
            int slot = random.nextInt(10) == 0 ? EffectsLog.NO_SLOT : random.nextInt(16384);
            int db = random.nextInt(3);
            byte[] value = randomText(random, random.nextInt(20) == 0 ? 200_000 : 200);
            add(db, slot, "SET", new String(value, StandardCharsets.ISO_8859_1));
            String text = "*2\r\n$3\r\nSET\r\n$" + value.length + "\r\n"
                    + new String(value, StandardCharsets.ISO_8859_1) + "\r\n";
            expect(slotExpected, slot, db, text, framed);
        }
        if (random.nextInt(5) == 0) {
            effects.rollback();
            for (int i = 0; i < before.length; i++) {
                slotExpected.set(i, before[i]);
            }
            return;
        }
        for (StringBuilder expected : slotExpected) {
            int open = expected.lastIndexOf("<");
            if (open >= 0 && expected.indexOf(">", open) < 0) {
                expected.append('>');
            }
        }
        effects.commit();
    }

    private static void expect(List<StringBuilder> expected, int slot, int db, String text, boolean framed) {
        for (StringBuilder each : expected) {
            if (slot == EffectsLog.NO_SLOT || slot % 4 == each.charAt(0) - '0') {
                if (framed && each.lastIndexOf("<") <= each.lastIndexOf(">")) {
                    each.append('<');
                }
                each.append('[').append(slot).append(' ').append(db).append(' ').append(text);
            }
        }
    }

    private static void readSlots(SlotReader reader, StringBuilder seen, long max) {
        SlotReader.Sink sink = new SlotReader.Sink() {
            @Override
            public void transaction(boolean starts) {
                seen.append(starts ? '<' : '>');
            }

            @Override
            public void effect(int slot, int db) {
                seen.append('[').append(slot).append(' ').append(db).append(' ');
            }

            @Override
            public void bytes(byte[] bytes, int from, int length) {
                seen.append(new String(bytes, from, length, StandardCharsets.ISO_8859_1));
            }
        };
        long total = 0;
        long count;
        while (total < max && (count = reader.read(sink, max - total)) > 0) {
            total += count;
        }
    }

    private static void checkOneRead(Random random, LogReader reader, ByteArrayOutputStream model) {
        byte[] all = model.toByteArray();
        long offset = reader.offset();
        int count = reader.read(
                (array, from, length) -> assertArrayEquals(
                        Arrays.copyOfRange(all, (int) offset, (int) offset + length),
                        Arrays.copyOfRange(array, from, from + length)),
                1 + random.nextInt(100_000));
        assertEquals(offset + count, reader.offset());
        assertEquals(count == 0, offset == all.length);
    }

    private static byte[] randomText(Random random, int bound) {
        byte[] text = new byte[1 + random.nextInt(bound)];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) ('a' + random.nextInt(26));
        }
        return text;
    }
}
