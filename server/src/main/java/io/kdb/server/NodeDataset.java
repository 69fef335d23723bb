package io.kdb.server;

import io.kdb.server.dispatch.Node;
import io.kdb.server.persist.KeyspaceLoader;
import io.kdb.server.persist.RdbVisitor;
import io.kdb.server.replication.Dataset;

/** The keyspace as a full sync replaces it. Owner: the link's thread. */
final class NodeDataset implements Dataset {
    private final Node node;

    NodeDataset(Node node) {
        this.node = node;
    }

    @Override
    public void startLoading(long totalBytes) {
        node.loadProgress().begin(Math.max(0, totalBytes), System.currentTimeMillis());
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
        node.loadProgress().loaded(bytes);
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
