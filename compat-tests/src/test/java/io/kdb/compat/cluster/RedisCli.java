package io.kdb.compat.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's redis-cli, where it is installed. Stateless. */
final class RedisCli {
    static final String ABSENT = "redis-cli is not on the PATH";
    private static final long LIMIT_SECONDS = 120;

    private RedisCli() {}

    static boolean exists() {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-cli")));
    }

    /** Its output, errors included, without colours and the last line's end. */
    static String run(String... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("redis-cli"));
        words.addAll(List.of(arguments));
        Path output = Files.createTempFile("redis-cli-", ".out");
        try {
            Process process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(words + " does not end: " + Files.readString(output));
            }
            return Files.readString(output, StandardCharsets.UTF_8)
                    .replaceAll("\u001b\\[[0-9;]*m", "")
                    .stripTrailing();
        } finally {
            Files.delete(output);
        }
    }
}
