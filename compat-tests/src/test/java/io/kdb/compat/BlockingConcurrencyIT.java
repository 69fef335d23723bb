package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/** Many clients on several I/O threads: what is pushed comes out once, whoever waits for it, wherever it was moved. */
class BlockingConcurrencyIT {
    private static final int PRODUCERS = 4;
    private static final int CONSUMERS = 6;
    private static final int ELEMENTS = 1_500;
    private static final String END = "end";

    @TempDir
    private Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private KdbServer kdb;

    @BeforeEach
    void start() throws Exception {
        kdb = KdbServer.start(
                ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\"", "io-threads 4", "dir " + folder));
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
        kdb.close();
    }

    private static void pause(Random random) {
        if (random.nextInt(4) == 0) {
            LockSupport.parkNanos(random.nextInt(200_000));
        }
    }

    private static RespClient connect(int port) throws IOException {
        RespClient client = new RespClient(port);
        client.timeoutMs(60_000);
        return client;
    }

    /** Pushes elements of its own to random lists, alone, several at once, in a transaction, or by renaming a list. */
    private Void produce(int number, String[] lists, long seed) throws IOException {
        Random random = new Random(seed * 100 + number);
        try (RespClient client = connect(kdb.port())) {
            for (int i = 0; i < ELEMENTS; ) {
                String list = lists[random.nextInt(lists.length)];
                String push = random.nextBoolean() ? "LPUSH" : "RPUSH";
                switch (random.nextInt(6)) {
                    case 0 -> {
                        List<String> words = new ArrayList<>(List.of(push, list));
                        for (int n = random.nextInt(5); n >= 0 && i < ELEMENTS; n--) {
                            words.add(number + ":" + i++);
                        }
                        client.call(words.toArray(new String[0]));
                    }
                    case 1 -> {
                        client.call("MULTI");
                        client.call(push, list, number + ":" + i++);
                        if (i < ELEMENTS) {
                            client.call(push, lists[random.nextInt(lists.length)], number + ":" + i++);
                        }
                        client.call("EXEC");
                    }
                    case 2 -> {
                        String own = "own:" + number;
                        client.call("RPUSH", own, number + ":" + i++);
                        client.call("LMOVE", own, list, "LEFT", "LEFT");
                    }
                    default -> client.call(push, list, number + ":" + i++);
                }
                pause(random);
            }
        }
        return null;
    }

    /** Takes from all of these lists by every command that waits, until it meets the end mark. */
    private Void consume(int number, String[] lists, long seed) throws IOException {
        Random random = new Random(seed * 1_000 + number);
        try (RespClient client = connect(kdb.port())) {
            while (true) {
                List<String> words = new ArrayList<>();
                int way = random.nextInt(3);
                words.addAll(way == 0 ? List.of("BLPOP") : way == 1 ? List.of("BRPOP") : List.of());
                if (way == 2) {
                    words.addAll(List.of("BLMPOP", "0", Integer.toString(lists.length)));
                }
                int first = random.nextInt(lists.length);
                for (int i = 0; i < lists.length; i++) {
                    words.add(lists[(first + i) % lists.length]);
                }
                words.addAll(way == 2 ? List.of("LEFT", "COUNT", "3") : List.of("0.05"));
                Reply reply = client.call(words.toArray(new String[0]));
                boolean ended = false;
                if (reply.type() == '*') {
                    Reply taken = reply.elements().get(1);
                    for (Reply element : way == 2 ? taken.elements() : List.of(taken)) {
                        if (element.text().startsWith(END)) {
                            ended = true;
                        } else {
                            seen.computeIfAbsent(element.text(), any -> new AtomicInteger())
                                    .incrementAndGet();
                        }
                    }
                }
                if (ended) {
                    return null;
                }
                pause(random);
            }
        }
    }

    /** Moves elements between lists, waiting for them, until told to stop. */
    private Void move(int number, String from, String to, long seed) throws IOException {
        Random random = new Random(seed * 10_000 + number);
        try (RespClient client = connect(kdb.port())) {
            while (!stop.get()) {
                if (random.nextBoolean()) {
                    client.call("BLMOVE", from, to, "LEFT", "RIGHT", "0.02");
                } else {
                    client.call("BRPOPLPUSH", from, to, "0.02");
                }
                pause(random);
            }
        }
        return null;
    }

    @RepeatedTest(4)
    void everyElementComesOutOnce(RepetitionInfo repetition) throws Exception {
        long seed = repetition.getCurrentRepetition();
        String[] lists = {"a", "b", "c", "d", "e"};
        List<Future<Void>> producers = new ArrayList<>();
        List<Future<Void>> others = new ArrayList<>();
        for (int i = 0; i < CONSUMERS; i++) {
            int number = i;
            String[] mine = i % 2 == 0 ? lists : new String[] {"c", "d", "e", "a"};
            others.add(threads.submit(() -> consume(number, mine, seed)));
        }
        List<Future<Void>> movers = new ArrayList<>();
        for (int i = 0; i < lists.length; i++) {
            int number = i;
            movers.add(threads.submit(() -> move(number, lists[number], lists[(number + 1) % lists.length], seed)));
        }
        for (int i = 0; i < PRODUCERS; i++) {
            int number = i;
            producers.add(threads.submit(() -> produce(number, lists, seed)));
        }
        for (Future<Void> producer : producers) {
            producer.get(60, TimeUnit.SECONDS);
        }
        stop.set(true);
        for (Future<Void> mover : movers) {
            mover.get(60, TimeUnit.SECONDS);
        }
        try (RespClient client = connect(kdb.port())) {
            for (Future<Void> consumer : others) {
                // One mark at a time, since BLMPOP takes several.
                while (!consumer.isDone()) {
                    if (!client.call("EXISTS", "c").text().equals("1")) {
                        client.call("RPUSH", "c", END);
                    }
                    LockSupport.parkNanos(2_000_000);
                }
                consumer.get();
            }
            // What is left: of the lists that the consumers did not look at behind their mark.
            for (String list : lists) {
                for (Reply element : client.call("LRANGE", list, "0", "-1").elements()) {
                    if (!element.text().startsWith(END)) {
                        seen.computeIfAbsent(element.text(), any -> new AtomicInteger())
                                .incrementAndGet();
                    }
                }
            }
            Reply waiting = client.call("INFO", "clients");
            assertTrue(waiting.text().contains("blocked_clients:0\r\n"), waiting.text());
        }
        assertEquals(PRODUCERS * ELEMENTS, seen.size(), "elements that came out, seed " + seed);
        seen.forEach((element, times) -> assertEquals(1, times.get(), element));
    }
}
