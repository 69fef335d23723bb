package io.kdb.cluster.topology;

import static io.kdb.cluster.topology.TestNodes.founded;
import static io.kdb.cluster.topology.TestNodes.id;
import static io.kdb.cluster.topology.TestNodes.joiner;
import static io.kdb.cluster.topology.TestNodes.meet;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kdb.cluster.topology.ClusterRecord.AddSlots;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.NodeUpdate;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The expected texts were taken from real Redis 7.0.15 nodes, ids and ports exchanged. */
class ClusterTextTest {
    private static final ClusterText.Links LINKS = new ClusterText.Links() {
        @Override
        public long pingSentMs(String node) {
            return node.equals(id(3)) ? 1795363484051L : 0;
        }

        @Override
        public long pongReceivedMs(String node) {
            return 1795363480332L;
        }

        @Override
        public boolean connected(String node) {
            return !node.equals(id(3));
        }
    };

    private final ClusterState state = founded(1);

    {
        state.apply(meet(joiner(2)));
        state.apply(meet(joiner(3)));
        state.apply(meet(joiner(4)));
        state.apply(new AddSlots(id(1), SlotSet.range(0, 5460), false));
        state.apply(new AddSlots(id(3), SlotSet.range(10923, 16383), false));
        state.apply(new Replicate(id(4), id(1)));
        NodeProfile named =
                new NodeProfile(new NodeAddress("10.0.0.1", 7001, 17001, "h1.example"), "host1", "", "0.1.0", 1, false);
        state.apply(new NodeUpdate(id(1), named));
        state.apply(new MarkFailed(id(3), 5));
    }

    @Test
    void nodesLinesAreThoseOfRedis() {
        ClusterText.Marks marks = new ClusterText.Marks(new TreeMap<>(Map.of(5, id(2))), new TreeMap<>());
        ClusterText.Handshake meeting = new ClusterText.Handshake(id(9), new NodeAddress("10.0.0.9", 7009, 17009, ""));
        assertEquals(
                id(1) + " 10.0.0.1:7001@17001,h1.example myself,master - 0 1795363480332 0 connected 0-5460 [5->-"
                        + id(2)
                        + "]\n"
                        + id(2) + " 10.0.0.1:7002@17002 master - 0 1795363480332 1 connected\n"
                        + id(3)
                        + " 10.0.0.1:7003@17003 master,fail - 1795363484051 1795363480332 2 disconnected 10923-16383\n"
                        + id(4) + " 10.0.0.1:7004@17004 slave " + id(1) + " 0 1795363480332 0 connected\n"
                        + id(9) + " 10.0.0.9:7009@17009 handshake - 0 1795363480332 0 disconnected\n",
                ClusterText.nodes(state.view(id(1)), List.of(meeting), LINKS, marks));
    }

    @Test
    void importsAreShownByTheImportingNodeOnly() {
        ClusterText.Marks marks = new ClusterText.Marks(new TreeMap<>(), new TreeMap<>(Map.of(5, id(1))));
        ClusterView view = state.view(id(2));
        assertEquals(
                id(2) + " 10.0.0.1:7002@17002 myself,master - 0 1795363480332 1 connected [5-<-" + id(1) + "]",
                ClusterText.node(view, view.myself(), LINKS, marks));
        assertEquals(
                id(4) + " 10.0.0.1:7004@17004 slave " + id(1) + " 0 1795363480332 0 connected",
                ClusterText.node(view, view.node(id(4)), LINKS, marks));
    }

    @Test
    void infoHasTheFieldsOfRedis() {
        assertEquals(
                "cluster_state:fail\r\ncluster_slots_assigned:10922\r\ncluster_slots_ok:5461\r\n"
                        + "cluster_slots_pfail:0\r\ncluster_slots_fail:5461\r\ncluster_known_nodes:4\r\ncluster_size:2\r\n"
                        + "cluster_current_epoch:3\r\ncluster_my_epoch:0\r\ncluster_stats_messages_sent:25\r\n"
                        + "cluster_stats_messages_received:22\r\ntotal_cluster_links_buffer_limit_exceeded:0\r\n",
                ClusterText.info(state.view(id(4)), false, 25, 22));
    }

    @Test
    void slotsRowsAreAscendingAndWithoutFailedReplicas() {
        ClusterView view = state.view(id(1));
        assertEquals(
                List.of(
                        new ClusterTables.SlotsRow(0, 5460, List.of(view.node(id(1)), view.node(id(4)))),
                        new ClusterTables.SlotsRow(10923, 16383, List.of(view.node(id(3))))),
                ClusterTables.slots(view));
        state.apply(new MarkFailed(id(4), 5));
        assertEquals(1, ClusterTables.slots(state.view(id(1))).get(0).nodes().size());
    }

    @Test
    void shardsShowEveryPrimaryAlsoWithoutSlots() {
        ClusterView view = state.view(id(1));
        assertEquals(
                List.of(
                        new ClusterTables.ShardRow(
                                List.of(new SlotSet.Range(0, 5460)), List.of(view.node(id(1)), view.node(id(4)))),
                        new ClusterTables.ShardRow(List.of(), List.of(view.node(id(2)))),
                        new ClusterTables.ShardRow(
                                List.of(new SlotSet.Range(10923, 16383)), List.of(view.node(id(3))))),
                ClusterTables.shards(view));
        assertEquals("fail", ClusterTables.health(view.node(id(3)), 7));
        assertEquals("loading", ClusterTables.health(view.node(id(4)), 0));
        assertEquals("online", ClusterTables.health(view.node(id(1)), 0));
    }
}
