package io.kdb.compat.cluster;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The clients that applications use, unchanged, all on one 3+3 cluster: its start costs more than their work. */
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
@ExtendWith(QuickBuffers.class)
class ClientsIT {
    private static LocalCluster cluster;

    @RegisterExtension
    static final ClusterLogs LOGS = new ClusterLogs(() -> cluster);

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = LocalCluster.whole(3, 1);
    }

    @AfterAll
    static void end() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
        }
    }

    static LocalCluster cluster() {
        return cluster;
    }

    @Nested
    class Strings extends StringClients {}

    @Nested
    class HashesAndSets extends HashSetClients {}

    @Nested
    class SortedSets extends SortedSetClients {}

    @Nested
    class Streams extends StreamClients {}

    @Nested
    class Lists extends ListClients {}

    @Nested
    class Bitmaps extends BitmapClients {}

    @Nested
    class Keys extends KeyClients {}

    @Nested
    class Messages extends ClusterPubSub {}

    /** One of the last: its cluster has other primaries afterwards, as that of the next. */
    @Nested
    @Order(Integer.MAX_VALUE - 1)
    class Takeover extends TakeoverOnCommand {}

    @Nested
    @Order(Integer.MAX_VALUE)
    class Restart extends RestartedPrimary {}
}
