package io.kdb.compat.transcript;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.kdb.compat.RunningServer;
import io.kdb.server.KdbServer;
import io.kdb.tools.client.Address;
import io.kdb.tools.fuzz.Difference;
import io.kdb.tools.fuzz.Fuzzer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/** Random commands, right and wrong ones, get the same replies from kdb and from a real Redis. */
class DifferentialTest {
    private static final int ROUNDS = 500;
    private static final int SHARE = 50;

    private static final int LANES = 2;

    /** A Redis and a kdb, of which nobody else knows. */
    private record Lane(RunningServer redis, KdbServer kdb, Fuzzer fuzzer) {}

    @TempDir
    private static Path directory;

    private static final List<Lane> LANE = new ArrayList<>();
    private static final ExecutorService THREADS = Executors.newFixedThreadPool(LANES);

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        for (int i = 0; i < LANES; i++) {
            RunningServer redis = RunningServer.redis("--enable-debug-command", "yes");
            KdbServer kdb = KdbServer.start(TranscriptTest.config(directory));
            Fuzzer fuzzer =
                    new Fuzzer(new Address("127.0.0.1", redis.port()), new Address("127.0.0.1", kdb.port()), List.of());
            LANE.add(new Lane(redis, kdb, fuzzer));
        }
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        THREADS.shutdown();
        for (Lane lane : LANE) {
            lane.kdb.close();
            lane.redis.close();
        }
    }

    /** A million commands; the seeds are the same each time. {@code kdb fuzz} goes on with others. */
    @RepeatedTest(ROUNDS / SHARE)
    void answersAlike(RepetitionInfo repetition) throws Exception {
        List<Future<Difference>> differences = new ArrayList<>();
        for (int i = 0; i < LANES; i++) {
            int first = i;
            differences.add(THREADS.submit(() -> {
                Difference difference = null;
                for (int round = first; round < SHARE && difference == null; round += LANES) {
                    difference = LANE.get(first).fuzzer.round(repetition.getCurrentRepetition() * 1000L + round);
                }
                return difference;
            }));
        }
        for (Future<Difference> difference : differences) {
            if (difference.get() != null) {
                fail(difference.get().report());
            }
        }
    }

    /** Values that arrive, are kept, sent and logged in pieces, around the sizes of those. */
    @RepeatedTest(8)
    void keepsLargeValuesAlike(RepetitionInfo repetition) throws IOException {
        Random random = new Random(repetition.getCurrentRepetition());
        int size = (1 << 16 + random.nextInt(7)) + random.nextInt(50) - 25;
        String value = bytes(random, size);
        String more = bytes(random, 1 + random.nextInt(3_000_000));
        String key = "large" + repetition.getCurrentRepetition();
        String at = Integer.toString(random.nextInt(2 * size));
        try (TranscriptClient onRedis = new TranscriptClient(LANE.get(0).redis.port());
                TranscriptClient onKdb = new TranscriptClient(LANE.get(0).kdb.port())) {
            for (List<String> command : List.of(
                    List.of("SET", key, value),
                    List.of("GET", key),
                    List.of("APPEND", key, more),
                    List.of("SETRANGE", key, at, value),
                    List.of("GETRANGE", key, at, "-10"),
                    List.of("GETSET", key, more),
                    List.of("MSET", key, value, key + "b", more),
                    List.of("MGET", key, key + "b"),
                    List.of("RENAME", key + "b", key + "c"),
                    List.of("COPY", key + "c", key, "REPLACE"),
                    List.of("SET", key + "d", value, "GET", "PX", "100000"),
                    List.of("GETEX", key + "d", "PERSIST"),
                    List.of("GETDEL", key + "d"),
                    List.of("GET", key))) {
                Reply[] replies = both(onRedis, onKdb, command);
                assertEquals(replies[0], replies[1], command.get(0));
            }
            String[] payloads = new String[2];
            Reply[] dumps = both(onRedis, onKdb, List.of("DUMP", key));
            for (int i = 0; i < 2; i++) {
                payloads[i] = dumps[i].text();
            }
            onRedis.send("", List.of("RESTORE", key, "0", payloads[1], "REPLACE"));
            onKdb.send("", List.of("RESTORE", key, "0", payloads[0], "REPLACE"));
            assertEquals("OK", onRedis.read("").text());
            assertEquals("OK", onKdb.read("").text());
            Reply[] restored = both(onRedis, onKdb, List.of("GET", key));
            assertEquals(more, restored[0].text());
            assertEquals(more, restored[1].text());
        }
    }

    private static String bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static Reply[] both(TranscriptClient onRedis, TranscriptClient onKdb, List<String> command)
            throws IOException {
        onRedis.send("", command);
        onKdb.send("", command);
        return new Reply[] {onRedis.read(""), onKdb.read("")};
    }
}
