package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import org.junit.jupiter.api.Test;

/** Large collections are freed in slices, evicted once and expire; whatever they hold. */
class LargeCollectionTest {
    private static void fill(CommandRig rig, String suffix) {
        for (int i = 0; i < 10_000; i++) {
            rig.run(
                    "HSET hash" + suffix + " field:" + i + " v" + i,
                    "SADD set" + suffix + " member:" + i,
                    "RPUSH list" + suffix + " element:" + i,
                    "ZADD zset" + suffix + " " + i + " member:" + i,
                    "XADD stream" + suffix + " " + (i + 1) + "-1 f v");
        }
    }

    private static int free(Keyspace keyspace) {
        int slices = 1;
        while (keyspace.freeSome(1)) {
            slices++;
        }
        return slices;
    }

    @Test
    void areFreedInSlices() {
        try (CommandRig rig = new CommandRig(KeyspaceOptions.standalone().withMaxPageBytes(128 << 20))) {
            Keyspace keyspace = rig.node().keyspace();
            for (String way : new String[] {"DEL", "UNLINK", "SET over"}) {
                fill(rig, "");
                for (String key : new String[] {"hash", "set", "list", "zset", "stream"}) {
                    long before = keyspace.usedMemory();
                    assertEquals(0, keyspace.awaitsFreeing());
                    rig.run(way.equals("SET over") ? "SET " + key + " x" : way + " " + key);
                    long awaiting = keyspace.awaitsFreeing();
                    // a stream of this size is a few dozen blocks, which go at once
                    assertTrue(key.equals("stream") || awaiting > 10_000, way + " " + key + " noted " + awaiting);
                    int slices = free(keyspace);
                    boolean fewNodes = key.equals("stream") || key.equals("list");
                    assertTrue(fewNodes || slices > 1, way + " " + key + " in slices: " + slices);
                    assertEquals(0, keyspace.awaitsFreeing());
                    assertTrue(keyspace.usedMemory() < before - awaiting / 2, "it is free");
                }
                rig.run("DEL hash set list zset stream");
            }
            assertEquals(0, keyspace.usedMemory());
        }
    }

    @Test
    void expireAndAreFlushed() throws InterruptedException {
        try (CommandRig rig = new CommandRig(KeyspaceOptions.standalone().withMaxPageBytes(128 << 20))) {
            Keyspace keyspace = rig.node().keyspace();
            fill(rig, "");
            fill(rig, "2");
            rig.run("SELECT 1", "SET kept 1", "SELECT 0");
            for (String key : new String[] {"hash", "set", "list", "zset", "stream"}) {
                rig.run("PEXPIRE " + key + " 1");
            }
            Thread.sleep(5);
            assertEquals(":0\r\n", rig.run("EXISTS hash set list zset stream"));
            assertEquals(":5\r\n", rig.run("DBSIZE"));
            keyspace.flush(0);
            assertEquals(":0\r\n", rig.run("DBSIZE"));
            assertTrue(free(keyspace) > 20, "slices");
            rig.run("SELECT 1", "DEL kept");
            assertEquals(0, keyspace.usedMemory());
            assertEquals(0, keyspace.awaitsFreeing());
        }
    }
}
