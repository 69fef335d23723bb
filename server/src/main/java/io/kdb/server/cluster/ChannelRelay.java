package io.kdb.server.cluster;

import io.kdb.cluster.control.Bus;
import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.Slot;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Subscribing;
import io.kdb.server.pubsub.Relay;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pub/sub between nodes, over the cluster port: PUBLISH reaches every node, SPUBLISH those of the shard; and the end of
 * shard subscriptions whose slot has left. Thread-safe; what arrives is published on the bus thread.
 *
 * <p>A message travels in pieces: a byte of flags, then, in the first piece, the channel's length, then bytes of channel and
 * payload. The pieces of one message follow each other on one connection. As in Redis, a node that is away, or that does
 * not take what is sent, misses messages.
 */
final class ChannelRelay implements Relay {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelRelay.class);
    private static final int KIND = Bus.FIRST_KIND + 17;

    private static final int FIRST = 1;
    private static final int LAST = 2;
    private static final int SHARD = 4;
    private static final int HEAD_BYTES = 5;
    private static final int PIECE_BYTES = 1 << 20;
    /** Larger messages stay on this node; the bus keeps no more for a peer. */
    private static final long MAX_MESSAGE_BYTES = Bus.MAX_UNSENT_BYTES / 2;

    private final ClusterRuntime cluster;
    /** What has arrived of a message, by sender. Owner: the bus thread. */
    private final Map<String, Incoming> incoming = new HashMap<>();

    private boolean isLogged;

    ChannelRelay(ClusterRuntime cluster) {
        this.cluster = cluster;
        cluster.node().pubSub().relay(this);
        cluster.whenViewChanges((before, now) -> endStraySubscriptions(cluster.node(), now));
    }

    /** Once the bus is there; again for each new one. */
    void start() {
        cluster.bus().handler(KIND, this::received);
    }

    // ---- out --------------------------------------------------------------------------------------------------

    @Override
    public void publish(boolean shard, byte[] channel, byte[] payload) {
        List<String> peers = peers(shard);
        if (peers.isEmpty()) {
            return;
        }
        if ((long) channel.length + payload.length > MAX_MESSAGE_BYTES) {
            tooLarge(channel.length + (long) payload.length);
            return;
        }
        List<byte[]> pieces = pieces(shard, channel, payload);
        Bus bus = cluster.bus();
        if (pieces.size() == 1) {
            peers.forEach(peer -> bus.send(peer, KIND, pieces.get(0)));
            return;
        }
        synchronized (this) {
            for (byte[] piece : pieces) {
                peers.forEach(peer -> bus.send(peer, KIND, piece));
            }
        }
    }

    private synchronized void tooLarge(long bytes) {
        if (!isLogged) {
            isLogged = true;
            LOG.warn("A message of {} bytes stays on this node (at most {} reach others)", bytes, MAX_MESSAGE_BYTES);
        }
    }

    private List<String> peers(boolean shard) {
        ClusterView view = cluster.view();
        ClusterNode myself = view.myself();
        if (myself == null) {
            return List.of();
        }
        List<ClusterNode> nodes = view.nodes();
        if (shard) {
            ClusterNode primary = view.myPrimary() == null ? myself : view.myPrimary();
            nodes = new ArrayList<>(view.replicasOf(primary.id()));
            nodes.add(primary);
        }
        List<String> ids = new ArrayList<>(nodes.size());
        for (ClusterNode node : nodes) {
            if (!node.id().equals(myself.id())) {
                ids.add(node.id());
            }
        }
        return ids;
    }

    static List<byte[]> pieces(boolean shard, byte[] channel, byte[] payload) {
        byte[] whole = Arrays.copyOf(channel, channel.length + payload.length);
        System.arraycopy(payload, 0, whole, channel.length, payload.length);
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        do {
            int count = Math.min(PIECE_BYTES, whole.length - from);
            ByteBuffer piece = ByteBuffer.allocate(HEAD_BYTES + count);
            boolean last = from + count == whole.length;
            piece.put((byte) ((from == 0 ? FIRST : 0) | (last ? LAST : 0) | (shard ? SHARD : 0)));
            piece.putInt(channel.length);
            piece.put(whole, from, count);
            pieces.add(piece.array());
            from += count;
        } while (from < whole.length);
        return pieces;
    }

    // ---- in ---------------------------------------------------------------------------------------------------

    /** A message that arrives from one node. */
    static final class Incoming {
        private final List<byte[]> pieces = new ArrayList<>();
        private long bytes;

        /** Takes a piece; true when the message is whole. A piece that fits no message is dropped. */
        boolean take(byte[] piece) {
            if (piece.length < HEAD_BYTES) {
                return false;
            }
            if ((piece[0] & FIRST) != 0) {
                clear();
            } else if (pieces.isEmpty()) {
                return false;
            }
            bytes += piece.length - HEAD_BYTES;
            if (bytes > MAX_MESSAGE_BYTES) {
                clear();
                return false;
            }
            pieces.add(piece);
            return (piece[0] & LAST) != 0;
        }

        void clear() {
            pieces.clear();
            bytes = 0;
        }

        /** Publishes the whole message on this node. */
        void deliver(Relay to) {
            ByteBuffer whole = ByteBuffer.allocate((int) bytes);
            pieces.forEach(piece -> whole.put(piece, HEAD_BYTES, piece.length - HEAD_BYTES));
            int channelLength = ByteBuffer.wrap(pieces.get(0)).getInt(1);
            boolean shard = (pieces.get(0)[0] & SHARD) != 0;
            clear();
            if (channelLength >= 0 && channelLength <= whole.capacity()) {
                byte[] channel = Arrays.copyOf(whole.array(), channelLength);
                to.publish(shard, channel, Arrays.copyOfRange(whole.array(), channelLength, whole.capacity()));
            }
        }
    }

    private CompletableFuture<byte[]> received(String from, byte[] piece) {
        Incoming message = incoming.computeIfAbsent(from, id -> new Incoming());
        if (message.take(piece)) {
            message.deliver(
                    (shard, channel, payload) -> cluster.node().pubSub().publish(null, shard, channel, payload));
            incoming.remove(from);
        }
        return null;
    }

    // ---- slots that leave -------------------------------------------------------------------------------------

    private static void endStraySubscriptions(Node node, ClusterView view) {
        if (node.pubSub().shardChannelCount() > 0) {
            Subscribing.endShardSubscriptions(node, channel -> {
                int slot = Slot.of(channel, 0, channel.length);
                return !view.iOwn(slot) && !view.iReplicate(slot);
            });
        }
    }
}
