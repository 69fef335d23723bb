package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.KEEPS_ASKING;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NO_ASYNC_LOADING;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.cluster.control.BusLink;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterTables;
import io.kdb.cluster.topology.ClusterText;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.cluster.ClusterStatus;
import io.kdb.server.cluster.Endpoint;
import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFlag;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** CLUSTER's questions, READONLY, READWRITE and ASKING. https://redis.io/docs/latest/commands/cluster/ */
public final class ClusterCommands {
    public static final List<CommandSpec> TABLE = List.of(
            container("cluster", -2, subcommands()),
            row("readonly", 1, ClusterCommands::readonly, LOADING, STALE, FAST).in(AclCategory.CONNECTION),
            row("readwrite", 1, ClusterCommands::readwrite, LOADING, STALE, FAST)
                    .in(AclCategory.CONNECTION),
            row("asking", 1, ClusterCommands::asking, FAST, KEEPS_ASKING).in(AclCategory.CONNECTION));

    private static List<CommandSpec> subcommands() {
        List<CommandSpec> all = new ArrayList<>(List.of(
                sub("info", 2, ClusterCommands::info),
                sub("nodes", 2, ClusterCommands::nodes),
                sub("slots", 2, ClusterCommands::slots),
                sub("shards", 2, ClusterCommands::shards),
                sub("myid", 2, ClusterCommands::myid),
                sub("myshardid", 2, ClusterCommands::myshardid),
                sub("keyslot", 3, ClusterCommands::keyslot),
                sub("countkeysinslot", 3, ClusterCommands::countkeysinslot),
                sub("getkeysinslot", 4, ClusterCommands::getkeysinslot),
                sub("replicas", 3, ClusterCommands::replicas, ADMIN),
                sub("slaves", 3, ClusterCommands::replicas, ADMIN),
                sub("count-failure-reports", 3, ClusterCommands::countFailureReports, ADMIN),
                sub("links", 2, ClusterCommands::links),
                row("help", 2, ClusterCommands::help, LOADING, STALE)));
        all.addAll(ClusterChangeCommands.SUBCOMMANDS);
        all.addAll(ClusterAdminCommands.SUBCOMMANDS);
        return all;
    }

    static CommandSpec sub(String name, int arity, CommandFunction function, CommandFlag... more) {
        CommandFlag[] flags = java.util.Arrays.copyOf(more, more.length + 1);
        flags[more.length] = STALE;
        return row(
                name,
                arity,
                call -> {
                    requireCluster(call);
                    function.run(call);
                },
                flags);
    }

    static CommandSpec change(String name, int arity, CommandFunction function) {
        return change(name, arity, function, ADMIN, STALE, NO_ASYNC_LOADING);
    }

    static CommandSpec change(String name, int arity, CommandFunction function, CommandFlag... flags) {
        return row(
                name,
                arity,
                call -> {
                    requireCluster(call);
                    function.run(call);
                },
                flags);
    }

    private ClusterCommands() {}

    private static void requireCluster(Call call) {
        if (!call.node().isClustered()) {
            throw Errors.CLUSTER_DISABLED;
        }
    }

    static ClusterStatus status(Call call) {
        return call.node().service(ClusterStatus.class);
    }

    static ClusterView view(Call call) {
        return status(call).view();
    }

    private static void text(Call call, String text) {
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
    }

    // CLUSTER INFO
    private static void info(Call call) {
        ClusterStatus status = status(call);
        text(call, ClusterText.info(status.view(), status.isOk(), status.messagesSent(), status.messagesReceived()));
    }

    // CLUSTER NODES
    private static void nodes(Call call) {
        ClusterStatus status = status(call);
        text(call, ClusterText.nodes(status.view(), status.handshakes(), status.links(), status.marks()));
    }

    // CLUSTER REPLICAS node-id
    private static void replicas(Call call) {
        ClusterNode primary = ClusterChangeCommands.node(call, 2);
        if (!primary.isPrimary()) {
            throw new CommandError("ERR The specified node is not a master");
        }
        ClusterStatus status = status(call);
        List<ClusterNode> replicas = status.view().replicasOf(primary.id());
        call.reply().array(replicas.size());
        for (ClusterNode replica : replicas) {
            call.reply().bulk(ClusterText.node(status.view(), replica, status.links(), status.marks()));
        }
    }

