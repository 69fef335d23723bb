package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.EOFException;
import java.io.IOException;
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
        kdb = KdbServer.start(ServerConfig.of("port 0", "bind 127.0.0.1", "save \"\""));
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
            lazy.send(List.of("GET", "large"));
            for (int i = 0; i < 100 && clients() > 1; i++) {
                Thread.sleep(100);
            }
            assertEquals(1, clients());
        }
    }

    @Test
    void evictsTheLargestClientUnlessItMayStay() throws Exception {
        admin.call("SET", "large", "x".repeat(20_000_000));
        admin.call("CLIENT", "NO-EVICT", "ON");
        try (RespClient lazy = new RespClient(kdb.port());
                RespClient spared = new RespClient(kdb.port())) {
            spared.call("CLIENT", "NO-EVICT", "ON");
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

    private int clients() throws IOException {
        String info = admin.call("INFO", "clients").text();
        return Integer.parseInt(info.replaceAll("(?s).*connected_clients:(\\d+).*", "$1"));
    }
}
