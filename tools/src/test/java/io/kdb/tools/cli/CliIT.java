package io.kdb.tools.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.tools.RealRedis;
import io.kdb.tools.client.Address;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same commands through kdb cli and through redis-cli must look the same. */
class CliIT {
    private static final String COMMANDS = """
            SET k "a\\x00\\n\\xff"
            GET k
            GET absent

            SET k "unbalanced
            INCR n
            INCR k
            RPUSH l a b c d e f g h i j
            LRANGE l 0 -1
            EVAL "return {1,{2,{'x'},3},'y'}" 0
            HSET h f v g w
            HGETALL h
            SADD s one
            SMEMBERS s
            ZADD z 1.5 m
            ZRANGE z 0 -1 WITHSCORES
            ZSCORE z m
            LRANGE absent 0 -1
            HGETALL absent
            SMEMBERS absent
            DEBUG PROTOCOL verbatim
            DEBUG PROTOCOL map
            DEBUG PROTOCOL true
            CLIENT SETNAME me
            CLIENT GETNAME
            NOTHING here
            MULTI
            SET a 1
            GET a
            EXEC
            SELECT 3
            SELECT 99
            quit
            GET after quit
            """;

    @TempDir
    Path folder;

    private RealRedis redis;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        redis = RealRedis.start(folder);
    }

    @AfterEach
    void stop() {
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2 --raw", "2 --no-raw", "3 --raw", "3 --no-raw"})
    void printsWhatRedisCliPrints(String mode) throws IOException, InterruptedException {
        String port = Integer.toString(redis.address().port());
        boolean resp3 = mode.charAt(0) == '3';
        String format = mode.substring(2);

        String expected = resp3
                ? RealRedis.run(COMMANDS, "redis-cli", "-p", port, format, "-3")
                : RealRedis.run(COMMANDS, "redis-cli", "-p", port, format);
        RealRedis.run("FLUSHALL", "redis-cli", "-p", port);

        assertEquals(expected, ours(resp3, format.equals("--raw") ? ReplyFormat.RAW : ReplyFormat.READABLE));
    }

    @Test
    void saysWhenNobodyAnswers() {
        Address nobody = new Address("127.0.0.1", 1);
        try (CliSession session = session(nobody, false, new ByteArrayOutputStream())) {
            assertFalse(session.connect());
            assertEquals("not connected> ", session.prompt());
        }
    }

    @Test
    void showsDatabaseAndTransactionInThePrompt() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CliSession session = session(redis.address(), false, bytes)) {
            CliPrinter printer = new CliPrinter(session, ReplyFormat.RAW, false, stream(bytes));
            assertTrue(session.connect());
            printer.runLine("SELECT 2");
            assertEquals(redis.address() + "[2]> ", session.prompt());
            printer.runLine("MULTI");
            assertEquals(redis.address() + "[2](TX)> ", session.prompt());
            printer.runLine("DISCARD");
            assertEquals(redis.address() + "[2]> ", session.prompt());
        }
    }

    private String ours(boolean resp3, ReplyFormat format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CliSession session = session(redis.address(), resp3, bytes)) {
            CliPrinter printer = new CliPrinter(session, format, false, stream(bytes));
            assertTrue(session.connect());
            for (String line : COMMANDS.split("\n", -1)) {
                if (printer.runLine(line) == CliPrinter.Outcome.QUIT) {
                    break;
                }
            }
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    private static CliSession session(Address address, boolean resp3, ByteArrayOutputStream out) {
        CliSession.Login login = new CliSession.Login(null, null, 0, resp3);
        return new CliSession(address, login, false, false, 1000, stream(out));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
