package io.kdb.cluster.topology;

/**
 * What a node says of itself when it joins and when its settings change. Immutable.
 *
 * @param host names the machine, so that a replica is not put beside its primary; the ip when nothing better is known
 * @param zone availability-zone, empty when not set
 * @param version kdb's version on that node
 * @param weight cluster-weight, 0 to 1000: its shard's share of the slots
 * @param noFailover cluster-replica-no-failover
 */
public record NodeProfile(
        NodeAddress address, String host, String zone, String version, int weight, boolean noFailover) {
    public static final int MAX_WEIGHT = 1000;

    public NodeProfile {
        if (weight < 0 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("weight: " + weight + " (expected: 0-" + MAX_WEIGHT + ")");
        }
    }

    public NodeProfile withAddress(NodeAddress changed) {
        return new NodeProfile(changed, host, zone, version, weight, noFailover);
    }

    public NodeProfile withWeight(int changed) {
        return new NodeProfile(address, host, zone, version, changed, noFailover);
    }
}
