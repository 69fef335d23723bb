package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every transcript, on Redis and on kdb: {@code -Dkdb.transcripts=regex} picks files. */
class TranscriptIT {
    private static final Path FOLDER = Path.of("src/test/resources/transcripts");
    private static final String[] OPTIONS = {"--enable-debug-command", "yes"};

    private static RunningServer redis;
    private static RunningServer kdb;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        redis = RunningServer.redis(OPTIONS);
        kdb = RunningServer.kdb(OPTIONS);
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        if (redis != null) redis.close();
        if (kdb != null) kdb.close();
    }

    @TestFactory
    Stream<DynamicTest> redisAnswersAsWritten() throws IOException {
        return tests(redis, Boolean.getBoolean("kdb.record"));
    }

    @TestFactory
    Stream<DynamicTest> kdbAnswersAsWritten() throws IOException {
        return tests(kdb, false);
    }

    private static Stream<DynamicTest> tests(RunningServer server, boolean record) throws IOException {
        String chosen = System.getProperty("kdb.transcripts", "");
        try (Stream<Path> files = Files.walk(FOLDER)) {
            List<Path> transcripts = files.filter(f -> f.toString().endsWith(".txt"))
                    .filter(f -> FOLDER.relativize(f).toString().matches(".*" + chosen + ".*"))
                    .sorted()
                    .toList();
            return transcripts.stream()
                    .map(f -> DynamicTest.dynamicTest(FOLDER.relativize(f) + " on " + server, () -> {
                        if (record) new Transcript(f).record(server);
                        assertEquals(List.of(), new Transcript(f).run(server));
                    }));
        }
    }
}
