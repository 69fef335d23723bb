package io.kdb.tools.bench;

import io.kdb.tools.bench.Comparison.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A redis-server and a kdb that wait on one core, so that each figure of the one is followed at once by the same of the
 * other: a machine that slows down for a minute slows down both. Owner: the main thread.
 */
record ServerPair(BenchServer redis, BenchServer kdb) implements AutoCloseable {
    /** Starts both, in folders of their own below {@code folder}. */
    static ServerPair start(List<String> redis, List<String> kdb, int port, Path folder)
            throws IOException, InterruptedException {
        BenchServer first = BenchServer.start(redis, port, folder.resolve("redis"));
        boolean both = false;
        try {
            ServerPair pair = new ServerPair(first, BenchServer.start(kdb, port + 1, folder.resolve("kdb")));
            both = true;
            return pair;
        } finally {
            if (!both) {
                first.close();
            }
        }
    }

    BenchServer of(Side side) {
        return side == Side.REDIS ? redis : kdb;
    }

    @Override
    public void close() {
        try (redis) {
            kdb.close();
        }
    }
}
