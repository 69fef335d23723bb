package io.kdb.server.cluster;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.Slot;
import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.ClusterRouter;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFlag;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyPositions;
import io.kdb.server.dispatch.Session;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.Segment;

/**
 * Routes commands by the committed view and this node's marks, in the order of checks of Redis' getNodeByQuery. Thread-safe.
 *
 * <p>Note: a primary answers for its slots only while its lease runs; else the cluster is down for them, whatever this
 * node's view says, since another may own them by now.
 */
final class ViewRouter implements ClusterRouter {
    static final CommandError NOT_SERVED = new CommandError("CLUSTERDOWN Hash slot not served");
    static final CommandError DOWN = new CommandError("CLUSTERDOWN The cluster is down");
    static final CommandError DOWN_READ_ONLY =
            new CommandError("CLUSTERDOWN The cluster is down and only accepts read commands");
    static final CommandError TRY_AGAIN = new CommandError("TRYAGAIN Multiple keys request during rehashing of slot");

    private final ClusterRuntime cluster;
    private final Keyspace keyspace;
    private final ServerConfig config;
    private final HealthDriver health;

    ViewRouter(ClusterRuntime cluster, HealthDriver health) {
        this.cluster = cluster;
        this.keyspace = cluster.node().keyspace();
        this.config = cluster.node().config();
        this.health = health;
    }

    /** cluster_state: every slot has a live owner, and this node is in touch. */
    boolean isUp(long nanos, long wallMs) {
        ClusterNode me = cluster.view().myself();
        boolean served = me != null && me.isPrimary() && cluster.view().slotCount(me.id()) > 0;
        return (served ? health.leaseRuns(nanos, wallMs) : health.inTouch())
                && (!config.get(Parameters.CLUSTER_REQUIRE_FULL_COVERAGE)
                        || cluster.view().coversAllSlots());
    }

    @Override
    public CommandError route(Call call, CommandSpec command, Arguments args, KeyPositions keys) {
        if (keys.count() == 0) {
            return null;
        }
        int slot = slotOf(args, keys.at(0));
        ClusterView view = cluster.view();
        ClusterNode owner = view.owner(slot);
        if (owner == null) {
            return NOT_SERVED;
        }
        for (int i = 1; i < keys.count(); i++) {
            if (slotOf(args, keys.at(i)) != slot) {
                return Errors.CROSS_SLOT;
            }
        }
        boolean writes = command.has(CommandFlag.WRITE);
        boolean channels = command.has(CommandFlag.PUBSUB);
        if (!isUp(call.nanos(), call.nowMs())) {
            boolean served = channels
                    ? config.get(Parameters.CLUSTER_ALLOW_PUBSUBSHARD_WHEN_DOWN)
                    : config.get(Parameters.CLUSTER_ALLOW_READS_WHEN_DOWN);
            if (!served) {
                return DOWN;
            }
            if (writes) {
                return DOWN_READ_ONLY;
            }
        }
        Session session = call.session();
        boolean mine = view.isMyself(owner);
        String migratingTo =
                mine && !cluster.migrating().isEmpty() ? cluster.migrating().get(slot) : null;
        boolean importing =
                !mine && !cluster.importing().isEmpty() && cluster.importing().containsKey(slot);
        if (migratingTo != null || importing) {
            if (command.name().equals("migrate")) {
                return null;
            }
            int missing = channels ? 0 : missing(args, keys, slot);
            if (migratingTo != null && missing > 0) {
                return missing < keys.count() ? TRY_AGAIN : redirect("ASK", slot, view.node(migratingTo), session);
            }
            if (importing && (session.asking() || command.has(CommandFlag.ASKING))) {
                return keys.count() > 1 && missing > 0 ? TRY_AGAIN : null;
            }
        }
        if (mine) {
            return null;
        }
        boolean reads = session.readOnly() && !writes && !command.has(CommandFlag.MAY_REPLICATE);
        if ((reads || channels) && view.iReplicate(slot)) {
            return null;
        }
        return redirect("MOVED", slot, owner, session);
    }

    @Override
    public CommandError redirectWaiting(Session session, CommandSpec command, byte[] key, long nanos, long nowMs) {
        int slot = Slot.of(key, 0, key.length);
        ClusterView view = cluster.view();
        ClusterNode owner = view.owner(slot);
        if (!isUp(nanos, nowMs)) {
            return DOWN;
        }
        boolean reads = !command.has(CommandFlag.WRITE) && session.readOnly() && view.iReplicate(slot);
        if (view.isMyself(owner) || reads || cluster.importing().containsKey(slot)) {
            return null;
        }
        return owner == null ? NOT_SERVED : redirect("MOVED", slot, owner, session);
    }

    private static int slotOf(Arguments args, int arg) {
        return Slot.of(args.array(arg), args.offset(arg), args.length(arg));
    }

    @Override
    public int slot(Arguments args, int arg) {
        return slotOf(args, arg);
    }

    private int missing(Arguments args, KeyPositions keys, int slot) {
        Segment segment = keyspace.segment(slot, 0);
        boolean locked = segment.enter();
        try {
            KeyTable table = keyspace.table(0, slot, 0);
            int missing = 0;
            for (int i = 0; i < keys.count(); i++) {
                int arg = keys.at(i);
                long hash = KeyHash.hash(args.array(arg), args.offset(arg), args.length(arg));
                long ref = table.find(args.array(arg), args.offset(arg), args.length(arg), hash);
                if (ref == 0 || table.isExpired(ref, System.currentTimeMillis())) {
                    missing++;
                }
            }
            return missing;
        } finally {
            if (locked) {
                segment.unlock();
            }
        }
    }

    private CommandError redirect(String word, int slot, ClusterNode to, Session session) {
        if (to == null) {
            return NOT_SERVED;
        }
        return new CommandError(word + " " + slot + " " + Endpoint.of(to, config) + ":"
                + to.address().port());
    }
}
