package io.kdb.compat.transcript;

import io.kdb.compat.RunningServer;
import io.kdb.server.KdbServer;
import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every transcript, on kdb and on a real Redis 7.0.15: the latter proves the transcript, the former kdb. */
class TranscriptTest {
    /** Runs a transcript on an empty server of its own. */
    private interface Target {
        void run(Transcript transcript) throws IOException, InterruptedException;
    }

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> onKdb() throws IOException {
        return tests(files(), transcript -> {
            try (KdbServer kdb = KdbServer.start(config(directory))) {
                TranscriptClient.run(transcript, kdb.port());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> onRedis() throws IOException {
        return tests(files(), transcript -> {
            try (RunningServer redis = RunningServer.redis("--enable-debug-command", "yes")) {
                TranscriptClient.run(transcript, redis.port());
            }
        });
    }

    /** A kdb with cluster-enabled yes that is alone. */
    @TestFactory
    Stream<DynamicTest> clusterOnKdb() throws IOException {
        return tests(clusterFiles(), transcript -> {
            try (RunningServer kdb = RunningServer.kdb("--cluster-enabled", "yes")) {
                TranscriptClient.run(transcript, kdb.port());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> clusterOnRedis() throws IOException {
        return tests(clusterFiles(), transcript -> {
            try (RunningServer redis = RunningServer.redis("--cluster-enabled", "yes")) {
                TranscriptClient.run(transcript, redis.port());
            }
        });
    }

    /** Of a kdb without data; its files go into a new folder in that directory. */
    static ServerConfig config(Path directory) throws IOException {
        try {
            return ServerConfig.of(
                    "port 0",
                    "bind 127.0.0.1",
                    "save \"\"",
                    "enable-debug-command yes",
                    "dir \"" + Files.createTempDirectory(directory, "kdb") + "\"");
        } catch (ConfigFileError e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<DynamicTest> tests(List<Path> files, Target target) {
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(
                        file.getFileName().toString(), () -> target.run(Transcript.load(file))));
    }

    /** For a server alone. */
    static List<Path> files() throws IOException {
        return files(transcripts());
    }

    /** For a node of a cluster. */
    private static List<Path> clusterFiles() throws IOException {
        return files(transcripts().resolve("cluster"));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
        }
    }

    private static Path transcripts() {
        try {
            URI found = TranscriptTest.class.getResource("/transcripts").toURI();
            return Path.of(found);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
