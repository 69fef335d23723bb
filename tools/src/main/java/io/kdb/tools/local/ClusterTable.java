package io.kdb.tools.local;

import io.kdb.tools.client.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The table of nodes that {@code up} and {@code status} print. Stateless. */
public final class ClusterTable {
    /** More ranges than this are shown as a count only. */
    private static final int RANGES_SHOWN = 3;

    private static final List<String> HEAD = List.of("address", "role", "slots", "primary", "pid");

    private ClusterTable() {}

    /** The lines of the table, the head first. */
    public static List<String> lines(LocalCluster cluster, Map<Address, NodeReport> reports) throws IOException {
        List<List<String>> rows = new ArrayList<>(List.of(HEAD));
        for (NodeProcess node : cluster.nodes()) {
            Optional<ProcessHandle> process = node.running();
            String pid = process.map(handle -> Long.toString(handle.pid())).orElse("-");
            rows.add(row(node.address(), reports.get(node.address()), pid));
        }
        return align(rows);
    }

    static List<String> row(Address address, NodeReport report, String pid) {
        if (report == null) {
            return List.of(address.toString(), pid.equals("-") ? "stopped" : "silent", "-", "-", pid);
        }
        Map<String, Address> addresses = new HashMap<>();
        report.nodes().forEach(node -> addresses.put(node.id(), node.address()));
        Optional<ClusterNode> self =
                report.nodes().stream().filter(ClusterNode::isMyself).findFirst();
        if (self.isEmpty()) {
            return List.of(address.toString(), "unknown", "-", "-", pid);
        }
        Address primary = addresses.get(self.get().primaryId());
        return List.of(
                address.toString(),
                self.get().isPrimary() ? "primary" : "replica",
                slots(self.get()),
                primary == null ? "-" : primary.toString(),
                pid);
    }

    private static String slots(ClusterNode node) {
        if (node.slots().isEmpty()) {
            return "-";
        }
        if (node.slots().size() > RANGES_SHOWN) {
            return Integer.toString(node.slotCount());
        }
        return node.slotCount() + " ("
                + node.slots().stream().map(Object::toString).collect(Collectors.joining(" ")) + ")";
    }

    private static List<String> align(List<List<String>> rows) {
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
