package io.kdb.server.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.kdb.resp.Arguments;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EffectsLogConcurrencyTest {
    private static final int WRITERS = 3;
    private static final int PIECES = 20_000;

    /** Checks that pieces come whole and each writer's in its order: a piece is {@code <writer number number ...>}. */
    private static final class Checker implements LogReader.Sink {
        private final StringBuilder line = new StringBuilder();
        private final int[] next = new int[WRITERS];
        long bytes;

        @Override
        public void accept(byte[] array, int from, int length) {
            bytes += length;
            for (int i = from; i < from + length; i++) {
                if (array[i] == '>') {
                    check(line.substring(line.indexOf("<") + 1));
                    line.setLength(0);
                } else {
                    line.append((char) array[i]);
                }
            }
        }

        private void check(String piece) {
            String[] words = piece.split(" ", -1);
            int writer = Integer.parseInt(words[0]);
            for (int i = 1; i < words.length; i++) {
                assertEquals(next[writer], Integer.parseInt(words[i]));
            }
            next[writer]++;
        }
    }

    @Test
    void readersFollowWritersWithoutALock() throws InterruptedException {
        EffectsLog log = new EffectsLog(1 << 16, new Random(1));
        log.activate();
        List<Thread> threads = new ArrayList<>();
        List<Checker> checkers = new ArrayList<>();
        List<Throwable> problems = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Semaphore wakes = new Semaphore(0);
            LogReader reader = log.openReader(0, Long.MAX_VALUE, wakes::release);
            Checker checker = new Checker();
            checkers.add(checker);
            threads.add(new Thread(() -> {
                while (total(checker) < WRITERS * PIECES) {
                    if (reader.read(checker, 10_000) == 0 && reader.arm()) {
                        wakes.acquireUninterruptibly();
                    }
                }
                reader.close();
            }));
        }
        for (int w = 0; w < WRITERS; w++) {
            int writer = w;
            threads.add(new Thread(() -> write(log, writer)));
        }
        for (Thread thread : threads) {
            thread.setUncaughtExceptionHandler((dead, problem) -> problems.add(problem));
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(100));
            assertTrue(!thread.isAlive(), "a thread hangs");
        }
        assertEquals(List.of(), problems);
        for (Checker checker : checkers) {
            assertEquals(log.endOffset(), checker.bytes);
        }
    }

    private static int total(Checker checker) {
        int sum = 0;
        for (int next : checker.next) {
            sum += next;
        }
        return sum;
    }

    private static void write(EffectsLog log, int writer) {
        Effects effects = new Effects(log);
        for (int i = 0; i < PIECES; i++) {
            StringBuilder text = new StringBuilder("<" + writer);
            int repeats = i % 1_000 == 0 ? 20_000 : 1 + i % 50;
            for (int n = 0; n < repeats; n++) {
                text.append(' ').append(i);
            }
            byte[] bytes = text.append('>').toString().getBytes(StandardCharsets.ISO_8859_1);
            effects.begin();
            effects.start(EffectsLog.NO_DB, writer, 1).argument(bytes);
            effects.commit();
            if (i % 3 == 0 || i == PIECES - 1) {
                effects.announce();
            }
        }
    }

    @Test
    void aWriteMakesNoGarbageInTheSteadyState() {
        EffectsLog log = new EffectsLog(1 << 20, new Random(1));
        log.activate();
        Effects effects = new Effects(log);
        LogReader reader = log.openReader(0, Long.MAX_VALUE, () -> {});
        long[] seen = new long[1];
        LogReader.Sink sink = (array, from, length) -> seen[0] += length;
        Arguments set = Arguments.of("SET", "key:000000000001", "v".repeat(64));
        write(effects, set, reader, sink, 200_000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        int writes = 100_000;
        write(effects, set, reader, sink, writes);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < writes / 10, allocated + " bytes for " + writes + " writes");
        assertEquals(log.endOffset(), seen[0]);
    }

    private static void write(Effects effects, Arguments set, LogReader reader, LogReader.Sink sink, int writes) {
        for (int i = 0; i < writes; i++) {
            effects.begin();
            effects.add(0, 1, set);
            effects.commit();
            effects.announce();
            if (i % 16 == 15) {
                while (reader.read(sink, 65_536) > 0) {}
                reader.arm();
            }
        }
    }
}
