package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every command and every transaction happens at once or not at all, whatever else happens on other I/O threads.
 *
 * <p>Note: threads are delayed at random, clients between their commands, the node inside its transactions (by a BITCOUNT of a
 * long string) and anywhere by threads that take the processors away. {@code -Dkdb.concurrency.seconds=n} sets how long each
 * number of I/O threads is tried.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class AtomicityIT {
    private static final int SECONDS = Integer.getInteger("kdb.concurrency.seconds", 7);
    private static final long SEED = Long.getLong("kdb.concurrency.seed", 1);
    private static final int HOGS = 2;
    private static final int ACCOUNTS = 6;
    private static final int MONEY = 1000;
    private static final int PLACES = 4;
    private static final int THINGS = 12;
    private static final int SLOW_BYTES = 3_000_000;
    private static final int SLOW_KEYS = 20;

    /** One client's work, once. */
    private interface Work {
        void run(RespClient client, Random random) throws IOException;
    }

    @TempDir
    private Path folder;

    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong clients = new AtomicLong();
    private final AtomicLong steps = new AtomicLong();
    private final List<Future<Void>> running = new ArrayList<>();
    private final AtomicLong counted = new AtomicLong();
    private final AtomicLong watched = new AtomicLong();
    private final AtomicLong produced = new AtomicLong();
    private final Set<String> consumed = ConcurrentHashMap.newKeySet();
    private ExecutorService threads;
    private int port;

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void nothingIsEverSeenHalfDone(int ioThreads) throws Exception {
        threads = Executors.newCachedThreadPool();
        try (KdbServer kdb = KdbServer.start(
                ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\"", "io-threads " + ioThreads, "dir " + folder))) {
            port = kdb.port();
            fill();
            start();
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            while (System.nanoTime() < endNs && running.stream().noneMatch(Future::isDone)) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            stop.set(true);
            for (Future<Void> one : running) {
                finish(one);
            }
            try (RespClient client = new RespClient(port)) {
                assertEquals(
                        counted.get(),
                        Long.parseLong(client.call("GET", "counter").text()));
                assertEquals(
                        counted.get(),
                        Long.parseLong(client.call("HGET", "counters", "n").text()));
                assertEquals(
                        watched.get(),
                        Long.parseLong(client.call("GET", "watched").text()));
                accountsAddUp(client);
                everyThingIsSomewhere(client);
                queuesGaveEachElementOnce(client);
            }
            System.out.println(
                    steps.get() + " steps of " + clients.get() + " clients on " + ioThreads + " I/O threads");
        } finally {
            stop.set(true);
            threads.shutdownNow();
            assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS));
        }
    }

    private static void finish(Future<Void> one) throws Exception {
        try {
            one.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError error) {
                throw error;
            }
            throw e;
        }
    }

    private void fill() throws IOException {
        try (RespClient client = new RespClient(port)) {
            for (int i = 0; i < ACCOUNTS; i++) {
                client.call("SET", "account:" + i, String.valueOf(MONEY));
            }
            for (int i = 0; i < THINGS; i++) {
                client.call("SADD", "set:0", "thing" + i);
                client.call("RPUSH", "list:0", "thing" + i);
            }
            for (int i = 0; i < SLOW_KEYS; i++) {
                client.call("SETBIT", "slow:" + i, String.valueOf(8 * SLOW_BYTES - 1), "1");
            }
            client.call("SET", "place:0", "token");
            client.call("SET", "counter", "0");
            client.call("SET", "watched", "0");
        }
    }

    private void start() {
        for (int i = 0; i < HOGS; i++) {
            running.add(threads.submit(this::hog));
        }
        start(3, AtomicityIT::transferWatched);
        start(2, AtomicityIT::transfer);
        start(2, (client, random) -> accountsAddUp(client));
        start(3, (client, random) -> count(client));
        start(2, this::countWatched);
        start(2, AtomicityIT::writePairs);
        start(2, AtomicityIT::pairsAreAlike);
        start(2, (client, random) -> client.call("RENAME", place("place", random), place("place", random)));
        start(
                1,
                (client, random) -> assertEquals(
                        "1",
                        client.call(places("EXISTS", "place").toArray(new String[0]))
                                .text()));
        start(
                2,
                (client, random) -> client.call(
                        "SMOVE", place("set", random), place("set", random), "thing" + random.nextInt(THINGS)));
        start(2, AtomicityIT::moveInLists);
        start(2, (client, random) -> everyThingIsSomewhere(client));
        start(2, this::produce);
        start(3, this::consume);
    }

    private void start(int count, Work work) {
        for (int i = 0; i < count; i++) {
            long number = clients.getAndIncrement();
            running.add(threads.submit(() -> {
                Random random = new Random(SEED * 1000 + number);
                try (RespClient client = new RespClient(port)) {
                    while (!stop.get()) {
                        work.run(client, random);
                        steps.incrementAndGet();
                        if (random.nextInt(4) == 0) {
                            LockSupport.parkNanos(random.nextInt(200_000));
                        }
                    }
                }
                return null;
            }));
        }
    }

    /** Takes a processor away, now and then, for longer or shorter. */
    private Void hog() {
        Random random = new Random(SEED);
        while (!stop.get()) {
            long endNs = System.nanoTime() + random.nextInt(3_000_000);
            while (System.nanoTime() < endNs) {
                Thread.onSpinWait();
            }
            LockSupport.parkNanos(random.nextInt(4_000_000));
        }
        return null;
    }

    private static String place(String name, Random random) {
        return name + ":" + random.nextInt(PLACES);
    }

    /** The command about all places. */
    private static List<String> places(String command, String name) {
        List<String> words = new ArrayList<>(List.of(command));
        IntStream.range(0, PLACES).forEach(i -> words.add(name + ":" + i));
        return words;
    }

    /** Queues what makes the node take its time in a transaction. */
    private static void delay(RespClient client, Random random) throws IOException {
        if (random.nextInt(8) == 0) {
            client.call("BITCOUNT", "slow:" + random.nextInt(SLOW_KEYS));
        }
    }

    // ---- sums ---------------------------------------------------------------------------------------------

    private static void transferWatched(RespClient client, Random random) throws IOException {
        String from = "account:" + random.nextInt(ACCOUNTS);
        String to = "account:" + random.nextInt(ACCOUNTS);
        if (from.equals(to)) {
            return;
        }
        int amount = random.nextInt(10);
        client.call("WATCH", from, to);
        int left = Integer.parseInt(client.call("GET", from).text());
        int right = Integer.parseInt(client.call("GET", to).text());
        if (left < amount) {
            client.call("UNWATCH");
            return;
        }
        client.call("MULTI");
        client.call("SET", from, String.valueOf(left - amount));
        delay(client, random);
        client.call("SET", to, String.valueOf(right + amount));
        client.call("EXEC");
    }

    private static void transfer(RespClient client, Random random) throws IOException {
        client.call("MULTI");
        client.call("DECRBY", "account:" + random.nextInt(ACCOUNTS), "3");
        delay(client, random);
        client.call("INCRBY", "account:" + random.nextInt(ACCOUNTS), "3");
        client.call("EXEC");
    }

    private static void accountsAddUp(RespClient client) throws IOException {
        List<String> words = new ArrayList<>(List.of("MGET"));
        IntStream.range(0, ACCOUNTS).forEach(i -> words.add("account:" + i));
        Reply all = client.call(words.toArray(new String[0]));
        assertEquals(
                ACCOUNTS * MONEY,
                all.elements().stream()
                        .mapToInt(one -> Integer.parseInt(one.text()))
                        .sum(),
                all::toString);
    }

    private void count(RespClient client) throws IOException {
        for (int i = 0; i < 20; i++) {
            client.send(List.of("INCR", "counter"));
            client.send(List.of("HINCRBY", "counters", "n", "1"));
        }
        for (int i = 0; i < 40; i++) {
            assertEquals(':', client.read().type());
        }
        counted.addAndGet(20);
    }

    private void countWatched(RespClient client, Random random) throws IOException {
        client.call("WATCH", "watched");
        int value = Integer.parseInt(client.call("GET", "watched").text());
        client.call("MULTI");
        delay(client, random);
        client.call("SET", "watched", String.valueOf(value + 1));
        if (client.call("EXEC").type() == '*') {
            watched.incrementAndGet();
        }
    }

    // ---- several keys -------------------------------------------------------------------------------------

    private static void writePairs(RespClient client, Random random) throws IOException {
        String value = String.valueOf(random.nextInt());
        List<String> words = new ArrayList<>(List.of(random.nextInt(4) == 0 ? "MSETNX" : "MSET"));
        IntStream.range(0, PLACES).forEach(i -> words.addAll(List.of("pair:" + i, value)));
        switch (random.nextInt(5)) {
            case 0 -> client.call(places("DEL", "pair").toArray(new String[0]));
            case 1 -> client.call(places("UNLINK", "pair").toArray(new String[0]));
            default -> client.call(words.toArray(new String[0]));
        }
    }

    private static void pairsAreAlike(RespClient client, Random random) throws IOException {
        if (random.nextInt(3) == 0) {
            String count =
                    client.call(places("EXISTS", "pair").toArray(new String[0])).text();
            assertTrue(count.equals("0") || count.equals(String.valueOf(PLACES)), count);
            return;
        }
        Reply all = client.call(places("MGET", "pair").toArray(new String[0]));
        assertEquals(
                1,
                Set.copyOf(all.elements().stream().map(Reply::toString).toList())
                        .size(),
                all::toString);
    }

    private static void moveInLists(RespClient client, Random random) throws IOException {
        String from = place("list", random);
        String to = place("list", random);
        switch (random.nextInt(4)) {
            case 0 -> client.call("RPOPLPUSH", from, to);
            case 1 -> client.call("BLMOVE", from, to, "LEFT", "LEFT", "0.01");
            case 2 -> {
                client.call("MULTI");
                client.call("LMOVE", from, to, "RIGHT", "RIGHT");
                delay(client, random);
                client.call("LMOVE", to, from, "RIGHT", "LEFT");
                client.call("EXEC");
            }
            default -> client.call("LMOVE", from, to, "LEFT", "RIGHT");
        }
    }

    private static void everyThingIsSomewhere(RespClient client) throws IOException {
        assertEquals(
                THINGS,
                client.call(places("SUNION", "set").toArray(new String[0]))
                        .elements()
                        .size());
        for (String[] question : new String[][] {{"SCARD", "set"}, {"LLEN", "list"}}) {
            client.call("MULTI");
            for (int i = 0; i < PLACES; i++) {
                client.call(question[0], question[1] + ":" + i);
            }
            Reply sizes = client.call("EXEC");
            assertEquals(
                    THINGS,
                    sizes.elements().stream()
                            .mapToInt(one -> Integer.parseInt(one.text()))
                            .sum(),
                    () -> question[0] + " " + sizes);
        }
    }

    // ---- queues -------------------------------------------------------------------------------------------

    private void produce(RespClient client, Random random) throws IOException {
        List<String> words = new ArrayList<>(List.of(random.nextBoolean() ? "LPUSH" : "RPUSH", place("queue", random)));
        for (int i = random.nextInt(3); i >= 0; i--) {
            words.add(String.valueOf(produced.getAndIncrement()));
        }
        client.call(words.toArray(new String[0]));
    }

    private void consume(RespClient client, Random random) throws IOException {
        List<String> words = places(random.nextBoolean() ? "BLPOP" : "BRPOP", "queue");
        words.add("0.02");
        Reply taken = client.call(words.toArray(new String[0]));
        if (taken.type() == '*') {
            String element = taken.elements().get(1).text();
            assertTrue(consumed.add(element), () -> "twice: " + element);
        }
    }

    private void queuesGaveEachElementOnce(RespClient client) throws IOException {
        for (int i = 0; i < PLACES; i++) {
            for (Reply left : client.call("LRANGE", "queue:" + i, "0", "-1").elements()) {
                assertTrue(consumed.add(left.text()), () -> "still there: " + left);
            }
        }
        assertEquals(produced.get(), consumed.size());
    }
}
