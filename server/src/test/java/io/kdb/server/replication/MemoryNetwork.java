package io.kdb.server.replication;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Connections in memory on one thread; bytes arrive in pieces of any size, and connections can be cut. */
final class MemoryNetwork implements LinkTransport, AutoCloseable {
    final AtomicLong clockMs = new AtomicLong(1_000_000);
    final Map<Integer, TestNode> nodes = new HashMap<>();
    private final List<Pipe> pipes = new CopyOnWriteArrayList<>();
    /** Nothing that is written arrives any more, nor is it taken from the writer's buffer. */
    volatile boolean stalled;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Random random;

    MemoryNetwork(Random random) {
        this.random = random;
    }

    @Override
    public void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            assert thread.isShutdown() : e;
        }
    }

    /** Runs a task on the network's thread and waits for it. */
    void run(Runnable task) {
        try {
            thread.submit(task).get(60, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void connect(String host, int port, int timeoutMs, Handler handler) {
        execute(() -> {
            TestNode target = nodes.get(port);
            if (target == null) {
                handler.closed("refused");
                return;
            }
            Pipe pipe = new Pipe(target, handler);
            pipes.add(pipe);
            handler.connected(pipe);
        });
    }

    /** Cuts some connections; bytes on their way may be lost. */
    void cutSome() {
        run(() -> pipes.forEach(pipe -> {
            if (random.nextBoolean()) {
                pipe.cut();
            }
        }));
    }

    int connections() {
        return pipes.size();
    }

    /** Turns time on by 100 ms on all nodes, once their snapshot threads are through. */
    void turn() {
        for (TestNode node : nodes.values()) {
            CountDownLatch through = new CountDownLatch(1);
            node.saver.onSnapshotThread(through::countDown);
            try {
                assertTrue(through.await(60, TimeUnit.SECONDS), "a full sync hangs");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        clockMs.addAndGet(100);
        run(() -> nodes.values().forEach(node -> node.replication.cron()));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private final class Pipe implements LinkTransport.Channel, ReplicaConnection {
        private final TestSession session;
        private final Handler handler;
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private byte[] tail = {};
        private Runnable drained = () -> {};
        private volatile long buffered;
        private boolean open = true;

        Pipe(TestNode target, Handler handler) {
            this.handler = handler;
            this.session = new TestSession(target, this, this::reply);
        }

        private void reply(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            write(bytes, 0, bytes.length);
            flush();
        }

        @Override
        public void send(byte[] bytes) {
            MemoryNetwork.this.execute(() -> {
                if (open) {
                    int split = random.nextInt(bytes.length + 1);
                    session.received(Arrays.copyOf(bytes, split), clockMs.get());
                    session.received(Arrays.copyOfRange(bytes, split, bytes.length), clockMs.get());
                }
            });
        }

        @Override
        public void execute(Runnable task) {
            MemoryNetwork.this.execute(task);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            written.write(bytes, from, length);
            long now = buffered + length;
            buffered = now;
        }

        @Override
        public void flush() {
            byte[] bytes = written.toByteArray();
            written.reset();
            int from = 0;
            while (from < bytes.length) {
                int size = Math.min(bytes.length - from, 1 + random.nextInt(1 << random.nextInt(17)));
                byte[] part = Arrays.copyOfRange(bytes, from, from + size);
                if (!stalled) {
                    MemoryNetwork.this.execute(() -> arrive(part));
                }
                from += size;
            }
        }

        private void arrive(byte[] part) {
            long left = buffered - part.length;
            buffered = left;
            if (open) {
                byte[] all = Arrays.copyOf(tail, tail.length + part.length);
                System.arraycopy(part, 0, all, tail.length, part.length);
                int consumed = handler.received(all, 0, all.length);
                tail = Arrays.copyOfRange(all, consumed, all.length);
                drained.run();
            }
        }

        @Override
        public long bufferedBytes() {
            return buffered;
        }

        @Override
        public void onDrained(Runnable task) {
            drained = task;
        }

        /** Closed by either side. */
        @Override
        public void close() {
            MemoryNetwork.this.execute(this::cut);
        }

        void cut() {
            if (open) {
                open = false;
                pipes.remove(this);
                session.closed();
                handler.closed("cut");
            }
        }

        @Override
        public String address() {
            return "127.0.0.1";
        }

        @Override
        public int port() {
            return 50_000;
        }
    }
}
