package io.kdb.server.net;

import io.kdb.server.dispatch.Session;
import io.kdb.server.replication.ReplicaConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.LongAdder;

/** A client's connection once it has become a replica's: the stream goes out behind the replies. See {@link ReplicaConnection}. */
final class ClientReplicaConnection implements ReplicaConnection {
    private final Channel channel;
    private final Session session;
    private final LongAdder sent;
    private Runnable onDrained;

    ClientReplicaConnection(Channel channel, Session session, LongAdder sent) {
        this.channel = channel;
        this.session = session;
        this.sent = sent;
    }

    @Override
    public void execute(Runnable task) {
        channel.eventLoop().execute(task);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
        if (session.reply().buffer().size() > 0) {
            session.connection().flush();
        }
        sent.add(length);
        ByteBuf out = channel.alloc().directBuffer(length).writeBytes(bytes, from, length);
        var unused = channel.write(out, channel.voidPromise());
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public long bufferedBytes() {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    @Override
    public void onDrained(Runnable task) {
        onDrained = task;
    }

    /** The socket takes bytes again. */
    void drained() {
        if (onDrained != null) {
            onDrained.run();
        }
    }

    @Override
    public void close() {
        var unused = channel.close();
    }

    @Override
    public String address() {
        return ((InetSocketAddress) channel.remoteAddress()).getAddress().getHostAddress();
    }

    @Override
    public int port() {
        return ((InetSocketAddress) channel.remoteAddress()).getPort();
    }
}
