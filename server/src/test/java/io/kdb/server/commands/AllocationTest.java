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

    /** On small collections (by one letter) and on trees. Commands that are a pair leave what they found. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HSET h f v",
                "HSET h f w|HSET h f longer",
                "HGET h f",
                "HGET h none",
                "HSET h new 1|HDEL h new",
                "HEXISTS h f",
                "HLEN h",
                "HMGET h f n",
                "HGETALL h",
                "HSET hash field:77 v",
                "HGET hash field:77",
                "HSET hash new 1|HDEL hash new",
                "SADD s new|SREM s new",
                "SISMEMBER s a",
                "SCARD s",
                "SADD set new|SREM set new",
                "SISMEMBER set m:77",
                "SADD i 77|SREM i 77",
                "SISMEMBER i 1",
                "LPUSH l a|RPOP l",
                "RPUSH l a|LPOP l",
                "LINDEX l 0",
                "LRANGE l 0 -1",
                "LLEN l",
                "LSET l 0 x",
                "LPUSH list a|RPOP list",
                "LINDEX list 1000",
                "LRANGE list 900 1000",
                "HINCRBY h n 1",
                "HINCRBY hash n 1",
                "ZSCORE z a",
                "ZSCORE zset m:77",
                "ZRANK zset m:77",
                "ZADD z 5 m|ZREM z m",
                "ZADD zset 5 m|ZREM zset m",
                "ZADD zset 7 m:77|ZADD zset 8 m:77",
                "ZINCRBY zset 1 m:50",
                "ZRANGE z 0 -1 WITHSCORES",
                "ZRANGE zset 500 550",
                "ZREVRANGE zset 0 10",
                "ZADD z 0 m|ZPOPMIN z"
            })
    void makesNoGarbageWithCollections(String commands) {
        assertAllocates(commands, LIMIT_BYTES);
    }

    /** These have bounds, a member or an ID in an object of their own: a few bytes, whatever the key holds. */
    @ParameterizedTest
    @ValueSource(
            strings = {"ZRANGEBYSCORE zset 10 20", "ZADD z 0 m|ZPOPMAX z", "SADD s x|SPOP s", "XADD x MAXLEN 100 * f v"
            })
    void makesLittleGarbageWithCollections(String commands) {
        assertAllocates(commands, 100L * ROUNDS);
    }

    private static void assertAllocates(String commands, long limit) {
        try (CommandRig rig = new CommandRig(KeyspaceOptions.standalone().withMaxPageBytes(64 << 20))) {
            rig.node().log().deactivate();
            rig.run("HSET h f v n 1", "SADD s a b c", "SADD i 1 2 3", "RPUSH l a b c", "ZADD z 1 a 2 b");
            for (int i = 0; i < 2_000; i++) {
                rig.run("HSET hash field:" + i + " v" + i, "SADD set m:" + i, "RPUSH list element:" + i);
                rig.run("ZADD zset " + i + " m:" + i);
            }
            byte[] request = CommandRig.requests(commands.split("\\|"));
            repeat(rig, request, WARM_UP);
            com.sun.management.ThreadMXBean threads =
                    (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            repeat(rig, request, ROUNDS);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated <= limit, commands + ": " + allocated + " bytes for " + ROUNDS);
        }
    }

    private static void repeat(CommandRig rig, byte[] request, int rounds) {
        for (int i = 0; i < rounds; i++) {
            rig.receive(request);
            rig.session().reply().buffer().release();
        }
    }
}
