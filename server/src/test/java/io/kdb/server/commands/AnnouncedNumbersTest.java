package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A number in a command costs no memory before there is something to put into it: counts, limits, offsets, ranges, numbers
 * of keys and times of any size, in every command that takes one.
 *
 * <p>Note: negative counts of SRANDMEMBER, HRANDFIELD and ZRANDMEMBER ask for that many elements, and offsets within the
 * longest string ask for that string, so these stand here with what is beyond.
 */
class AnnouncedNumbersTest {
    private static final long LIMIT_BYTES = 512 << 10;
    private static final long[] NUMBERS = {
        Long.MAX_VALUE, Long.MIN_VALUE, Integer.MAX_VALUE, 1L << 32, 1L << 40, 1L << 62
    };
    /** What makes a string as long as it says, up to 512 MB. */
    private static final List<String> GROWING = List.of("SETBIT", "SETRANGE", "BITFIELD");

    private static final String[] SET_UP = {
        "SET s value",
        "SET n 5",
        "RPUSH l a b c a",
        "SADD e a b c",
        "SADD i 1 2 3",
        "SADD e2 b c d",
        "HSET h f 1 g 2",
        "ZADD z 1 a 2 b 3 c",
        "ZADD z2 2 b 3 d",
        "GEOADD p 13 38 x 15 37 y",
        "XADD x 1-1 f v",
        "XADD x 2-1 f v",
        "XGROUP CREATE x grp 0",
        "XREADGROUP GROUP grp me COUNT 1 STREAMS x >",
        "SETBIT b 100 1",
        "SET s2 valve"
    };

