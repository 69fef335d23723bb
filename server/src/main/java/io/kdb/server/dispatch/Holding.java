package io.kdb.server.dispatch;

import io.kdb.server.store.StoreFull;

/**
 * What a connection keeps of the requests that it has sent: queued and waiting commands, the names of channels, of watched
 * and waited keys, its own. Beyond a little this is borrowed from the heap's share. Owner: the session's event loop; others
 * may read {@link #bytes}.
 */
final class Holding {
    /** What one thing kept takes beside the bytes of its name: an object or two, and its place in a table. */
    static final int ITEM_BYTES = 96;

    /** Who keeps so little asks nobody. */
    private static final int UNCOUNTED_BYTES = 4 << 10;

    private static final long REGION_BYTES = 1 << 20;
    private static final long LARGE_BYTES = REGION_BYTES / 2;
    private static final int LOAN_BYTES = 64 << 10;

    private final HeapLoan heap;
    private volatile long bytes;
    private long lentBytes;
    private boolean closed;

    /** What an array of so many bytes takes: a large one fills regions by itself, and needs them side by side. */
    static long array(long length) {
        return length < LARGE_BYTES ? length : (length / REGION_BYTES + 2) * REGION_BYTES;
    }

    Holding(HeapLoan heap) {
        this.heap = heap;
    }

    long bytes() {
        return bytes;
    }

    /** Keeps so much more; false, with nothing changed, when there is no heap for it. */
    boolean add(long more) {
        long missing = bytes + more - UNCOUNTED_BYTES - lentBytes;
        if (missing > 0) {
            long loan = Math.max(missing, LOAN_BYTES);
            if (!heap.lend(loan)) {
                return false;
            }
            lentBytes += loan;
        }
        setBytes(bytes + more);
        return true;
    }

    /** As {@link #add}, where that fails with {@link StoreFull}. */
    void take(long more) {
        if (!add(more)) {
            throw new StoreFull();
        }
    }

    /** Keeps so much more in any case; others are refused the sooner. */
    void addAnyway(long more) {
        long missing = bytes + more - UNCOUNTED_BYTES - lentBytes;
        if (missing > 0) {
            heap.giveBack(-missing);
            lentBytes += missing;
        }
        setBytes(bytes + more);
    }

    void remove(long less) {
        if (closed) {
            return;
        }
        setBytes(bytes - less);
        long surplus = lentBytes - Math.max(0, bytes - UNCOUNTED_BYTES);
        if (surplus >= 2 * LOAN_BYTES || bytes <= UNCOUNTED_BYTES && lentBytes > 0) {
            heap.giveBack(surplus);
            lentBytes -= surplus;
        }
    }

    /** The connection is gone, and all that it kept. */
    void close() {
        closed = true;
        setBytes(0);
        heap.giveBack(lentBytes);
        lentBytes = 0;
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    private void setBytes(long now) {
        assert now >= 0 : "given back more than was kept: " + now;
        bytes = now;
    }
}
