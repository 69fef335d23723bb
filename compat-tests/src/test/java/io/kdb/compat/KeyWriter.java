package io.kdb.compat;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes keys of its own until it is told to end, remembers what was acknowledged, and checks every reply against that: a
 * write lost, done twice or answered with an error is its failure. Owner: the test; runs on a thread of its own.
 */
public final class KeyWriter {
    private final Map<String, String> acknowledged = new HashMap<>();
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final Thread thread;
    private final RedirectedClient client;
    private final int id;
    private final int keys;
    private volatile boolean ends;
    private volatile boolean looks;
    private volatile boolean loaded;
    private volatile long commands;

    /** {@code keys}: how many it has; {@code firstPort}: of any node. */
    public KeyWriter(int id, int keys, int firstPort) {
        this.id = id;
        this.keys = keys;
        client = new RedirectedClient(firstPort);
        thread = new Thread(this::run, "writer-" + id);
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try (client) {
            for (int i = 0; i < keys && !ends; i++) {
                String key = "key:" + id + ":" + i;
                expect("+OK", key, client.call(key, "SET", key, "0"));
                acknowledged.put(key, "0");
            }
            loaded = true;
            Random random = new Random(id);
            while (!ends && failure.get() == null) {
                if (looks) {
                    lookAround();
                    looks = false;
                }
                one("key:" + id + ":" + random.nextInt(keys), random.nextInt(4));
            }
        } catch (IOException e) {
            failure.compareAndSet(null, e.toString());
        }
    }

    private void lookAround() throws IOException {
        for (int i = 0; i < keys && !ends; i++) {
            one("key:" + id + ":" + i, 3);
        }
    }

    /** Has it read each of its keys once, and so learn where all its slots are now. */
    public void look() {
        looks = true;
    }

    /** Whether that is under way. */
    public boolean isLooking() {
        return looks && failure.get() == null;
    }

    private void one(String key, int what) throws IOException {
        String value = acknowledged.get(key);
        switch (what) {
            case 0 -> {
                long next = value == null ? 1 : Long.parseLong(value) + 1;
                expect(Long.toString(next), key, client.call(key, "INCR", key));
                acknowledged.put(key, Long.toString(next));
            }
            case 1 -> {
                expect("+OK", key, client.call(key, "SET", key, "7", "EX", "1000"));
                acknowledged.put(key, "7");
            }
            case 2 -> {
                expect(value == null ? "0" : "1", key, client.call(key, "DEL", key));
                acknowledged.remove(key);
            }
            default -> expect(value == null ? "nil" : '"' + value + '"', key, client.call(key, "GET", key));
        }
    }

    private void expect(String wanted, String key, Reply reply) {
        commands = commands + 1;
        if (!wanted.equals(reply.toString())) {
            failure.compareAndSet(null, key + ": " + reply + " (expected: " + wanted + ")");
        }
    }

    /** Its keys are all there once. */
    public boolean isLoaded() {
        return loaded;
    }

    /** What went wrong, or null. */
    public String failure() {
        return failure.get();
    }

    /** Commands answered so far. */
    public long commands() {
        return commands;
    }

    public RedirectedClient client() {
        return client;
    }

    /** Writes no more; done once the last command is answered. */
    public void end() throws InterruptedException {
        ends = true;
        thread.join();
    }

    /** Keys and the values they must have. After {@link #end}. */
    public Map<String, String> acknowledged() {
        return acknowledged;
    }
}
