package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands over a table for each slot. Routing has tests of its own: here every slot is this node's. */
class ClusterModeTest {
    private final CommandRig rig = new CommandRig(KeyspaceOptions.clustered().withMaxPageBytes(64 << 20));

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void refusesOtherDatabases() {
        assertEquals("+OK\r\n", rig.run("SET {a}1 x"));
        assertEquals("-ERR MOVE is not allowed in cluster mode\r\n", rig.run("MOVE {a}1 1"));
        assertEquals(
                "-ERR Copying to another database is not allowed in cluster mode\r\n", rig.run("COPY {a}1 {a}2 DB 1"));
        assertEquals("-ERR DB index is out of range\r\n", rig.run("COPY {a}1 {a}2 DB 17"));
        assertEquals(":1\r\n", rig.run("COPY {a}1 {a}2 DB 0"));
    }

    @Test
    void keepsItsKeysOverTheSlots() {
        assertEquals("+OK\r\n+OK\r\n", rig.run("MSET {a}1 1 {a}2 2", "RENAME {a}1 {a}3"));
        assertEquals("*3\r\n$-1\r\n$1\r\n2\r\n$1\r\n1\r\n", rig.run("MGET {a}1 {a}2 {a}3"));
        assertEquals(":2\r\n", rig.run("DEL {a}1 {a}2 {a}3"));
        assertEquals("$-1\r\n", rig.run("RANDOMKEY"));
    }

    /** Other keys than those that are named may be anywhere; what is checked first decides, as in Redis. */
    @Test
    void sortsWithoutOtherKeys() {
        String by = "-ERR BY option of SORT denied in Cluster mode.\r\n";
        String get = "-ERR GET option of SORT denied in Cluster mode.\r\n";
        assertEquals(":2\r\n", rig.run("RPUSH {a}l 2 1"));
        assertEquals(by + by + by, rig.run("SORT {a}l BY {a}*", "SORT_RO {a}l BY w_*->f", "SORT nothing BY *"));
        assertEquals(get + get + get, rig.run("SORT {a}l GET {a}*", "SORT {a}l GET #", "SORT_RO {a}l GET x"));
        assertEquals(by + get, rig.run("SORT {a}l BY * GET *", "SORT {a}l GET * BY *"));
        assertEquals("*2\r\n$1\r\n2\r\n$1\r\n1\r\n", rig.run("SORT {a}l BY nosort"));
        assertEquals(":2\r\n", rig.run("SORT {a}l STORE {a}sorted"));
    }

    @Test
    void scansEveryKeyOfManySlots() {
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < 3000; i++) {
            assertEquals("+OK\r\n", rig.run("SET key:" + i + " v"));
            expected.add("key:" + i);
        }
        assertTrue(rig.run("RANDOMKEY").contains("key:"));
        Set<String> found = new TreeSet<>();
        Pattern reply = Pattern.compile("\\*2\r\n\\$\\d+\r\n(\\d+)\r\n\\*\\d+\r\n(.*)", Pattern.DOTALL);
        String cursor = "0";
        do {
            Matcher matcher = reply.matcher(rig.run("SCAN " + cursor));
            assertTrue(matcher.matches());
            cursor = matcher.group(1);
            Matcher key = Pattern.compile("key:\\d+").matcher(matcher.group(2));
            while (key.find()) {
                found.add(key.group());
            }
        } while (!cursor.equals("0"));
        assertEquals(expected, found);
        assertTrue(rig.run("KEYS *").startsWith("*3000\r\n"));
    }

    @Test
    void logsKeysThatScanFoundExpired() {
        assertEquals("+OK\r\n+OK\r\n", rig.run("SET gone v PXAT 1", "SET k v"));
        assertEquals("SELECT 0;SET gone v PXAT 1;SET k v;", rig.effects());
        assertEquals("*1\r\n$1\r\nk\r\n", rig.run("KEYS *"));
        assertEquals("DEL gone;", rig.effects());
        assertEquals("+OK\r\n", rig.run("SET gone v PXAT 1"));
        rig.effects();
        String cursor = "0";
        do {
            cursor = rig.run("SCAN " + cursor + " COUNT 1000").split("\r\n")[2];
        } while (!cursor.equals("0"));
        assertEquals("DEL gone;", rig.effects());
    }

    @Test
    void logsOnePieceForATransactionThatScans() {
        assertEquals("+OK\r\n", rig.run("SET gone v PXAT 1"));
        rig.effects();
        rig.run("MULTI", "KEYS *", "SET k v", "EXEC");
        assertEquals("MULTI;DEL gone;SET k v;EXEC;", rig.effects());
    }
}
