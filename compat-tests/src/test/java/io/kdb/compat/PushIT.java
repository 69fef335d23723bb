package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What reaches a connection unasked, between connections on two I/O threads; where it has an order or a shape, a real Redis
 * is asked the same.
 */
class PushIT {
    private static final int CLIENTS = 6;
    private static final int ROUNDS = 400;

    private KdbServer kdb;
    private final List<RespClient> open = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        kdb = KdbServer.start(
                ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\"", "io-threads 2", "enable-debug-command yes"));
    }

    @AfterEach
    void stop() throws IOException {
        for (RespClient client : open) {
            client.close();
        }
        kdb.close();
    }

    private RespClient client() throws IOException {
        return client(kdb.port());
    }

    private RespClient client(int port) throws IOException {
        RespClient client = new RespClient(port);
        open.add(client);
        return client;
    }

    private List<RespClient> clients(int count) throws IOException {
        List<RespClient> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(client());
        }
        return clients;
    }

    /** Every subscriber sees every publisher's messages in that publisher's order, wherever their connections run. */
    @Test
    void messagesKeepTheirPublishersOrder() throws Exception {
        List<RespClient> subscribers = clients(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            subscribers.get(i).call(i % 2 == 0 ? "SUBSCRIBE" : "PSUBSCRIBE", i % 2 == 0 ? "ch" : "c?");
        }
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int p = 0; p < CLIENTS; p++) {
            RespClient publisher = client();
            int number = p;
            threads.add(new Thread(() -> {
                try {
                    for (int i = 0; i < ROUNDS; i++) {
                        assertEquals(
                                String.valueOf(CLIENTS),
                                publisher
                                        .call("PUBLISH", "ch", number + ":" + i)
                                        .text());
                    }
                } catch (IOException | AssertionError e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (RespClient subscriber : subscribers) {
            Map<String, Integer> next = new HashMap<>();
            for (int i = 0; i < CLIENTS * ROUNDS; i++) {
                List<Reply> message = subscriber.read().elements();
                String[] parts = message.get(message.size() - 1).text().split(":");
                assertEquals(next.getOrDefault(parts[0], 0), Integer.parseInt(parts[1]));
                next.merge(parts[0], 1, (a, b) -> a + 1);
                next.putIfAbsent(parts[0], 1);
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
    }

    /** Whoever has seen a PUBLISH answered finds the message delivered before what he asks for next. */
    @Test
    void aMessageIsThereOncePublishWasAnswered() throws Exception {
        List<RespClient> subscribers = clients(CLIENTS);
        RespClient publisher = client();
        for (int i = 0; i < ROUNDS; i++) {
            RespClient subscriber = subscribers.get(i % CLIENTS);
            publisher.call("PUBLISH", "late", "before the subscription");
            assertEquals(
                    "[\"subscribe\", \"late\", 1]",
                    subscriber.call("SUBSCRIBE", "late").toString());
            assertEquals("1", publisher.call("PUBLISH", "late", "m" + i).text());
            assertEquals(
                    "[\"message\", \"late\", \"m" + i + "\"]",
                    subscriber.call("UNSUBSCRIBE").toString());
            assertEquals("[\"unsubscribe\", \"late\", 0]", subscriber.read().toString());
        }
    }

    /** The events of one key come in the order of what happened to it, from writers on both threads. */
    @Test
    void eventsOfAKeyKeepTheirOrder() throws Exception {
        RespClient listener = client();
        client().call("CONFIG", "SET", "notify-keyspace-events", "KA");
        listener.call("SUBSCRIBE", "__keyspace@0__:k");
        List<Thread> threads = new ArrayList<>();
        for (RespClient writer : clients(CLIENTS)) {
            threads.add(new Thread(() -> {
                try {
                    for (int i = 0; i < ROUNDS; i++) {
                        writer.call("SETNX", "k", "v");
                        writer.call("DEL", "k");
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        client().call("PUBLISH", "__keyspace@0__:k", "end");
        String before = "del";
        for (String event = event(listener); !event.equals("end"); event = event(listener)) {
            assertTrue(!event.equals(before), "twice in a row: " + event);
            before = event;
        }
        assertEquals("del", before);
    }

    private static String event(RespClient listener) throws IOException {
        return listener.read().elements().get(2).text();
    }

    /** A client that keeps what it has read, and drops what it is told of, never serves a value older than a later write. */
    @Test
    void cachesAreToldOfEveryChange() throws Exception {
        RespClient writer = client();
        List<RespClient> readers = clients(CLIENTS);
        for (RespClient reader : readers) {
            reader.call("HELLO", "3");
            reader.call("CLIENT", "TRACKING", "ON");
        }
        for (int i = 0; i < ROUNDS; i++) {
            String key = "cached:" + i % 7;
            for (RespClient reader : readers) {
                assertEquals(
                        i < 7 ? "nil" : "\"" + (i - 7) + "\"",
                        reader.call("GET", key).toString());
            }
            writer.call("SET", key, String.valueOf(i));
            for (RespClient reader : readers) {
                // The write was answered, so what follows cannot overtake its invalidation.
                assertEquals(
                        ">[\"invalidate\", [\"" + key + "\"]]",
                        reader.call("PING").toString());
                assertEquals("+PONG", reader.read().toString());
            }
        }
        assertEquals("0", info(writer, "tracking_total_keys"));
    }

    private static String info(RespClient client, String field) throws IOException {
        for (String line : client.call("INFO", "everything").text().split("\r\n")) {
            if (line.startsWith(field + ":")) {
                return line.substring(field.length() + 1);
            }
        }
        return "";
    }

    @Test
    void connectionsThatLeaveLeaveNothing() throws Exception {
        RespClient observer = client();
        for (RespClient leaver : clients(CLIENTS)) {
            leaver.call("HELLO", "3");
            leaver.call("SUBSCRIBE", "x");
            leaver.call("PSUBSCRIBE", "x*");
            leaver.call("SSUBSCRIBE", "x");
            leaver.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "p");
            leaver.close();
        }
        List<String> expected = List.of("0", "0", "0", "0", "0");
        List<String> fields = List.of(
                "pubsub_channels",
                "pubsub_patterns",
                "pubsubshard_channels",
                "tracking_clients",
                "tracking_total_prefixes");
        List<String> seen = List.of();
        for (int i = 0; i < 100 && !seen.equals(expected); i++) {
            Thread.sleep(20);
            seen = new ArrayList<>();
            for (String field : fields) {
                seen.add(info(observer, field));
            }
        }
        assertEquals(expected, seen);
    }

    /** A subscriber that does not read is closed when it has the limit before it; the publisher and others go on. */
    @Test
    void aSubscriberThatDoesNotReadIsClosed() throws Exception {
        RespClient publisher = client();
        publisher.call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 4mb 0 0");
        List<RespClient> lazy = clients(2);
        RespClient eager = client();
        for (RespClient subscriber : lazy) {
            subscriber.call("SUBSCRIBE", "big");
        }
        eager.call("SUBSCRIBE", "big");
        String message = "x".repeat(100_000);
        int receivers = 3;
        for (int i = 0; i < 3000 && receivers > 1; i++) {
            receivers =
                    Integer.parseInt(publisher.call("PUBLISH", "big", message).text());
            assertEquals(message, eager.read().elements().get(2).text());
        }
        assertEquals(1, receivers);
        for (RespClient subscriber : lazy) {
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 3000; i++) {
                    subscriber.read();
                }
            });
        }
        assertEquals("+PONG", publisher.call("PING").toString());
    }

    // ---- beside a real Redis ----------------------------------------------------------------------------------

    /** Runs on a port, answers what it saw. */
    private interface Scenario {
        List<String> run(int port) throws Exception;
    }

    private void sameAsRedis(Scenario scenario) throws Exception {
        try (RunningServer redis = RunningServer.redis("--enable-debug-command", "yes")) {
            assertEquals(scenario.run(redis.port()), scenario.run(kdb.port()));
        }
    }

    @Test
    void monitorShowsWhatRedisShows() throws Exception {
        sameAsRedis(port -> {
            RespClient monitor = client(port);
            RespClient other = client(port);
            List<String> seen = new ArrayList<>();
            seen.add(monitor.call("MONITOR").toString());
            String[][] commands = {
                {"SET", "k", "a b\"\\\n\r\t\u0007\b\u0000\u00ff"},
                {"get", "k"},
                {"GET"},
                {"NOPE"},
                {"AUTH", "secret"},
                {"AUTH", "name", "secret"},
                {"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "n"},
                {"HELLO", "2"},
                {"MULTI"},
                {"SET", "k", "1"},
                {"INCR", "k"},
                {"EXEC"},
                {"MULTI"},
                {"DISCARD"},
                {"CONFIG", "SET", "maxmemory", "0"},
                {"CLIENT", "ID"},
                {"CLIENT", "LIST"},
                {"SELECT", "2"},
                {"GET", "k"},
                {"SELECT", "0"},
                {"SUBSCRIBE", "a"},
                {"PING"},
                {"RESET"},
                {"MIGRATE", "127.0.0.1", "1", "none", "0", "100", "AUTH", "secret"},
                {"MIGRATE", "127.0.0.1", "1", "none", "0", "100", "AUTH2", "name", "secret"},
                {"MULTI"},
                {"MONITOR"},
                {"EXEC"},
                {"DEBUG", "SLEEP", "0"},
                {"WATCH", "a"},
                {"PUBLISH", "c", "m"},
                {"BLPOP", "none", "0.01"},
                {"ECHO", "end"}
            };
            for (String[] command : commands) {
                other.call(command);
            }
            for (String line = ""; !line.endsWith("\"ECHO\" \"end\""); ) {
                line = normal(monitor.read().toString());
                seen.add(line);
            }
            seen.add(monitor.call("GET", "k").toString());
            seen.add(monitor.call("PING").toString());
            seen.add(normal(monitor.read().toString()));
            seen.add(monitor.call("RESET").toString());
            other.call("PING");
            seen.add(monitor.call("GET", "k").toString());
            return seen;
        });
    }

    private static String normal(String line) {
        return line.replaceAll("\\+\\d{10}\\.\\d{6} ", "TIME ").replaceAll("127\\.0\\.0\\.1:\\d{4,5}\\]", "PEER]");
    }

    @Test
    void monitorHearsOfEveryThreadInItsOrder() throws Exception {
        RespClient monitor = client();
        monitor.call("MONITOR");
        List<RespClient> writers = clients(CLIENTS);
        for (int i = 0; i < ROUNDS; i++) {
            for (int w = 0; w < CLIENTS; w++) {
                writers.get(w).send(List.of("SET", "w" + w, String.valueOf(i)));
            }
        }
        Map<String, Integer> next = new HashMap<>();
        for (int i = 0; i < CLIENTS * ROUNDS; i++) {
            String[] words = monitor.read().text().split("\"");
            assertEquals(next.getOrDefault(words[3], 0), Integer.parseInt(words[5]));
            next.put(words[3], Integer.parseInt(words[5]) + 1);
        }
        assertEquals(CLIENTS, next.size());
    }

    @Test
    void invalidationsAreRedirectedAsInRedis() throws Exception {
        sameAsRedis(port -> {
            RespClient data = client(port);
            RespClient told = client(port);
            RespClient told3 = client(port);
            RespClient writer = client(port);
            List<String> seen = new ArrayList<>();
            String id = told.call("CLIENT", "ID").text();
            told3.call("HELLO", "3");
            String id3 = told3.call("CLIENT", "ID").text();
            told.call("SUBSCRIBE", "__redis__:invalidate");
            seen.add(data.call("CLIENT", "TRACKING", "ON", "REDIRECT", id, "REDIRECT", id)
                    .toString());
            seen.add(data.call("CLIENT", "TRACKING", "ON", "REDIRECT", id).toString());
            seen.add(String.valueOf(data.call("CLIENT", "GETREDIR").text().equals(id)));
            data.call("GET", "a");
            writer.call("SET", "a", "1");
            seen.add(told.read().toString());
            data.call("GET", "a");
            seen.add(data.call("SET", "a", "2").toString());
            seen.add(told.read().toString());
            data.call("GET", "a");
            writer.call("FLUSHALL");
            seen.add(told.read().toString());
            seen.add(data.call("CLIENT", "TRACKING", "ON", "NOLOOP", "REDIRECT", id3)
                    .toString());
            data.call("GET", "a");
            data.call("SET", "a", "1");
            data.call("GET", "a");
            writer.call("SET", "a", "2");
            seen.add(told3.read().toString());
            writer.call("FLUSHDB");
            seen.add(told3.read().toString());
            data.call("CLIENT", "TRACKING", "OFF");
            data.call("HELLO", "3");
            seen.add(data.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "b", "REDIRECT", id)
                    .toString());
            writer.call("MSET", "b1", "1", "a1", "1", "b0", "1");
            seen.add(told.read().toString());
            seen.add(flags(
                    data.call("CLIENT", "LIST", "ID", data.call("CLIENT", "ID").text())
                            .text()));
            told.call("RESET");
            writer.call("SET", "b1", "2");
            seen.add(told.call("PING").toString());
            told.close();
            while (writer.call("CLIENT", "LIST", "ID", id).text().length() > 0) {
                Thread.sleep(5);
            }
            writer.call("SET", "b1", "3");
            seen.add(data.read().toString().replace(id, "ID"));
            seen.add(data.call("CLIENT", "TRACKINGINFO").sorted().toString().replace(id, "ID"));
            seen.add(flags(
                    data.call("CLIENT", "LIST", "ID", data.call("CLIENT", "ID").text())
                            .text()));
            seen.add(data.call("CLIENT", "TRACKING", "OFF").toString());
            return seen;
        });
    }

    private static String flags(String line) {
        return line.replaceAll("(?s).* (flags=\\S+) .*", "$1");
    }

    /** A replica, kdb or Redis, hands on what is published on its primary, and has events of what it applies. */
    @Test
    void replicasPublishWhatTheyApply() throws Exception {
        String[] options = {"--replicaof", "127.0.0.1 " + kdb.port(), "--notify-keyspace-events", "EAn"};
        client().call("CONFIG", "SET", "repl-diskless-sync-delay", "0");
        List<List<String>> seen = new ArrayList<>();
        try (RunningServer redis = RunningServer.redis(options);
                KdbServer replica = KdbServer.start(ServerConfig.of(
                        "port 0",
                        "bind 127.0.0.1",
                        "save \"\"",
                        "io-threads 2",
                        "replicaof 127.0.0.1 " + kdb.port(),
                        "notify-keyspace-events EAn"))) {
            RespClient primary = client();
            for (int port : new int[] {redis.port(), replica.port()}) {
                RespClient asked = client(port);
                while (!asked.call("INFO", "replication").text().contains("master_link_status:up")) {
                    Thread.sleep(20);
                }
            }
            List<RespClient> listeners = List.of(client(redis.port()), client(replica.port()));
            for (RespClient listener : listeners) {
                listener.call("PSUBSCRIBE", "__key*", "news");
                listener.read();
            }
            primary.call("SET", "k", "v", "EX", "100");
            primary.call("PUBLISH", "news", "one");
            primary.call("HSET", "h", "f", "v");
            primary.call("SPUBLISH", "news", "not for patterns");
            primary.call("MULTI");
            primary.call("LPUSH", "l", "a");
            primary.call("PUBLISH", "news", "two");
            primary.call("DEL", "k");
            primary.call("EXEC");
            primary.call("SELECT", "3");
            primary.call("INCR", "n");
            primary.call("PUBLISH", "news", "end");
            for (RespClient listener : listeners) {
                List<String> messages = new ArrayList<>();
                String message = "";
                while (!message.endsWith("\"news\", \"end\"]")) {
                    message = listener.read().toString();
                    messages.add(message);
                }
                seen.add(messages);
            }
        }
        assertEquals(seen.get(0), seen.get(1));
        assertTrue(
                seen.get(0).contains("[\"pmessage\", \"news\", \"news\", \"two\"]"),
                seen.get(0).toString());
    }

    /** Keys that time or memory takes, without a command that looks at them. */
    @Test
    void whatTheNodeTakesByItselfIsToldToo() throws Exception {
        RespClient writer = client();
        RespClient listener = client();
        writer.call("CONFIG", "SET", "notify-keyspace-events", "Exe");
        listener.call("HELLO", "3");
        listener.call("PSUBSCRIBE", "__keyevent@0__:*");
        RespClient cache = client();
        cache.call("HELLO", "3");
        cache.call("CLIENT", "TRACKING", "ON");
        RespClient prefix = client();
        prefix.call("HELLO", "3");
        prefix.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "sho");
        writer.call("SET", "short", "v", "PX", "200");
        cache.call("GET", "short");
        assertEquals(">[\"invalidate\", [\"short\"]]", prefix.read().toString());
        assertEquals("\"short\"", listener.read().elements().get(3).toString());
        assertEquals(">[\"invalidate\", [\"short\"]]", cache.read().toString());
        assertEquals(">[\"invalidate\", [\"short\"]]", prefix.read().toString());
        writer.call("SET", "evicted", "x".repeat(100_000));
        cache.call("GET", "evicted");
        writer.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1");
        writer.call("SET", "more", "v");
        assertEquals(
                "[\"__keyevent@0__:evicted\", \"evicted\"]",
                new Reply('*', null, listener.read().elements().subList(2, 4)).toString());
        assertEquals(">[\"invalidate\", [\"evicted\"]]", cache.read().toString());
    }

    @Test
    void aTableThatIsTooLargeGivesKeysUp() throws Exception {
        RespClient writer = client();
        writer.call("CONFIG", "SET", "tracking-table-max-keys", "100");
        RespClient reader = client();
        reader.call("HELLO", "3");
        reader.call("CLIENT", "TRACKING", "ON");
        Set<String> told = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            for (Reply reply = reader.call("GET", "key:" + i); reply.type() == '>'; reply = reader.read()) {
                told.add(reply.elements().get(1).elements().get(0).text());
            }
        }
        assertTrue(told.size() >= 398, told.size() + " keys were given up");
        assertTrue(IntStream.range(0, 500).mapToObj(i -> "key:" + i).toList().containsAll(told));
        assertTrue(Integer.parseInt(info(writer, "tracking_total_keys")) <= 101);
    }
}
