package io.kdb.compat.control;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** About a seeded minute of {@link ControlNemesis}; -Dkdb.nemesis.seconds and -Dkdb.nemesis.seed ask for more, or another. */
class ControlNemesisIT {
    @TempDir
    Path temp;

    @Test
    void nothingAcknowledgedIsLostOrDoubled() throws Exception {
        long seconds = Long.getLong("kdb.nemesis.seconds", 50);
        long seed = Long.getLong("kdb.nemesis.seed", 1);
        int port = Integer.getInteger("kdb.nemesis.port", 22300);
        System.out.println("control nemesis: " + seconds + " s, seed " + seed);
        ControlNemesis nemesis = new ControlNemesis(temp, port, seed);
        System.out.println("control nemesis: " + nemesis.run(seconds));
        assertTrue(nemesis.acknowledged() > 50, "acknowledged: " + nemesis.acknowledged());
    }
}