    // CLUSTER SLOTS
    private static void slots(Call call) {
        ReplyWriter reply = call.reply();
        List<ClusterTables.SlotsRow> rows = ClusterTables.slots(view(call));
        reply.array(rows.size());
        for (ClusterTables.SlotsRow row : rows) {
            reply.array(2 + row.nodes().size());
            reply.integer(row.first());
            reply.integer(row.last());
            for (ClusterNode node : row.nodes()) {
                slotsNode(call, node);
            }
        }
    }

    private static void slotsNode(Call call, ClusterNode node) {
        ReplyWriter reply = call.reply();
        String endpoint = Endpoint.of(node, call.node().config());
        String ip = node.address().ip();
        String hostname = node.address().hostname();
        reply.array(4);
        if (endpoint.isEmpty() && !endpoint.equals(ip)) {
            reply.nullBulk();
        } else {
            reply.bulk(endpoint);
        }
        reply.integer(node.address().port());
        reply.bulk(node.id());
        boolean byIp = endpoint.equals(ip);
        boolean withHostname = !hostname.isEmpty() && !endpoint.equals(hostname);
        reply.map((byIp ? 0 : 1) + (withHostname ? 1 : 0));
        if (!byIp) {
            reply.bulk("ip");
            reply.bulk(ip);
        }
        if (withHostname) {
            reply.bulk("hostname");
            reply.bulk(hostname);
        }
    }

    // CLUSTER SHARDS
    private static void shards(Call call) {
        ReplyWriter reply = call.reply();
        List<ClusterTables.ShardRow> rows = ClusterTables.shards(view(call));
        reply.array(rows.size());
        for (ClusterTables.ShardRow row : rows) {
            reply.map(2);
            reply.bulk("slots");
            reply.array(row.slots().size() * 2L);
            for (SlotSet.Range range : row.slots()) {
                reply.integer(range.first());
                reply.integer(range.last());
            }
            reply.bulk("nodes");
            reply.array(row.nodes().size());
            row.nodes().forEach(node -> shardsNode(call, node));
        }
    }

    private static void shardsNode(Call call, ClusterNode node) {
        ReplyWriter reply = call.reply();
        String hostname = node.address().hostname();
        long offset = status(call).replicationOffset(node);
        reply.map(hostname.isEmpty() ? 7 : 8);
        reply.bulk("id");
        reply.bulk(node.id());
        reply.bulk("port");
        reply.integer(node.address().port());
        reply.bulk("ip");
        reply.bulk(node.address().ip());
        reply.bulk("endpoint");
        reply.bulk(Endpoint.of(node, call.node().config()));
        if (!hostname.isEmpty()) {
            reply.bulk("hostname");
            reply.bulk(hostname);
        }
        reply.bulk("role");
        reply.bulk(node.isPrimary() ? "master" : "replica");
        reply.bulk("replication-offset");
        reply.integer(offset);
        reply.bulk("health");
        reply.bulk(ClusterTables.health(node, offset));
    }

    // CLUSTER MYID
    private static void myid(Call call) {
        call.reply().bulk(status(call).myId());
    }

    // CLUSTER MYSHARDID
    private static void myshardid(Call call) {
        ClusterNode me = view(call).myself();
        call.reply().bulk(me == null ? "" : me.shardId());
    }

    // CLUSTER KEYSLOT key
    private static void keyslot(Call call) {
        Arguments args = call.args();
        call.reply().integer(Slot.of(args.array(2), args.offset(2), args.length(2)));
    }

    /** A slot number, or Redis' error for one. */
    static int slot(Call call, int arg) {
        return (int) call.integer(arg, 0, Slot.COUNT - 1, new CommandError("ERR Invalid or out of range slot"));
    }

    // CLUSTER COUNTKEYSINSLOT slot
    private static void countkeysinslot(Call call) {
        long slot = call.integer(2);
        if (slot < 0 || slot >= Slot.COUNT) {
            throw new CommandError("ERR Invalid slot");
        }
        call.reply().integer(call.node().keyspace().database(0).slotSize((int) slot));
    }

