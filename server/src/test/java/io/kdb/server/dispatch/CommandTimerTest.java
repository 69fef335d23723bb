package io.kdb.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import io.kdb.server.store.KeyspaceOptions;
import java.util.Collections;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CommandTimerTest {
    private CommandRig rig = new CommandRig(KeyspaceOptions.standalone());

    @AfterEach
    void close() {
        rig.close();
    }

    /** A field of a command's line in INFO commandstats; the empty string when there is none. */
    private String stat(String command, String field) {
        Matcher found = Pattern.compile("cmdstat_" + command + ":.*?\\b" + field + "=([^,\r]*)")
                .matcher(rig.run("INFO commandstats"));
        return found.find() ? found.group(1) : "";
    }

    private static String[] times(int count, String line) {
        return Collections.nCopies(count, line).toArray(String[]::new);
    }

    private static String[] join(String[]... parts) {
        return Stream.of(parts).flatMap(Stream::of).toArray(String[]::new);
    }

    @Test
    void countsEveryCommandOfAPipeline() {
        rig.run(join(
                times(7, "SADD s a"),
                times(1, "INCR n"),
                times(2, "SADD s b"),
                times(3, "SADD n c"),
                times(5, "SCARD s"),
                times(9, "GET n")));
        assertEquals("12", stat("sadd", "calls"));
        assertEquals("3", stat("sadd", "failed_calls"));
        assertEquals("1", stat("incr", "calls"));
        assertEquals("5", stat("scard", "calls"));
        assertEquals("0", stat("scard", "failed_calls"));
        assertEquals("9", stat("get", "calls"));
        assertTrue(
                rig.run("LATENCY HISTOGRAM sadd").contains("$5\r\ncalls\r\n:12\r\n"), "not every duration is counted");
    }

    @Test
    void sumsUpAllTimeOfSharedReadings() {
        long before = System.nanoTime();
        for (int i = 0; i < 2_000; i++) {
            rig.run(times(64, "INCR n"));
        }
        long micros = (System.nanoTime() - before) / 1000;
        long counted = Long.parseLong(stat("incr", "usec"));
        assertEquals("128000", stat("incr", "calls"));
        assertTrue(counted > 0 && counted <= micros, counted + " us (expected: up to " + micros + ")");
    }

    @Test
    void everyCommandIsInTheSlowLogWhenAllAreSlow() {
        rig.close();
        rig = new CommandRig(KeyspaceOptions.standalone(), "slowlog-log-slower-than 0");
        rig.run("SLOWLOG RESET");
        rig.run("INCR a", "INCR b", "INCR c", "INCR d", "INCR e");
        String log = rig.run("SLOWLOG GET 5");
        for (String key : new String[] {"a", "b", "c", "d", "e"}) {
            assertTrue(log.contains("$4\r\nINCR\r\n$1\r\n" + key + "\r\n"), "not in the log: INCR " + key);
        }
    }
}
