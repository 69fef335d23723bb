package io.kdb.cluster.placement;

/**
 * How eager the reconciler is. Immutable.
 *
 * @param healAfterMs cluster-heal-after: a node failed for so long is gone for good and is replaced
 * @param settleMs after a node has joined, wait so long for the next one before roles and slots change
 * @param movesPerNode how many slot moves one node may be source of, and target of, at a time
 * @param keysPerMove how many keys one move should take along: slots are moved in batches of that, at least one
 */
public record PlacementPolicy(long healAfterMs, long settleMs, int movesPerNode, long keysPerMove) {
    public PlacementPolicy {
        if (movesPerNode < 1 || keysPerMove < 1) {
            throw new IllegalArgumentException(
                    "movesPerNode, keysPerMove: " + movesPerNode + ", " + keysPerMove + " (expected: at least 1)");
        }
    }

    public static PlacementPolicy defaults() {
        return new PlacementPolicy(600_000, 500, 2, 10_000);
    }

    public PlacementPolicy withHealAfterMs(long ms) {
        return new PlacementPolicy(ms, settleMs, movesPerNode, keysPerMove);
    }
}
