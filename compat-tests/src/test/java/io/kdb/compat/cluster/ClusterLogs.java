package io.kdb.compat.cluster;

import java.io.IOException;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Prints what the nodes logged when a test failed, while they are still there. Stateless. */
final class ClusterLogs implements AfterTestExecutionCallback {
    private final Supplier<LocalCluster> cluster;

    ClusterLogs(Supplier<LocalCluster> cluster) {
        this.cluster = cluster;
    }

    @Override
    public void afterTestExecution(ExtensionContext context) throws IOException {
        if (context.getExecutionException().isPresent()) {
            cluster.get().printLogs();
        }
    }
}