    // CLUSTER GETKEYSINSLOT slot count
    private static void getkeysinslot(Call call) {
        long slot = call.integer(2);
        long max = call.integer(3);
        if (slot < 0 || slot >= Slot.COUNT || max < 0) {
            throw new CommandError("ERR Invalid slot or number of keys");
        }
        List<byte[]> keys =
                call.node().keyspace().database(0).slotKeys((int) slot, (int) Math.min(max, Integer.MAX_VALUE));
        call.reply().array(keys.size());
        keys.forEach(call.reply()::bulk);
    }

    // CLUSTER COUNT-FAILURE-REPORTS node-id
    private static void countFailureReports(Call call) {
        ClusterNode node = ClusterChangeCommands.node(call, 2);
        // One controller judges: a failed node has its one report.
        call.reply().integer(node.failed() ? 1 : 0);
    }

    // CLUSTER LINKS
    private static void links(Call call) {
        List<BusLink> links = status(call).busLinks();
        call.reply().array(links.size());
        for (BusLink link : links) {
            call.reply().map(6);
            call.reply().bulk("direction");
            call.reply().bulk(link.outgoing() ? "to" : "from");
            call.reply().bulk("node");
            call.reply().bulk(link.node());
            call.reply().bulk("create-time");
            call.reply().integer(link.createdMs());
            call.reply().bulk("events");
            call.reply().bulk(link.sendBufferBytes() > 0 ? "rw" : "r");
            call.reply().bulk("send-buffer-allocated");
            call.reply().integer(link.sendBufferAllocated());
            call.reply().bulk("send-buffer-used");
            call.reply().integer(link.sendBufferBytes());
        }
    }

    // READONLY
    private static void readonly(Call call) {
        requireCluster(call);
        call.session().readOnly(true);
        call.reply().ok();
    }

    // READWRITE
    private static void readwrite(Call call) {
        requireCluster(call);
        call.session().readOnly(false);
        call.reply().ok();
    }

    // ASKING
    private static void asking(Call call) {
        requireCluster(call);
        call.session().asking(true);
        call.reply().ok();
    }

    // CLUSTER HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "ADDSLOTS <slot> [<slot> ...], ADDSLOTSRANGE <start> <end> [<start> <end> ...]",
                "    Give this node slots that nobody owns.",
                "BUMPEPOCH",
                "    Raise the cluster's config epoch.",
                "COUNT-FAILURE-REPORTS <node-id>",
                "    How many nodes report that one as failed.",
                "COUNTKEYSINSLOT <slot>",
                "    How many keys this node holds in a slot.",
                "DELSLOTS <slot> [<slot> ...], DELSLOTSRANGE <start> <end> [<start> <end> ...]",
                "    Make slots nobody's.",
                "FAILOVER [FORCE|TAKEOVER]",
                "    Make this replica its primary's successor.",
                "FLUSHSLOTS",
                "    Make this node's slots nobody's.",
                "FORGET <node-id>",
                "    Remove a node from the cluster.",
                "GETKEYSINSLOT <slot> <count>",
                "    Names of keys this node holds in a slot.",
                "INFO",
                "    State of the cluster as this node sees it.",
                "KEYSLOT <key>",
                "    The slot of a key.",
                "LEAVE <host:port>",
                "    Move everything off a node, then forget it (placement mode auto; kdb's own).",
                "LINKS",
                "    Connections on the cluster port.",
                "MEET <ip> <port> [<bus-port>]",
                "    Join with the node at that address.",
                "MYID, MYSHARDID",
                "    Id of this node, of its shard.",
                "NODES, SHARDS, SLOTS",
                "    Who is in the cluster and owns what.",
                "PLACEMENT (AUTO|MANUAL)",
                "    Whether the cluster places its slots by itself (kdb's own).",
                "REPLICAS <node-id>",
                "    The replicas of a primary.",
                "REPLICATE <node-id>",
                "    Make this node a replica of that primary.",
                "RESET [HARD|SOFT]",
                "    Leave the cluster.",
                "SAVECONFIG",
                "    Make sure the cluster's state is on disk.",
                "SET-CONFIG-EPOCH <epoch>",
                "    Set the config epoch of a node that is alone.",
                "SETSLOT <slot> (IMPORTING <node-id>|MIGRATING <node-id>|STABLE|NODE <node-id>)",
                "    Mark a slot for moving by hand, or give it to a node.");
    }
}
