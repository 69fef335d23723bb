package io.kdb.tools.bench;

import io.kdb.tools.Launcher;
import io.kdb.tools.local.LocalCluster.Problem;
import io.kdb.tools.local.PortBlock;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kdb bench idle}: what a lone cluster node costs that nobody uses. */
@Command(
        name = "idle",
        description = "Starts a lone cluster node, leaves it alone, and tells its memory and processor time.",
        mixinStandardHelpOptions = true)
final class IdleCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 16_379;

    @Option(
            names = {"--settle"},
            defaultValue = "20",
            description = "Seconds before it is looked at (default: ${DEFAULT-VALUE}).")
    private int settleSeconds;

    @Option(
            names = {"--seconds"},
            defaultValue = "30",
            description = "Seconds it is looked at (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Override
    public Integer call() throws IOException, InterruptedException, Problem {
        int port = PortBlock.find(FIRST_PORT, 1, PortBlock::isFree)
                .orElseThrow(() -> new Problem("no free port from " + FIRST_PORT + " on"));
        List<String> program = List.of(Launcher.path().toString(), "server", "--cluster-enabled", "yes");
        try (BenchFolder folder = BenchFolder.create();
                BenchServer server = BenchServer.start(program, port, folder.path())) {
            TimeUnit.SECONDS.sleep(settleSeconds);
            double before = server.processorSeconds();
            TimeUnit.SECONDS.sleep(seconds);
            double used = server.processorSeconds() - before;
            System.out.printf(
                    Locale.ROOT,
                    "lone idle cluster node: %.0f MB resident, %.2f %% of a core%n",
                    server.residentBytes() / 1e6,
                    100 * used / seconds);
        }
        return 0;
    }
}
