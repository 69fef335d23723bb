package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvictionTest {
    private Keyspace keyspace;
    private TestKeys keys;

    private void make(boolean cluster) {
        keyspace = new Keyspace((cluster ? KeyspaceOptions.clustered() : KeyspaceOptions.standalone())
                .withSegments(16)
                .withMaxPageBytes(64 << 20)
                .withSeed(7));
        keys = new TestKeys(keyspace);
    }

    /** Evicts a fifth; answers how many of the numbered keys below the limit went. */
    private int evictFifth(EvictionPolicy policy, int count, int limit) {
        Evictor evictor = new Evictor(keyspace);
        int[] low = new int[1];
        for (int i = 0; i < count / 5; i++) {
            assertTrue(evictor.evictOne(policy, 5, (table, ref) -> {
                int number = Integer.parseInt(new String(table.key(ref), ISO_8859_1));
                low[0] += number < limit ? 1 : 0;
                table.delete(ref);
            }));
        }
        assertEquals(count - count / 5, keyspace.database(0).size());
        return low[0];
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lruPrefersWhatWasLongUnused(boolean cluster) {
        make(cluster);
        for (int i = 0; i < 10_000; i++) {
            keyspace.clock().tick(1_000_000_000L + i * 1000L);
            keys.set(Integer.toString(i), "v");
        }
        int old = evictFifth(EvictionPolicy.ALLKEYS_LRU, 10_000, 5000);
        assertTrue(old > 1900, "of 2000 evicted, from the older half: " + old);
    }

    @Test
    void lfuPrefersWhatWasSeldomUsed() {
        make(false);
        keyspace.clock().configure(true, 10, 1);
        keyspace.clock().tick(1_000_000_000L);
        for (int i = 0; i < 5000; i++) {
            keys.set(Integer.toString(i), "v");
            for (int j = 0; i >= 2500 && j < 50; j++) {
                keys.with(0, Integer.toString(i), (table, ref, k, hash) -> {
                    table.accessed(ref);
                    return ref;
                });
            }
        }
        int seldom = evictFifth(EvictionPolicy.ALLKEYS_LFU, 5000, 2500);
        assertTrue(seldom > 950, "of 1000 evicted, seldom used: " + seldom);
    }

    @Test
    void ttlPrefersWhatExpiresSoonAndNeverWhatDoesNot() {
        make(true);
        for (int i = 0; i < 5000; i++) {
            keys.set(0, Integer.toString(i), new byte[3], 1_000_000 + i);
            keys.set(0, Integer.toString(10_000 + i), new byte[3], KeyTable.NO_EXPIRY);
        }
        int soon = evictFifth(EvictionPolicy.VOLATILE_TTL, 10_000, 3500);
        assertTrue(soon > 1900, "of 2000 evicted, among the soonest 3500: " + soon);
        Evictor evictor = new Evictor(keyspace);
        int evicted = 0;
        while (evictor.evictOne(EvictionPolicy.VOLATILE_LRU, 5, (table, ref) -> table.delete(ref))) {
            evicted++;
        }
        assertEquals(3000, evicted);
        assertEquals(5000, keyspace.database(0).size());
    }

    @Test
    void randomTakesFromAllOverAndStopsWhenNoneMayGo() {
        make(true);
        for (int i = 0; i < 1000; i++) {
            keys.set(Integer.toString(i), "v");
        }
        int low = evictFifth(EvictionPolicy.ALLKEYS_RANDOM, 1000, 500);
        assertTrue(low > 60 && low < 140, "of 200 evicted, from the lower half: " + low);
        assertFalse(new Evictor(keyspace).evictOne(EvictionPolicy.VOLATILE_RANDOM, 5, (table, ref) -> {}));
        assertFalse(new Evictor(keyspace).evictOne(EvictionPolicy.NOEVICTION, 5, (table, ref) -> {}));
    }

    @Test
    void randomKeyIsFairOverTablesOfDifferentSize() {
        make(true);
        Map<Integer, Integer> slots = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            keys.set("a" + i, "v");
        }
        for (int i = 0; i < 20_000; i++) {
            keyspace.database(0).random((table, ref) -> slots.merge(table.slot(), 1, Integer::sum));
        }
        slots.forEach((slot, hits) -> {
            int expected = 400 * keyspace.database(0).slotSize(slot);
            assertTrue(Math.abs(hits - expected) < expected / 2, slot + ": " + hits + " for " + expected);
        });
        assertEquals(
                50,
                slots.keySet().stream().mapToInt(keyspace.database(0)::slotSize).sum());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void expireCycleFindsEveryExpiredKey(boolean cluster) {
        make(cluster);
        for (int i = 0; i < 20_000; i++) {
            keys.set(0, Integer.toString(i), new byte[3], i % 4 == 0 ? KeyTable.NO_EXPIRY : i);
        }
        ExpireCycle cycle = new ExpireCycle(keyspace);
        long removed = 0;
        for (int i = 0; i < 100; i++) {
            removed += cycle.run(10_000, 5_000_000, (table, ref) -> {
                assertTrue(table.isExpired(ref, 10_000));
                table.delete(ref);
            });
        }
        assertEquals(7500, removed);
        assertEquals(12_500, keyspace.database(0).size());
        assertEquals(7500, keyspace.database(0).expiring());
        long ttl = keyspace.database(0).averageTtlMs();
        assertTrue(ttl > 2000 && ttl < 8000, "average ttl " + ttl);
    }

    @Test
    void clocksAgeAsRedisDoes() {
        AccessClock clock = new AccessClock();
        clock.tick(100_000_000L);
        int bits = clock.initial();
        clock.tick(100_090_000L);
        assertEquals(90, clock.idleSeconds(bits));
        assertEquals(50, clock.idleSeconds(clock.withIdle(50)));
        clock.configure(true, 10, 1);
        bits = clock.withFrequency(20);
        clock.tick(100_090_000L + 5 * 60_000);
        assertEquals(15, clock.frequency(bits));
        assertEquals(AccessClock.LFU_INITIAL, clock.frequency(clock.initial()));
    }
}
