package io.kdb.compat.cluster;

import io.lettuce.core.cluster.SlotHash;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisClusterException;
import redis.clients.jedis.exceptions.JedisException;

/** Writes to one primary, each write followed by WAIT 1, until the primary ends, and knows which were acknowledged. Thread-safe. */
final class SafeWriter implements AutoCloseable {
    private static final String WAIT_MS = "1000";

    private final ClusterNode primary;
    private final String prefix;
    private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::write, "safe-writer");
    private volatile boolean ends;

    private SafeWriter(ClusterNode primary, String prefix) {
        this.primary = primary;
        this.prefix = prefix;
    }

    static SafeWriter start(ClusterNode primary, String prefix) {
        SafeWriter writer = new SafeWriter(primary, prefix);
        writer.thread.start();
        return writer;
    }

    private void write() {
        boolean[] owned = owned(primary);
        try (Jedis jedis = primary.connect()) {
            for (int i = 0; !ends; i++) {
                String key = prefix + i;
                if (owned[SlotHash.getSlot(key)]
                        && isSet(jedis, key, String.valueOf(i))
                        && Long.valueOf(1).equals(ClusterNode.call(jedis, "WAIT", "1", WAIT_MS))) {
                    acknowledged.put(key, String.valueOf(i));
                }
            }
        } catch (JedisException end) {
            ends = true; // the primary was killed, stopped or replaced: what it acknowledged is what counts
        }
    }

    /** False when the primary serves nothing now, for want of a lease, perhaps. */
    private static boolean isSet(Jedis jedis, String key, String value) {
        try {
            jedis.set(key, value);
            return true;
        } catch (JedisClusterException e) {
            if (!e.getMessage().startsWith("CLUSTERDOWN")) {
                throw e;
            }
            return false;
        }
    }

    /** The slots that a node owns, as it says itself. */
    static boolean[] owned(ClusterNode node) {
        boolean[] owned = new boolean[LocalCluster.SLOTS];
        for (Object range : (List<?>) node.call("CLUSTER", "SLOTS")) {
            List<?> fields = (List<?>) range;
            if (((List<?>) fields.get(2)).get(2).equals(node.id())) {
                int to = ((Long) fields.get(1)).intValue();
                for (int slot = ((Long) fields.get(0)).intValue(); slot <= to; slot++) {
                    owned[slot] = true;
                }
            }
        }
        return owned;
    }

    /** Keys that WAIT 1 acknowledged, and their values. */
    Map<String, String> acknowledged() {
        return acknowledged;
    }

    @Override
    public void close() throws InterruptedException {
        ends = true;
        thread.join();
    }
}
