package io.kdb.tools;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.RespConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A redis-server from the PATH for one test, and the programs that come with it; where absent, the test is skipped. */
public final class RealRedis implements AutoCloseable {
    private static final int ATTEMPTS = 500;
    /** Ports tried: between our look and the server's, somebody else may take one. */
    private static final int PORTS = 5;

    private final Process process;
    private final Address address;

    private RealRedis(Process process, Address address) {
        this.process = process;
        this.address = address;
    }

    public static RealRedis start(Path folder, String... options) throws IOException, InterruptedException {
        require("redis-server");
        for (int i = 1; i < PORTS; i++) {
            try {
                return startOn(freePort(), folder, options);
            } catch (IOException taken) {
                if (!Files.readString(folder.resolve("redis.log")).contains("Address already in use")) {
                    throw taken;
                }
            }
        }
        return startOn(freePort(), folder, options);
    }

    private static RealRedis startOn(int port, Path folder, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                folder.toString(),
                "--enable-debug-command",
                "yes"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("redis.log").toFile())
                .start();
        RealRedis redis = new RealRedis(process, new Address("127.0.0.1", port));
        redis.awaitReady();
        return redis;
    }

    public Address address() {
        return address;
    }

    /** What a program prints, given these arguments and this input. */
    public static String run(String input, String... command) throws IOException, InterruptedException {
        require(command[0]);
        Path out = Files.createTempFile("kdb-test", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("hangs: " + String.join(" ", command));
            }
            return Files.readString(out, StandardCharsets.ISO_8859_1);
        } finally {
            Files.delete(out);
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }

    /** Skips the test, saying so, unless the program is there; CI has it. */
    private static void require(String program) {
        boolean there = false;
        for (String folder : System.getenv("PATH").split(":", -1)) {
            there |= Files.isExecutable(Path.of(folder, program));
        }
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(program + " is not on the PATH");
        }
        assumeTrue(there, program + " is not on the PATH");
    }

    private void awaitReady() throws IOException, InterruptedException {
        for (int i = 0; ; i++) {
            try (RespConnection connection = RespConnection.open(address, 1000)) {
                connection.call("PING");
                return;
            } catch (IOException e) {
                if (i == ATTEMPTS || !process.isAlive()) {
                    process.destroy();
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
