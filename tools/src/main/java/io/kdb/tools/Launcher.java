package io.kdb.tools;

import io.kdb.tools.local.LocalCluster.Problem;
import java.nio.file.Files;
import java.nio.file.Path;

/** The launcher script that started this process. Stateless. */
public final class Launcher {
    private Launcher() {}

    /** Its path, for starting nodes through it: it knows the flags that a node's JVM needs. */
    public static Path path() throws Problem {
        String path = System.getProperty("kdb.launcher", "");
        if (path.isEmpty() || !Files.isExecutable(Path.of(path))) {
            throw new Problem("kdb.launcher: " + path + " (expected: the kdb script; run ./kdb, not the jar)");
        }
        return Path.of(path);
    }
}
