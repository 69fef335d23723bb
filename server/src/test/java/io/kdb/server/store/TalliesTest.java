package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TalliesTest {
    @Test
    void sumsWhatAllThreadsAdd() throws InterruptedException {
        Tallies tallies = new Tallies();
        List<Thread> threads = new ArrayList<>();
        for (int t = 1; t <= 4; t++) {
            int more = t;
            threads.add(new Thread(() -> {
                Tallies.Tally own = tallies.tally();
                for (int i = 0; i < 10_000; i++) {
                    own.add(more);
                    tallies.add(1);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(10_000 * (1 + 2 + 3 + 4) + 40_000, tallies.sum());
    }
}
