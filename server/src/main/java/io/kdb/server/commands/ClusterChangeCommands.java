package io.kdb.server.commands;

import static io.kdb.server.commands.ClusterCommands.change;
import static io.kdb.server.commands.ClusterCommands.status;
import static io.kdb.server.commands.ClusterCommands.view;

import io.kdb.cluster.topology.ClusterAnswer;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.NodeId;
import io.kdb.cluster.topology.PlacementMode;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.resp.Arguments;
import io.kdb.server.cluster.ClusterRuntime;
import io.kdb.server.cluster.FailoverRequests;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Suspension;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** The CLUSTER subcommands that change something: each is a record, answered once this node has applied it. */
final class ClusterChangeCommands {
    static final List<CommandSpec> SUBCOMMANDS = List.of(
            change("meet", -4, ClusterChangeCommands::meet),
            change("forget", 3, ClusterChangeCommands::forget),
            change("replicate", 3, ClusterChangeCommands::replicate),
            change("failover", -2, ClusterChangeCommands::failover),
            change("addslots", -3, call -> addslots(call, listed(call, false))),
            change("addslotsrange", -4, call -> addslots(call, ranges(call, false))),
            change("delslots", -3, call -> delslots(call, listed(call, true))),
            change("delslotsrange", -4, call -> delslots(call, ranges(call, true))),
            change("flushslots", 2, ClusterChangeCommands::flushslots),
            change("setslot", -4, ClusterChangeCommands::setslot),
            change("set-config-epoch", 3, ClusterChangeCommands::setConfigEpoch),
            change("bumpepoch", 2, ClusterChangeCommands::bumpepoch),
            change("saveconfig", 2, call -> call.reply().ok()));

    private static final int FOUNDING_SECONDS = 5;

    private ClusterChangeCommands() {}

    // ---- waiting for the commit -------------------------------------------------------------------------------

    /** Suspends the connection until the record is applied here, then replies OK or the refusal. */
    static void commit(Call call, ClusterRecord record) {
        commit(call, record, (done, answer) -> done.reply().ok());
    }

    private static void commit(Call call, ClusterRecord record, BiConsumer<Call, ClusterAnswer> reply) {
        await(call, submit(status(call).cluster(), record), (done, answer) -> {
            if (!answer.accepted()) {
                throw new CommandError(answer.text());
            }
            reply.accept(done, answer);
        });
    }

    /** A node that has just started founds its cluster first. */
    private static CompletableFuture<ClusterAnswer> submit(ClusterRuntime cluster, ClusterRecord record) {
        if (cluster.founded().isDone()) {
            return cluster.submit(record);
        }
        return cluster.founded()
                .copy()
                .orTimeout(FOUNDING_SECONDS, TimeUnit.SECONDS)
                .handle((founded, failure) -> failure)
                .thenCompose(whatever -> cluster.submit(record));
    }

    static <T> void await(Call call, CompletableFuture<T> future, BiConsumer<Call, T> reply) {
        if (!call.maySuspend()) {
            throw new CommandError("ERR This CLUSTER subcommand waits for the cluster and is not allowed here");
        }
        Suspension suspension = call.suspend(0, null, null);
        var unused = future.whenComplete((value, failure) -> suspension.end(Suspension.Outcome.SERVED, done -> {
            if (failure != null) {
                throw new CommandError("CLUSTERDOWN " + reason(failure));
            }
            reply.accept(done, value);
        }));
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return "The change was not committed: " + cause.getMessage();
    }

    /** The node whose id stands at {@code arg}. */
    static ClusterNode node(Call call, int arg) {
        String id = call.args().text(arg);
        ClusterNode node = NodeId.isValid(id) ? view(call).node(id) : null;
        if (node == null) {
            throw new CommandError("ERR Unknown node " + id);
        }
        return node;
    }

    /** In auto placement slots are the planner's. */
    private static void requireManual(Call call) {
        if (view(call).mode() == PlacementMode.AUTO) {
            throw new CommandError(
                    "ERR Slots are placed by the cluster itself: run 'kdb cluster placement manual' first"
                            + " to place them by hand");
        }
    }

    // ---- membership -------------------------------------------------------------------------------------------

    // CLUSTER MEET ip port [cluster-bus-port]
    private static void meet(Call call) {
        Arguments args = call.args();
        if (args.count() > 5) {
            throw Errors.wrongArity(call.spec());
        }
        CommandError badPort = new CommandError("ERR Invalid TCP base port specified: " + args.text(3));
        long port = call.integer(3, badPort);
        long busPort = port + 10_000;
        if (args.count() == 5) {
            busPort = call.integer(4, new CommandError("ERR Invalid TCP bus port specified: " + args.text(4)));
        }
        String ip = args.text(2);
        if (!isAddress(ip) || port <= 0 || port > 65535 || busPort <= 0 || busPort > 65535) {
            throw new CommandError("ERR Invalid node address specified: " + ip + ":" + args.text(3));
        }
        CompletableFuture<Void> met = status(call).meetings().meet(ip, (int) port, (int) busPort);
        // As in Redis the answer does not wait for a node that is not there; a refusal that is known at once is told.
        Suspension suspension = call.suspend(MEET_WAIT_MS, done -> done.reply().ok(), null);
        var unused = met.whenComplete((ok, failure) -> suspension.end(Suspension.Outcome.SERVED, done -> {
            if (failure != null) {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                throw new CommandError("ERR MEET refused: " + cause.getMessage());
            }
            done.reply().ok();
        }));
    }

