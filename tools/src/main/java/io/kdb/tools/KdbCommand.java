package io.kdb.tools;

import io.kdb.tools.bench.BenchCommand;
import io.kdb.tools.cli.CliCommand;
import io.kdb.tools.fuzz.FuzzCommand;
import io.kdb.tools.local.LocalCluster.Problem;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line of every subcommand but {@code server}, which {@link Kdb} runs itself. */
@Command(
        name = "kdb",
        description = "A distributed in-memory key-value store that speaks the Redis protocol.",
        footer = {"", "A node alone: kdb server [redis.conf] [--port 6379] [--name value]..."},
        mixinStandardHelpOptions = true,
        subcommands = {
            UpCommand.class,
            StatusCommand.class,
            DownCommand.class,
            CliCommand.class,
            BenchCommand.class,
            ClusterCommand.class,
            FuzzCommand.class,
            WarmCommand.class
        })
final class KdbCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Runs the command; the exit status. */
    static int run(String... arguments) {
        // Netty's start-up notes would go to a tool's output through the server's logging.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        return commandLine().execute(arguments);
    }

    /** The command with its subcommands; what a user can act on is one line and status 1, the rest a stack trace. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new KdbCommand()).setExpandAtFiles(false);
        line.getSubcommands().get("cli").setStopAtPositional(true);
        return line.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof Problem
                    || failure instanceof IOException
                    || failure instanceof IllegalArgumentException) {
                System.err.println("kdb " + command.getCommandName() + ": " + failure.getMessage());
                return 1;
            }
            throw failure;
        });
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
