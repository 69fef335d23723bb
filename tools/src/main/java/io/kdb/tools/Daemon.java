package io.kdb.tools;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.tools.local.LocalCluster.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code daemonize yes}: the node runs again in a session of its own, and this process ends once that one serves, or
 * tells why it does not. Redis returns before the port is open; waiting for it spares scripts the guess. Stateless.
 */
final class Daemon {
    private static final String VARIABLE = "KDB_DAEMON";
    private static final String READY = "kdb: ready";

    private Daemon() {}

    /** Whether this process is the one in the background. */
    static boolean isDaemon() {
        return System.getenv(VARIABLE) != null;
    }

    /** Tells the waiting process that the node serves. */
    static void announce() {
        if (isDaemon()) {
            System.out.println(READY);
        }
    }

    /** Starts the node in the background with the same arguments and input, and waits; the exit status. */
    static int start(List<String> arguments, byte[] input, ServerConfig config)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        try {
            command.add(Launcher.path().toString());
        } catch (Problem e) {
            System.err.println("kdb server: " + e.getMessage());
            return 1;
        }
        command.add("server");
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("KDB_DETACH", "1");
        builder.environment().put(VARIABLE, "1");
        Process process = builder.start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input);
        }
        List<String> said = new ArrayList<>();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals(READY)) {
                return 0;
            }
            said.add(line);
        }
        said.forEach(System.err::println);
        String log = config.get(Parameters.LOGFILE);
        System.err.println("kdb server: the node ended before it served" + (log.isEmpty() ? "" : "; see " + log));
        return Math.max(1, process.waitFor());
    }
}
