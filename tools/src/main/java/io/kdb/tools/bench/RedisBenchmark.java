package io.kdb.tools.bench;

import io.kdb.tools.client.Address;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** redis-benchmark, on a core of its own. Immutable. */
record RedisBenchmark(Path program, int connections, int valueBytes, long keys) {
    private static final String CORE = "1";

    /** Runs {@code requests} of {@code command} (GET or SET) over random keys; requests per second. */
    double run(Address address, String command, int pipeline, long requests) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        "taskset",
                        "-c",
                        CORE,
                        program.toString(),
                        "-h",
                        address.host(),
                        "-p",
                        Integer.toString(address.port()),
                        "-c",
                        Integer.toString(connections),
                        "-n",
                        Long.toString(requests),
                        "-P",
                        Integer.toString(pipeline),
                        "-d",
                        Integer.toString(valueBytes),
                        "-r",
                        Long.toString(keys),
                        "-t",
                        command.toLowerCase(Locale.ROOT),
                        "--csv"))
                .redirectErrorStream(true)
                .start();
        String output;
        try (InputStream out = process.getInputStream()) {
            output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
        process.waitFor();
        return parse(output, command);
    }

    /** The rate in the line of {@code command}: {@code "GET","66225.16",...}. */
    static double parse(String output, String command) throws IOException {
        String start = "\"" + command + "\",\"";
        for (String line : output.split("\r?\n", -1)) {
            if (line.startsWith(start)) {
                return Double.parseDouble(line.substring(start.length(), line.indexOf('"', start.length())));
            }
        }
        throw new IOException("redis-benchmark said: " + output.strip());
    }
}
