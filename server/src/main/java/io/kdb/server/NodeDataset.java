package io.kdb.server;

import io.kdb.server.dispatch.Node;
import io.kdb.server.persist.KeyspaceLoader;
import io.kdb.server.persist.RdbVisitor;
import io.kdb.server.replication.Dataset;
import java.util.concurrent.atomic.AtomicLong;

/** The keyspace as a full sync replaces it. Owner: the link's thread. */
final class NodeDataset implements Dataset {
    private final Node node;
    private final AtomicLong loadedBytes = new AtomicLong();

    NodeDataset(Node node) {
        this.node = node;
    }

    @Override
    public void startLoading(long totalBytes) {
        loadedBytes.set(0);
        node.exclusion().exclusively(() -> {
            node.loading(true);
            node.keyspace().flushAll();
            node.tracking().flushed();
        });
    }

    @Override
    public RdbVisitor loader() {
        return new KeyspaceLoader(node.keyspace());
    }

    @Override
    public void loading(long bytes) {
        loadedBytes.set(bytes);
    }

    @Override
    public void endLoading(boolean whole, Runnable atEnd) {
        node.exclusion().exclusively(() -> {
            if (!whole) {
                node.keyspace().flushAll();
            }
            atEnd.run();
            node.loading(false);
        });
    }
}
