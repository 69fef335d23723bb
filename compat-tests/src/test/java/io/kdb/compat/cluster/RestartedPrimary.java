package io.kdb.compat.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;

/** A primary that is killed and back at once, empty; the node timeout is Redis' default. */
abstract class RestartedPrimary {
    private static final long PATIENCE_MS = 60_000;
    private static final int WANTED_ACKNOWLEDGED = 100;

    private final LocalCluster cluster = ClientsIT.cluster();

    /** Nobody has noticed its death before it is back without data: its replicas' data must not be wiped by it. */
    @Test
    void primaryThatRestartsAtOnceLosesNothing() throws IOException, InterruptedException {
        cluster.awaitWhole();
        ClusterNode victim = cluster.primaries().get(0);
        ClusterNode replica = cluster.replicasOf(victim).get(0);
        SafeWriter safe = SafeWriter.start(victim, "restart:");
        Await.until(
                PATIENCE_MS,
                () -> safe.acknowledged().size() >= WANTED_ACKNOWLEDGED,
                () -> "WAIT 1 acknowledged " + safe.acknowledged().size() + " writes");
        victim.kill();
        safe.close();
        replica.call("CONFIG", "RESETSTAT");
        victim.start();
        cluster.awaitAnswer(victim);
        Await.until(PATIENCE_MS, () -> !victim.isPrimary(), () -> victim + " is a primary again, without its data");
        cluster.awaitWhole();
        assertTrue(replica.isPrimary());
        assertEquals(1, replica.stat("sync_full"), "full syncs: the victim's");
        assertAllThere(safe.acknowledged());
    }

    private void assertAllThere(Map<String, String> acknowledged) throws InterruptedException {
        try (JedisCluster jedis = new JedisCluster(
                new HostAndPort("127.0.0.1", cluster.primaries().get(0).port()))) {
            assertTrue(acknowledged.size() >= WANTED_ACKNOWLEDGED);
            String any = acknowledged.keySet().iterator().next();
            Await.until(PATIENCE_MS, () -> jedis.exists(any), () -> any + " is not served");
            acknowledged.forEach((key, value) -> assertEquals(value, jedis.get(key), key));
        }
    }
}
