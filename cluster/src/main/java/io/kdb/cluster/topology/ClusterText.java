package io.kdb.cluster.topology;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The texts of CLUSTER NODES, REPLICAS and INFO, byte for byte those of Redis 7.0.15. Stateless.
 *
 * @see <a href="https://redis.io/docs/latest/commands/cluster-nodes/">CLUSTER NODES</a>
 */
public final class ClusterText {
    /** What this node knows of its connections to the others. */
    public interface Links {
        /** When the ping was sent that is not answered yet, in Unix ms, or 0. */
        long pingSentMs(String id);

        /** When the node was last heard, in Unix ms, or 0. */
        long pongReceivedMs(String id);

        boolean connected(String id);
    }

    /** A node that MEET was told of and that has not answered yet, under a random id. */
    public record Handshake(String id, NodeAddress address) {}

    /** The slots that SETSLOT marked on this node: slot to the other node's id. */
    public record Marks(SortedMap<Integer, String> migrating, SortedMap<Integer, String> importing) {}

    private ClusterText() {}

    /** CLUSTER NODES: a line for each node, each ended by a line feed. */
    public static String nodes(ClusterView view, List<Handshake> handshakes, Links links, Marks marks) {
        StringBuilder text = new StringBuilder(view.nodes().size() * 128);
        for (ClusterNode node : view.nodes()) {
            node(text, view, node, links, marks);
            text.append('\n');
        }
        for (Handshake handshake : handshakes) {
            place(text, handshake.id(), handshake.address());
            text.append(" handshake - ")
                    .append(links.pingSentMs(handshake.id()))
                    .append(' ')
                    .append(links.pongReceivedMs(handshake.id()))
                    .append(" 0 disconnected\n");
        }
        return text.toString();
    }

    /** One line of CLUSTER NODES or CLUSTER REPLICAS, without a line feed. */
    public static String node(ClusterView view, ClusterNode node, Links links, Marks marks) {
        StringBuilder text = new StringBuilder(128);
        node(text, view, node, links, marks);
        return text.toString();
    }

    private static void node(StringBuilder text, ClusterView view, ClusterNode node, Links links, Marks marks) {
        boolean mine = view.isMyself(node);
        place(text, node.id(), node.address());
        text.append(' ').append(mine ? "myself," : "").append(node.isPrimary() ? "master" : "slave");
        text.append(node.failed() ? ",fail" : "")
                .append(node.address().port() == 0 ? ",noaddr" : "")
                .append(node.profile().noFailover() ? ",nofailover" : "");
        text.append(' ').append(node.primaryId() == null ? "-" : node.primaryId());
        text.append(' ').append(mine ? 0 : links.pingSentMs(node.id()));
        text.append(' ').append(links.pongReceivedMs(node.id()));
        text.append(' ').append(view.epochOf(node));
        text.append(mine || links.connected(node.id()) ? " connected" : " disconnected");
        for (SlotSet.Range range : view.slotsOf(node.id()).ranges()) {
            text.append(' ').append(range.first());
            if (range.last() > range.first()) {
                text.append('-').append(range.last());
            }
        }
        if (mine) {
            marks(text, marks.migrating(), "->-");
            marks(text, marks.importing(), "-<-");
        }
    }

    private static void place(StringBuilder text, String id, NodeAddress address) {
        text.append(id).append(' ').append(address.hostPort()).append('@').append(address.busPort());
        if (!address.hostname().isEmpty()) {
            text.append(',').append(address.hostname());
        }
    }

    private static void marks(StringBuilder text, SortedMap<Integer, String> marks, String arrow) {
        for (Map.Entry<Integer, String> mark : marks.entrySet()) {
            text.append(" [")
                    .append(mark.getKey())
                    .append(arrow)
                    .append(mark.getValue())
                    .append(']');
        }
    }

    /**
     * CLUSTER INFO.
     *
     * @param ok cluster_state, see {@link #isOk}
     * @param messagesSent frames on the cluster port, both ways
     */
    public static String info(ClusterView view, boolean ok, long messagesSent, long messagesReceived) {
        ClusterNode me = view.myself();
        return "cluster_state:" + (ok ? "ok" : "fail")
                + "\r\ncluster_slots_assigned:" + view.slotsAssigned()
                + "\r\ncluster_slots_ok:" + (view.slotsAssigned() - view.slotsFailed())
                + "\r\ncluster_slots_pfail:0"
                + "\r\ncluster_slots_fail:" + view.slotsFailed()
                + "\r\ncluster_known_nodes:" + view.nodes().size()
                + "\r\ncluster_size:" + view.size()
                + "\r\ncluster_current_epoch:" + view.currentEpoch()
                + "\r\ncluster_my_epoch:" + (me == null ? 0 : view.epochOf(me))
                + "\r\ncluster_stats_messages_sent:" + messagesSent
                + "\r\ncluster_stats_messages_received:" + messagesReceived
                + "\r\ntotal_cluster_links_buffer_limit_exceeded:0\r\n";
    }

    /**
     * The rule of cluster_state.
     *
     * @param requireFullCoverage cluster-require-full-coverage
     * @param inTouch this node is on the majority's side: a primary with slots holds its lease; any other heard the
     *     control plane within the node timeout
     */
    public static boolean isOk(ClusterView view, boolean requireFullCoverage, boolean inTouch) {
        return inTouch && (!requireFullCoverage || view.coversAllSlots());
    }
}