    /** In each line HUGE is the number. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GETRANGE s HUGE -1|GETRANGE s 0 HUGE|GETRANGE none 0 HUGE|SUBSTR s 0 HUGE",
                "SETRANGE s HUGE x|SETRANGE none HUGE x|SETRANGE none HUGE",
                "SETBIT s HUGE 1|GETBIT s HUGE|SETBIT none HUGE 0|GETBIT none HUGE",
                "BITCOUNT b HUGE -1|BITCOUNT b 0 HUGE|BITCOUNT b 0 HUGE BIT|BITPOS b 1 HUGE|BITPOS b 0 0 HUGE|BITPOS b 1 HUGE -1 BIT",
                "BITFIELD s SET u8 HUGE 1|BITFIELD s GET u8 HUGE|BITFIELD s INCRBY i64 HUGE 1|BITFIELD s SET u8 #HUGE 1",
                "BITFIELD_RO s GET u8 HUGE|BITFIELD s GET uHUGE 0|BITFIELD s SET u8 0 HUGE|BITFIELD none SET i64 HUGE 1",
                "LCS s s2 MINMATCHLEN HUGE IDX|LCS s s2 IDX MINMATCHLEN HUGE WITHMATCHLEN",
                "INCRBY n HUGE|DECRBY n HUGE|SET none v EX HUGE|SET none v PX HUGE|SET none v EXAT HUGE|SETEX none HUGE v|PSETEX none HUGE v",
                "GETEX s EX HUGE|GETEX s PXAT HUGE|EXPIRE n HUGE|PEXPIRE n HUGE|EXPIREAT n HUGE|PEXPIREAT n HUGE",
                "LRANGE l 0 HUGE|LRANGE l HUGE -1|LRANGE none 0 HUGE|LINDEX l HUGE|LSET l HUGE v|LREM l HUGE none",
                "LPOS l a RANK HUGE|LPOS l a COUNT HUGE|LPOS l a MAXLEN HUGE|LPOS l a COUNT 0 MAXLEN HUGE",
                "LTRIM l 0 HUGE|LTRIM none HUGE HUGE|LPOP none HUGE|RPOP none HUGE|LPOP l HUGE|RPUSH l a b|RPOP l HUGE",
                "LMPOP 1 l LEFT COUNT HUGE|LMPOP HUGE l LEFT|RPUSH l a b|LMPOP 1 l RIGHT COUNT HUGE|BLMPOP 1 1 e LEFT COUNT HUGE|BLMPOP 0 HUGE l LEFT",
                "SRANDMEMBER e HUGE|SRANDMEMBER i HUGE|SRANDMEMBER none HUGE|SPOP none HUGE|SPOP e HUGE|SPOP i HUGE",
                "SINTERCARD 1 e LIMIT HUGE|SINTERCARD HUGE e|SINTERCARD 2 e e2 LIMIT HUGE",
                "SSCAN e 0 COUNT HUGE|HSCAN h 0 COUNT HUGE|ZSCAN z 0 COUNT HUGE|SCAN 0 COUNT HUGE|SSCAN e HUGE|HSCAN h HUGE|ZSCAN z HUGE|SCAN HUGE",
                "HRANDFIELD h HUGE|HRANDFIELD h HUGE WITHVALUES|HRANDFIELD none HUGE|HINCRBY h f HUGE",
                "ZRANDMEMBER z HUGE|ZRANDMEMBER z HUGE WITHSCORES|ZRANDMEMBER none HUGE",
                "ZRANGE z 0 HUGE|ZRANGE z HUGE -1|ZRANGE z 0 HUGE REV|ZREVRANGE z 0 HUGE|ZREVRANGE z HUGE HUGE WITHSCORES",
                "ZRANGE z -inf +inf BYSCORE LIMIT HUGE 1|ZRANGE z -inf +inf BYSCORE LIMIT 0 HUGE|ZRANGE z - + BYLEX LIMIT 0 HUGE",
                "ZRANGEBYSCORE z -inf +inf LIMIT HUGE HUGE|ZREVRANGEBYSCORE z +inf -inf LIMIT 0 HUGE|ZRANGEBYLEX z - + LIMIT 0 HUGE",
                "ZREVRANGEBYLEX z + - LIMIT HUGE 1|ZRANGESTORE d z 0 HUGE|ZRANGESTORE d z - + BYLEX LIMIT 0 HUGE|ZRANGESTORE d z HUGE -1",
                "ZREMRANGEBYRANK none 0 HUGE|ZREMRANGEBYRANK z HUGE HUGE|ZCOUNT z HUGE +inf|ZREMRANGEBYSCORE z HUGE HUGE",
                "ZPOPMIN none HUGE|ZPOPMAX none HUGE|ZPOPMIN z2 HUGE|ZADD z2 2 b|ZPOPMAX z2 HUGE",
                "ZMPOP 1 z2 MIN COUNT HUGE|ZMPOP HUGE z MAX|BZMPOP 1 1 z MIN COUNT HUGE|BZMPOP 0 HUGE z MAX",
                "ZINTERCARD 2 z z2 LIMIT HUGE|ZINTERCARD HUGE z z2|ZUNION HUGE z z2|ZINTER HUGE z z2|ZDIFF HUGE z z2",
                "ZUNIONSTORE d HUGE z z2|ZINTERSTORE d HUGE z z2|ZDIFFSTORE d HUGE z z2|ZUNION 2 z z2 WEIGHTS HUGE 1",
                "XRANGE x - + COUNT HUGE|XREVRANGE x + - COUNT HUGE|XRANGE none - + COUNT HUGE|XRANGE x HUGE +|XRANGE x - HUGE-HUGE",
                "XREAD COUNT HUGE STREAMS x 0|XREAD COUNT HUGE STREAMS none 0|XREADGROUP GROUP grp you COUNT HUGE STREAMS x >",
                "XREADGROUP GROUP grp you COUNT HUGE STREAMS x 0|XREADGROUP GROUP grp you COUNT HUGE NOACK STREAMS x >",
                "XADD x MAXLEN HUGE * f v|XADD x MAXLEN ~ 1 LIMIT HUGE * f v|XADD x MINID HUGE * f v|XTRIM x MAXLEN HUGE|XTRIM x MAXLEN ~ 1 LIMIT HUGE",
                "XAUTOCLAIM x grp me 0 0 COUNT HUGE|XAUTOCLAIM x grp me HUGE 0|XPENDING x grp - + HUGE|XPENDING x grp IDLE HUGE - + 10",
                "XCLAIM x grp me 0 1-1 RETRYCOUNT HUGE|XCLAIM x grp me HUGE 1-1|XCLAIM x grp me 0 1-1 IDLE HUGE|XCLAIM x grp me 0 1-1 TIME HUGE",
                "XINFO STREAM x FULL COUNT HUGE|XSETID x HUGE-1 ENTRIESADDED HUGE|XGROUP CREATE x other 0 ENTRIESREAD HUGE",
                "GEOSEARCH p FROMLONLAT 15 37 BYRADIUS 900 km COUNT HUGE|GEOSEARCH p FROMLONLAT 15 37 BYRADIUS HUGE km COUNT HUGE ANY",
                "GEORADIUS p 15 37 900 km COUNT HUGE|GEORADIUS p 15 37 HUGE m|GEORADIUSBYMEMBER p x 900 km COUNT HUGE|GEOSEARCHSTORE d p FROMMEMBER x BYBOX HUGE 10 m COUNT HUGE",
                "SORT l ALPHA LIMIT 0 HUGE|SORT l ALPHA LIMIT HUGE HUGE|SORT e ALPHA LIMIT HUGE 1|SORT z ALPHA LIMIT 0 HUGE STORE d|SORT_RO i LIMIT HUGE 2",
                "HEXPIRE h HUGE FIELDS 1 f|HPEXPIRE h 1 FIELDS HUGE f|HEXPIREAT h HUGE FIELDS 1 f|HPEXPIREAT h HUGE FIELDS 1 f|HTTL h FIELDS HUGE f",
                "HPERSIST h FIELDS HUGE f|HGETEX h EX HUGE FIELDS 1 f|HGETEX h FIELDS HUGE f|HSETEX h FIELDS HUGE f v|HSETEX h EX HUGE FIELDS 1 f v|HGETDEL h FIELDS HUGE f",
                "MSETEX HUGE a 1|MSETEX 1 a 1 EX HUGE|MEMORY USAGE l SAMPLES HUGE|SLOWLOG GET HUGE|RESTORE none HUGE x|OBJECT FREQ s|SELECT HUGE|SWAPDB 0 HUGE",
                "COMMAND GETKEYS ZUNION HUGE z z2|COMMAND GETKEYS SINTERCARD HUGE e|COMMAND GETKEYS LMPOP HUGE l LEFT|COMMAND GETKEYS MSETEX HUGE a 1",
                "BLPOP l HUGE|BZPOPMIN z HUGE|COPY s d DB HUGE|MOVE s HUGE|DEBUG STRINGMATCH-LEN HUGE s|CLIENT KILL ID HUGE|LOLWUT VERSION HUGE"
            })
    void costsWhatThereIs(String templates) {
        List<String> lines = new ArrayList<>();
        for (String template : templates.split("\\|")) {
            for (long number : NUMBERS) {
                boolean within = number < 1L << 32 && GROWING.stream().anyMatch(template::startsWith);
                if (!within) {
                    lines.add(template.replace("HUGE", Long.toString(number)));
                }
            }
        }
        try (CommandRig rig = new CommandRig(KeyspaceOptions.standalone().withMaxPageBytes(64 << 20))) {
            rig.run(SET_UP);
            // What the JVM loads for a command is none of its memory.
            lines.forEach(rig::run);
            rig.run("FLUSHALL");
            rig.run(SET_UP);
            com.sun.management.ThreadMXBean threads =
                    (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            for (String line : lines) {
                byte[] request = CommandRig.requests(line);
                long used = rig.node().keyspace().usedMemory();
                long before = threads.getCurrentThreadAllocatedBytes();
                rig.receive(request);
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                long replyBytes = rig.session().reply().buffer().size();
                rig.session().reply().buffer().release();
                assertTrue(allocated <= LIMIT_BYTES, line + ": " + allocated + " bytes allocated");
                assertTrue(replyBytes <= 4096, line + ": a reply of " + replyBytes + " bytes");
                long grown = rig.node().keyspace().usedMemory() - used;
                assertTrue(grown <= LIMIT_BYTES, line + ": " + grown + " bytes stored");
            }
            assertEquals("+PONG\r\n", rig.run("PING"));
        }
    }
}
