package io.kdb.cluster.topology;

/** Nodes with readable ids for tests: node n of a cluster is {@code 000...n}. Stateless. */
public final class TestNodes {
    public static final String CLUSTER = id(999_999);

    private TestNodes() {}

    public static String id(int n) {
        return String.format("%040x", n);
    }

    public static NodeProfile profile(int n, String host, String zone) {
        return new NodeProfile(new NodeAddress("10.0.0.1", 7000 + n, 17000 + n, ""), host, zone, "0.1.0", 1, false);
    }

    public static Joiner joiner(int n) {
        return joiner(n, "host" + n, "", SlotSet.EMPTY, SlotSet.EMPTY);
    }

    public static Joiner joiner(int n, String host, String zone, SlotSet claimed, SlotSet keyed) {
        return new Joiner(id(n), profile(n, host, zone), id(n + 1_000_000), 0, 1, claimed, keyed);
    }

    public static ClusterState founded(int n) {
        ClusterState state = new ClusterState();
        state.apply(new ClusterRecord.Found(CLUSTER, joiner(n), 0));
        return state;
    }

    public static ClusterRecord.NodeJoin meet(Joiner joiner) {
        return new ClusterRecord.NodeJoin(CLUSTER, joiner, 1, ClusterRecord.Via.MEET, 0);
    }

    public static ClusterRecord.NodeJoin join(Joiner joiner) {
        return new ClusterRecord.NodeJoin(CLUSTER, joiner, 1, ClusterRecord.Via.JOIN, 0);
    }
}
