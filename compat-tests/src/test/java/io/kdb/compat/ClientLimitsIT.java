package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is closed for being idle or too large. */
class ClientLimitsIT {
    private KdbServer kdb;
    private RespClient admin;

    @BeforeEach
    void start() throws Exception {
        kdb = KdbServer.start(ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\"", "io-threads 2"));
        admin = new RespClient(kdb.port());
    }

    @AfterEach
    void stop() throws Exception {
        admin.close();
        kdb.close();
    }

    private void set(String... words) throws IOException {
        String[] command = new String[words.length + 2];
        command[0] = "CONFIG";
        command[1] = "SET";
        System.arraycopy(words, 0, command, 2, words.length);
        assertEquals("+OK", admin.call(command).toString());
    }

    @Test
    void closesAnIdleClientButNoneThatWaits() throws Exception {
        try (RespClient idle = new RespClient(kdb.port());
                RespClient waiting = new RespClient(kdb.port())) {
            idle.call("PING");
            waiting.send(List.of("WAIT", "1", "4000"));
            set("timeout", "1");
            assertThrows(EOFException.class, idle::read);
            assertEquals("0", waiting.read().toString());
        }
    }

    @Test
    void closesWhoDoesNotReadItsReplies() throws Exception {
        admin.call("SET", "large", "x".repeat(20_000_000));
        set("client-output-buffer-limit", "normal 10mb 0 0");
        try (RespClient lazy = new RespClient(kdb.port())) {
            lazy.call("PING"); // it counts as connected from now on
            lazy.send(List.of("GET", "large"));
            awaitClients(1);
        }
    }

    @Test
    void evictsTheLargestClientUnlessItMayStay() throws Exception {
        admin.call("SET", "large", "x".repeat(20_000_000));
        admin.call("CLIENT", "NO-EVICT", "ON");
        try (RespClient lazy = new RespClient(kdb.port());
                RespClient spared = new RespClient(kdb.port())) {
            spared.call("CLIENT", "NO-EVICT", "ON");
            lazy.call("PING");
            lazy.send(List.of("GET", "large"));
            spared.send(List.of("GET", "large"));
            set("maxmemory-clients", "30mb");
            for (int i = 0; i < 100 && clients() > 2; i++) {
                Thread.sleep(100);
            }
            assertEquals(20_000_000, spared.read().text().length());
            assertTrue(admin.call("INFO", "stats").text().contains("\r\nevicted_clients:1\r\n"));
        }
    }

    /** At most the command that was running then, whatever of its read is still to come. */
    @Test
    void aKilledClientRunsNothingMore() throws Exception {
        byte[] many = "INCR n\r\n".repeat(100_000).getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < 8; i++) {
            admin.call("SET", "n", "0");
            try (RespClient client = new RespClient(kdb.port())) {
                String id = client.call("CLIENT", "ID").text();
                client.sendRaw(many);
                while (admin.call("GET", "n").text().equals("0")) {
                    Thread.onSpinWait();
                }
                assertEquals("1", admin.call("CLIENT", "KILL", "ID", id).text());
                long then = Long.parseLong(admin.call("GET", "n").text());
                Thread.sleep(5);
                long later = Long.parseLong(admin.call("GET", "n").text());
                assertTrue(later <= then + 1, then + ", later " + later);
            }
        }
    }

    /** Half commands that announce much hold nobody up and cost what has come of them; they may still be ended. */
    @Test
    void halfCommandsCostWhatHasCome() throws Exception {
        List<RespClient> half = new ArrayList<>();
        try {
            String[] beginnings = {
                "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\nabc",
                "*1000000\r\n$4\r\nMGET\r\n$1\r\nk\r\n$1",
                "*2\r\n$3\r\nGET\r\n$3\r\nab",
                "SET inline without an end",
                "*3",
            };
            long before = usedMemory();
            for (int i = 0; i < 100; i++) {
                RespClient client = new RespClient(kdb.port());
                half.add(client);
                client.sendRaw(beginnings[i % beginnings.length].getBytes(StandardCharsets.ISO_8859_1));
            }
            for (int i = 0; i < 1000; i++) {
                assertEquals("+OK", admin.call("SET", "k", "v" + i).toString());
            }
            assertTrue(usedMemory() - before < 40_000_000, before + " bytes before, then " + usedMemory());
            awaitClients(101);
            half.get(2).sendRaw("c\r\n".getBytes(StandardCharsets.ISO_8859_1));
            assertEquals("nil", half.get(2).read().toString());
            half.get(3).sendRaw(" of its own\r\n".getBytes(StandardCharsets.ISO_8859_1));
            assertEquals("-ERR syntax error", half.get(3).read().toString());
        } finally {
            for (RespClient client : half) {
                client.close();
            }
        }
    }

    @Test
    void closesWhoSendsTooLargeACommand() throws Exception {
        set("client-query-buffer-limit", "1mb");
        try (RespClient large = new RespClient(kdb.port())) {
            large.sendRaw("*2\r\n$3\r\nGET\r\n$100000000\r\n".getBytes(StandardCharsets.ISO_8859_1));
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 100; i++) {
                    large.sendRaw(new byte[1_000_000]);
                    Thread.sleep(100);
                }
            });
            awaitClients(1);
        }
    }

    @Test
    void aTransactionOfManyCommandsRunsOrIsEvictedWithItsClient() throws Exception {
        admin.call("CLIENT", "NO-EVICT", "ON");
        try (RespClient client = new RespClient(kdb.port())) {
            queue(client, 50_000, "x");
            assertTrue(usedMemory() > 50_000 * "SETkx".length());
            assertEquals(50_000, client.call("EXEC").elements().size());
            set("maxmemory-clients", "20mb");
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 100; i++) {
                    queue(client, 100, "x".repeat(10_000));
                    Thread.sleep(100);
                }
            });
            awaitClients(1);
            assertTrue(admin.call("INFO", "stats").text().contains("\r\nevicted_clients:1\r\n"));
            assertEquals("1", admin.call("EXISTS", "k").text());
        }
    }

    /** Queues as many SETs; a MULTI begins them, unless there was one. */
    private static void queue(RespClient client, int count, String value) throws IOException {
        client.send(List.of("MULTI"));
        for (int i = 0; i < count; i++) {
            client.send(List.of("SET", "k", value));
        }
        for (int i = 0; i <= count; i++) {
            client.read();
        }
    }

    private long usedMemory() throws IOException {
        return Long.parseLong(admin.call("INFO", "memory").text().replaceAll("(?s).*used_memory:(\\d+).*", "$1"));
    }

    /** A connection counts a moment after its client sees it open, and until a moment after it sees it closed. */
    private void awaitClients(int count) throws Exception {
        for (int i = 0; i < 1000 && clients() != count; i++) {
            Thread.sleep(10);
        }
        assertEquals(count, clients());
    }

    private int clients() throws IOException {
        String info = admin.call("INFO", "clients").text();
        return Integer.parseInt(info.replaceAll("(?s).*connected_clients:(\\d+).*", "$1"));
    }
}
