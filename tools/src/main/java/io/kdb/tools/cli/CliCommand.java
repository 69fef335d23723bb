package io.kdb.tools.cli;

import io.kdb.tools.Terminals;
import io.kdb.tools.client.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kdb cli}: one command from the arguments, many from a pipe, or a prompt. */
@Command(
        name = "cli",
        description = "Talks to a kdb or Redis server: one command, a pipe of commands, or a prompt.",
        mixinStandardHelpOptions = false)
public final class CliCommand implements Callable<Integer> {
    private static final int CONNECT_TIMEOUT_MS = 10_000;

    @Option(
            names = {"-h", "--host"},
            defaultValue = "127.0.0.1",
            description = "Server host (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(
            names = {"-p", "--port"},
            defaultValue = "6379",
            description = "Server port (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = {"-a", "--pass"},
            description = "Password; better given by the environment, as KDB_CLI_AUTH or REDISCLI_AUTH.")
    private String password;

    @Option(
            names = {"--user"},
            description = "ACL user that the password belongs to.")
    private String user;

    @Option(
            names = {"-c"},
            description = "Cluster mode: follow MOVED and ASK.")
    private boolean cluster;

    @Option(
            names = {"-n"},
            defaultValue = "0",
            description = "Database number.")
    private int database;

    @Option(
            names = {"-3"},
            description = "Speak RESP3.")
    private boolean resp3;

    @Option(
            names = {"--raw"},
            description = "Replies as they are (the default when the output is not a terminal).")
    private boolean raw;

    @Option(
            names = {"--no-raw"},
            description = "Replies as on a terminal.")
    private boolean noRaw;

    @Option(
            names = {"-e"},
            description = "Exit with 1 when a command fails.")
    private boolean exitOnError;

    @Option(
            names = {"--help"},
            usageHelp = true,
            description = "This text.")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Parameters(paramLabel = "command", description = "The command and its arguments.")
    private List<String> command = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        PrintStream out = System.out;
        ReplyFormat format = noRaw || (!raw && Terminals.outIsTerminal()) ? ReplyFormat.READABLE : ReplyFormat.RAW;
        boolean prompting = command.isEmpty() && Terminals.inIsTerminal();
        CliSession.Login login = new CliSession.Login(user, effectivePassword(), database, resp3);
        try (CliSession session =
                new CliSession(new Address(host, port), login, cluster, prompting, CONNECT_TIMEOUT_MS, out)) {
            CliPrinter printer = new CliPrinter(session, format, Terminals.outIsTerminal(), out);
            boolean connected = session.connect();
            if (prompting) {
                new Prompt(session, printer).run();
                return 0;
            }
            if (!connected) {
                return 1;
            }
            return command.isEmpty() ? runPipe(printer) : status(printer.run(arguments()));
        }
    }

    private List<byte[]> arguments() {
        List<byte[]> arguments = new ArrayList<>();
        command.forEach(word -> arguments.add(word.getBytes(StandardCharsets.UTF_8)));
        return arguments;
    }

    private int runPipe(CliPrinter printer) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            CliPrinter.Outcome outcome = printer.runLine(line);
            if (outcome == CliPrinter.Outcome.QUIT) {
                return 0;
            }
            if (outcome == CliPrinter.Outcome.LOST || (exitOnError && outcome == CliPrinter.Outcome.FAILED)) {
                return 1;
            }
        }
        return 0;
    }

    private int status(CliPrinter.Outcome outcome) {
        return outcome == CliPrinter.Outcome.LOST || (exitOnError && outcome == CliPrinter.Outcome.FAILED) ? 1 : 0;
    }

    private String effectivePassword() {
        if (password != null) {
            return password;
        }
        String ours = System.getenv("KDB_CLI_AUTH");
        return ours != null ? ours : System.getenv("REDISCLI_AUTH");
    }
}
