package io.kdb.server.replication;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** Serves a test node's replicas over sockets: one thread reads a connection, another owns it and writes. */
final class SocketServer implements AutoCloseable {
    private final TestNode node;
    private final ServerSocket listener;
    private final List<Peer> peers = new CopyOnWriteArrayList<>();

    SocketServer(TestNode node) throws IOException {
        this.node = node;
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    void cutAll() {
        peers.forEach(Peer::close);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Peer peer = new Peer(listener.accept());
                peers.add(peer);
                start(peer::read);
            }
        } catch (IOException e) {
            assert listener.isClosed() : e;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cutAll();
    }

    private final class Peer implements ReplicaConnection {
        private final Socket socket;
        private final ExecutorService owner = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        private final TestSession session = new TestSession(node, this, this::reply);
        private Runnable drained = () -> {};

        Peer(Socket socket) {
            this.socket = socket;
        }

        void read() {
            byte[] bytes = new byte[10_000];
            try {
                int count;
                while ((count = socket.getInputStream().read(bytes)) > 0) {
                    byte[] received = Arrays.copyOf(bytes, count);
                    execute(() -> session.received(received, System.currentTimeMillis()));
                }
            } catch (IOException e) {
                close();
            }
            peers.remove(this);
            execute(session::closed);
        }

        private void reply(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            write(bytes, 0, bytes.length);
        }

        @Override
        public void execute(Runnable task) {
            try {
                owner.execute(task);
            } catch (RejectedExecutionException e) {
                assert owner.isShutdown() : e;
            }
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            try {
                socket.getOutputStream().write(bytes, from, length);
            } catch (IOException e) {
                close();
            }
        }

        @Override
        public void flush() {
            execute(() -> drained.run());
        }

        @Override
        public long bufferedBytes() {
            return 0;
        }

        @Override
        public void onDrained(Runnable task) {
            drained = task;
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public String address() {
            return "127.0.0.1";
        }

        @Override
        public int port() {
            return socket.getPort();
        }
    }
}
