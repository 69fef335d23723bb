package io.kdb.compat.transcript;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A redis-server 7.0.15 of its own, from the embedded-redis jar, on a free port and in an empty directory. Thread-safe. */
final class RealRedis implements AutoCloseable {
    private static final long START_LIMIT_MS = 20_000;
    private static final long RETRY_MS = 20;
    private static Path executable;

    private final Process process;
    private final Path dir;
    private final int port;

    private RealRedis(Process process, Path dir, int port) {
        this.process = process;
        this.dir = dir;
        this.port = port;
    }

    int port() {
        return port;
    }

    static RealRedis start(String... options) throws IOException {
        Path dir = Files.createTempDirectory("transcript-redis");
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(
                executable().toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                dir.toString(),
                "--enable-debug-command",
                "yes"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("log").toFile())
                .start();
        RealRedis redis = new RealRedis(process, dir, port);
        redis.awaitStart();
        return redis;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitStart() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_LIMIT_MS);
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException refused) {
                if (exits(RETRY_MS) || System.nanoTime() > deadline) {
                    String log = Files.readString(dir.resolve("log"));
                    close();
                    throw new IOException("redis-server does not start: " + log, refused);
                }
            }
        }
    }

    private boolean exits(long withinMs) {
        try {
            return process.waitFor(withinMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** The jar's executable for this machine, unpacked once. */
    private static synchronized Path executable() throws IOException {
        if (executable == null) {
            boolean mac = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac");
            boolean arm = System.getProperty("os.arch").matches("aarch64|arm64");
            String name = "redis-server-7.0.15-" + (mac ? "darwin" : "linux") + "-" + (arm ? "arm64" : "amd64");
            Path file = Files.createTempFile("redis-server", "");
            file.toFile().deleteOnExit();
            try (InputStream in = RealRedis.class.getClassLoader().getResourceAsStream(name)) {
                if (in == null) {
                    throw new IOException("embedded-redis: no " + name);
                }
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            }
            if (!file.toFile().setExecutable(true)) {
                throw new IOException(file + ": cannot be made executable");
            }
            executable = file;
        }
        return executable;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.walkFileTree(dir, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, IOException e) throws IOException {
                Files.delete(path);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
