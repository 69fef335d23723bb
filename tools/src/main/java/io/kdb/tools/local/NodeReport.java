package io.kdb.tools.local;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one node said about itself and its cluster. Immutable. */
public record NodeReport(
        Address address, Map<String, String> clusterInfo, List<ClusterNode> nodes, Map<String, String> info) {
    /** Asks the node; an exception says why it did not answer, or not as a cluster node does. */
    public static NodeReport ask(Address address, int timeoutMs) throws IOException {
        try (RespConnection connection = RespConnection.open(address, timeoutMs)) {
            Map<String, String> clusterInfo = fields(text(connection.call("CLUSTER", "INFO")));
            List<ClusterNode> nodes = ClusterNode.parseAll(text(connection.call("CLUSTER", "NODES")));
            Map<String, String> info = fields(text(connection.call("INFO")));
            return new NodeReport(address, clusterInfo, nodes, info);
        } catch (IllegalArgumentException e) {
            throw new IOException(address + ": " + e.getMessage(), e);
        }
    }

    /** The lines {@code name:value} of an INFO-like text. */
    static Map<String, String> fields(String text) {
        Map<String, String> fields = new HashMap<>();
        for (String line : text.split("\r?\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.charAt(0) != '#') {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return Map.copyOf(fields);
    }

    private static String text(Reply reply) throws IOException {
        if (reply instanceof Reply.Failure failure) {
            throw new IOException(failure.text());
        }
        return reply.text();
    }
}
