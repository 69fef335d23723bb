package io.kdb.cluster.control;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of the bus: first the handshake, as a small state machine, then frames. Requests go one way, from the
 * side that made the connection; their answers come back on it. Owner: the bus' event loop.
 */
final class BusConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(BusConnection.class);
    static final long HANDSHAKE_LIMIT_MS = 2000;
    /** A connection is for a member of the same cluster, or only to ask about joining. */
    static final int MEMBER = 0;

    static final int JOIN = 1;

    private enum State {
        CALLED,
        CHALLENGED,
        CALLING,
        PROVING,
        READY,
        CLOSED
    }

    /** Why a peer turned this node down. Immutable. */
    static final class Rejected extends IOException {
        final int code;

        Rejected(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    static final int REJECT_VERSION = 1;
    static final int REJECT_SECRET = 2;
    static final int REJECT_CLUSTER = 3;
    static final int REJECT_SELF = 4;

    private final Bus bus;
    private final BusFrame.Decoder decoder;
    private final boolean outgoing;
    private int purpose;
    private State state;
    private Channel channel;
    private byte[] callerNonce;
    private byte[] calledNonce;
    private String peer;
    private String peerCluster;
    private String peerHost;
    private int peerPort;
    private final long createdMs = System.currentTimeMillis();
    private long pongNanos = System.nanoTime();
    private final Map<Long, CompletableFuture<byte[]>> calls = new HashMap<>();
    private boolean writable = true;
    final CompletableFuture<BusConnection> ready = new CompletableFuture<>();

    BusConnection(Bus bus, BusFrame.Decoder decoder, boolean outgoing, int purpose) {
        this.bus = bus;
        this.decoder = decoder;
        this.outgoing = outgoing;
        this.purpose = purpose;
        this.state = outgoing ? State.CALLING : State.CALLED;
    }

    String peer() {
        return peer;
    }

    String peerCluster() {
        return peerCluster;
    }

    BusFrame.Decoder decoder() {
        return decoder;
    }

    boolean outgoing() {
        return outgoing;
    }

    boolean isReady() {
        return state == State.READY;
    }

    boolean joining() {
        return purpose == JOIN;
    }

    Channel channel() {
        return channel;
    }

    BusLink link() {
        long pending = channel.unsafe().outboundBuffer() == null
                ? 0
                : channel.unsafe().outboundBuffer().totalPendingWriteBytes();
        return new BusLink(outgoing, peer, createdMs, pending, pending);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        bus.opened(this);
        var unused = channel.eventLoop()
                .schedule(
                        () -> {
                            if (state != State.READY && state != State.CLOSED) {
                                fail(new IOException("no handshake within " + HANDSHAKE_LIMIT_MS + " ms"));
                            }
                        },
                        HANDSHAKE_LIMIT_MS,
                        TimeUnit.MILLISECONDS);
        if (outgoing) {
            callerNonce = BusAuth.nonce();
            WireWriter out = new WireWriter()
                    .text(BusFrame.MAGIC)
                    .i32(BusFrame.VERSION)
                    .u8(purpose)
                    .text(bus.nodeId())
                    .text(bus.clusterId())
                    .text(bus.announcedHost())
                    .i32(bus.announcedPort())
                    .bytes(callerNonce);
            write(BusFrame.of(BusFrame.OPEN, out.toBytes()));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        try {
            int type = frame.readUnsignedByte();
            if (state == State.READY) {
                frame(type, frame);
            } else if (state != State.CLOSED) {
                handshake(type, new WireReader(ByteBufUtil.getBytes(frame)));
            }
        } finally {
            frame.release();
        }
    }

    private void handshake(int type, WireReader in) {
        if (state == State.CALLED && type == BusFrame.OPEN) {
            opened(in);
        } else if (state == State.CALLING && type == BusFrame.CHALLENGE) {
            calledNonce = in.bytes();
            boolean required = in.flag();
            if (required != bus.auth().required()) {
                fail(new Rejected(REJECT_SECRET, "only one side has a shared secret"));
                return;
            }
            byte[] proof = bus.auth().proof("caller", callerNonce, calledNonce, bus.nodeId(), bus.clusterId());
            state = State.PROVING;
            write(BusFrame.of(BusFrame.PROOF, new WireWriter().bytes(proof).toBytes()));
        } else if (state == State.CHALLENGED && type == BusFrame.PROOF) {
            proved(in.bytes());
        } else if (state == State.PROVING && type == BusFrame.WELCOME) {
            welcomed(in);
        } else if (outgoing && type == BusFrame.REJECT) {
            fail(new Rejected(in.u8(), in.text()));
        } else {
            throw new WireException("frame type: " + type + " (expected: a handshake)");
        }
    }

    private void opened(WireReader in) {
        if (!BusFrame.MAGIC.equals(in.text())) {
            throw new WireException("greeting: another protocol");
        }
        int version = in.i32();
        if (version != BusFrame.VERSION) {
            reject(REJECT_VERSION, "bus version: " + version + " (expected: " + BusFrame.VERSION + ")");
            return;
        }
        purpose = in.u8();
        peer = in.text();
        peerCluster = in.text();
        peerHost = in.text();
        peerPort = in.i32();
        callerNonce = in.bytes();
        if (peer == null || peerCluster == null || callerNonce == null || purpose > JOIN) {
            throw new WireException("greeting: a field is missing");
        }
        calledNonce = BusAuth.nonce();
        state = State.CHALLENGED;
        byte[] body =
                new WireWriter().bytes(calledNonce).flag(bus.auth().required()).toBytes();
        write(BusFrame.of(BusFrame.CHALLENGE, body));
    }

    private void proved(byte[] proof) {
        byte[] expected = bus.auth().proof("caller", callerNonce, calledNonce, peer, peerCluster);
        if (!BusAuth.same(proof, expected)) {
            reject(REJECT_SECRET, "wrong shared secret");
        } else if (peer.equals(bus.nodeId())) {
            reject(REJECT_SELF, "that is this node itself");
        } else if (purpose == MEMBER && !peerCluster.equals(bus.clusterId())) {
            reject(REJECT_CLUSTER, "this node belongs to another cluster");
        } else {
            byte[] own = bus.auth().proof("called", callerNonce, calledNonce, bus.nodeId(), bus.clusterId());
            WireWriter out =
                    new WireWriter().text(bus.nodeId()).text(bus.clusterId()).bytes(own);
            write(BusFrame.of(BusFrame.WELCOME, out.toBytes()));
            introduce();
            becomeReady();
        }
    }

    /** Tells the bus where the member that made this connection is. */
    void introduce() {
        if (!outgoing && purpose == MEMBER) {
            bus.learn(peer, peerHost == null ? bus.remoteHost(channel) : peerHost, peerPort);
        }
    }

    private void welcomed(WireReader in) {
        String node = in.text();
        String cluster = in.text();
        byte[] proof = in.bytes();
        byte[] expected = bus.auth().proof("called", callerNonce, calledNonce, node, cluster);
        if (node == null || cluster == null || !BusAuth.same(proof, expected)) {
            fail(new Rejected(REJECT_SECRET, "the other side does not know the shared secret"));
            return;
        }
        if (peer != null && !peer.equals(node)) {
            fail(new IOException("node " + node + " answers (expected: " + peer + ")"));
            return;
        }
        peer = node;
        peerCluster = cluster;
        becomeReady();
    }

    /** The node this connection was made for, when known. */
    void expect(String nodeId) {
        peer = nodeId;
    }

    private void becomeReady() {
        state = State.READY;
        decoder.trust();
        pongNanos = System.nanoTime();
        bus.ready(this);
        ready.complete(this);
    }

    private void reject(int code, String text) {
        bus.refused(channel, text, text);
        state = State.CLOSED;
        byte[] body = new WireWriter().u8(code).text(text).toBytes();
        channel.writeAndFlush(BusFrame.of(BusFrame.REJECT, body))
                .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    }

    private void frame(int type, ByteBuf in) {
        if (type == BusFrame.PING) {
            write(BusFrame.of(BusFrame.PONG, new byte[0]));
            return;
        }
        if (type == BusFrame.PONG) {
            pongNanos = System.nanoTime();
            return;
        }
        if (in.readableBytes() < 9) {
            throw new WireException("frame: too short");
        }
        long id = in.readLong();
        int kind = in.readUnsignedByte();
        byte[] payload = ByteBufUtil.getBytes(in);
        switch (type) {
            case BusFrame.MESSAGE -> {
                var unused = bus.received(this, kind, payload);
            }
            case BusFrame.REQUEST -> {
                CompletableFuture<byte[]> answer = bus.received(this, kind, payload);
                if (answer == null) {
                    error(id, kind, "kind " + kind + ": nobody answers here");
                } else {
                    var unused = answer.whenComplete((bytes, failure) -> {
                        if (failure == null) {
                            bus.sent(kind);
                            write(BusFrame.of(BusFrame.REPLY, id, kind, bytes));
                        } else {
                            error(id, kind, Bus.text(failure));
                        }
                    });
                }
            }
            case BusFrame.REPLY -> {
                bus.countReceived(kind);
                CompletableFuture<byte[]> call = calls.remove(id);
                if (call != null) {
                    call.complete(payload);
                }
            }
            case BusFrame.ERROR -> {
                CompletableFuture<byte[]> call = calls.remove(id);
                if (call != null) {
                    call.completeExceptionally(new IOException(new WireReader(payload).text()));
                }
            }
            default -> throw new WireException("frame type: " + type + " (expected: a message)");
        }
    }

    private void error(long id, int kind, String text) {
        write(BusFrame.of(BusFrame.ERROR, id, kind, new WireWriter().text(text).toBytes()));
    }

    void message(int kind, byte[] payload) {
        bus.sent(kind);
        write(BusFrame.of(BusFrame.MESSAGE, 0, kind, payload));
    }

    void request(long id, int kind, byte[] payload, CompletableFuture<byte[]> call) {
        if (!channel.isActive()) {
            call.completeExceptionally(new IOException("connection to " + peer + " is closed"));
            return;
        }
        calls.put(id, call);
        bus.sent(kind);
        write(BusFrame.of(BusFrame.REQUEST, id, kind, payload));
    }

    /** Nobody waits for that answer any more. */
    void forget(long id) {
        calls.remove(id);
    }

    /** Asks for a sign of life; closes the connection when the last one is too old. */
    void ping(long silenceLimitMs) {
        if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - pongNanos) > silenceLimitMs) {
            fail(new IOException("no sign of life for " + silenceLimitMs + " ms"));
        } else {
            write(BusFrame.of(BusFrame.PING, new byte[0]));
        }
    }

    private void write(ByteBuf frame) {
        var unused = channel.writeAndFlush(frame, channel.voidPromise());
    }

    boolean writable() {
        return channel.isWritable();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable() && !writable && state == State.READY) {
            bus.writableAgain(peer);
        }
        writable = ctx.channel().isWritable();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(new IOException("connection closed"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException failure) {
            fail(failure);
            return;
        }
        Throwable root = cause.getCause() instanceof WireException ? cause.getCause() : cause;
        if (root instanceof WireException) {
            bus.refused(ctx.channel(), "garbage", "not the bus protocol: " + root.getMessage());
        } else {
            LOG.error("Fault on the cluster bus, connection of {}", peer, cause);
        }
        fail(new IOException("not the bus protocol: " + root.getMessage(), root));
    }

    void fail(IOException cause) {
        if (state == State.CLOSED && calls.isEmpty()) {
            closeChannel();
            return;
        }
        state = State.CLOSED;
        calls.values().forEach(call -> call.completeExceptionally(cause));
        calls.clear();
        bus.closed(this);
        ready.completeExceptionally(cause);
        closeChannel();
    }

    private void closeChannel() {
        if (channel != null) {
            var unused = channel.close();
        }
    }
}
