package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;

/**
 * The one ordered list of questions between a decoded request and its execution, in the order of Redis 7.0's
 * processCommand. The order is behaviour: an unknown command is told so before NOAUTH, a MOVED comes before OOM. Owner:
 * its event loop.
 */
final class Gates {
    private final Node node;
    private final KeyPositions keys;
    private final KeyName probe = new KeyName();
    private boolean redirected;
    private boolean held;
    private long releasesSeen;

    Gates(Node node, KeyPositions keys) {
        this.node = node;
        this.keys = keys;
    }

    /** Null when the command may go on; else the error line. {@code found} is the row of argument 0, or null. */
    CommandError refuse(Call call, CommandSpec found, CommandSpec spec, Arguments args) {
        Session session = call.session();
        redirected = false;
        held = false;
        // known, arity
        if (spec == null) {
            return unknown(found, args);
        }
        if (!spec.accepts(args.count())) {
            return Errors.wrongArity(spec);
        }
        if (spec.isContainer() && spec.function() == null) {
            return Errors.wrongArity(spec);
        }
        ServerConfig config = node.config();
        // protected
        if (spec.has(CommandFlag.PROTECTED) && !node.allowsProtected(session, spec)) {
            return new CommandError("ERR " + spec.parentOrSelf().name().toUpperCase(java.util.Locale.ROOT)
                    + " command not allowed. If the enable-debug-command option is set to \"local\", you can run it from"
                    + " a local connection, otherwise you need to set this option in the configuration file, and then"
                    + " restart the server.");
        }
        // auth
        if (!session.authenticated() && !spec.has(CommandFlag.NO_AUTH) && !session.isObeyed()) {
            return Errors.NO_AUTH;
        }
        boolean queued = session.transaction != null && !spec.has(CommandFlag.RUNS_IN_MULTI);
        // allowed in MULTI
        if (session.transaction != null && spec.has(CommandFlag.NO_MULTI)) {
            return Errors.NOT_IN_MULTI;
        }
        if (session.isObeyed()) {
            return null;
        }
        boolean isExec = spec == node.execSpec() && session.transaction != null;
        int union = spec.flagBits() | (isExec ? session.transaction.flagUnion : 0);
        int every = spec.flagBits() & (isExec ? session.transaction.flagIntersection : -1);
        boolean writes = (union & CommandFlag.WRITE.bit()) != 0;
        // ACL: a later issue; its place is here
        // held: before route, since the view may already name an owner that does not know it yet
        if (node.hold().isActive() && isHeld(session, spec, args, isExec)) {
            held = true;
            return null;
        }
        // route
        ClusterRouter router = node.router();
        if (router != null && (!spec.keySpecs().isEmpty() || isExec)) {
            CommandError redirect = isExec ? routeQueue(call, router) : route(call, router, spec, args);
            if (redirect != null) {
                redirected = true;
                return redirect;
            }
        }
        // memory
        if (node.memory().isLimited()) {
            boolean needs = (union & CommandFlag.DENYOOM.bit()) != 0 || queued;
            if (!node.memory().makeRoom() && needs) {
                return Errors.OUT_OF_MEMORY;
            }
        }
        // disk error
        if ((writes || spec.name().equals("ping")) && node.persistence().refusesWrites() && !node.isReplica()) {
            return Errors.DISK_WRITE;
        }
        // enough replicas
        if (writes
                && config.get(Parameters.MIN_REPLICAS_TO_WRITE) > 0
                && !node.isReplica()
                && !node.replication().hasEnoughReplicas()) {
            return Errors.NO_REPLICAS;
        }
        // read-only replica
        if (writes && node.isReplica() && config.get(Parameters.REPLICA_READ_ONLY)) {
            return Errors.READ_ONLY;
        }
        // pub/sub context
        if (session.isSubscriberContext() && !spec.has(CommandFlag.WHILE_SUBSCRIBED)) {
            return Errors.notWhileSubscribed(spec);
        }
        // stale data
        if (node.isReplica()
                && (every & CommandFlag.STALE.bit()) == 0
                && !config.get(Parameters.REPLICA_SERVE_STALE_DATA)
                && !node.replication().isLinkUp()) {
            return Errors.MASTER_DOWN;
        }
        // loading
        if ((node.isLoading() || node.isStarting()) && (every & CommandFlag.LOADING.bit()) == 0) {
            return Errors.LOADING;
        }
        // replica's connection
        if ((session.kind() == Session.Kind.REPLICA || session.isMonitor())
                && (union & (CommandFlag.WRITE.bit() | CommandFlag.READONLY.bit() | CommandFlag.MAY_REPLICATE.bit()))
                        != 0) {
            return Errors.REPLICA_CONNECTION;
        }
        return null;
    }

