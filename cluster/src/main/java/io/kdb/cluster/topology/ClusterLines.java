package io.kdb.cluster.topology;

import java.util.Locale;

/** The lines that refused records answer with: Redis' where it has one. Stateless. */
public final class ClusterLines {
    public static final String FORGET_MYSELF = "ERR I tried hard but I can't forget myself...";
    public static final String FORGET_PRIMARY = "ERR Can't forget my master!";
    public static final String REPLICATE_MYSELF = "ERR Can't replicate myself";
    public static final String REPLICATE_REPLICA = "ERR I can only replicate a master, not a replica.";
    public static final String REPLICATE_NOT_EMPTY =
            "ERR To set a master the node must be empty and without assigned slots.";
    public static final String TARGET_NOT_PRIMARY = "ERR Target node is not a master";
    public static final String EPOCH_NOT_ALONE =
            "ERR The user can assign a config epoch only when the node does not know any other node.";
    public static final String EPOCH_NOT_ZERO = "ERR Node config epoch is already non-zero";
    public static final String FAILOVER_NOT_REPLICA = "ERR You should send CLUSTER FAILOVER to a replica";
    public static final String FAILOVER_NO_PRIMARY = "ERR I'm a replica but my master is unknown to me";
    public static final String FAILOVER_PRIMARY_DOWN =
            "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE";
    public static final String PLACED_BY_ITSELF = "ERR The cluster places its slots by itself (placement mode auto): "
            + "run 'kdb cluster placement manual' first";
    public static final String LEAVE_NEEDS_AUTO =
            "ERR In placement mode manual move the slots away yourself, then use CLUSTER FORGET";
    public static final String MODE_NONE = "ERR The placement mode can be auto or manual";
    public static final String TWO_CLUSTERS =
            "ERR Both nodes belong to a cluster of several nodes already: only a lone node can join";
    public static final String WRONG_CLUSTER = "ERR The join names another cluster";
    public static final String NOT_FOUNDED = "ERR The cluster is not founded yet";
    public static final String FOUNDED = "ERR The cluster is founded already";
    public static final String TOO_MANY_NODES = "ERR The cluster has as many nodes as it can hold";
    public static final String NO_SUCH_MOVE = "ERR This slot move has ended";
    public static final String STALE_EPOCH = "ERR The config epoch has changed since";
    public static final String NOT_ITS_REPLICA = "ERR The node is no replica of this primary";
    public static final String ONLY_PRIMARIES_OWN = "ERR Slots can be given to masters only";

    private ClusterLines() {}

    public static String unknownNode(String id) {
        return "ERR Unknown node " + id;
    }

    public static String slotBusy(int slot) {
        return "ERR Slot " + slot + " is already busy";
    }

    public static String slotUnassigned(int slot) {
        return "ERR Slot " + slot + " is already unassigned";
    }

    static String claimed(int slot) {
        return "ERR Slot " + slot + " is served by the cluster, but the joining node claims it too";
    }

    static String keyed(int slot) {
        return "ERR Slot " + slot + " is served by the cluster, but the joining node holds keys of it";
    }

    static String forgetOwner(ClusterNode node) {
        return "ERR Node " + node.id() + " owns slots: run 'kdb cluster leave "
                + node.address().hostPort() + "' first";
    }

    static String notOwner(int slot, String id) {
        return "ERR Slot " + slot + " does not belong to node " + id;
    }

    static String moving(int slot) {
        return "ERR Slot " + slot + " is on the move already";
    }

    static String outOfRange(String name, long value, long max) {
        return String.format(Locale.ROOT, "ERR %s: %d (expected: 0-%d)", name, value, max);
    }
}
