package io.kdb.server;

import io.kdb.server.store.PagePool;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a concurrent collection when old objects that are neither pages nor on loan have grown by a sixteenth of the
 * heap. Owner: the node's tick.
 *
 * <p>Note: the launcher has the collector not start one by how full the heap is. It is always full of pages here, which
 * such a collection cannot free: a young one lets go of dropped pages.
 */
final class OldGenerationWatch {
    private static final Logger LOG = LoggerFactory.getLogger(OldGenerationWatch.class);
    private static final long PERIOD_MS = 1000;
    private static final long MAX_GROWTH_BYTES = 512 << 20;

    private final LongSupplier oldBytes;
    private final long growthBytes;
    private final Runnable collection;
    private long nextMs;
    private volatile boolean collecting;
    /** The least there was since the last collection. */
    private volatile long least;

    /**
     * @param oldBytes what the old generation holds beside the pages
     * @param growthBytes what may come to that before a collection
     * @param collection returns when it is over
     */
    OldGenerationWatch(LongSupplier oldBytes, long growthBytes, Runnable collection) {
        this.oldBytes = oldBytes;
        this.growthBytes = growthBytes;
        this.collection = collection;
    }

    /** Of this JVM, one that sees nothing when its collector is not G1. */
    static OldGenerationWatch of(PagePool pages) {
        long growth = Math.min(MAX_GROWTH_BYTES, Runtime.getRuntime().maxMemory() / 16);
        return new OldGenerationWatch(beside(pages), growth, System::gc);
    }

    private static LongSupplier beside(PagePool pages) {
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getName().equals("G1 Old Gen")) {
                return () -> Math.max(0, pool.getUsage().getUsed() - pages.heapTaken());
            }
        }
        return () -> 0;
    }

    /** Call from one thread. */
    void tick(long nowMs) {
        if (nowMs < nextMs || collecting) {
            return;
        }
        nextMs = nowMs + PERIOD_MS;
        long now = oldBytes.getAsLong();
        if (now < least) {
            least = now;
        }
        if (now - least <= growthBytes) {
            return;
        }
        collecting = true;
        LOG.debug("{} MB of old objects beside the pages: collecting", now >> 20);
        // It takes as long as marking takes.
        Thread thread = new Thread(this::collect, "kdb-collect");
        thread.setDaemon(true);
        thread.start();
    }

    private void collect() {
        collection.run();
        least = oldBytes.getAsLong();
        collecting = false;
    }
}
