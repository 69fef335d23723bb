package io.kdb.tools;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import io.kdb.tools.local.ClusterNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code kdb cluster}: what a cluster's operator decides, sent to any of its nodes. */
@Command(name = "cluster", description = "Changes how a cluster places its slots.", mixinStandardHelpOptions = true)
final class ClusterCommand implements Runnable {
    private static final int CONNECT_TIMEOUT_MS = 5000;
    /** The server answers a change once it is committed. */
    private static final int ANSWER_TIMEOUT_MS = 60_000;

    private static final int POLL_MS = 200;

    @Option(
            names = {"-H", "--host"},
            scope = ScopeType.INHERIT,
            defaultValue = "127.0.0.1",
            description = "Any node of the cluster (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(
            names = {"-p", "--port"},
            scope = ScopeType.INHERIT,
            defaultValue = "7000",
            description = "Its port (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = {"-a", "--pass"},
            scope = ScopeType.INHERIT,
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
    int leave(@Parameters(paramLabel = "host:port") String node) throws IOException, InterruptedException {
        Address leaving = Address.parse(node);
        Address asked = new Address(host, port);
        try (RespConnection connection = open(asked)) {
            if (refused(connection.call("CLUSTER", "LEAVE", leaving.toString()))) {
                return 1;
            }
            awaitGone(connection, leaving);
        }
        System.out.println("OK: " + leaving + " is no longer a member; its process can be stopped");
        return 0;
    }

    /** Waits until the cluster has forgotten the node, which takes as long as moving its data. */
    private void awaitGone(RespConnection asked, Address leaving) throws IOException, InterruptedException {
        List<ClusterNode> nodes = nodes(asked);
        // The leaving node itself learns nothing any more once it is out.
        Address witness = nodes.stream()
                .filter(node -> !node.address().equals(leaving) && !node.isFailed())
                .findFirst()
                .map(ClusterNode::address)
                .orElse(null);
        boolean isWitness = nodes.stream()
                .anyMatch(node -> node.isMyself() && !node.address().equals(leaving));
        int before = -1;
        while (true) {
            try (RespConnection other = isWitness || witness == null ? null : open(witness)) {
                List<ClusterNode> now = nodes(other == null ? asked : other);
                ClusterNode still = now.stream()
                        .filter(node -> node.address().equals(leaving))
                        .findFirst()
                        .orElse(null);
                if (still == null) {
                    return;
                }
                if (still.slotCount() != before) {
                    before = still.slotCount();
                    System.err.println("kdb cluster: " + leaving + " has " + before + " slots left");
                }
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    private static List<ClusterNode> nodes(RespConnection connection) throws IOException {
        Reply reply = connection.call("CLUSTER", "NODES");
        if (reply instanceof Reply.Failure failure) {
            throw new IOException("CLUSTER NODES: " + failure.text());
        }
        return ClusterNode.parseAll(reply.text());
    }

    private int send(String... command) throws IOException {
        try (RespConnection connection = open(new Address(host, port))) {
            if (refused(connection.call(command))) {
                return 1;
            }
            System.out.println("OK");
            return 0;
        }
    }

    private static boolean refused(Reply reply) {
        if (reply instanceof Reply.Failure failure) {
            System.err.println("kdb cluster: " + failure.text());
            return true;
        }
        return false;
    }

    private RespConnection open(Address address) throws IOException {
        RespConnection connection = RespConnection.open(address, CONNECT_TIMEOUT_MS);
        connection.timeoutMs(ANSWER_TIMEOUT_MS);
        String secret = password != null ? password : environmentPassword();
        if (secret != null && connection.call("AUTH", secret) instanceof Reply.Failure failure) {
            connection.close();
            throw new IOException(failure.text());
        }
        return connection;
    }

    private static String environmentPassword() {
        String ours = System.getenv("KDB_CLI_AUTH");
        return ours != null ? ours : System.getenv("REDISCLI_AUTH");
    }
}
