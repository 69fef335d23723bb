package io.kdb.server.net;

import io.kdb.resp.ReplyBuffer;
import io.kdb.resp.ReplyWriter;
import io.kdb.resp.RequestDecoder;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Connection;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Session;
import io.kdb.server.replication.ReplicaConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's socket: bytes in, decoded and run where they were read, replies out in one flush per read. Owner: its
 * event loop.
 *
 * <p>Note: the connection keeps no more than the unfinished tail of the last request, and, while its session waits
 * (suspended, or yielding after much output), what arrives meanwhile, up to {@link #MAX_STASH_BYTES}; then it stops
 * reading.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    /** What is kept unread for a session that waits, before its socket is no longer read. */
    static final int MAX_STASH_BYTES = 1 << 20;

    private static final int MAX_WRITE_BYTES = 1 << 20;
    /** With so much on its way to the kernel, more replies wait in their chunks. */
    private static final int WRITE_AHEAD_BYTES = 1 << 20;

    /** A large argument arrives in pieces, and most commands want it in one. */
    private static final int COPIES = 2;

    private static final byte[] NONE = {};

    private final Node node;
    private final IoLoop loop;
    private final OutputBudget budget;
    private final RequestDecoder decoder = new RequestDecoder();
    private final Channel channel;
    private ChannelHandlerContext context;
    private Session session;

    private byte[] tail = NONE;
    private int tailLength;
    private boolean reading = true;
    private volatile long unsent;
    /** Of it, what lies in direct memory, as the budget knows it. */
    private long queued;
    /** Bytes that the kernel had taken when last looked. */
    private long takenBefore;
    /** When it had last taken some, if much was unsent. */
    private volatile long progressNanos;

    private boolean closesWhenSent;
    /** Of the decoder's bytes, those that the heap loan counts. */
    private long borrowed;

    private ClientReplicaConnection replica;

    ClientConnection(Node node, IoLoop loop, OutputBudget budget, Channel channel) {
        this.node = node;
        this.loop = loop;
        this.budget = budget;
        this.channel = channel;
    }

    Session session() {
        return session;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        ReplyWriter reply = new ReplyWriter(new ReplyBuffer(loop.chunks));
        session = new Session(node.clients().newId(), loop.dispatcher, this, reply, System.currentTimeMillis());
        session.authenticated(node.config().get(Parameters.REQUIREPASS).isEmpty());
        node.clients().add(session);
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (session != null) {
            node.clients().remove(session);
            loop.dispatcher.disconnected(session);
            session.reply().buffer().release();
        }
        loop.dispatcher.heap().request(-borrowed);
        borrowed = 0;
        budget.sent(queued);
        queued = 0;
        unsent = 0;
        tail = NONE;
        tailLength = 0;
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            node.stats().netInputBytes.add(in.readableBytes());
            node.stats().reads.increment();
            if (session.isClosing()) {
                return;
            }
            if (session.replicaPeer() != null) {
                session.replicaPeer().seen(System.currentTimeMillis());
            }
            if (session.isBusy()) {
                stash(in);
            } else {
                run(in);
            }
        } finally {
            ReferenceCountUtil.release(in);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        finish();
        ctx.fireChannelReadComplete();
    }

    private void finish() {
        flush();
        if (session.isClosing()) {
            closeAfterFlush();
        }
    }

    private void run(ByteBuf in) {
        byte[] buffer = loop.buffer;
        while (in.isReadable() && !session.isBusy() && !session.isClosing()) {
            int at = takeTail(buffer);
            int count = Math.min(in.readableBytes(), buffer.length - at);
            in.readBytes(buffer, at, count);
            decode(buffer, at + count);
        }
        if (in.isReadable() && !session.isClosing()) {
            stash(in);
        }
    }

    private int takeTail(byte[] buffer) {
        int length = tailLength;
        if (length > 0) {
            System.arraycopy(tail, 0, buffer, 0, length);
            tailLength = 0;
        }
        return length;
    }

    private void decode(byte[] buffer, int to) {
        int from = 0;
        do {
            decoder.limits()
                    .authenticated(session.authenticated())
                    .maxBulkBytes(node.config().get(Parameters.PROTO_MAX_BULK_LEN));
            loop.batch.clear();
            from = decoder.decode(buffer, from, to, loop.batch);
            loop.dispatcher.run(session, loop.batch);
        } while (loop.batch.more() && from < to && !session.isBusy() && !session.isClosing());
        if (decoder.retainedBytes() * COPIES != borrowed) {
            // A large request has run: nobody may hold it until the next one.
            loop.batch.clear();
            loop.dispatcher.forgetRequest();
            borrow();
        }
        keep(buffer, from, to - from);
    }

    /** Counts what the decoder holds of a request that is still arriving; one for which there is no heap ends the connection. */
    private void borrow() {
        long more = decoder.retainedBytes() * COPIES - borrowed;
        borrowed += more;
        if (!loop.dispatcher.heap().request(more)) {
            session.reply().error(Errors.OUT_OF_MEMORY.line());
            session.closeAfterReply();
        }
    }

    private void keep(byte[] bytes, int from, int length) {
        if (length == 0) {
            if (tail.length > 4096) {
                tail = NONE;
            }
            return;
        }
        ensureTail(length);
        System.arraycopy(bytes, from, tail, tailLength, length);
        tailLength += length;
    }

    private void ensureTail(int more) {
        if (tail.length - tailLength < more) {
            tail = Arrays.copyOf(tail, Math.max(tailLength + more, Math.min(2 * tail.length, MAX_STASH_BYTES)));
        }
    }

    private void stash(ByteBuf in) {
        int count = in.readableBytes();
        ensureTail(count);
        in.readBytes(tail, tailLength, count);
        tailLength += count;
        if (tailLength > MAX_STASH_BYTES) {
            reading(false);
        }
    }

    @Override
    public void resumeDecoding() {
        if (tailLength > 0) {
            byte[] pending = tail;
            int length = tailLength;
            tail = NONE;
            tailLength = 0;
            ByteBuf in = Unpooled.wrappedBuffer(pending, 0, length);
            run(in);
        }
        if (!session.isBusy() && !session.isClosing()) {
            reading(true);
        }
    }

    @Override
    public void flush() {
        ReplyBuffer replies = session.reply().buffer();
        long size = replies.size();
        if (size == 0) {
            return;
        }
        if (!channel.isActive()) {
            replies.release();
            return;
        }
        boolean waits = session.kind() != Session.Kind.REPLICA && replica == null;
        long queue = waits ? queuedBytes() : 0;
        while (size > 0 && queue < WRITE_AHEAD_BYTES) {
            int count = (int) Math.min(size, MAX_WRITE_BYTES);
            ByteBuf out = context.alloc().directBuffer(count);
            loop.sink.target = out;
            replies.drain(loop.sink, replies.drained() + count);
            var unused = context.write(out, context.voidPromise());
            node.stats().netOutputBytes.add(count);
            node.stats().writes.increment();
            size -= count;
            queue += waits ? count : 0;
        }
        loop.sink.target = null;
        context.flush();
        account();
        if (closesWhenSent) {
            closeAfterFlush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable() && session.reply().buffer().size() > 0) {
            flush();
        }
        account();
        if (replica != null && channel.isWritable()) {
            replica.drained();
        }
        ctx.fireChannelWritabilityChanged();
    }

    /** Tells the budget what of this connection is unsent now. */
    private void account() {
        if (session.kind() == Session.Kind.REPLICA) {
            // The log bounds what a replica may leave unread.
            budget.sent(queued);
            queued = 0;
            unsent = 0;
            return;
        }
        long now = queuedBytes();
        long before = queued;
        ReplyBuffer replies = session.reply().buffer();
        noteProgress(replies.drained() - now, now + replies.size());
        if (now != before) {
            queued = now;
            budget.changed(now - before);
        }
    }

    private void noteProgress(long taken, long left) {
        if (left >= OutputBudget.MIN_CLOSED_BYTES && (taken != takenBefore || unsent < OutputBudget.MIN_CLOSED_BYTES)) {
            progressNanos = System.nanoTime();
        }
        takenBefore = taken;
        unsent = left;
    }

    @Override
    public long stallNanos(long nowNanos) {
        return unsent >= OutputBudget.MIN_CLOSED_BYTES ? nowNanos - progressNanos : 0;
    }

    @Override
    public long queuedBytes() {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    @Override
    public long unsentBytes() {
        return unsent;
    }

    @Override
    public long queryBytes() {
        return tailLength + decoder.retainedBytes();
    }

    @Override
    public void reading(boolean on) {
        if (reading != on) {
            reading = on;
            channel.config().setAutoRead(on);
        }
    }

    @Override
    public void closeAfterFlush() {
        closesWhenSent = session.reply().buffer().size() > 0;
        if (closesWhenSent) {
            return;
        }
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void close() {
        var unused = channel.close();
    }

    @Override
    public boolean isOpen() {
        return channel.isActive();
    }

    @Override
    public boolean isLocal() {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                && remote.getAddress().isLoopbackAddress();
    }

    @Override
    public String peer() {
        return text(channel.remoteAddress());
    }

    @Override
    public String local() {
        return text(channel.localAddress());
    }

    /** {@code ip:port}, IPv6 in brackets, as Redis prints addresses of clients. */
    static String text(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return "?:0";
        }
        String ip = inet.getAddress().getHostAddress();
        int zone = ip.indexOf('%');
        ip = zone < 0 ? ip : ip.substring(0, zone);
        return ip.indexOf(':') >= 0 ? "[" + ip + "]:" + inet.getPort() : ip + ":" + inet.getPort();
    }

    @Override
    public ReplicaConnection asReplica() {
        if (replica == null) {
            replica = new ClientReplicaConnection(channel, session, node.stats().replicationOutputBytes);
        }
        return replica;
    }

    @Override
    public int descriptor() {
        return channel instanceof UnixChannel unix ? unix.fd().intValue() : -1;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var unused = ctx.close(); // first: what the connection holds may be what the log lacks
        if (!(cause instanceof IOException)) {
            LOG.warn("client {}: closed for a fault of this node", peer(), cause);
        }
    }
}
