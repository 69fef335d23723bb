package io.kdb.compat.control;

import io.kdb.compat.NodeCommand;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The nemesis' handle on one {@link NemesisNode}: starts, orders, kills and stops it. Thread-safe. */
final class NemesisProcess {
    private final Path directory;
    private final int port;
    private volatile Process process;
    private volatile String id = "";
    private volatile boolean stopped;
    private volatile boolean struck;
    private final AtomicInteger starts = new AtomicInteger();
    private final Map<String, CompletableFuture<String>> pending = new ConcurrentHashMap<>();

    NemesisProcess(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    int port() {
        return port;
    }

    String id() {
        return id;
    }

    boolean runs() {
        Process p = process;
        return p != null && p.isAlive() && !stopped;
    }

    boolean stopped() {
        return stopped;
    }

    /** It struck itself at the step it was armed for; asked once. */
    boolean takeStruck() {
        boolean was = struck;
        struck = false;
        return was;
    }

    void start() throws IOException {
        List<String> command =
                NodeCommand.test(64, NemesisNode.class, "-Dlogback.configurationFile=nemesis-logback.xml");
        command.addAll(List.of(directory.toString(), Integer.toString(port)));
        stopped = false;
        CompletableFuture<String> up = new CompletableFuture<>();
        pending.put("up", up);
        int number = starts.incrementAndGet();
        File errors = directory.resolveSibling(directory.getFileName() + ".err").toFile();
        Process p = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(errors))
                .start();
        process = p;
        Thread reader = new Thread(() -> read(p, number), "nemesis-" + port);
        reader.setDaemon(true);
        reader.start();
        String name = up.orTimeout(60, TimeUnit.SECONDS).join();
        if (name == null) {
            throw new IOException("node on port " + port + " did not start: see " + errors);
        }
        id = name;
    }

    private void read(Process p, int number) {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", 3);
                switch (words[0]) {
                    case "up" -> complete("up", words[1]);
                    case "ok" -> complete(words[1], words.length > 2 ? words[2] : "");
                    case "fail" -> complete(words[1], null);
                    case "struck" -> {
                        stopped = line.endsWith("stop");
                        struck = true;
                    }
                    default -> {
                        // The engine's own words.
                    }
                }
            }
        } catch (IOException e) {
            // It is dead: what follows is true.
        }
        if (number == starts.get()) {
            pending.keySet().forEach(tag -> complete(tag, null));
        }
    }

    private void complete(String tag, String answer) {
        CompletableFuture<String> waiter = pending.remove(tag);
        if (waiter != null) {
            waiter.complete(answer);
        }
    }

    /** Gives an order; the answer is null when it failed, the process died or it took longer than the limit. */
    CompletableFuture<String> ask(String tag, String order, long limitMs) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        pending.put(tag, answer);
        if (!tell(order)) {
            complete(tag, null);
        }
        return answer.completeOnTimeout(null, limitMs, TimeUnit.MILLISECONDS);
    }

    boolean tell(String order) {
        Process p = process;
        if (p == null || !p.isAlive()) {
            return false;
        }
        try {
            synchronized (this) {
                OutputStream out = p.getOutputStream();
                out.write((order + "\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    void kill() throws InterruptedException {
        Process p = process;
        if (p != null) {
            signal("KILL");
            p.waitFor();
        }
        stopped = false;
    }

    void stop() throws InterruptedException {
        signal("STOP");
        stopped = true;
    }

    void thaw() throws InterruptedException {
        signal("CONT");
        stopped = false;
    }

    private void signal(String name) throws InterruptedException {
        Process p = process;
        if (p == null || !p.isAlive()) {
            return;
        }
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(p.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException("kill is missing", e);
        }
    }
}
