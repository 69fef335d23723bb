package io.kdb.server.store;

/**
 * How many nodes Redis' radix tree would have over the same keys of 16 bytes, which XINFO STREAM tells. Owner: one count; keys are
 * shown in ascending order.
 *
 * <p>Note: every key is a leaf, every place where keys part is a node, and a stretch of bytes between two of these that is not
 * just the byte that leads to the lower one is another.
 */
final class RadixShape {
    private static final int KEY_BYTES = 16;

    private final int[] open = new int[KEY_BYTES + 1]; // depths of the places above the last key, ascending
    private int opened;
    private long nodes;
    private long keys;
    private long lastMs;
    private long lastSeq;
    private int lastCommon = -1;

    void add(long ms, long seq) {
        if (keys++ > 0) {
            int common = common(ms, seq);
            leaf(Math.max(lastCommon, common));
            close(common);
            if (opened == 0 || open[opened - 1] < common) {
                open[opened++] = common;
            }
            lastCommon = common;
        }
        lastMs = ms;
        lastSeq = seq;
    }

    private int common(long ms, long seq) {
        return ms != lastMs
                ? Long.numberOfLeadingZeros(ms ^ lastMs) >>> 3
                : 8 + (Long.numberOfLeadingZeros(seq ^ lastSeq) >>> 3);
    }

    private void leaf(int parent) {
        part(KEY_BYTES, parent);
    }

    /** A node at this depth below one at that depth (-1: none), and the stretch between them. */
    private void part(int depth, int parent) {
        nodes += depth - parent - 1 > 0 ? 2 : 1;
    }

    /** Counts the places deeper than this one; the last of them lies below it. */
    private void close(int depth) {
        while (opened > 0 && open[opened - 1] > depth) {
            int closed = open[--opened];
            int parent = opened > 0 && open[opened - 1] > depth ? open[opened - 1] : depth;
            part(closed, parent);
        }
    }

    long nodes() {
        if (keys == 0) {
            return 1;
        }
        leaf(lastCommon);
        close(-1);
        return nodes;
    }
}
