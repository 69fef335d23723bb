package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A node whose heap is small beside its values: a command is refused rather than anybody else harmed. */
class ShortMemoryIT {
    private static final int HEAP_MB = 96;
    private static final String OOM = "OOM command not allowed when used memory > 'maxmemory'.";

    private static RunningServer node;

    @BeforeAll
    static void start() throws Exception {
        node = RunningServer.smallKdb(HEAP_MB, "--enable-debug-command", "yes");
    }

    @AfterAll
    static void end() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @BeforeEach
    void empty() throws IOException {
        try (RespClient client = new RespClient(node.port())) {
            assertEquals("+OK", client.call("FLUSHALL").toString());
        }
    }

    private static void assertServes() throws IOException {
        try (RespClient other = new RespClient(node.port())) {
            assertEquals("+OK", other.call("SET", "small", "1").toString());
            assertEquals("1", other.call("GET", "small").text());
        }
    }

    /** The reply once what an earlier test took has come back: connections that it closed, and keys that it flushed, go later. */
    private static String whenThereIsRoom(RespClient client, String... command) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        String reply = client.call(command).text();
        while (reply.equals(OOM) && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            reply = client.call(command).text();
        }
        return reply;
    }

    /** Neither the value's copies nor its replies fit: each of these is answered or refused, and the next client served. */
    @Test
    void commandsOnALargeValue() throws IOException {
        try (RespClient client = new RespClient(node.port())) {
            assertEquals("50000001", whenThereIsRoom(client, "SETRANGE", "large", "50000000", "x"));
            List<List<String>> commands = List.of(
                    List.of("DUMP", "large"),
                    List.of("GET", "large"),
                    List.of("MGET", "large", "large", "large"),
                    List.of("GETRANGE", "large", "0", "-1"),
                    List.of("COPY", "large", "copy"),
                    List.of("DEBUG", "DIGEST-VALUE", "large"),
                    List.of("LPUSH", "list", "a"),
                    List.of("BITOP", "NOT", "not", "large"),
                    List.of("SETRANGE", "large", "400000000", "x"),
                    List.of("GETEX", "large", "EX", "1000"),
                    List.of("GETSET", "large", "v"));
            for (List<String> command : commands) {
                Reply reply = client.call(command.toArray(String[]::new));
                assertTrue(!reply.isError() || reply.text().equals(OOM), command + ": " + reply.type());
                assertServes();
            }
        }
    }

    /** Requests that never end are counted; who holds more than there is gets the error and is closed. */
    @Test
    void halvesOfLargeRequests() throws IOException {
        List<RespClient> clients = new ArrayList<>();
        byte[] head =
                "*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$400000000\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        int refused = 0;
        try {
            for (int i = 0; i < 8; i++) {
                RespClient client = new RespClient(node.port());
                clients.add(client);
                client.sendRaw(head);
                try {
                    client.sendRaw(new byte[16_000_000]);
                } catch (IOException e) {
                    refused++;
                }
                assertServes();
            }
        } finally {
            for (RespClient client : clients) {
                client.close();
            }
        }
        assertTrue(refused > 0, "128 MB of requests were taken with a heap of " + HEAP_MB);
    }

    /** Transactions of long and of many commands: the one that outgrows the heap is refused, and holds nothing any more. */
    @ParameterizedTest
    @ValueSource(ints = {10_000, 1})
    void aTransactionThatNeverEnds(int valueBytes) throws IOException {
        List<String> set = List.of("SET", "queued", "x".repeat(valueBytes));
        int batch = 10_000_000 / (valueBytes + 1_000);
        try (RespClient client = new RespClient(node.port())) {
            assertEquals("OK", client.call("MULTI").text());
            String reply = "QUEUED";
            for (int i = 0; reply.equals("QUEUED") && i < 200; i++) {
                for (int j = 0; j < batch; j++) {
                    client.send(set);
                }
                for (int j = 0; j < batch; j++) {
                    String next = client.read().text();
                    reply = reply.equals("QUEUED") ? next : reply;
                }
            }
            assertEquals(OOM, reply);
            assertServes();
            assertEquals("QUEUED", client.call("PING").text());
            assertEquals(
                    "EXECABORT Transaction discarded because of previous errors.",
                    client.call("EXEC").text());
            assertEquals("0", client.call("EXISTS", "queued").text());
        }
    }

    static Stream<List<String>> commandsThatAreKept() {
        String name = "n".repeat(1_000_000);
        return Stream.of(
                List.of("BLPOP", name + "#", "0"),
                List.of("XREAD", "BLOCK", "0", "STREAMS", name + "#", "$"),
                List.of("WATCH", name + "#"),
                List.of("SUBSCRIBE", name + "#"),
                List.of("PSUBSCRIBE", name + "#"),
                List.of("CLIENT", "SETNAME", name + "#"),
                List.of("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", name + "#"));
    }

    /** What connections keep of their commands is borrowed: who wants more than there is is refused, until they are gone. */
    @ParameterizedTest
    @MethodSource("commandsThatAreKept")
    void commandsThatAreKeptFromManyClients(List<String> command) throws IOException {
        List<RespClient> clients = new ArrayList<>();
        boolean refused = false;
        try {
            for (int i = 0; i < 100 && !refused; i++) {
                RespClient client = new RespClient(node.port());
                clients.add(client);
                int number = i;
                client.send(command.stream()
                        .map(word -> word.replace("#", "#" + number))
                        .toList());
                refused = isRefused(client, i + 1);
                assertServes();
            }
            assertTrue(refused, "nothing was refused");
        } finally {
            for (RespClient client : clients) {
                client.close();
            }
        }
        try (RespClient client = new RespClient(node.port())) {
            assertEquals("10000000", whenThereIsRoom(client, "SETRANGE", "large", "9999999", "x"));
        }
    }

    /** Awaits an answer, or that so many clients are blocked. */
    private static boolean isRefused(RespClient client, int blocked) throws IOException {
        client.timeoutMs(20);
        while (true) {
            try {
                return client.read().toString().equals("-" + OOM);
            } catch (SocketTimeoutException waits) {
                try (RespClient other = new RespClient(node.port())) {
                    if (other.call("INFO", "clients").text().contains("\nblocked_clients:" + blocked + "\r")) {
                        return false;
                    }
                }
            }
        }
    }

    /** Who asks for much and reads nothing is closed; who reads gets all. */
    @Test
    void repliesThatNobodyReads() throws IOException {
        try (RespClient greedy = new RespClient(node.port());
                RespClient client = new RespClient(node.port())) {
            assertEquals("10000000", whenThereIsRoom(client, "SETRANGE", "large", "9999999", "x"));
            for (int i = 0; i < 20; i++) {
                greedy.send(List.of("GET", "large"));
            }
            assertServes();
            // What is refused at first is the other client's end.
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            int length = readLarge();
            while (length == 0 && System.nanoTime() < end) {
                assertServes();
                length = readLarge();
            }
            assertEquals(10_000_000, length);
        }
    }

    /** The length of what is at "large"; 0 when there was no room to send it or this reader was so slow that it was closed. */
    private static int readLarge() throws IOException {
        try (RespClient client = new RespClient(node.port())) {
            Reply reply = client.call("GET", "large");
            if (reply.isError()) {
                assertEquals(OOM, reply.text());
                return 0;
            }
            return reply.text().length();
        } catch (EOFException | SocketException slow) {
            return 0;
        }
    }

    /** A client that has much to read and reads it is not closed because others ask for more than there is. */
    @Test
    void repliesThatAreRead() throws IOException {
        boolean quick = false;
        for (int i = 0; i < 20 && !quick; i++) {
            quick = readsAllWhileOthersAskForMore();
        }
        assertTrue(quick, "the reader was never quick enough to count as one");
    }

    /** False when the reader took longer than a client may stall, and so may have been closed. */
    private static boolean readsAllWhileOthersAskForMore() throws IOException {
        List<RespClient> others = new ArrayList<>();
        try (RespClient client = new RespClient(node.port());
                RespClient reader = new RespClient(node.port())) {
            assertEquals("10000000", whenThereIsRoom(client, "SETRANGE", "large", "9999999", "x"));
            assertEquals("+OK", client.call("CONFIG", "RESETSTAT").toString());
            long start = System.nanoTime();
            reader.send(List.of("GET", "large"));
            reader.send(List.of("GET", "large"));
            while (!client.call("INFO", "errorstats").text().contains("errorstat_OOM") && others.size() < 100) {
                RespClient other = new RespClient(node.port());
                others.add(other);
                other.send(List.of("GET", "large"));
            }
            int read = 0;
            IOException closed = null;
            try {
                read = reader.read().text().length() + reader.read().text().length();
            } catch (IOException e) {
                closed = e;
            }
            if (System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(900)) {
                return false;
            }
            assertNull(closed);
            assertTrue(others.size() < 100, "nothing was refused");
            assertTrue(read > 10_000_000, "read: " + read);
            return true;
        } finally {
            for (RespClient other : others) {
                other.close();
            }
        }
    }

    /** A client caches the answers for more keys than there is heap: those without room are given up at once, and it is told. */
    @Test
    void moreTrackedKeysThanFit() throws IOException {
        int keys = 3_000;
        String tail = "x".repeat(50_000);
        int givenUp = 0;
        try (RespClient caching = new RespClient(node.port());
                RespClient writer = new RespClient(node.port())) {
            caching.call("HELLO", "3");
            assertEquals("+OK", caching.call("CLIENT", "TRACKING", "ON").toString());
            for (int i = 0; i < keys; i++) {
                assertEquals("nil", caching.call("GET", i + tail).toString());
                // What is pushed for the command stands before the reply to this one.
                Reply reply = caching.call("PING");
                for (; reply.type() == '>'; reply = caching.read()) {
                    givenUp++;
                }
                assertEquals("+PONG", reply.toString());
            }
            assertTrue(givenUp > keys / 2 && givenUp < keys, givenUp + " of " + keys);
            assertServes();
            assertEquals("+OK", writer.call("SET", "0" + tail, "1").toString());
            assertEquals(
                    ">[\"invalidate\", [\"0" + tail + "\"]]",
                    caching.call("PING").toString());
            writer.call("FLUSHALL");
            assertTrue(writer.call("INFO", "stats").text().contains("tracking_total_keys:0"));
        }
    }
}
