package io.kdb.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kdb.tools.bench.Comparison.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    @Test
    void takesTheMiddleOfTheRounds() {
        assertEquals(2, Comparison.median(List.of(9.0, 1.0, 2.0)));
        assertEquals(2.5, Comparison.median(List.of(9.0, 1.0, 2.0, 3.0)));
        assertEquals(7, Comparison.median(List.of(7.0)));
    }

    @Test
    void printsMediansAndTheirRatioAsMarkdown() {
        Comparison comparison = new Comparison();
        for (double rate : List.of(100.0, 300.0, 200.0)) {
            comparison.add(Side.REDIS, "GET/s", "%.0f", rate);
            comparison.add(Side.KDB, "GET/s", "%.0f", rate * 1.5);
        }
        comparison.add(Side.KDB, "only ours", "%.1f", 1);

        assertEquals(
                List.of(
                        "| figure | redis-server | kdb | kdb / redis |",
                        "|---|---|---|---|",
                        "| GET/s | 200 | 300 | 1.50 |",
                        "| only ours | - | 1.0 | - |"),
                comparison.markdown());
    }

    @Test
    void readsTheRateFromTheCsvOfRedisBenchmark() throws IOException {
        String csv =
                "\"test\",\"rps\",\"avg_latency_ms\"\n\"SET\",\"684931.50\",\"1.077\"\n\"GET\",\"847457.62\",\"0.869\"\n";

        assertEquals(684931.5, RedisBenchmark.parse(csv, "SET"));
        assertEquals(847457.62, RedisBenchmark.parse(csv, "GET"));
        assertThrows(IOException.class, () -> RedisBenchmark.parse("Could not connect", "GET"));
    }

    @Test
    void namesKeysAsRedisBenchmarkDoes() {
        Load load = new KeyLoad(KeyLoad.Kind.SET, 3, 2, true, 1);

        load.next();
        load.next();
        String third = new String(load.next(), StandardCharsets.US_ASCII);
        assertEquals("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000002\r\n$2\r\nxx\r\n", third);
        assertEquals("key:000000000000", new String(load.next(), StandardCharsets.US_ASCII).split("\r\n", -1)[4]);
    }

    @Test
    void writesOneInTenOfAMixedLoad() {
        Load load = new KeyLoad(KeyLoad.Kind.MIXED, 1000, 2, false, 1);
        int writes = 0;
        for (int i = 0; i < 1000; i++) {
            writes += load.next()[8] == 'S' ? 1 : 0;
        }
        assertEquals(100, writes);
    }
}
