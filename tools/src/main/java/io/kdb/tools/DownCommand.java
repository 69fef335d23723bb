package io.kdb.tools;

import io.kdb.tools.local.FolderLock;
import io.kdb.tools.local.LocalCluster;
import io.kdb.tools.local.LocalCluster.Problem;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kdb down}: every node saves and stops; {@code kdb up} brings them back. */
@Command(
        name = "down",
        description = "Saves and stops the cluster on this machine; 'kdb up' brings it back.",
        mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
    @Mixin
    private ClusterFolder folder;

    @Override
    public Integer call() throws IOException, Problem, InterruptedException {
        LocalCluster cluster = folder.existing();
        FolderLock lock = FolderLock.take(folder.path());
        try {
            int stopped = cluster.stop();
            String what = stopped == 1 ? " node" : " nodes";
            System.out.println(
                    stopped == 0
                            ? "Nothing was running."
                            : stopped + what + " saved and stopped. Data: " + folder.path());
        } finally {
            lock.close();
        }
        return 0;
    }
}
