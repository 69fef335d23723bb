package io.kdb.tools.bench;

import io.kdb.tools.client.Address;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** redis-benchmark, on a core of its own. Immutable. */
record RedisBenchmark(Path program, int connections, int valueBytes, long keys) {
    static final String CORE = "1";

    /** Moves this process to that core, for loads that it makes itself. */
    static void pinThisProcess() throws IOException, InterruptedException {
        String pid = Long.toString(ProcessHandle.current().pid());
        Process taskset = new ProcessBuilder("taskset", "-a", "-c", "-p", CORE, pid)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        int status = taskset.waitFor();
        if (status != 0) {
            throw new IOException("taskset -p " + CORE + " " + pid + ": exit status " + status);
        }
    }

    /** Runs {@code requests} of its test {@code command} (GET, SET, ...) over random keys; requests per second. */
    double run(Address address, String command, int pipeline, long requests) throws IOException, InterruptedException {
        return parse(output(address, pipeline, requests, List.of("-t", command.toLowerCase(Locale.ROOT))), command);
    }

    /** Runs a command of one's own, {@code __rand_int__} being a random number of 12 digits; requests per second. */
    double runWords(Address address, int pipeline, long requests, List<String> words)
            throws IOException, InterruptedException {
        return parse(output(address, pipeline, requests, words), String.join(" ", words));
    }

    private String output(Address address, int pipeline, long requests, List<String> what)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
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
                "--csv"));
        command.addAll(what);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output;
        try (InputStream out = process.getInputStream()) {
            output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
        process.waitFor();
        return output;
    }

    /** The rate in the line that begins with {@code command}: {@code "GET","66225.16",...}. */
    static double parse(String output, String command) throws IOException {
        String start = "\"" + command;
        for (String line : output.split("\r?\n", -1)) {
            int rate = line.indexOf("\",\"", start.length());
            if (line.startsWith(start) && rate >= 0) {
                return Double.parseDouble(line.substring(rate + 3, line.indexOf('"', rate + 3)));
            }
        }
        throw new IOException("redis-benchmark said: " + output.strip());
    }
}
