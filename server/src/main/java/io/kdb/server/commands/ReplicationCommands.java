package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.ALLOW_BUSY;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.NO_ASYNC_LOADING;
import static io.kdb.server.dispatch.CommandFlag.NO_MULTI;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.PrimaryAddress;
import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Session;
import io.kdb.server.dispatch.Suspension;
import io.kdb.server.replication.Primary;
import io.kdb.server.replication.ReplicaPeer;
import io.kdb.server.replication.Replication;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Whom a node follows, what replicas say to their primary, and WAIT. */
public final class ReplicationCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("psync", -3, ReplicationCommands::psync, ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI),
            row("sync", 1, ReplicationCommands::sync, ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI),
            row("replconf", -1, ReplicationCommands::replconf, ADMIN, NOSCRIPT, LOADING, STALE, ALLOW_BUSY),
            row("replicaof", 3, ReplicationCommands::replicaof, ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING),
            row("slaveof", 3, ReplicationCommands::replicaof, ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING),
            row("wait", 3, ReplicationCommands::await, NOSCRIPT).in(AclCategory.CONNECTION));

    private ReplicationCommands() {}

    private static Replication replication(Call call) {
        return call.node().service(Replication.class);
    }

    private static ReplicaPeer peer(Call call) {
        Session session = call.session();
        if (session.replicaPeer() == null) {
            session.replicaPeer(new ReplicaPeer(
                    replication(call).primary(), session.connection().asReplica()));
        }
        return session.replicaPeer();
    }

    // REPLICAOF host port | NO ONE
    private static void replicaof(Call call) {
        Node node = call.node();
        if (node.isClustered()) {
            throw new CommandError("ERR REPLICAOF not allowed in cluster mode.");
        }
        Arguments args = call.args();
        Replication replication = replication(call);
        if (args.is(1, "no") && args.is(2, "one")) {
            node.config().note(Parameters.REPLICAOF, PrimaryAddress.NONE);
            answerAfter(call, replication.promote().thenRun(() -> node.replica(false)), "OK");
            return;
        }
        if (call.session().kind() == Session.Kind.REPLICA) {
            throw new CommandError("ERR Command is not valid when client is a replica.");
        }
        CommandError badPort = new CommandError("ERR Invalid master port");
        int port = (int) call.integer(2, 0, 65_535, badPort);
        String host = args.text(1);
        if (host.equalsIgnoreCase(replication.primaryHost()) && port == replication.primaryPort()) {
            call.reply().simple("OK Already connected to specified master");
            return;
        }
        node.config().note(Parameters.REPLICAOF, new PrimaryAddress(host, port));
        node.replica(true);
        answerAfter(call, replication.follow(host, port), "OK");
    }

    /** The role changes on another thread; the connection goes on, and is answered, once it has. */
    private static void answerAfter(Call call, CompletableFuture<Void> change, String answer) {
        if (!call.maySuspend()) {
            call.reply().simple(answer);
            return;
        }
        Suspension suspension = call.suspend(0, null, null);
        var unused = change.thenRun(() ->
                suspension.end(Suspension.Outcome.SERVED, done -> done.reply().simple(answer)));
    }

    // PSYNC replicationid offset
    private static void psync(Call call) {
        Arguments args = call.args();
        CommandError badOffset = new CommandError("ERR value is not an integer or out of range");
        long offset = call.integer(2, badOffset);
        if (!begin(call)) {
            return;
        }
        replication(call).primary().psync(peer(call), args.text(1), offset);
    }

    // SYNC
    private static void sync(Call call) {
        if (begin(call)) {
            replication(call).primary().sync(peer(call));
        }
    }

    /** Makes the connection a replica's; false when it is one already, or this node cannot serve one now. */
    private static boolean begin(Call call) {
        if (call.session().kind() == Session.Kind.REPLICA) {
            return false;
        }
        String refusal = replication(call).refusesSync();
        if (refusal != null) {
            throw new CommandError(refusal.substring(1));
        }
        if (!call.node().servesReplicas()) {
            throw new CommandError("NOMASTERLINK Can't SYNC while the cluster has not accepted this node's data");
        }
        call.session().kind(Session.Kind.REPLICA);
        return true;
    }

    // REPLCONF option value [option value ...]
    private static void replconf(Call call) {
        String line = peer(call).replconf(call.args());
        if (line != null) {
            byte[] bytes = (line + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
            call.reply().raw(bytes, 0, bytes.length);
        }
    }

    // WAIT numreplicas timeout
    private static void await(Call call) {
        if (call.node().isReplica()) {
            throw new CommandError(
                    "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if"
                            + " a replica is configured to be writable (which is not the default) writes to replicas are just"
                            + " local and are not propagated.");
        }
        long wanted = call.integer(1);
        long timeoutMs = call.integer(2, new CommandError("ERR timeout is not an integer or out of range"));
        if (timeoutMs < 0) {
            throw new CommandError("ERR timeout is negative");
        }
        Primary primary = replication(call).primary();
        long offset = call.session().writtenOffset();
        int now = primary.acknowledged(offset);
        if (now >= wanted || !call.maySuspend()) {
            call.reply().integer(now);
            return;
        }
        Runnable[] task = new Runnable[1];
        Suspension suspension = call.suspend(
                timeoutMs, done -> done.reply().integer(primary.acknowledged(offset)), () -> primary.forget(task[0]));
        suspension.endWithRole();
        task[0] = () ->
                suspension.end(Suspension.Outcome.SERVED, done -> done.reply().integer(primary.acknowledged(offset)));
        int count = (int) Math.min(wanted, Integer.MAX_VALUE);
        if (!primary.whenAcknowledged(offset, count, task[0])) {
            task[0].run();
        }
    }
}
