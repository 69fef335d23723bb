package io.kdb.server.store;

/**
 * The sizes above which a collection's encoding is another one, as Redis' configuration names them. Immutable.
 *
 * @param hashEntries hash-max-listpack-entries, in fields
 * @param hashValue hash-max-listpack-value
 * @param listSize list-max-listpack-size: entries of a node, or a class of sizes when negative
 * @param setIntsetEntries set-max-intset-entries
 * @param zsetEntries zset-max-listpack-entries
 * @param zsetValue zset-max-listpack-value
 * @param streamNodeBytes stream-node-max-bytes
 * @param streamNodeEntries stream-node-max-entries
 */
public record CollectionLimits(
        long hashEntries,
        long hashValue,
        int listSize,
        long setIntsetEntries,
        long zsetEntries,
        long zsetValue,
        long streamNodeBytes,
        long streamNodeEntries) {
    /** Redis 7.0's defaults. */
    public static final CollectionLimits DEFAULT = new CollectionLimits(512, 64, -2, 512, 128, 64, 4096, 100);
}