    /** Whether the last refusal came from the cluster: an EXEC so refused answers it as it is. */
    boolean wasRedirected() {
        return redirected;
    }

    /** Whether the last command, which was not refused, waits for its keys; see {@link KeyHold}. */
    boolean isHeld() {
        return held;
    }

    /** What {@link KeyHold#add} asks for. */
    long releasesSeen() {
        return releasesSeen;
    }

    private boolean isHeld(Session session, CommandSpec spec, Arguments args, boolean isExec) {
        KeyHold hold = node.hold();
        if (session.kind() == Session.Kind.REPLICA) {
            return false;
        }
        releasesSeen = hold.releases();
        if (!isExec) {
            return hold.holds(spec, args, keys, probe);
        }
        Transaction tx = session.transaction;
        for (int i = 0; i < tx.size(); i++) {
            if (hold.holds(tx.commands.get(i), tx.arguments.get(i), keys, probe)) {
                return true;
            }
        }
        return false;
    }

    private CommandError route(Call call, ClusterRouter router, CommandSpec spec, Arguments args) {
        // Positions that cannot be told are the command's own error.
        return keys.collectRouted(spec, args) ? router.route(call, spec, args, keys) : null;
    }

    /** All keys of a transaction must be in one slot, and that slot here. */
    private CommandError routeQueue(Call call, ClusterRouter router) {
        Transaction tx = call.session().transaction;
        int slot = -1;
        for (int i = 0; i < tx.size(); i++) {
            Arguments args = tx.arguments.get(i);
            if (!keys.collectRouted(tx.commands.get(i), args) || keys.count() == 0) {
                continue;
            }
            int here = router.slot(args, keys.at(0));
            if (slot >= 0 && here != slot) {
                return Errors.CROSS_SLOT;
            }
            slot = here;
            CommandError redirect = router.route(call, tx.commands.get(i), args, keys);
            if (redirect != null) {
                return redirect;
            }
        }
        return null;
    }

    /** Whether CLIENT PAUSE holds this command back. */
    boolean postpones(Session session, CommandSpec spec) {
        ClientPause pause = node.pause();
        if (pause.mode() == ClientPause.Mode.OFF
                || session.kind() == Session.Kind.REPLICA
                || session.isObeyed()
                || session.transaction != null && !spec.has(CommandFlag.RUNS_IN_MULTI)) {
            return false;
        }
        int union = spec == node.execSpec() && session.transaction != null ? session.transaction.flagUnion : 0;
        return pause.holds(spec, union);
    }

    /** Whether a write has to wait because a snapshot's set-aside limit is passed. */
    boolean awaitsSnapshot(Session session, CommandSpec spec) {
        if (!node.keyspace().writersMustWait() || session.isObeyed()) {
            return false;
        }
        int union = spec.flagBits()
                | (spec == node.execSpec() && session.transaction != null ? session.transaction.flagUnion : 0);
        boolean queued = session.transaction != null && !spec.has(CommandFlag.RUNS_IN_MULTI);
        return !queued && (union & CommandFlag.WRITE.bit()) != 0;
    }

    private static CommandError unknown(CommandSpec container, Arguments args) {
        if (container != null) {
            return Errors.unknownSubcommand(args.text(1), container.name());
        }
        StringBuilder shown = new StringBuilder();
        for (int i = 1; i < args.count() && shown.length() < 128; i++) {
            shown.append('\'')
                    .append(Errors.clip(args.text(i), 128 - shown.length()))
                    .append("' ");
        }
        return new CommandError(
                "ERR unknown command '" + Errors.clip(args.text(0), 128) + "', with args beginning with: " + shown);
    }
}
