package io.kdb.compat.transcript;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kdb.compat.RunningServer;
import io.kdb.server.KdbServer;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.log.LogReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What a transcript's commands leave in the effects log is what they leave in Redis' append-only file. */
class PropagationTest {
    private static final long LOG_LIMIT_BYTES = 64 << 20;
    /** Numbers from here on that differ by less than the slack are times, taken in two runs. */
    private static final long TIME_MS = 1_600_000_000_000L;

    private static final long TIME_SLACK_MS = 120_000;
    /** They decide whether the primary does it; once it did, kdb does not repeat them to its replicas, as Redis does. */
    private static final Set<String> CONDITIONS = Set.of("NX", "XX", "GT", "LT", "GET");

    private static final Set<String> PUBLISHING = Set.of("PUBLISH", "SPUBLISH");

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> logsWhatRedisLogs() throws IOException {
        return TranscriptTest.files().stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> compare(file)));
    }

    private void compare(Path file) throws IOException, InterruptedException {
        Transcript transcript = Transcript.load(file);
        boolean isBlocking = transcript.name().contains("blocking");
        List<List<String>> expected = withoutFrames(ofRedis(transcript), isBlocking);
        List<List<String>> actual = withoutFrames(ofKdb(transcript), isBlocking);
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            assertEquals(line(expected.get(i)), line(withTimesOf(expected.get(i), actual.get(i))), "effect " + i);
        }
        int common = Math.min(expected.size(), actual.size());
        assertEquals(
                lines(expected.subList(common, expected.size())),
                lines(actual.subList(common, actual.size())),
                "the rest");
    }

    /** kdb frames a push and what it served; Redis does not. */
    private static List<List<String>> withoutFrames(List<List<String>> effects, boolean isBlocking) {
        return isBlocking
                ? effects.stream()
                        .filter(words ->
                                !words.get(0).equals("MULTI") && !words.get(0).equals("EXEC"))
                        .toList()
                : effects;
    }

    private static List<String> lines(List<List<String>> effects) {
        return effects.stream().map(PropagationTest::line).toList();
    }

    private static String line(List<String> words) {
        StringBuilder line = new StringBuilder();
        words.forEach(word -> line.append(Reply.quoted(word)).append(' '));
        return line.toString();
    }

    private static List<String> withTimesOf(List<String> expected, List<String> actual) {
        List<String> words = new ArrayList<>(actual);
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            if (isTime(expected.get(i)) && isTime(actual.get(i))) {
                long difference = Long.parseLong(expected.get(i)) - Long.parseLong(actual.get(i));
                if (Math.abs(difference) < TIME_SLACK_MS) {
                    words.set(i, expected.get(i));
                }
            }
        }
        return words;
    }

    private static boolean isTime(String word) {
        return word.matches("\\d{13}") && Long.parseLong(word) >= TIME_MS;
    }

    private static List<List<String>> ofRedis(Transcript transcript) throws IOException, InterruptedException {
        try (RunningServer redis = RunningServer.redis(
                "--enable-debug-command", "yes", "--appendonly", "yes", "--appendfsync", "always")) {
            try (TranscriptClient client = new TranscriptClient(redis.port())) {
                client.send("", List.of("DEBUG", "SET-ACTIVE-EXPIRE", "0"));
                client.read("");
            }
            TranscriptClient.run(transcript, redis.port());
            return commands(Files.readAllBytes(
                    redis.directory().resolve("appendonlydir").resolve("appendonly.aof.1.incr.aof")));
        }
    }

    private List<List<String>> ofKdb(Transcript transcript) throws IOException {
        try (KdbServer kdb = KdbServer.start(TranscriptTest.config(directory))) {
            kdb.node().activeExpire(false);
            EffectsLog log = kdb.node().log();
            log.activate();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (LogReader reader = log.openReader(log.endOffset(), LOG_LIMIT_BYTES, () -> {})) {
                TranscriptClient.run(transcript, kdb.port());
                while (reader.read(bytes::write, Integer.MAX_VALUE) > 0) {}
                assertEquals(0, reader.lag());
            }
            return withoutMessages(commands(bytes.toByteArray()));
        }
    }

    /** Redis sends messages to replicas alone; what is left of a transaction may be too little to need a frame. */
    private static List<List<String>> withoutMessages(List<List<String>> effects) {
        List<List<String>> kept = new ArrayList<>();
        for (List<String> words : effects) {
            int size = kept.size();
            if (PUBLISHING.contains(words.get(0))) {
                continue;
            }
            kept.add(words);
            if (words.get(0).equals("EXEC")
                    && size >= 2
                    && kept.get(size - 2).get(0).equals("MULTI")) {
                kept.remove(size);
                kept.remove(size - 2);
            }
        }
        return kept;
    }

    private static List<List<String>> commands(byte[] stream) throws IOException {
        List<List<String>> commands = new ArrayList<>();
        ByteArrayInputStream in = new ByteArrayInputStream(stream);
        while (in.available() > 0) {
            List<String> words = new ArrayList<>();
            Reply.read(in).elements().forEach(element -> words.add(element.text()));
            words.set(0, words.get(0).toUpperCase(Locale.ROOT));
            boolean isSet = words.get(0).equals("SET");
            if (isSet || words.get(0).equals("PEXPIREAT")) {
                for (int i = words.size() - 1; i >= 3; i--) {
                    words.set(i, words.get(i).toUpperCase(Locale.ROOT));
                    if (CONDITIONS.contains(words.get(i))) {
                        words.remove(i);
                    }
                }
            }
            commands.add(words);
        }
        return commands;
    }
}
