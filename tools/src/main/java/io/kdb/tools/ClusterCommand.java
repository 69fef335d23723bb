package io.kdb.tools;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kdb cluster}: what a cluster's operator decides, sent to any of its nodes. */
@Command(name = "cluster", description = "Changes how a cluster places its slots.", mixinStandardHelpOptions = true)
final class ClusterCommand implements Runnable {
    private static final int CONNECT_TIMEOUT_MS = 5000;
    /** The server answers a change once it is committed; draining a node takes as long as its data. */
    private static final int ANSWER_TIMEOUT_MS = 600_000;

    @Option(
            names = {"-H", "--host"},
            defaultValue = "127.0.0.1",
            description = "Any node of the cluster (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(
            names = {"-p", "--port"},
            defaultValue = "7000",
            description = "Its port (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = {"-a", "--pass"},
            description = "Password; better given by the environment, as KDB_CLI_AUTH or REDISCLI_AUTH.")
    private String password;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }

    @Command(
            name = "placement",
            description = "auto: the cluster places its slots itself. manual: only ADDSLOTS, SETSLOT and redis-cli do.",
            mixinStandardHelpOptions = true)
    int placement(@Parameters(paramLabel = "auto|manual") String mode) throws IOException {
        if (!mode.equals("auto") && !mode.equals("manual")) {
            throw new IllegalArgumentException("placement: " + mode + " (expected: auto or manual)");
        }
        return send("CLUSTER", "PLACEMENT", mode.toUpperCase(Locale.ROOT));
    }

    @Command(
            name = "leave",
            description = "Moves everything off a node, then lets the cluster forget it.",
            mixinStandardHelpOptions = true)
    int leave(@Parameters(paramLabel = "host:port") String node) throws IOException {
        return send("CLUSTER", "LEAVE", Address.parse(node).toString());
    }

    private int send(String... command) throws IOException {
        try (RespConnection connection = RespConnection.open(new Address(host, port), CONNECT_TIMEOUT_MS)) {
            connection.timeoutMs(ANSWER_TIMEOUT_MS);
            String secret = password != null ? password : environmentPassword();
            List<String[]> calls = new ArrayList<>();
            if (secret != null) {
                calls.add(new String[] {"AUTH", secret});
            }
            calls.add(command);
            for (String[] call : calls) {
                if (connection.call(call) instanceof Reply.Failure failure) {
                    System.err.println("kdb cluster: " + failure.text());
                    return 1;
                }
            }
            System.out.println("OK");
            return 0;
        }
    }

    private static String environmentPassword() {
        String ours = System.getenv("KDB_CLI_AUTH");
        return ours != null ? ours : System.getenv("REDISCLI_AUTH");
    }
}
