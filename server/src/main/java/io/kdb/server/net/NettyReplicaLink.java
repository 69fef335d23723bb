package io.kdb.server.net;

import io.kdb.resp.RequestDecoder;
import io.kdb.server.replication.LinkTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of a replica to its primary. Owner: its one thread, which serves nothing else and may block, since it
 * loads files and applies the stream.
 *
 * <p>Note: io_uring is not used here. A write from a thread that then blocks, the sign of life during a load, would stay in
 * the ring until the thread is back.
 */
public final class NettyReplicaLink implements LinkTransport, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(NettyReplicaLink.class);
    private static final int BUFFER_BYTES = 256 * 1024;

    static {
        assert BUFFER_BYTES > RequestDecoder.MAX_TAIL_BYTES : "a tail must leave room to read";
    }

    private final Transport transport = Transport.EPOLL.isAvailable() ? Transport.EPOLL : Transport.NIO;
    private final MultiThreadIoEventLoopGroup thread =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("replica-link", true), transport.handlers());

    private final LongAdder received;

    /** @param received counts the bytes that come */
    public NettyReplicaLink(LongAdder received) {
        this.received = received;
    }

    @Override
    public void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("the node stops: {}", e.getMessage());
        }
    }

    @Override
    public void connect(String host, int port, int timeoutMs, Handler handler) {
        new Bootstrap()
                .group(thread)
                .channel(transport.clientChannel())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMs)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Connection(handler));
                    }
                })
                .connect(host, port)
                .addListener((ChannelFutureListener) made -> {
                    if (!made.isSuccess()) {
                        handler.closed(made.cause().getMessage());
                    }
                });
    }

    /** Stops the thread; connections are closed. */
    @Override
    public void close() {
        var unused = thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Hands on what is read as ranges of one array, what was not consumed first. */
    private final class Connection extends ChannelInboundHandlerAdapter implements Channel {
        private final Handler handler;
        private final byte[] buffer = new byte[BUFFER_BYTES];
        private int tail;
        private ChannelHandlerContext context;
        private boolean ended;

        Connection(Handler handler) {
            this.handler = handler;
        }

        @Override
        public void channelActive(ChannelHandlerContext active) {
            context = active;
            handler.connected(this);
        }

        @Override
        public void channelRead(ChannelHandlerContext active, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            received.add(bytes.readableBytes());
            try {
                while (bytes.isReadable() && !ended) {
                    int count = Math.min(bytes.readableBytes(), BUFFER_BYTES - tail);
                    bytes.readBytes(buffer, tail, count);
                    int end = tail + count;
                    int consumed = handler.received(buffer, 0, end);
                    tail = end - consumed;
                    System.arraycopy(buffer, consumed, buffer, 0, tail);
                    if (tail == BUFFER_BYTES) {
                        end("a command whose end does not come");
                    }
                }
            } finally {
                bytes.release();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext active) {
            end("closed by the peer");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext active, Throwable cause) {
            LOGGER.warn("replica link: {}", cause.toString(), cause);
            end(cause.toString());
        }

        private void end(String reason) {
            if (!ended) {
                ended = true;
                var unused = context.close();
                handler.closed(reason);
            }
        }

        @Override
        public void send(byte[] bytes) {
            var unused = context.writeAndFlush(Unpooled.wrappedBuffer(bytes), context.voidPromise());
        }

        @Override
        public void close() {
            ended = true;
            var unused = context.close();
        }
    }
}
