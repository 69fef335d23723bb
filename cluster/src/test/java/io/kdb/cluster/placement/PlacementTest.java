package io.kdb.cluster.placement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.NodeId;
import io.kdb.cluster.topology.Slot;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PlacementTest {
    @Test
    void joinAndLeaveMoveTheLeastForOneToAThousandShards() {
        long[] hashes = new long[1001];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = NodeId.mix(i + 1);
        }
        int[] homes = new int[Slot.COUNT];
        for (int shards = 1; shards < 1000; shards++) {
            int[] joined = Placement.assign(homes, Arrays.copyOf(hashes, shards + 1), equal(shards + 1));
            assertQuotas(joined, shards + 1);
            assertEquals(Slot.COUNT / (shards + 1), differences(homes, joined), shards + " shards and one more");
            homes = joined;
        }
        for (int shards = 1000; shards > 1; shards--) {
            // shard number (shards - 1) / 2 leaves; the last one takes its number
            int gone = (shards - 1) / 2;
            int[] before = homes.clone();
            int held = 0;
            for (int slot = 0; slot < Slot.COUNT; slot++) {
                held += before[slot] == gone ? 1 : 0;
                before[slot] = before[slot] == gone ? -1 : before[slot] == shards - 1 ? gone : before[slot];
            }
            hashes[gone] = hashes[shards - 1];
            homes = Placement.assign(before, Arrays.copyOf(hashes, shards - 1), equal(shards - 1));
            assertQuotas(homes, shards - 1);
            assertEquals(held, differences(before, homes), shards + " shards less one");
        }
    }

    @RepeatedTest(50)
    void anyTableIsBalancedWithTheFewestMovesAndThenLeftAlone(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int shards = 1 + random.nextInt(60);
        int[] weights = new int[shards];
        long[] hashes = random.longs(shards).toArray();
        for (int i = 0; i < shards; i++) {
            weights[i] = random.nextInt(4);
        }
        int[] homes = new int[Slot.COUNT];
        int free = 0;
        int[] counts = new int[shards];
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            homes[slot] = random.nextInt(10) == 0 ? -1 : (int) (shards * Math.pow(random.nextDouble(), 2));
            if (homes[slot] < 0) {
                free++;
            } else {
                counts[homes[slot]]++;
            }
        }
        int[] wanted = Placement.assign(homes, hashes, weights);
        long sum = Arrays.stream(weights).sum();
        int[] after = counts(wanted, shards);
        long excess = 0;
        for (int i = 0; i < shards; i++) {
            double share = sum == 0 ? (double) Slot.COUNT / shards : (double) Slot.COUNT * weights[i] / sum;
            assertTrue(Math.abs(after[i] - share) < 1, "quota of shard " + i);
            excess += Math.max(0, counts[i] - after[i]);
        }
        assertEquals(free + excess, differences(homes, wanted), "no slot moves between shards that keep their count");
        assertEquals(free + fewestMoves(counts, weights), differences(homes, wanted));
        assertArrayEquals(wanted, Placement.assign(homes, hashes, weights), "deterministic");
        assertArrayEquals(wanted, Placement.assign(wanted, hashes, weights), "a plan fulfilled has nothing to do");
    }

    @Test
    void freeSlotsGoWhereTheirOrderSays() {
        int[] homes = new int[Slot.COUNT];
        Arrays.fill(homes, -1);
        long[] hashes = {NodeId.mix(1), NodeId.mix(2), NodeId.mix(3)};
        int[] all = Placement.assign(homes, hashes, equal(3));
        int[] others = Placement.assign(homes, Arrays.copyOf(hashes, 2), equal(2));
        int same = 0;
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            same += all[slot] == others[slot] ? 1 : 0;
        }
        assertTrue(same > Slot.COUNT * 0.6, "slots keep their first choice: " + same);
    }

    @Test
    void pinnedSlotsStayAndCountForNobody() {
        int[] homes = new int[Slot.COUNT];
        Arrays.fill(homes, 0, 6000, -2);
        int[] wanted = Placement.assign(homes, new long[] {5, 6}, equal(2));
        assertEquals(-2, wanted[5999]);
        int[] counts = counts(wanted, 2);
        assertEquals((Slot.COUNT - 6000) / 2, counts[0]);
        assertEquals((Slot.COUNT - 6000) / 2, counts[1]);
    }

    /** The least sum of excess over all ways to round the shares: give the odd slots to those that can use them. */
    private static long fewestMoves(int[] counts, int[] weights) {
        long sum = Arrays.stream(weights).sum();
        long excess = 0;
        long odd = Slot.COUNT;
        long usable = 0;
        for (int i = 0; i < counts.length; i++) {
            long share = (long) Slot.COUNT * (sum == 0 ? 1 : weights[i]);
            long parts = sum == 0 ? counts.length : sum;
            excess += Math.max(0, counts[i] - share / parts);
            odd -= share / parts;
            usable += share % parts != 0 && counts[i] > share / parts ? 1 : 0;
        }
        return excess - Math.min(odd, usable);
    }

    private static void assertQuotas(int[] homes, int shards) {
        for (int count : counts(homes, shards)) {
            assertTrue(count == Slot.COUNT / shards || count == Slot.COUNT / shards + 1, shards + ": " + count);
        }
    }

    private static int[] equal(int shards) {
        int[] weights = new int[shards];
        Arrays.fill(weights, 1);
        return weights;
    }

    private static int[] counts(int[] homes, int shards) {
        int[] counts = new int[shards];
        for (int home : homes) {
            if (home >= 0) {
                counts[home]++;
            }
        }
        return counts;
    }

    private static int differences(int[] one, int[] other) {
        int different = 0;
        for (int i = 0; i < one.length; i++) {
            different += one[i] == other[i] ? 0 : 1;
        }
        return different;
    }
}
