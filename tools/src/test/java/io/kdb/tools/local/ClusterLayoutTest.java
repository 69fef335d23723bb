package io.kdb.tools.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterLayoutTest {
    @TempDir
    Path folder;

    @Test
    void comesBackAsItWasSaved() throws IOException {
        assertEquals(Optional.empty(), ClusterLayout.load(folder));

        new ClusterLayout(6, 1, 7000).save(folder);
        new ClusterLayout(3, 0, 7100).save(folder);

        assertEquals(Optional.of(new ClusterLayout(3, 0, 7100)), ClusterLayout.load(folder));
    }

    @Test
    void namesTheFileAndTheFieldThatIsDamaged() throws IOException {
        Path file = Files.writeString(folder.resolve("cluster.properties"), "nodes=6\nreplicas=x\nport=7000\n");

        IOException failure = assertThrows(IOException.class, () -> ClusterLayout.load(folder));

        assertEquals(file + ": replicas: x (expected: a number)", failure.getMessage());
    }

    @Test
    void refusesWhatCannotBeACluster() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new ClusterLayout(0, 0, 7000))
                .getMessage()
                .startsWith("nodes: 0"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new ClusterLayout(2, 2, 7000))
                .getMessage()
                .contains("at least 3 for 2 replicas"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new ClusterLayout(6, 1, 55531))
                .getMessage()
                .startsWith("port: 55531 (expected: 1 to 55530)"));
    }

    @Test
    void leavesSpareReplicasToNodesThatMakeNoShard() {
        assertEquals(3, new ClusterLayout(6, 1, 7000).shards());
        assertEquals(3, new ClusterLayout(7, 1, 7000).shards());
        assertEquals(2, new ClusterLayout(6, 2, 7000).shards());
        assertEquals(1, new ClusterLayout(1, 0, 7000).shards());
    }
}
