package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import redis.clients.jedis.exceptions.JedisException;

/** Waits for what must become true, with a deadline. Stateless. */
final class Await {
    private static final long EVERY_MS = 20;

    private Await() {}

    /** Fails with {@code state} when {@code holds} is not true within so many ms; a node that does not answer is not true. */
    static void until(long limitMs, Supplier<Boolean> holds, Supplier<String> state) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
        while (!answered(holds, false)) {
            if (System.nanoTime() > deadline) {
                fail("not within " + limitMs + " ms: " + answered(state, "a node does not answer"));
            }
            TimeUnit.MILLISECONDS.sleep(EVERY_MS);
        }
    }

    /** Whether it becomes true within so many ms. */
    static boolean soon(long limitMs, Supplier<Boolean> holds) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
        boolean held = answered(holds, false);
        while (!held && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(EVERY_MS));
            held = answered(holds, false);
        }
        return held;
    }

    private static <T> T answered(Supplier<T> question, T otherwise) {
        try {
            return question.get();
        } catch (JedisException e) {
            return otherwise;
        }
    }
}
