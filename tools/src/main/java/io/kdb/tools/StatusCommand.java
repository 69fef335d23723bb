package io.kdb.tools;

import io.kdb.tools.client.Address;
import io.kdb.tools.local.ClusterTable;
import io.kdb.tools.local.LocalCluster;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.NodeReport;
import io.kdb.tools.local.Wholeness;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kdb status}: the table of nodes, and whether the cluster is whole (exit status 0). */
@Command(
        name = "status",
        description = "Shows the nodes of the cluster on this machine.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private ClusterFolder folder;

    @Override
    public Integer call() throws IOException, Problem {
        LocalCluster cluster = folder.existing();
        Map<Address, NodeReport> reports = cluster.reports();
        ClusterTable.lines(cluster, reports).forEach(System.out::println);
        Optional<String> missing = Wholeness.missing(cluster.layout(), reports);
        System.out.println(missing.map(reason -> "Not whole: " + reason + ".").orElse("Whole."));
        return missing.isPresent() ? 1 : 0;
    }
}
