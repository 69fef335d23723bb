package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.KdbServer;
import io.kdb.server.config.ServerConfig;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** SHUTDOWN waits for a replica that lags, and can be taken back while it does. */
class ShutdownIT {
    private static void signal(RunningServer server, String name) throws IOException, InterruptedException {
        String pid = String.valueOf(server.process().pid());
        assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
    }

    private static KdbServer primary(String timeoutSeconds) throws Exception {
        return KdbServer.start(ServerConfig.of(
                "port 0",
                "bind 127.0.0.1",
                "save \"\"",
                "repl-diskless-sync-delay 0",
                "shutdown-timeout " + timeoutSeconds));
    }

    private static RunningServer replica(KdbServer primary, RespClient client) throws Exception {
        RunningServer replica = RunningServer.redis("--replicaof", "127.0.0.1", String.valueOf(primary.port()));
        client.call("SET", "a", "1");
        assertEquals("1", client.call("WAIT", "1", "20000").text());
        return replica;
    }

    @Test
    void abortLetsTheNodeGoOn() throws Exception {
        try (KdbServer kdb = primary("60");
                RespClient admin = new RespClient(kdb.port());
                RespClient writer = new RespClient(kdb.port());
                RespClient client = new RespClient(kdb.port());
                RunningServer replica = replica(kdb, client)) {
            signal(replica, "STOP");
            assertEquals("+OK", client.call("SET", "b", "2").toString());
            admin.send(List.of("SHUTDOWN", "NOSAVE"));
            // The abort succeeds once the shutdown has begun; until then it says that there is none.
            Reply aborted = client.call("SHUTDOWN", "ABORT");
            for (int i = 0; aborted.isError() && i < 1000; i++) aborted = client.call("SHUTDOWN", "ABORT");
            assertEquals("+OK", aborted.toString());
            assertEquals(
                    "-ERR Errors trying to SHUTDOWN. Check logs.", admin.read().toString());
            assertEquals("+OK", writer.call("SET", "c", "3").toString());
            signal(replica, "CONT");
        }
    }

    @Test
    void waitsForTheReplicaThenEnds() throws Exception {
        KdbServer kdb = primary("60");
        try (RespClient client = new RespClient(kdb.port());
                RespClient admin = new RespClient(kdb.port());
                RunningServer replica = replica(kdb, client);
                RespClient toReplica = replica.connect()) {
            signal(replica, "STOP");
            assertEquals("+OK", client.call("SET", "b", "2").toString());
            admin.send(List.of("SHUTDOWN", "NOSAVE"));
            signal(replica, "CONT");
            assertThrows(EOFException.class, admin::read);
            assertEquals("2", toReplica.call("GET", "b").text());
            kdb.awaitClose();
        }
    }

    @Test
    void nowDoesNotWait() throws Exception {
        KdbServer kdb = primary("60");
        long start = System.nanoTime();
        try (RespClient client = new RespClient(kdb.port());
                RunningServer replica = replica(kdb, client)) {
            signal(replica, "STOP");
            assertEquals("+OK", client.call("SET", "b", "2").toString());
            assertThrows(EOFException.class, () -> client.call("SHUTDOWN", "NOSAVE", "NOW"));
            kdb.awaitClose();
            signal(replica, "CONT");
        }
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(50));
    }
}
