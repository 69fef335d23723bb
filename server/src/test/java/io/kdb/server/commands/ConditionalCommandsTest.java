package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands newer than Redis 7.0 that look before they change, and what the log gets of them. */
class ConditionalCommandsTest {
    private static final String OK = "+OK\r\n";
    private static final String NIL = "$-1\r\n";
    private static final String YES = ":1\r\n";
    private static final String NO = ":0\r\n";
    private static final String SYNTAX = "-ERR syntax error\r\n";

    private final CommandRig rig = new CommandRig(KeyspaceOptions.standalone());

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void setsIfTheValueIsTheOneGiven() {
        assertEquals(NIL, rig.run("SET k a IFEQ x"));
        assertEquals(NIL, rig.run("GET k"));
        assertEquals(OK, rig.run("SET k a IFNE x"));
        assertEquals(OK, rig.run("SET k b IFEQ a"));
        assertEquals(NIL, rig.run("SET k c IFEQ a"));
        assertEquals(NIL, rig.run("SET k c IFNE b"));
        assertEquals("$1\r\nb\r\n", rig.run("SET k c IFEQ a GET"));
        assertEquals("$1\r\nb\r\n", rig.run("SET k c GET IFEQ b"));
        assertEquals("$1\r\nc\r\n", rig.run("GET k"));
        assertEquals(OK, rig.run("SET k d EX 100 IFEQ c"));
        assertEquals(OK, rig.run("SET k e IFEQ d KEEPTTL"));
        assertTrue(rig.run("TTL k").matches(":(100|99)\r\n"));
    }

    @Test
    void setsIfTheDigestIsTheOneGiven() {
        rig.run("SET k hello");
        String digest = rig.run("DIGEST k").substring(5, 21);
        assertEquals(NIL, rig.run("SET k x IFDNE " + digest));
        assertEquals(NIL, rig.run("SET k x IFDEQ 0123456789abcdef"));
        assertEquals(OK, rig.run("SET k x IFDEQ " + digest.toUpperCase(java.util.Locale.ROOT)));
        assertTrue(rig.run("SET k x IFDEQ 123").startsWith("-ERR The digest must be"));
        assertTrue(rig.run("SET k x IFDEQ 0123456789abcdeg").startsWith("-ERR The digest must be"));
        assertEquals(NIL, rig.run("SET none x IFDEQ " + digest));
        assertEquals(OK, rig.run("SET none x IFDNE " + digest));
        assertEquals(NIL, rig.run("DIGEST missing"));
    }

    @Test
    void refusesConditionsThatExcludeEachOther() {
        for (String options :
                new String[] {"IFEQ", "NX IFEQ a", "IFEQ a NX", "XX IFNE a", "IFEQ a IFNE b", "IFEQ a FOO"}) {
            assertEquals(SYNTAX, rig.run("SET k v " + options), options);
        }
        rig.run("RPUSH l a");
        assertTrue(rig.run("SET l v IFEQ a").startsWith("-WRONGTYPE"));
        assertTrue(rig.run("DIGEST l").startsWith("-WRONGTYPE"));
    }

    @Test
    void logsSetsWithoutConditions() {
        rig.run("SET k a");
        rig.effects();
        rig.run("SET k b IFEQ a", "SET k c IFEQ a");
        assertEquals("SET k b", rig.effects().replace(";", ""));
    }

    @Test
    void deletesIfTheValueIsTheOneGiven() {
        rig.run("SET k a", "RPUSH l a");
        assertEquals(NO, rig.run("DELEX k IFEQ b"));
        assertEquals(NO, rig.run("DELEX k IFNE a"));
        assertEquals(YES, rig.run("DELEX k IFEQ a"));
        assertEquals(NO, rig.run("DELEX k IFEQ a"));
        assertEquals(NO, rig.run("DELEX k"));
        assertTrue(rig.run("DELEX l IFEQ a").startsWith("-ERR Key should be of string type"));
        assertEquals(YES, rig.run("DELEX l"));
        assertTrue(rig.run("DELEX k IFEQ").startsWith("-ERR wrong number of arguments"));
        assertTrue(rig.run("DELEX k FOO a").startsWith("-ERR Invalid condition"));
        rig.run("SET k a");
        String digest = rig.run("DIGEST k").substring(5, 21);
        assertEquals(NO, rig.run("DELEX k IFDNE " + digest));
        rig.effects();
        assertEquals(YES, rig.run("DELEX k IFDEQ " + digest));
        assertEquals("DEL k", rig.effects().replace(";", ""));
    }

    @Test
    void deletesAsValkeyDoes() {
        rig.run("SET k a", "RPUSH l a");
        rig.effects();
        assertEquals(NO, rig.run("DELIFEQ k b"));
        assertEquals(YES, rig.run("DELIFEQ k a"));
        assertEquals(NO, rig.run("DELIFEQ k a"));
        assertTrue(rig.run("DELIFEQ l a").startsWith("-WRONGTYPE"));
        assertEquals("DEL k", rig.effects().replace(";", ""));
    }

    @Test
    void setsSeveralWithOneExpiry() {
        assertEquals(YES, rig.run("MSETEX 2 a 1 b 2 EX 100"));
        assertTrue(rig.run("TTL b").matches(":(100|99)\r\n"));
        assertEquals(NO, rig.run("MSETEX 2 a 3 c 4 NX"));
        assertEquals(NO, rig.run("MSETEX 2 a 3 c 4 XX"));
        assertEquals(YES, rig.run("MSETEX 2 a 3 b 4 XX KEEPTTL"));
        assertTrue(rig.run("TTL b").matches(":(100|99)\r\n"));
        rig.effects();
        assertEquals(YES, rig.run("MSETEX 1 a 5"));
        assertEquals("SET a 5", rig.effects().replace(";", ""));
        assertEquals(":-1\r\n", rig.run("TTL a"));
        assertTrue(rig.run("MSETEX 0 a 5").startsWith("-ERR invalid numkeys"));
        assertTrue(rig.run("MSETEX x a 5").startsWith("-ERR invalid numkeys"));
        assertTrue(rig.run("MSETEX 2 a 5").startsWith("-ERR wrong number of key-value pairs"));
        assertTrue(rig.run("MSETEX 2147483647 a 5").startsWith("-ERR wrong number of key-value pairs"));
        assertEquals(SYNTAX, rig.run("MSETEX 1 a 5 NX XX"));
        assertEquals(SYNTAX, rig.run("MSETEX 1 a 5 b 6"));
        assertTrue(rig.run("MSETEX 1 a 5 EX 0").startsWith("-ERR invalid expire time"));
    }
}
