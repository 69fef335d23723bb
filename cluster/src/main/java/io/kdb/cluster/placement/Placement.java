package io.kdb.cluster.placement;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.NodeId;
import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotMove;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rendezvous hashing with bounded load. Every slot ranks the shards by a hash of both; a shard may hold its quota. A slot
 * stays where it is unless its shard is over quota (it gives up the slots that rank it lowest) or is no target any more;
 * a slot without a home goes to the first shard in its order that is below quota. Quotas differ by at most one slot (or
 * follow the weights to within one), and the odd slots go to the shards that have them already, so the number of moves is
 * the smallest with which such quotas can be met. Stateless.
 *
 * @see <a href="https://doi.org/10.1109/90.663936">Thaler, Ravishankar: Using name-based mappings to increase hit
 *     rates (rendezvous hashing)</a>
 */
public final class Placement {
    private static final int NOBODY = -1;
    private static final int PINNED = -2;

    /** A shard that is to own slots. The order of a slot depends on {@code shardId}, which survives failovers. */
    public record Target(String primaryId, String shardId, int weight) {}

    /**
     * A slot that has to change hands.
     *
     * @param source its owner, or null when nobody owns it
     */
    public record Move(int slot, String source, String target) {}

    private Placement() {}

    /** What is left to move so that the cluster is as its members, their weights and the policy want it; by slot. */
    public static List<Move> plan(ClusterView view, PlacementPolicy policy, long nowMs) {
        ShardPlan shards = ShardPlan.of(view, policy, nowMs);
        return plan(view, shards.targets(), shards.pinned());
    }

    /**
     * The moves to these targets. A slot in a move counts as its target's already.
     *
     * @param pinned owners whose slots stay where they are and count for nobody: they are out of reach
     */
    public static List<Move> plan(ClusterView view, List<Target> targets, Set<String> pinned) {
        if (targets.isEmpty()) {
            return List.of();
        }
        Map<String, Integer> numbers = new HashMap<>();
        long[] hashes = new long[targets.size()];
        int[] weights = new int[targets.size()];
        for (int t = 0; t < hashes.length; t++) {
            numbers.put(targets.get(t).primaryId(), t);
            hashes[t] = NodeId.hash(targets.get(t).shardId());
            weights[t] = targets.get(t).weight();
        }
        int[] homes = new int[Slot.COUNT];
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            ClusterNode owner = view.owner(slot);
            SlotMove move = view.move(slot);
            String home = move != null && numbers.containsKey(move.target())
                    ? move.target()
                    : owner == null ? null : owner.id();
            homes[slot] = home == null ? NOBODY : pinned.contains(home) ? PINNED : numbers.getOrDefault(home, NOBODY);
        }
        int[] wanted = assign(homes, hashes, weights);
        List<Move> moves = new ArrayList<>();
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            if (wanted[slot] >= 0 && wanted[slot] != homes[slot]) {
                ClusterNode owner = view.owner(slot);
                moves.add(new Move(
                        slot,
                        owner == null ? null : owner.id(),
                        targets.get(wanted[slot]).primaryId()));
            }
        }
        return moves;
    }

    /** The core: for each slot the number of its shard now (or negative), to the number it should have. */
    static int[] assign(int[] homes, long[] hashes, int[] weights) {
        int shards = hashes.length;
        int[] counts = new int[shards];
        int total = 0;
        for (int home : homes) {
            if (home >= 0) {
                counts[home]++;
            }
            total += home == PINNED ? 0 : 1;
        }
        int[] quotas = quotas(counts, weights, total);
        int[] wanted = homes.clone();
        int[] held = new int[homes.length];
        int[] ends = group(homes, counts, held);
        for (int shard = 0; shard < shards; shard++) {
            int count = counts[shard];
            if (count > quotas[shard]) {
                release(wanted, held, ends[shard] - count, count, hashes[shard], count - quotas[shard]);
                counts[shard] = quotas[shard];
            }
        }
        int[] open = new int[shards];
        int opens = 0;
        for (int shard = 0; shard < shards; shard++) {
            if (counts[shard] < quotas[shard]) {
                open[opens++] = shard;
            }
        }
        for (int slot = 0; slot < wanted.length; slot++) {
            if (wanted[slot] != NOBODY) {
                continue;
            }
            int best = 0;
            for (int i = 1; i < opens; i++) {
                if (Long.compareUnsigned(score(hashes[open[i]], slot), score(hashes[open[best]], slot)) > 0) {
                    best = i;
                }
            }
            int shard = open[best];
            wanted[slot] = shard;
            if (++counts[shard] == quotas[shard]) {
                System.arraycopy(open, best + 1, open, best, --opens - best);
            }
        }
        return wanted;
    }

    /** Puts the slots that shards hold in {@code held}, those of the lower numbers first; where each shard's end. */
    private static int[] group(int[] homes, int[] counts, int[] held) {
        int[] ends = new int[counts.length];
        for (int shard = 1; shard < ends.length; shard++) {
            ends[shard] = ends[shard - 1] + counts[shard - 1];
        }
        for (int slot = 0; slot < homes.length; slot++) {
            if (homes[slot] >= 0) {
                held[ends[homes[slot]]++] = slot;
            }
        }
        return ends;
    }

    /** Makes homeless the {@code excess} of one shard's slots that rank it lowest: of {@code count} held from {@code from}. */
    private static void release(int[] wanted, int[] held, int from, int count, long hash, int excess) {
        long[] scores = new long[count];
        for (int i = 0; i < count; i++) {
            scores[i] = score(hash, held[from + i]) ^ Long.MIN_VALUE;
        }
        Arrays.sort(scores);
        long highest = scores[excess - 1];
        for (int i = from; i < from + count; i++) {
            if ((score(hash, held[i]) ^ Long.MIN_VALUE) <= highest) {
                wanted[held[i]] = NOBODY;
            }
        }
    }

    /** Distinct for the slots of one shard, as every step of it can be undone. */
    private static long score(long hash, int slot) {
        return NodeId.mix(hash + slot * 0x9e3779b97f4a7c15L);
    }

    /**
     * How many of {@code total} slots each shard may hold: its share by weight rounded down, and one more for as many as
     * are needed to make the total; those that hold more than their rounded share come first, then the larger remainders,
     * then the lower numbers. All weights 0 count as all equal.
     */
    static int[] quotas(int[] counts, int[] weights, int total) {
        long sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        int shards = weights.length;
        int[] quotas = new int[shards];
        long[] remainders = new long[shards];
        Integer[] order = new Integer[shards];
        int left = total;
        for (int s = 0; s < shards; s++) {
            long share = sum == 0 ? total : (long) total * weights[s];
            long parts = sum == 0 ? shards : sum;
            quotas[s] = (int) (share / parts);
            remainders[s] = share % parts;
            left -= quotas[s];
            order[s] = s;
        }
        int[] floors = quotas.clone();
        Arrays.sort(
                order,
                Comparator.<Integer>comparingInt(s -> remainders[s] == 0 ? 2 : counts[s] > floors[s] ? 0 : 1)
                        .thenComparing(s -> -remainders[s])
                        .thenComparing(s -> s));
        for (int i = 0; i < left; i++) {
            quotas[order[i]]++;
        }
        return quotas;
    }
}
