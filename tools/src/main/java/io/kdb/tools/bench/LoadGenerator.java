package io.kdb.tools.bench;

import io.kdb.tools.client.Address;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Keeps a server busy from one thread: each connection sends a pipeline of requests and, once all of it is answered, the
 * next. Latency counts from the sending of a pipeline to each of its replies. Owner: the thread that runs it.
 */
final class LoadGenerator implements Closeable {
    private static final long HIGHEST_LATENCY_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int DIGITS = 3;
    private static final int READ_BYTES = 256 * 1024;
    private static final int CONNECT_TIMEOUT_MS = 5000;

    /** What a run came to; the histogram is in nanoseconds. */
    record Result(long requests, long errors, long tookNs, Histogram latency) {
        double perSecond() {
            return requests * 1e9 / tookNs;
        }
    }

    private static final class Connection {
        private final SocketChannel channel;
        private final ReplyCounter replies = new ReplyCounter();
        private ByteBuffer unsent = ByteBuffer.allocate(0);
        private int unanswered;
        private long sentNs;

        private Connection(SocketChannel channel) {
            this.channel = channel;
        }
    }

    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BYTES);
    private final Load load;
    private final int pipeline;
    private Histogram latency;
    private long sent;
    private long answered;

    /** Connects {@code connectionCount} times. */
    LoadGenerator(Address address, int connectionCount, int pipeline, Load load) throws IOException {
        this.load = load;
        this.pipeline = pipeline;
        boolean done = false;
        try {
            for (int i = 0; i < connectionCount; i++) {
                SocketChannel channel = SocketChannel.open();
                Connection connection = new Connection(channel);
                connections.add(connection);
                InetSocketAddress target = new InetSocketAddress(address.host(), address.port());
                channel.socket().connect(target, CONNECT_TIMEOUT_MS);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, connection);
            }
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    /** Sends until {@code requests} have been sent or {@code seconds} are over, whichever is first. */
    Result run(long requests, double seconds) throws IOException {
        latency = new Histogram(HIGHEST_LATENCY_NS, DIGITS);
        sent = 0;
        answered = 0;
        long startNs = System.nanoTime();
        long endNs = seconds <= 0 ? Long.MAX_VALUE : startNs + (long) (seconds * 1e9);
        for (Connection connection : connections) {
            send(connection, requests);
        }
        while (answered < sent) {
            selector.select(key -> {
                try {
                    serve(key, System.nanoTime() - endNs < 0 ? requests : 0);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
        }
        long errors = 0;
        for (Connection connection : connections) {
            errors += connection.replies.errors();
        }
        return new Result(answered, errors, System.nanoTime() - startNs, latency);
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }

    private void serve(SelectionKey key, long requests) throws IOException {
        Connection connection = (Connection) key.attachment();
        if (key.isReadable()) {
            readBuffer.clear();
            if (connection.channel.read(readBuffer) < 0) {
                throw new EOFException("Server closed the connection");
            }
            readBuffer.flip();
            int replies = connection.replies.count(readBuffer);
            if (replies > 0) {
                latency.recordValueWithCount(
                        Math.min(System.nanoTime() - connection.sentNs, HIGHEST_LATENCY_NS), replies);
                connection.unanswered -= replies;
                answered += replies;
            }
        }
        if (connection.unanswered == 0) {
            send(connection, requests);
        } else if (connection.unsent.hasRemaining()) {
            flush(connection);
        }
    }

    private void send(Connection connection, long requests) throws IOException {
        int count = (int) Math.min(pipeline, requests - sent);
        if (count <= 0) {
            return;
        }
        ByteBuffer buffer = connection.unsent;
        buffer.clear();
        for (int i = 0; i < count; i++) {
            byte[] request = load.next();
            if (buffer.remaining() < request.length) {
                ByteBuffer larger =
                        ByteBuffer.allocateDirect(Math.max(buffer.capacity() * 2, request.length * pipeline));
                larger.put(buffer.flip());
                buffer = larger;
                connection.unsent = larger;
            }
            buffer.put(request);
        }
        buffer.flip();
        connection.unanswered = count;
        connection.sentNs = System.nanoTime();
        sent += count;
        flush(connection);
    }

    private void flush(Connection connection) throws IOException {
        connection.channel.write(connection.unsent);
        int wanted =
                connection.unsent.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        SelectionKey key = connection.channel.keyFor(selector);
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }
}
