package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hot commands make no garbage, from decoded bytes to written reply. */
class AllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int ROUNDS = 20_000;
    /** Less than a byte a round: counters and the JIT may make a few objects, a command none. */
    private static final long LIMIT_BYTES = ROUNDS / 2;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET k",
                "GET missing",
                "SET k 0123456789012345678901234567890123456789012345678901234567890123",
                "SET k v EX 100",
                "SET k v KEEPTTL GET",
                "SETEX k 100 v",
                "SETNX k v",
                "GETEX k EX 100",
                "INCR counter",
                "INCRBY counter 1000000",
                "APPEND a x",
                "SETRANGE k 3 abc",
                "GETRANGE k 1 2",
                "STRLEN k",
                "EXPIRE k 100",
                "TTL k",
                "EXISTS k",
                "MGET k counter missing",
                "MSET k 1 k2 2",
                "DEL k2",
                "TYPE k"
            })
    void makesNoGarbage(String command) {
        try (CommandRig rig = new CommandRig(KeyspaceOptions.standalone().withMaxPageBytes(64 << 20))) {
            rig.node().log().deactivate();
            assertEquals("+OK\r\n+OK\r\n", rig.run("SET k value", "SET k2 v"));
            byte[] request = CommandRig.requests(command);
            repeat(rig, request, WARM_UP);
            com.sun.management.ThreadMXBean threads =
                    (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            repeat(rig, request, ROUNDS);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated <= LIMIT_BYTES, command + ": " + allocated + " bytes for " + ROUNDS);
        }
    }

    private static void repeat(CommandRig rig, byte[] request, int rounds) {
        for (int i = 0; i < rounds; i++) {
            rig.receive(request);
            rig.session().reply().buffer().release();
        }
    }
}
