package io.kdb.server.net;

import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Node;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The client port: event loops, listening sockets, and the rules for who may connect. Thread-safe. */
public final class NetServer implements AutoCloseable {
    private static final int FIRST_READ_BYTES = 4096;
    private static final int MAX_READ_BYTES = 64 * 1024;
    private static final long CLOSE_MS = 2000;

    private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Node node;
    private final Transport transport;
    private final MultiThreadIoEventLoopGroup group;
    private final IdentityHashMap<EventExecutor, IoLoop> loops = new IdentityHashMap<>();
    private final OutputBudget budget;
    private final List<Channel> listening = new ArrayList<>();

    public NetServer(Node node, Transport transport, int ioThreads) {
        this.node = node;
        this.transport = transport;
        this.group = new MultiThreadIoEventLoopGroup(
                ioThreads, new DefaultThreadFactory("kdb-io", true), transport.handlers());
        this.budget = new OutputBudget(node.clients(), PlatformDependent.maxDirectMemory());
        for (EventExecutor executor : group) {
            IoLoop loop = new IoLoop(node, (EventLoop) executor);
            loop.dispatcher.heap().whenShort(budget::makeRoom);
            loops.put(executor, loop);
        }
    }

    public Transport transport() {
        return transport;
    }

    /** The event loops, for links that this node opens itself. */
    public MultiThreadIoEventLoopGroup group() {
        return group;
    }

    /**
     * Listens on one address more.
     *
     * @return the port, of use when {@code port} is 0
     * @throws IOException when the address is taken or not this machine's
     */
    public int listen(String address, int port, int backlog) throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_BACKLOG, backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, node.config().get(Parameters.TCP_KEEPALIVE) > 0)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(512, FIRST_READ_BYTES, MAX_READ_BYTES))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel);
                    }
                });
        ChannelFuture bound = bootstrap
                .bind(new InetSocketAddress(address.equals("*") ? "0.0.0.0" : address, port))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(address + ":" + port + ": " + bound.cause().getMessage(), bound.cause());
        }
        synchronized (listening) {
            listening.add(bound.channel());
        }
        return ((InetSocketAddress) bound.channel().localAddress()).getPort();
    }

    private void accept(SocketChannel channel) {
        node.stats().connectionsReceived.increment();
        String refusal = Admission.refusal(node, channel);
        if (refusal != null) {
            node.stats().connectionsRejected.increment();
            channel.pipeline().addLast(new RefusedConnection(refusal));
            return;
        }
        clients.add(channel);
        IoLoop loop = loops.get(channel.eventLoop());
        channel.pipeline().addLast(new ClientConnection(node, loop, budget, channel));
    }

    /** Listening sockets, to be closed later or to be spared. Immutable. */
    public static final class Sockets {
        private final List<Channel> channels;

        private Sockets(List<Channel> channels) {
            this.channels = List.copyOf(channels);
        }
    }

    /** Those of now. */
    public Sockets listening() {
        synchronized (listening) {
            return new Sockets(listening);
        }
    }

    /** Stops accepting; connections go on. */
    public void stopListening() {
        stopListening(listening());
    }

    /** Stops accepting there. */
    public void stopListening(Sockets there) {
        there.channels.forEach(channel -> channel.close().awaitUninterruptibly());
        synchronized (listening) {
            listening.removeAll(there.channels);
        }
    }

    /** Stops accepting everywhere else. */
    public void stopListeningExcept(Sockets spared) {
        List<Channel> others;
        synchronized (listening) {
            others = new ArrayList<>(listening);
        }
        others.removeAll(spared.channels);
        stopListening(new Sockets(others));
    }

    /** Closes every connection and ends the loops. */
    @Override
    public void close() {
        stopListening();
        // A loop of io_uring that ends with a close under way would leave the socket open.
        clients.close().awaitUninterruptibly(CLOSE_MS);
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
