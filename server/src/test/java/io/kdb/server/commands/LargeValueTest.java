package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values of many pieces get other names without being copied: here there is no room for a copy. */
class LargeValueTest {
    private static final int LENGTH = 40_000_000;
    private static final String OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

    private final CommandRig rig =
            new CommandRig(KeyspaceOptions.standalone().withSegments(1).withMaxPageBytes(64 << 20));

    @AfterEach
    void close() {
        rig.close();
    }

    private void make(String key) {
        assertEquals(":" + LENGTH + "\r\n", rig.run("SETRANGE " + key + " " + (LENGTH - 3) + " end"));
        assertEquals(":" + LENGTH + "\r\n", rig.run("SETRANGE " + key + " 0 start"));
    }

    private void assertWhole(String key) {
        assertEquals(":" + LENGTH + "\r\n", rig.run("STRLEN " + key));
        assertEquals("$5\r\nstart\r\n$3\r\nend\r\n", rig.run("GETRANGE " + key + " 0 4", "GETRANGE " + key + " -3 -1"));
    }

    @Test
    void renamesWithoutCopying() {
        make("k");
        assertEquals("+OK\r\n:1\r\n", rig.run("SET other x EX 100", "EXPIRE k 200"));
        assertEquals("+OK\r\n", rig.run("RENAME k other"));
        assertWhole("other");
        assertEquals(":200\r\n:0\r\n", rig.run("TTL other", "EXISTS k"));
        assertEquals("+OK\r\n", rig.run("RENAME other a-longer-name-than-before"));
        assertWhole("a-longer-name-than-before");
    }

    @Test
    void changesWhatWasRenamed() {
        make("k");
        assertEquals(":1\r\n", rig.run("RENAMENX k other"));
        assertEquals(":" + (LENGTH + 4) + "\r\n", rig.run("APPEND other more"));
        assertEquals(":" + (LENGTH + 4) + "\r\n", rig.run("SETRANGE other 20000000 middle"));
        assertEquals("$10\r\n\0\0middle\0\0\r\n", rig.run("GETRANGE other 19999998 20000007"));
        assertEquals("$7\r\nendmore\r\n", rig.run("GETRANGE other -7 -1"));
    }

    @Test
    void movesWithoutCopying() {
        make("k");
        assertEquals(":1\r\n:0\r\n+OK\r\n", rig.run("MOVE k 3", "EXISTS k", "SELECT 3"));
        assertWhole("k");
    }

    @Test
    void refusesACopyForWhichThereIsNoRoom() {
        make("k");
        assertEquals(OOM, rig.run("COPY k other"));
        assertWhole("k");
    }

    @Test
    void givesAllMemoryBack() {
        long before = rig.node().keyspace().usedMemory();
        make("k");
        assertEquals("+OK\r\n:1\r\n", rig.run("RENAME k other", "DEL other"));
        // Large values are freed in slices.
        while (rig.node().keyspace().freeSome(1_000_000)) {}
        long left = rig.node().keyspace().usedMemory() - before;
        assertTrue(left < 4096, "bytes left, beside the table's first buckets: " + left);
    }
}
