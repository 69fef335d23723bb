package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * CLUSTER FAILOVER under load. The node timeout is Redis' default: were a primary replaced because the machine is busy, what WAIT
 * has not acknowledged could be lost.
 */
abstract class TakeoverOnCommand {
    private static final long PATIENCE_MS = 60_000;
    private static final int WANTED_RATE = 200;

    private final LocalCluster cluster = ClientsIT.cluster();

    /** The roles change, and not one acknowledged write is lost, with WAIT or without. */
    @Test
    void replicaTakesOverWhenToldTo() throws InterruptedException {
        cluster.awaitWhole();
        ClusterNode primary = cluster.primaries().get(0);
        ClusterNode replica = cluster.replicasOf(primary).get(0);
        try (LettuceLoad load = LettuceLoad.start(cluster)) {
            load.awaitRate(WANTED_RATE, PATIENCE_MS);
            // A replica that hears nothing for a moment is refused; an operator tries again.
            Await.until(
                    PATIENCE_MS,
                    () -> replica.call("CLUSTER", "FAILOVER").equals("OK"),
                    () -> replica + " does not take over");
            Await.until(PATIENCE_MS, replica::isPrimary, () -> replica + " is no primary");
            long begunBefore = load.begun();
            Await.until(
                    PATIENCE_MS,
                    () -> load.done() > begunBefore + WANTED_RATE,
                    () -> load.done() + " writes done of " + load.begun());
            load.finish(PATIENCE_MS);
            assertEquals(List.of(), List.copyOf(load.refused()), "refused writes");
            for (long number = 0; number < load.begun(); number++) {
                String key = "load:" + number;
                assertEquals(String.valueOf(number), load.get(key, PATIENCE_MS), key);
            }
        }
        cluster.awaitWhole();
        assertFalse(primary.isPrimary());
        assertTrue(cluster.replicasOf(replica).contains(primary));
        assertEquals(replica.call("DEBUG", "DIGEST"), primary.call("DEBUG", "DIGEST"));
    }
}
