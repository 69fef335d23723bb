package io.kdb.server.cluster;

import io.kdb.cluster.topology.Joiner;
import io.kdb.cluster.topology.NodeAddress;
import io.kdb.cluster.topology.NodeId;
import io.kdb.cluster.topology.NodeProfile;
import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.store.Database;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * How this node describes itself to the others: address, host, zone, weight. Thread-safe.
 *
 * <p>The address is what cluster-announce-ip says, else the one bound to, else the local address of the socket by which the
 * node joined; never a lookup of the host's name.
 */
public final class MyProfile {
    static final String VERSION = "0.1.0";
    static final int BUS_PORT_OFFSET = 10_000;

    private final ServerConfig config;
    private final int port;
    private volatile String learnedIp = "";
    private volatile long configEpoch;

    MyProfile(ServerConfig config, int port) {
        this.config = config;
        this.port = port;
    }

    /** The client port listened on. */
    public int port() {
        return port;
    }

    /** The cluster port listened on. */
    public int busPort() {
        int configured = (int) config.get(Parameters.CLUSTER_PORT);
        return configured != 0 ? configured : port + BUS_PORT_OFFSET;
    }

    int announcedBusPort() {
        int announced = (int) config.get(Parameters.CLUSTER_ANNOUNCE_BUS_PORT);
        return announced != 0 ? announced : busPort();
    }

    /** Null when the others are to use the address they see. */
    String announcedIp() {
        String ip = ip();
        return ip.isEmpty() ? null : ip;
    }

    String secret() {
        String auth = config.get(Parameters.MASTERAUTH);
        String password = config.get(Parameters.REQUIREPASS);
        return !auth.isEmpty() ? auth : !password.isEmpty() ? password : null;
    }

    /** What a join told this node about its own address. */
    void learnIp(String ip) {
        learnedIp = ip;
    }

    private String ip() {
        String announced = config.get(Parameters.CLUSTER_ANNOUNCE_IP);
        if (!announced.isEmpty()) {
            return announced;
        }
        for (String address : config.get(Parameters.BIND)) {
            if (!address.startsWith("-") && !address.equals("*") && !address.equals("0.0.0.0")) {
                return address;
            }
        }
        return learnedIp;
    }

    NodeProfile profile() {
        int announcedPort = (int) config.get(Parameters.CLUSTER_ANNOUNCE_PORT);
        NodeAddress address = new NodeAddress(
                ip(),
                announcedPort != 0 ? announcedPort : port,
                announcedBusPort(),
                config.get(Parameters.CLUSTER_ANNOUNCE_HOSTNAME));
        return new NodeProfile(
                address,
                machine(),
                config.get(Parameters.AVAILABILITY_ZONE),
                VERSION,
                (int) config.get(Parameters.CLUSTER_WEIGHT),
                config.get(Parameters.CLUSTER_REPLICA_NO_FAILOVER));
    }

    /** Names the machine: nodes with the same name share its fate. */
    private String machine() {
        String ip = ip();
        try {
            if (!ip.isEmpty() && InetAddress.getByName(ip).isLoopbackAddress()) {
                return "localhost";
            }
        } catch (UnknownHostException e) {
            return ip;
        }
        return ip;
    }

    Joiner joiner(ClusterRuntime cluster, SlotSet claimed) {
        String id = cluster.myId();
        return new Joiner(
                id,
                profile(),
                NodeId.derive(id, 1),
                configEpoch,
                cluster.plane().incarnation(),
                claimed,
                keyed(cluster.node().keyspace().database(0)));
    }

    public void configEpoch(long epoch) {
        configEpoch = epoch;
    }

    private static SlotSet keyed(Database database) {
        SlotSet.Builder slots = new SlotSet.Builder();
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            if (database.slotSize(slot) > 0) {
                slots.add(slot);
            }
        }
        return slots.build();
    }
}
