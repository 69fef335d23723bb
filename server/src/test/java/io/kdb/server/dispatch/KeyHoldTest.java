package io.kdb.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeyHoldTest {
    private static final byte[] KEY = bytes("k");
    private static final SlotSet SLOT = SlotSet.of(Slot.of(KEY));

    private CommandRig rig;
    private KeyHold hold;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void rig(KeyspaceOptions options) {
        rig = new CommandRig(options);
        hold = rig.node().hold();
    }

    private void holdSlot() {
        rig(KeyspaceOptions.clustered());
        rig.run("SET k 1");
        rig.node().exclusion().exclusively(() -> hold.holdSlots(SLOT));
    }

    private long holdKey() {
        long[] answer = new long[1];
        rig.node().exclusion().exclusively(() -> answer[0] = hold.holdKeys(List.of(KEY)));
        return answer[0];
    }

    /** What came out after everything that was to run has run. */
    private String replies() throws Exception {
        rig.session().loop().submit(() -> {}).get();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        rig.session().reply().buffer().drain(out::write);
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void commandsOfAHeldSlotWaitAndRunInOrderOnceItIsReleased() throws Exception {
        holdSlot();
        assertEquals("+PONG\r\n", rig.run("PING", "GET k", "INCR k", "PING"));
        assertEquals(1, hold.waitingCount());
        hold.releaseSlots(SLOT);
        assertEquals("$1\r\n1\r\n:2\r\n+PONG\r\n", replies());
    }

    @Test
    void otherSlotsGoOn() {
        holdSlot();
        assertEquals("+OK\r\n", rig.run("SET other 1"));
    }

    @Test
    void releasingAnotherSlotDoesNotLetThemRun() throws Exception {
        holdSlot();
        SlotSet other = SlotSet.of(Slot.of(bytes("other")));
        rig.node().exclusion().exclusively(() -> hold.holdSlots(other));
        assertEquals("", rig.run("GET k"));
        hold.releaseSlots(other);
        assertEquals("", replies());
        hold.releaseSlots(SLOT);
        assertEquals("$1\r\n1\r\n", replies());
    }

    @Test
    void aTransactionWaitsWhole() throws Exception {
        rig(KeyspaceOptions.clustered());
        rig.run("SET k 1", "MULTI", "INCR k");
        rig.node().exclusion().exclusively(() -> hold.holdSlots(SLOT));
        assertEquals("", rig.run("EXEC"));
        hold.releaseSlots(SLOT);
        assertEquals("*1\r\n:2\r\n", replies());
    }

    @Test
    void flushingWaitsForWhatIsHeld() throws Exception {
        holdSlot();
        assertEquals("", rig.run("FLUSHALL"));
        hold.releaseSlots(SLOT);
        assertEquals("+OK\r\n", replies());
    }

    @Test
    void aTransactionThatFlushesWaitsToo() throws Exception {
        rig(KeyspaceOptions.clustered());
        rig.run("MULTI", "SET k 5", "FLUSHALL", "SET k 7");
        rig.node().exclusion().exclusively(() -> hold.holdSlots(SLOT));
        assertEquals("", rig.run("EXEC"));
        hold.releaseSlots(SLOT);
        assertEquals("*3\r\n+OK\r\n+OK\r\n+OK\r\n", replies());
    }

    @Test
    void heldKeysAreReadButNotWritten() throws Exception {
        rig(KeyspaceOptions.standalone());
        rig.run("SET k 1");
        assertEquals(KeyHold.TAKEN, holdKey());
        assertEquals("$1\r\n1\r\n+OK\r\n", rig.run("GET k", "SET other 1", "SET k 2"));
        hold.releaseKeys(List.of(KEY));
        assertEquals("+OK\r\n", replies());
    }

    @Test
    void aKeyIsHeldForOneAtATime() {
        rig(KeyspaceOptions.standalone());
        assertEquals(KeyHold.TAKEN, holdKey());
        assertNotEquals(KeyHold.TAKEN, holdKey());
        hold.releaseKeys(List.of(KEY));
        assertEquals(KeyHold.TAKEN, holdKey());
    }

    @Test
    void aReplyThatIsNotWantedStaysAway() throws Exception {
        holdSlot();
        assertEquals("", rig.run("CLIENT REPLY SKIP", "GET k", "GET k"));
        hold.releaseSlots(SLOT);
        assertEquals("$1\r\n1\r\n", replies());
    }
}
