package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store without room: one error, nothing half done, and the log says what was. */
class OutOfMemoryTest {
    private static final String OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
    private CommandRig rig;

    @BeforeEach
    void fill() {
        rig = new CommandRig(KeyspaceOptions.standalone().withSegments(1).withMaxPageBytes(4 << 20));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** Fills the store with values of this many bytes until one more is refused; returns how many there are. */
    private int fillWith(int bytes) {
        String value = "x".repeat(bytes);
        int count = 0;
        while (rig.run("SET fill" + count + " " + value).equals("+OK\r\n")) {
            count++;
        }
        rig.effects();
        return count;
    }

    @Test
    void aRefusedSetrangeLeavesNoKey() {
        fillWith(1000);
        assertEquals(OOM, rig.run("SETRANGE new 100000 x"));
        assertEquals(":0\r\n", rig.run("EXISTS new"));
        assertEquals("", rig.effects());
    }

    @Test
    void aRefusedSetWithGetRepliesTheErrorAlone() {
        assertEquals("+OK\r\n", rig.run("SET k old"));
        fillWith(1000);
        assertEquals(OOM, rig.run("SET k " + "y".repeat(200_000) + " GET"));
        assertEquals("$3\r\nold\r\n", rig.run("GET k"));
        assertEquals("", rig.effects());
    }

    @Test
    void aRefusedAppendLeavesTheValue() {
        assertEquals("+OK\r\n", rig.run("SET k old"));
        fillWith(1000);
        assertEquals(OOM, rig.run("APPEND k " + "y".repeat(200_000)));
        assertEquals("$3\r\nold\r\n", rig.run("GET k"));
        assertEquals("", rig.effects());
    }

    @Test
    void aRefusedMsetLogsWhatItHasSet() {
        assertEquals("+OK\r\n", rig.run("SET k old"));
        // Larger than what is left, but refused by the store itself: the gate sees room.
        String tooMuch = "y".repeat(8 << 20);
        assertEquals(OOM, rig.run("MSET k new big " + tooMuch));
        assertEquals("$3\r\nnew\r\n$-1\r\n", rig.run("GET k", "GET big"));
        assertEquals("SELECT 0;SET k old;SET k new;", rig.effects());
    }

    @Test
    void aRefusedCopyOrRenameChangesNothing() {
        String big = "y".repeat(200_000);
        assertEquals("+OK\r\n", rig.run("SET k " + big));
        int count = fillWith(1000);
        assertTrue(count > 100, "values: " + count);
        assertEquals(OOM, rig.run("COPY k copy"));
        assertEquals(":0\r\n:200000\r\n", rig.run("EXISTS copy", "STRLEN k"));
        assertEquals("", rig.effects());
    }

    @Test
    void deletingMakesRoomAgain() {
        int count = fillWith(1000);
        assertEquals(OOM, rig.run("SET more " + "y".repeat(1000)));
        for (int i = 0; i < count; i += 2) {
            assertEquals(":1\r\n", rig.run("DEL fill" + i));
        }
        for (int i = 0; i < count / 4; i++) {
            assertEquals("+OK\r\n", rig.run("SET more" + i + " " + "y".repeat(1000)));
        }
    }
}
