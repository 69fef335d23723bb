package io.kdb.cluster.control;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster bus: TCP between all nodes on the cluster port, by node id. Thread-safe; its one event loop owns every
 * connection and calls every handler.
 */
public final class Bus implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

    static final int CONTROL = 0;
    static final int RAFT = 1;
    static final int JOIN = 2;
    /** Kinds below are the control plane's own. */
    public static final int FIRST_KIND = 16;

    /** One past the last kind. */
    public static final int KINDS = 256;

    /** Limit of one payload; larger things are sent in pieces. */
    public static final int MAX_PAYLOAD_BYTES = BusFrame.MAX_BYTES - 64;

    /** What may wait for one peer; beyond it messages are dropped and requests fail. */
    public static final long MAX_UNSENT_BYTES = 64L << 20;

    /** Above the higher mark a peer is not {@link #writable}, until below the lower. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 << 10, 1 << 20);

    /** Connections of unproved peers at one time. */
    private static final int MAX_UNPROVED = 256;

    private static final int CONNECT_LIMIT_MS = 500;
    private static final long BACK_OFF_MS = 80;
    private static final long PING_MS = 1000;
    private static final int MAX_LOGGED = 128;

    private final BusOptions options;
    private final BusAuth auth;
    private final EventLoopGroup group;
    private final Map<String, BusPeer> peers = new ConcurrentHashMap<>();
    private final Map<String, InetSocketAddress> addresses = new ConcurrentHashMap<>();
    private final Set<BusConnection> connections = ConcurrentHashMap.newKeySet();
    private final Map<Integer, BusHandler> handlers = new ConcurrentHashMap<>();
    private final Set<String> logged = new HashSet<>();
    private final AtomicLongArray sent = new AtomicLongArray(KINDS);
    private final AtomicLongArray received = new AtomicLongArray(KINDS);
    private final AtomicLong ids = new AtomicLong();
    private volatile String clusterId;
    private volatile Channel listening;
    private volatile boolean closed;
    private volatile BiConsumer<String, InetSocketAddress> addressListener = (id, address) -> {};

    Bus(BusOptions options, String clusterId) {
        this.options = options;
        this.clusterId = clusterId;
        this.auth = new BusAuth(options.secret());
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("kdb-bus", true), NioIoHandler.newFactory());
    }

    void listen() throws ControlStartException {
        ServerBootstrap server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new Initializer(null, null));
        InetSocketAddress address = options.bindHost() == null
                ? new InetSocketAddress(options.port())
                : new InetSocketAddress(options.bindHost(), options.port());
        io.netty.channel.ChannelFuture bound = server.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new ControlStartException(
                    "cluster port " + address.getHostString() + ":" + options.port() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        listening = bound.channel();
        var unused = group.next().scheduleAtFixedRate(this::ping, PING_MS, PING_MS, TimeUnit.MILLISECONDS);
    }

    private final class Initializer extends ChannelInitializer<Channel> {
        private final String expected;
        private final BusConnection made;

        Initializer(String expected, BusConnection made) {
            this.expected = expected;
            this.made = made;
        }

        @Override
        protected void initChannel(Channel channel) {
            BusFrame.Decoder decoder = made == null ? new BusFrame.Decoder() : made.decoder();
            BusConnection connection =
                    made == null ? new BusConnection(Bus.this, decoder, false, BusConnection.MEMBER) : made;
            if (expected != null) {
                connection.expect(expected);
            }
            channel.pipeline().addLast(decoder, connection);
        }
    }

    // ------------------------------------------------------------------ for everybody

    /** Sends one message, or loses it; never waits. False when the peer is not {@link #writable} or not reachable. */
    public boolean send(String nodeId, int kind, byte[] payload) {
        check(payload);
        BusPeer peer = peer(nodeId);
        execute(() -> peer.send(kind, payload));
        return peer.writable();
    }

    /** Asks a node and waits at most a second for the answer. */
    public CompletableFuture<byte[]> request(String nodeId, int kind, byte[] payload) {
        return request(nodeId, kind, payload, 1000);
    }

    /** Asks a node; the future fails with an IOException when it is not reachable, refuses, or does not answer in time. */
    public CompletableFuture<byte[]> request(String nodeId, int kind, byte[] payload, long limitMs) {
        check(payload);
        CompletableFuture<byte[]> call = new CompletableFuture<>();
        BusPeer peer = peer(nodeId);
        execute(() -> peer.request(ids.incrementAndGet(), kind, payload, limitMs, call));
        return call;
    }

    /** Who takes messages and requests of a kind; set once, before peers can send it. */
    public void handler(int kind, BusHandler handler) {
        handlers.put(kind, handler);
    }

    /** False while so much waits to be sent to a node that more should be held back. */
    public boolean writable(String nodeId) {
        return peer(nodeId).writable();
    }

    /** Runs a task, once, on the bus thread: at once when the node is writable or gone, else when that comes. */
    public void whenWritable(String nodeId, Runnable task) {
        BusPeer peer = peer(nodeId);
        execute(() -> peer.whenWritable(task));
    }

    /** Whether there is a proved connection to that node now. */
    public boolean connected(String nodeId) {
        BusPeer peer = peers.get(nodeId);
        return peer != null && peer.connected();
    }

    /** Every proved connection. */
    public List<BusLink> links() {
        List<BusLink> links = new ArrayList<>();
        for (BusConnection connection : connections) {
            if (connection.isReady() && !connection.joining()) {
                links.add(connection.link());
            }
        }
        return links;
    }

    /** Messages of a kind sent since the start, requests and answers included. */
    public long sentOf(int kind) {
        return sent.get(kind);
    }

    /** Messages of a kind received since the start. */
    public long receivedOf(int kind) {
        return received.get(kind);
    }

    public long messagesSent() {
        return sum(sent);
    }

    public long messagesReceived() {
        return sum(received);
    }

    private static long sum(AtomicLongArray counts) {
        long sum = 0;
        for (int i = 0; i < counts.length(); i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    /** Where a node's cluster port is, as far as this node knows; null when it does not. */
    public InetSocketAddress address(String nodeId) {
        return addresses.get(nodeId);
    }

    /** Takes in where a node's cluster port is. */
    public void learn(String nodeId, String host, int port) {
        if (host == null || port <= 0 || port > 65535 || nodeId.equals(options.nodeId())) {
            return;
        }
        InetSocketAddress before = addresses.get(nodeId);
        if (before != null && before.getPort() == port && before.getHostString().equals(host)) {
            return;
        }
        InetSocketAddress address = InetSocketAddress.createUnresolved(host, port);
        addresses.put(nodeId, address);
        addressListener.accept(nodeId, address);
    }

    // ------------------------------------------------------------------ for the control plane

    String nodeId() {
        return options.nodeId();
    }

    String clusterId() {
        return clusterId;
    }

    String announcedHost() {
        return options.announcedHost();
    }

    int announcedPort() {
        return options.announcedPort();
    }

    BusAuth auth() {
        return auth;
    }

    void onAddress(BiConsumer<String, InetSocketAddress> listener) {
        addressListener = listener;
    }

    Map<String, InetSocketAddress> addresses() {
        return Map.copyOf(addresses);
    }

    Collection<String> known() {
        return addresses.keySet();
    }

    /** Forgets an address and closes what goes there. */
    void forget(String nodeId) {
        addresses.remove(nodeId);
        BusPeer peer = peers.remove(nodeId);
        if (peer != null) {
            execute(() -> peer.close("forgotten"));
        }
    }

    /** This node belongs to another cluster from now on: every connection is made anew. */
    void moveTo(String cluster) {
        clusterId = cluster;
        addresses.clear();
        execute(() -> {
            for (BusConnection connection : List.copyOf(connections)) {
                if (!connection.joining()) {
                    connection.fail(new IOException("this node moved to another cluster"));
                }
            }
            peers.clear();
        });
    }

    /** Makes a connection that is not a member's, to ask about joining. The caller closes it. */
    CompletableFuture<BusConnection> callToJoin(String host, int port) {
        BusConnection connection = new BusConnection(this, new BusFrame.Decoder(), true, BusConnection.JOIN);
        connect(InetSocketAddress.createUnresolved(host, port), null, connection);
        return connection.ready;
    }

    /** Like {@link #request}, on a connection of one's own. */
    CompletableFuture<byte[]> request(BusConnection connection, int kind, byte[] payload, long limitMs) {
        CompletableFuture<byte[]> call = new CompletableFuture<>();
        long id = ids.incrementAndGet();
        execute(() -> {
            connection.request(id, kind, payload, call);
            limit(connection, id, call, limitMs);
        });
        return call;
    }

    void limit(BusConnection connection, long id, CompletableFuture<byte[]> call, long limitMs) {
        var timer = group.next()
                .schedule(
                        () -> {
                            connection.forget(id);
                            call.completeExceptionally(new IOException("no answer within " + limitMs + " ms"));
                        },
                        limitMs,
                        TimeUnit.MILLISECONDS);
        var unused = call.whenComplete((bytes, failure) -> timer.cancel(false));
    }

    // ------------------------------------------------------------------ for connections, on the event loop

    BusConnection dial(String nodeId, InetSocketAddress address) {
        BusConnection connection = new BusConnection(this, new BusFrame.Decoder(), true, BusConnection.MEMBER);
        connect(address, nodeId, connection);
        return connection;
    }

    private void connect(InetSocketAddress address, String nodeId, BusConnection connection) {
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_LIMIT_MS)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .handler(new Initializer(nodeId, connection))
                .connect(address)
                .addListener(f -> {
                    if (!f.isSuccess()) {
                        connection.fail(new java.net.ConnectException(f.cause().getMessage()));
                    }
                });
    }

    static long backOffMs() {
        return BACK_OFF_MS;
    }

    void later(long delayMs, Runnable task) {
        if (!closed) {
            var unused = group.next().schedule(task, delayMs, TimeUnit.MILLISECONDS);
        }
    }

    void opened(BusConnection connection) {
        connections.add(connection);
        if (!connection.outgoing()) {
            long unproved = connections.stream()
                    .filter(c -> !c.outgoing() && !c.isReady())
                    .count();
            if (unproved > MAX_UNPROVED) {
                connection.fail(new IOException("unproved connections: " + unproved));
            }
        }
    }

    void ready(BusConnection connection) {
        BusPeer peer = peers.get(connection.peer());
        if (peer != null && connection.outgoing()) {
            peer.ready(connection);
        }
    }

    void closed(BusConnection connection) {
        connections.remove(connection);
        BusPeer peer = connection.peer() == null ? null : peers.get(connection.peer());
        if (peer != null && connection.outgoing()) {
            peer.closed(connection);
        }
    }

    void writableAgain(String nodeId) {
        BusPeer peer = peers.get(nodeId);
        if (peer != null) {
            peer.writableAgain();
        }
    }

    CompletableFuture<byte[]> received(BusConnection connection, int kind, byte[] payload) {
        received.incrementAndGet(kind);
        BusHandler handler = handlers.get(kind);
        if (handler == null || connection.joining() != (kind == JOIN)) {
            return null;
        }
        if (!connection.joining() && !connection.peerCluster().equals(clusterId)) {
            return null;
        }
        if (!addresses.containsKey(connection.peer())) {
            // Forgotten while it was silent; its connection may outlive that, and without an answer it would wait for
            // ever.
            connection.introduce();
        }
        return handler.received(connection.peer(), payload);
    }

    void sent(int kind) {
        sent.incrementAndGet(kind);
    }

    void countReceived(int kind) {
        received.incrementAndGet(kind);
    }

    /** A peer was turned away: said once per address and kind of reason. */
    void refused(Channel channel, String kind, String why) {
        String host = remoteHost(channel);
        if (logged.size() < MAX_LOGGED && logged.add(host + " " + kind)) {
            LOG.warn("Cluster bus: turned away {}: {}", host, why);
        }
    }

    String remoteHost(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress().getHostAddress()
                : null;
    }

    private void ping() {
        long limitMs = Math.max(3 * PING_MS, options.silenceLimitMs());
        for (BusConnection connection : List.copyOf(connections)) {
            if (connection.outgoing() && connection.isReady()) {
                connection.ping(limitMs);
            }
        }
        // Peers to which nothing was ever sent successfully and that have no address are not kept.
        Map<String, BusPeer> idle = new HashMap<>(peers);
        idle.forEach((id, peer) -> {
            if (!addresses.containsKey(id) && !peer.connected()) {
                peers.remove(id, peer);
            }
        });
    }

    private BusPeer peer(String nodeId) {
        return peers.computeIfAbsent(nodeId, id -> new BusPeer(this, id));
    }

    private void execute(Runnable task) {
        if (!closed) {
            group.next().execute(task);
        }
    }

    private static void check(byte[] payload) {
        if (payload.length > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "payload: " + payload.length + " bytes (expected: at most " + MAX_PAYLOAD_BYTES + ")");
        }
    }

    static String text(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    @Override
    public void close() {
        closed = true;
        if (listening != null) {
            listening.close().awaitUninterruptibly(1000);
        }
        group.shutdownGracefully(0, 1000, TimeUnit.MILLISECONDS).awaitUninterruptibly(2000);
    }
}
