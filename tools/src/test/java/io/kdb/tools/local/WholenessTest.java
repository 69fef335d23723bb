package io.kdb.tools.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kdb.tools.client.Address;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WholenessTest {
    private static final ClusterLayout LAYOUT = new ClusterLayout(4, 1, 7000);
    private static final Map<String, String> OK = Map.of("cluster_state", "ok");
    private static final Map<String, String> PRIMARY = Map.of("role", "master");
    private static final Map<String, String> SYNCED =
            Map.of("role", "slave", "master_link_status", "up", "master_sync_in_progress", "0");

    private final Map<Address, NodeReport> reports = new HashMap<>();

    @BeforeEach
    void makeAWholeCluster() {
        for (int i = 0; i < 4; i++) {
            report(i, nodes(i, "0-8000", "8001-16383"), i < 2 ? PRIMARY : SYNCED);
        }
    }

    @Test
    void isWholeWhenEveryNodeSaysSo() {
        assertEquals(Optional.empty(), Wholeness.missing(LAYOUT, reports));
    }

    @Test
    void missesANodeThatDoesNotAnswer() {
        reports.remove(address(2));

        assertEquals(Optional.of("127.0.0.1:7002 does not answer yet"), Wholeness.missing(LAYOUT, reports));
    }

    @Test
    void missesASlot() {
        report(1, nodes(1, "0-8000", "8001-16382"), PRIMARY);

        assertEquals(
                Optional.of("127.0.0.1:7001 sees 16383 of 16384 slots served"), Wholeness.missing(LAYOUT, reports));
    }

    @Test
    void missesAReplicaInSync() {
        report(3, nodes(3, "0-8000", "8001-16383"), Map.of("role", "slave", "master_link_status", "down"));

        assertEquals(Optional.of("127.0.0.1:7003 is not in sync with its primary"), Wholeness.missing(LAYOUT, reports));
    }

    @Test
    void missesANodeThatAnotherSeesAsFailed() {
        report(0, nodes(0, "0-8000", "8001-16383").replace("slave n1", "slave,fail n1"), PRIMARY);

        assertEquals(Optional.of("127.0.0.1:7000 sees 127.0.0.1:7003 as failed"), Wholeness.missing(LAYOUT, reports));
    }

    @Test
    void missesAClusterThatIsDown() {
        Address first = address(0);
        NodeReport report = reports.get(first);
        reports.put(first, new NodeReport(first, Map.of("cluster_state", "fail"), report.nodes(), PRIMARY));

        assertEquals(Optional.of("127.0.0.1:7000 says cluster_state:fail"), Wholeness.missing(LAYOUT, reports));
    }

    @Test
    void missesAReplicaOfAPrimary() {
        report(0, nodes(0, "0-8000", "8001-16383").replace("slave n1", "slave n0"), PRIMARY);

        assertEquals(
                Optional.of("127.0.0.1:7000 sees a primary with fewer than 1 replicas"),
                Wholeness.missing(LAYOUT, reports));
    }

    @Test
    void readsMovingSlotsHostNamesAndSingleSlots() {
        ClusterNode node = ClusterNode.parse(
                "abc 10.0.0.1:7000@17000,host.example myself,master - 0 1 2 connected 5 7-9 [5->-def] [6-<-def]");

        assertEquals(new Address("10.0.0.1", 7000), node.address());
        assertEquals(4, node.slotCount());
        assertEquals("[5, 7-9]", node.slots().toString());
        assertEquals("", node.primaryId());
    }

    private void report(int i, String nodes, Map<String, String> info) {
        Address address = address(i);
        reports.put(address, new NodeReport(address, OK, ClusterNode.parseAll(nodes), info));
    }

    private static Address address(int i) {
        return new Address("127.0.0.1", 7000 + i);
    }

    /** CLUSTER NODES of two shards as node {@code self} gives it. */
    private static String nodes(int self, String firstSlots, String secondSlots) {
        List<String> roles = List.of("master -", "master -", "slave n0", "slave n1");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            String slots = i == 0 ? ' ' + firstSlots : i == 1 ? ' ' + secondSlots : "";
            lines.append("n%d 127.0.0.1:%d@%d %s%s 0 0 1 connected%s\n"
                    .formatted(i, 7000 + i, 17000 + i, i == self ? "myself," : "", roles.get(i), slots));
        }
        return lines.toString();
    }
}