    private static final long MEET_WAIT_MS = 1000;

    private static boolean isAddress(String ip) {
        return ip.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}") || ip.indexOf(':') >= 0 && ip.matches("[0-9a-fA-F:.]+");
    }

    // CLUSTER FORGET node-id
    private static void forget(Call call) {
        String id = call.args().text(2);
        ClusterView view = view(call);
        ClusterRuntime cluster = status(call).cluster();
        if (!NodeId.isValid(id)) {
            throw new CommandError("ERR Unknown node " + id);
        }
        if (id.equals(cluster.myId())) {
            throw new CommandError("ERR I tried hard but I can't forget myself...");
        }
        ClusterNode me = view.myself();
        if (me != null && me.isReplicaOf(id)) {
            throw new CommandError("ERR Can't forget my master!");
        }
        ClusterNode node = view.node(id);
        if (node != null && view.mode() == PlacementMode.AUTO && view.slotCount(id) > 0) {
            throw new CommandError("ERR The node still has slots: run 'kdb cluster leave "
                    + node.address().hostPort() + "' to drain it first");
        }
        commit(call, new ClusterRecord.Forget(id, cluster.myId(), call.nowMs()));
    }

    // CLUSTER REPLICATE node-id
    private static void replicate(Call call) {
        ClusterNode primary = node(call, 2);
        ClusterView view = view(call);
        if (view.isMyself(primary)) {
            throw new CommandError("ERR Can't replicate myself");
        }
        if (primary.isReplica()) {
            throw new CommandError("ERR I can only replicate a master, not a replica.");
        }
        ClusterNode me = view.myself();
        boolean hasKeys = call.node().keyspace().database(0).size() > 0;
        if (me != null && me.isPrimary() && (view.slotCount(me.id()) > 0 || hasKeys)) {
            throw new CommandError("ERR To set a master the node must be empty and without assigned slots.");
        }
        commit(call, new ClusterRecord.Replicate(status(call).myId(), primary.id()));
    }

    // CLUSTER FAILOVER [FORCE | TAKEOVER]
    private static void failover(Call call) {
        Arguments args = call.args();
        boolean forced = args.count() == 3 && (args.is(2, "FORCE") || args.is(2, "TAKEOVER"));
        if (args.count() > 3 || args.count() == 3 && !forced) {
            throw args.count() > 3 ? Errors.subcommandSyntax(args.text(1), "cluster") : Errors.SYNTAX;
        }
        ClusterView view = view(call);
        ClusterNode me = view.myself();
        if (me == null || me.isPrimary()) {
            throw new CommandError("ERR You should send CLUSTER FAILOVER to a replica");
        }
        ClusterNode primary = view.myPrimary();
        if (primary == null) {
            throw new CommandError("ERR I'm a replica but my master is unknown to me");
        }
        if (primary.failed() && !forced) {
            throw new CommandError("ERR Master is down or failed, please use CLUSTER FAILOVER FORCE");
        }
        FailoverRequests failovers = call.node().service(FailoverRequests.class);
        await(call, forced ? failovers.force() : failovers.failover(), (done, answer) -> {
            if (!answer.accepted()) {
                throw new CommandError(answer.text());
            }
            done.reply().ok();
        });
    }

    // ---- slots ------------------------------------------------------------------------------------------------

    private static SlotSet listed(Call call, boolean deleting) {
        SlotSet.Builder slots = new SlotSet.Builder();
        for (int i = 2; i < call.args().count(); i++) {
            add(call, slots, ClusterCommands.slot(call, i), deleting);
        }
        return slots.build();
    }

    private static SlotSet ranges(Call call, boolean deleting) {
        Arguments args = call.args();
        if (args.count() % 2 != 0) {
            throw Errors.wrongArity(call.spec());
        }
        SlotSet.Builder slots = new SlotSet.Builder();
        for (int i = 2; i < args.count(); i += 2) {
            int first = ClusterCommands.slot(call, i);
            int last = ClusterCommands.slot(call, i + 1);
            if (first > last) {
                throw new CommandError("ERR start slot number " + first + " is greater than end slot number " + last);
            }
            for (int slot = first; slot <= last; slot++) {
                add(call, slots, slot, deleting);
            }
        }
        return slots.build();
    }

    private static void add(Call call, SlotSet.Builder slots, int slot, boolean deleting) {
        boolean owned = view(call).owner(slot) != null;
        if (deleting && !owned) {
            throw new CommandError("ERR Slot " + slot + " is already unassigned");
        }
        if (!deleting && owned) {
            throw new CommandError("ERR Slot " + slot + " is already busy");
        }
        if (!slots.add(slot)) {
            throw new CommandError("ERR Slot " + slot + " specified multiple times");
        }
    }

    // CLUSTER ADDSLOTS slot [slot ...], CLUSTER ADDSLOTSRANGE start end [start end ...]
    private static void addslots(Call call, SlotSet slots) {
        requireManual(call);
        commit(call, new ClusterRecord.AddSlots(status(call).myId(), slots, false));
    }

    // CLUSTER DELSLOTS slot [slot ...], CLUSTER DELSLOTSRANGE start end [start end ...]
    private static void delslots(Call call, SlotSet slots) {
        requireManual(call);
        commit(call, new ClusterRecord.DelSlots(slots));
    }

    // CLUSTER FLUSHSLOTS
    private static void flushslots(Call call) {
        requireManual(call);
        if (call.node().keyspace().database(0).size() > 0) {
            throw new CommandError("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.");
        }
        commit(call, new ClusterRecord.FlushSlots(status(call).myId()));
    }

    // CLUSTER SETSLOT slot IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE
    private static void setslot(Call call) {
        Arguments args = call.args();
        ClusterView view = view(call);
        ClusterRuntime cluster = status(call).cluster();
        if (view.myself() != null && view.myself().isReplica()) {
            throw new CommandError("ERR You can use SETSLOT only with masters.");
        }
        int slot = ClusterCommands.slot(call, 2);
        if (args.is(3, "STABLE") && args.count() == 4) {
            cluster.migrating().remove(slot);
            cluster.importing().remove(slot);
            call.reply().ok();
            return;
        }
        requireManual(call);
        if (args.is(3, "MIGRATING") && args.count() == 5) {
            if (!view.iOwn(slot)) {
                throw new CommandError("ERR I'm not the owner of hash slot " + slot);
            }
            cluster.migrating()
                    .put(slot, target(call, view, "I don't know about node ").id());
            call.reply().ok();
        } else if (args.is(3, "IMPORTING") && args.count() == 5) {
            if (view.iOwn(slot)) {
                throw new CommandError("ERR I'm already the owner of hash slot " + slot);
            }
            cluster.importing()
                    .put(slot, target(call, view, "I don't know about node ").id());
            call.reply().ok();
        } else if (args.is(3, "NODE") && args.count() == 5) {
            setslotNode(call, cluster, view, slot);
        } else {
            throw new CommandError("ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP");
        }
    }

    private static ClusterNode target(Call call, ClusterView view, String unknown) {
        String id = call.args().text(4);
        ClusterNode node = NodeId.isValid(id) ? view.node(id) : null;
        if (node == null) {
            throw new CommandError("ERR " + unknown + id);
        }
        if (node.isReplica()) {
            throw new CommandError("ERR Target node is not a master");
        }
        return node;
    }

    private static void setslotNode(Call call, ClusterRuntime cluster, ClusterView view, int slot) {
        ClusterNode node = target(call, view, "Unknown node ");
        boolean toMe = view.isMyself(node);
        if (view.iOwn(slot) && !toMe && call.node().keyspace().database(0).slotSize(slot) > 0) {
            throw new CommandError("ERR Can't assign hashslot " + slot
                    + " to a different node while I still hold keys for this hash slot.");
        }
        boolean importing = toMe && cluster.importing().containsKey(slot);
        commit(call, new ClusterRecord.SetSlotNode(slot, node.id(), importing, true), (done, answer) -> {
            cluster.migrating().remove(slot);
            if (toMe) {
                cluster.importing().remove(slot);
            }
            done.reply().ok();
        });
    }

    // ---- epochs -----------------------------------------------------------------------------------------------

    // CLUSTER SET-CONFIG-EPOCH config-epoch
    private static void setConfigEpoch(Call call) {
        long epoch = call.integer(2);
        if (epoch < 0) {
            throw new CommandError(
                    "ERR Invalid config epoch specified: " + call.args().text(2));
        }
        ClusterView view = view(call);
        if (view.nodes().size() > 1) {
            throw new CommandError(
                    "ERR The user can assign a config epoch only when the node does not know any other node.");
        }
        if (view.myself() != null && view.epochOf(view.myself()) != 0) {
            throw new CommandError("ERR Node config epoch is already non-zero");
        }
        status(call).cluster().profile().configEpoch(epoch);
        commit(call, new ClusterRecord.SetConfigEpoch(status(call).myId(), epoch));
    }

    // CLUSTER BUMPEPOCH
    private static void bumpepoch(Call call) {
        commit(call, new ClusterRecord.BumpEpoch(status(call).myId()), (done, answer) -> done.reply()
                .simple(answer.text()));
    }
}
