package io.kdb.tools;

import io.kdb.tools.local.ClusterLayout;
import io.kdb.tools.local.LocalCluster;
import io.kdb.tools.local.LocalCluster.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The {@code --dir} that {@code up}, {@code status} and {@code down} share. */
final class ClusterFolder {
    @Option(
            names = {"--dir"},
            defaultValue = "./data",
            description = "Where the cluster's data and logs are (default: ${DEFAULT-VALUE}).")
    private Path folder;

    /** The folder as an absolute path; it need not exist. */
    Path path() {
        return folder.toAbsolutePath().normalize();
    }

    /** The folder, made if missing, with no symbolic links in it. */
    Path create() throws IOException {
        Files.createDirectories(path());
        return path().toRealPath();
    }

    /** The cluster kept here. */
    LocalCluster existing() throws IOException, Problem {
        Optional<ClusterLayout> layout = ClusterLayout.load(path());
        if (layout.isEmpty()) {
            throw new Problem("no cluster in " + path() + " (kdb up makes one)");
        }
        return new LocalCluster(path().toRealPath(), layout.get());
    }
}
