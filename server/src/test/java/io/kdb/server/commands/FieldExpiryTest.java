package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fields that expire, as Redis 7.4 and 8.0 document them; there is no such server here to compare with. */
class FieldExpiryTest {
    private final CommandRig rig = new CommandRig(KeyspaceOptions.standalone());

    @AfterEach
    void close() {
        rig.close();
    }

    /** Replies as {@code 1 -2}, {@code nil}, texts as they are, an error from its code on. */
    private String run(String line) {
        return rig.run(line)
                .replaceAll("\\*\\d+\r\n", "")
                .replaceAll("\\$-1\r\n", "nil ")
                .replaceAll("\\$\\d+\r\n", "")
                .replaceAll("(?m)^[:+-]?(?=-?\\d|[A-Z])", "")
                .replace("\r\n", " ")
                .strip();
    }

    private String effects() {
        return rig.effects().replaceAll(";$", "").replaceAll("^SELECT 0;", "");
    }

    private static void sleep(int ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void setsAndTellsExpiries() {
        assertEquals("-2 -2", run("HEXPIRE h 10 FIELDS 2 a b"));
        run("HSET h a 1 b 2 c 3");
        assertEquals("1 -2", run("HEXPIRE h 100 FIELDS 2 a zz"));
        assertEquals("100 -1 -2", run("HTTL h FIELDS 3 a b zz"));
        assertEquals("listpackex", run("OBJECT ENCODING h"));
        assertEquals("1", run("HPEXPIREAT h 32503680000123 FIELDS 1 b"));
        assertEquals("32503680000123", run("HPEXPIRETIME h FIELDS 1 b"));
        assertEquals("32503680001", run("HEXPIRETIME h FIELDS 1 b"));
        assertEquals("1 1 -1 -2", run("HPERSIST h FIELDS 4 a b c zz"));
        assertEquals("listpack", run("OBJECT ENCODING h"));
        assertEquals("-2", run("HTTL missing FIELDS 1 a"));
        assertEquals("-2", run("HPERSIST missing FIELDS 1 a"));
    }

    @Test
    void knowsTheConditions() {
        run("HSET h a 1 b 2");
        assertEquals("0 0", run("HEXPIRE h 100 XX FIELDS 2 a b"));
        assertEquals("0 0", run("HEXPIRE h 100 GT FIELDS 2 a b"));
        assertEquals("1", run("HEXPIRE h 100 NX FIELDS 1 a"));
        assertEquals("0 1", run("HEXPIRE h 200 NX FIELDS 2 a b"));
        assertEquals("1 0", run("HEXPIRE h 150 GT FIELDS 2 a b"));
        assertEquals("0 1", run("HEXPIRE h 160 lt FIELDS 2 a b"));
        assertEquals("150 160", run("HTTL h FIELDS 2 a b"));
    }

    @Test
    void refusesWhatIsWrong() {
        run("SET s v");
        run("HSET h f v");
        String wrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
        assertEquals(wrongType, run("HEXPIRE s notanum FIELDS 1 f"));
        assertEquals(wrongType, run("HTTL s FIELDS 1 f"));
        assertEquals(wrongType, run("HGETDEL s FIELDS 1 f"));
        assertEquals("ERR value is not an integer or out of range", run("HEXPIRE h notanum FIELDS 1 f"));
        assertEquals("ERR invalid expire time, must be >= 0", run("HEXPIRE h -1 FIELDS 1 f"));
        assertEquals("ERR invalid expire time in 'hpexpireat' command", run("HPEXPIREAT h 70368744177664 FIELDS 1 f"));
        assertEquals("ERR invalid expire time in 'hexpire' command", run("HEXPIRE h 70368744177 FIELDS 1 f"));
        String noFields = "ERR Mandatory argument FIELDS is missing or not at the right position";
        assertEquals(noFields, run("HEXPIRE h 100 BADCOND FIELDS 1 f"));
        assertEquals(noFields, run("HTTL h NOTFIELDS 1 f"));
        assertEquals("ERR Parameter `numFields` should be greater than 0", run("HEXPIRE h 100 FIELDS 0 f"));
        assertEquals("ERR Number of fields must be a positive integer", run("HTTL h FIELDS 0 f"));
        assertEquals("ERR Number of fields must be a positive integer", run("HPERSIST h FIELDS x f"));
        String mismatch = "ERR The `numfields` parameter must match the number of arguments";
        assertEquals(mismatch, run("HEXPIRE h 100 FIELDS 2 f"));
        assertEquals(mismatch, run("HTTL h FIELDS 1 f g"));
        assertEquals("ERR unknown argument: BOGUS", run("HSETEX h BOGUS FIELDS 1 f v"));
        assertEquals("ERR Only one of FXX or FNX arguments can be specified", run("HSETEX h FNX FXX FIELDS 1 f v"));
        assertEquals(
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
                run("HSETEX h EX 60 KEEPTTL FIELDS 1 f v"));
        assertEquals("ERR invalid number of fields", run("HSETEX h FIELDS 0 f v"));
        assertEquals("ERR wrong number of arguments for 'hsetex' command", run("HSETEX h FIELDS 2 f v"));
        assertEquals("-1", run("HTTL h FIELDS 1 f"));
    }

    @Test
    void hidesAndRemovesWhatIsPastItsTime() {
        run("HSET h a 1 b 2 c 3");
        assertEquals("1 1", run("HPEXPIRE h 20 FIELDS 2 a b"));
        sleep(40);
        assertEquals("c 3", run("HGETALL h"));
        assertEquals("0 c 3", run("HSCAN h 0"));
        assertEquals("3", run("HLEN h"));
        effects();
        assertEquals("nil", run("HGET h a"));
        assertEquals("HDEL h a", effects());
        assertEquals("2", run("HLEN h"));
        assertEquals("c", run("HRANDFIELD h"));
        assertEquals("HDEL h b", effects());
        assertEquals("1", run("HPEXPIRE h 10 FIELDS 1 c"));
        sleep(30);
        assertEquals("0", run("HEXISTS h c"));
        assertEquals("0", run("EXISTS h"));
    }

    @Test
    void findsWhatNobodyAsksFor() {
        for (int i = 0; i < 300; i++) {
            run("HSET h" + i % 3 + " f" + i + " v");
            run("HPEXPIRE h" + i % 3 + " " + (i % 2 == 0 ? 15 : 100_000) + " FIELDS 1 f" + i);
        }
        run("HSET gone a 1");
        run("HPEXPIRE gone 10 FIELDS 1 a");
        run("COPY gone copy");
        run("RENAME h0 renamed");
        sleep(50);
        rig.node().reaper().searchExpired(System.currentTimeMillis(), TimeUnit.SECONDS.toNanos(5));
        assertEquals("50", run("HLEN renamed"));
        assertEquals("50", run("HLEN h1"));
        assertEquals("0", run("EXISTS gone copy"));
        assertEquals(3, rig.node().keyspace().fieldTtlHashes());
        assertTrue(effects().contains("HDEL gone a"));
        run("HPERSIST h1 FIELDS 1 f1");
        run("FLUSHALL");
        assertEquals(0, rig.node().keyspace().fieldTtlHashes());
    }

    @Test
    void settingDropsAnExpiryAndCountingKeepsIt() {
        run("HSET h a 1 b 2 c 3");
        run("HEXPIRE h 100 FIELDS 3 a b c");
        assertEquals("0", run("HSET h a 5"));
        effects();
        assertEquals("7", run("HINCRBY h b 5"));
        assertEquals("3.5", run("HINCRBYFLOAT h c 0.5"));
        assertTrue(effects().matches("HINCRBY h b 5;.*HSET h c 3.5;HPEXPIREAT h \\d+ FIELDS 1 c;EXEC"), "logged");
        assertEquals("-1 100 100", run("HTTL h FIELDS 3 a b c"));
        run("HPEXPIRE h 10 FIELDS 1 b");
        sleep(30);
        assertEquals("1", run("HINCRBY h b 1"));
        assertEquals("-1", run("HTTL h FIELDS 1 b"));
    }

    @Test
    void logsTimesAndRemovals() {
        run("HSET h a 1 b 2");
        effects();
        run("HEXPIRE h 100 FIELDS 2 a b");
        assertTrue(effects().matches("HPEXPIREAT h \\d{13} FIELDS 2 a b"));
        assertEquals("2 -2", run("HEXPIRE h 0 FIELDS 2 a a"));
        assertEquals("HDEL h a", effects());
        assertEquals("2", run("HPEXPIREAT h 1 FIELDS 1 b"));
        assertEquals("HDEL h b", effects());
        assertEquals("0", run("EXISTS h"));
    }

    @Test
    void getsAndSetsWithExpiries() {
        assertEquals("1", run("HSETEX h EX 100 FIELDS 2 a 1 b 2"));
        assertTrue(effects().matches("MULTI;.*HSET h a 1 b 2;HPEXPIREAT h \\d{13} FIELDS 2 a b;EXEC"));
        assertEquals("100 100", run("HTTL h FIELDS 2 a b"));
        assertEquals("0", run("HSETEX h FNX FIELDS 2 c 1 a 9"));
        assertEquals("0", run("HSETEX h FXX FIELDS 2 c 1 a 9"));
        assertEquals("1", run("HSETEX h FXX KEEPTTL FIELDS 1 a 9"));
        assertEquals("1", run("HSETEX h FIELDS 1 b 8"));
        assertEquals("100 -1", run("HTTL h FIELDS 2 a b"));
        assertEquals("9 nil", run("HGETEX h PERSIST FIELDS 2 a zz"));
        assertEquals("9 8", run("HGETEX h EX 50 FIELDS 2 a b"));
        assertEquals("50 50", run("HTTL h FIELDS 2 a b"));
        assertEquals("9", run("HGETEX h FIELDS 1 a"));
        effects();
        assertEquals("9 nil", run("HGETDEL h FIELDS 2 a zz"));
        assertEquals("HDEL h a", effects());
        assertEquals("1", run("HSETEX h PXAT 1 FIELDS 2 b 7 d 7"));
        assertEquals("HDEL h b", effects());
        assertEquals("0", run("EXISTS h"));
        assertEquals("nil nil", run("HGETDEL h FIELDS 2 a b"));
        assertEquals("nil", run("HGETEX h FIELDS 1 a"));
    }
}
