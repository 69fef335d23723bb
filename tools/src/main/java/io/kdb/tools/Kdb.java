package io.kdb.tools;

import io.kdb.tools.cli.CliCommand;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the {@code kdb} command. */
@Command(
        name = "kdb",
        description = "A distributed in-memory key-value store that speaks the Redis protocol.",
        subcommands = {CliCommand.class})
public final class Kdb implements Runnable {
    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        // Netty's start-up notes would go to a tool's output through the server's logging.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        CommandLine line = new CommandLine(new Kdb()).setExpandAtFiles(false);
        System.exit(line.execute(arguments));
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
