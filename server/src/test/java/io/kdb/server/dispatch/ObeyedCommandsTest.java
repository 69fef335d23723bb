package io.kdb.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.resp.Arguments;
import io.kdb.resp.ChunkPool;
import io.kdb.resp.ReplyBuffer;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ObeyedCommandsTest {
    private final CommandRig rig = new CommandRig(KeyspaceOptions.standalone().withMaxPageBytes(64 << 20));
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Dispatcher dispatcher = Dispatcher.silent(rig.node(), thread);
    private final ObeyedCommands obeyed = dispatcher.obeyed();
    private final Session session =
            new Session(0, dispatcher, null, new ReplyWriter(new ReplyBuffer(new ChunkPool(1 << 16))), 0);

    ObeyedCommandsTest() {
        session.kind(Session.Kind.PRIMARY);
    }

    @AfterEach
    void close() {
        thread.shutdown();
        rig.close();
    }

    private static Arguments words(String line) {
        return Arguments.of(line.split(" "));
    }

    @Test
    void saysWhichCommandsItDoesNotKnow() {
        assertTrue(obeyed.apply(session, words("set a 1")));
        assertFalse(obeyed.apply(session, words("nonsense a 1")));
        assertFalse(obeyed.apply(session, words("xgroup nonsense a")));
        assertEquals("$1\r\n1\r\n", rig.run("GET a"));
    }

    @Test
    void remembersTheErrorOfTheLastCommand() {
        obeyed.apply(session, words("set a x"));
        obeyed.apply(session, words("incr a"));
        assertNotNull(obeyed.error());
        obeyed.apply(session, words("set a 1"));
        assertEquals(null, obeyed.error());
    }

    @Test
    void tellsThatThereWasNoMemoryHoweverTheRestWent() {
        obeyed.apply(session, words("setrange a 200000000 x"));
        assertTrue(obeyed.lackedMemory());
        obeyed.apply(session, words("set a 1"));
        assertFalse(obeyed.lackedMemory());
        obeyed.applyTransaction(
                session, List.of(words("set b 1"), words("setrange a 200000000 x"), words("incr b")), new int[] {0, 0, 0
                });
        assertTrue(obeyed.lackedMemory());
        obeyed.applyTransaction(session, List.of(words("incr b"), words("lpush a x")), new int[] {0, 0});
        assertFalse(obeyed.lackedMemory());
    }

    @Test
    void runsSubcommandsInATransaction() {
        obeyed.applyTransaction(
                session,
                List.of(words("XGROUP CREATE s g 0 MKSTREAM"), words("SET a 1"), words("SET a 2")),
                new int[] {0, 0, 1});
        assertEquals(":1\r\n", rig.run("XGROUP DESTROY s g"));
        assertEquals("$1\r\n1\r\n", rig.run("GET a"));
        assertEquals("+OK\r\n$1\r\n2\r\n", rig.run("SELECT 1", "GET a"));
    }
}
