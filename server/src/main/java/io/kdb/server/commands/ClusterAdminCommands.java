package io.kdb.server.commands;

import static io.kdb.server.commands.ClusterCommands.change;
import static io.kdb.server.commands.ClusterCommands.view;
import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.STALE;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.NodeAddress;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.resp.Arguments;
import io.kdb.server.cluster.ClusterReset;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The CLUSTER subcommands of an operator: a node's reset, how slots are placed, and who leaves; the last two are kdb's. */
final class ClusterAdminCommands {
    static final List<CommandSpec> SUBCOMMANDS = List.of(
            change("reset", -2, ClusterAdminCommands::reset, ADMIN, NOSCRIPT, STALE),
            change("placement", 3, ClusterAdminCommands::placement),
            change("leave", 3, ClusterAdminCommands::leave));

    private ClusterAdminCommands() {}

    // CLUSTER RESET [HARD | SOFT]
    private static void reset(Call call) {
        Arguments args = call.args();
        boolean hard = args.count() == 3 && args.is(2, "HARD");
        if (args.count() > 3 || args.count() == 3 && !hard && !args.is(2, "SOFT")) {
            throw args.count() > 3 ? Errors.subcommandSyntax(args.text(1), "cluster") : Errors.SYNTAX;
        }
        if (!call.node().isReplica() && call.node().keyspace().database(0).size() > 0) {
            throw new CommandError("ERR CLUSTER RESET can't be called with master nodes containing keys");
        }
        CompletableFuture<Void> done = call.node().service(ClusterReset.class).reset(hard);
        ClusterChangeCommands.await(
                call, done, (after, nothing) -> after.reply().ok());
    }

    // CLUSTER PLACEMENT AUTO | MANUAL
    private static void placement(Call call) {
        Arguments args = call.args();
        if (!args.is(2, "AUTO") && !args.is(2, "MANUAL")) {
            throw Errors.SYNTAX;
        }
        PlacementMode mode = args.is(2, "AUTO") ? PlacementMode.AUTO : PlacementMode.MANUAL;
        ClusterChangeCommands.commit(call, new ClusterRecord.SetPlacement(mode));
    }

    // CLUSTER LEAVE host:port
    private static void leave(Call call) {
        String address = call.args().text(2);
        ClusterNode node = at(view(call), address);
        if (node == null) {
            throw new CommandError("ERR Unknown node " + address + ": CLUSTER NODES lists the addresses");
        }
        ClusterChangeCommands.commit(call, new ClusterRecord.Leave(node.id(), true));
    }

    /** The node with that client address, by IP or announced host name; null when there is none. */
    private static ClusterNode at(ClusterView view, String hostPort) {
        for (ClusterNode node : view.nodes()) {
            NodeAddress address = node.address();
            boolean named = !address.hostname().isEmpty() && hostPort.equals(address.hostname() + ":" + address.port());
            if (named || hostPort.equals(address.hostPort())) {
                return node;
            }
        }
        return null;
    }
}
