package io.kdb.compat.cluster;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.protocol.ProtocolVersion;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An application that writes new keys through Lettuce at a steady rate and repeats what timed out or met CLUSTERDOWN, as
 * applications do. Thread-safe.
 */
final class LettuceLoad implements AutoCloseable {
    private static final int MAX_OPEN = 3_000;
    private static final int FAST_BATCH = 15;
    private static final long BATCH_EVERY_MS = 10;
    private static final long REPEAT_MS = 50;
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(5);
    /** Of an application that is to see no error, however busy the machine. */
    private static final Duration PATIENT_TIMEOUT = Duration.ofSeconds(60);

    private static final int SLOW_BATCH = 3;

    private final int batch;
    private final RedisClusterClient client;
    private final StatefulRedisClusterConnection<String, String> connection;
    private final Semaphore open = new Semaphore(MAX_OPEN);
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final Thread writer = new Thread(this::write, "load");
    /** Not a default executor: on two cores that one starts a thread for every task. */
    private final ScheduledExecutorService repeater = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "load-repeat");
        thread.setDaemon(true);
        return thread;
    });

    private volatile boolean ends;
    private volatile boolean closed;

    private LettuceLoad(LocalCluster cluster, int batch, Duration timeout) {
        this.batch = batch;
        client = client(cluster, ProtocolVersion.RESP3, timeout);
        connection = client.connect();
    }

    /** Up to 1,500 writes a second. */
    static LettuceLoad start(LocalCluster cluster) {
        LettuceLoad load = new LettuceLoad(cluster, FAST_BATCH, COMMAND_TIMEOUT);
        load.writer.start();
        return load;
    }

    /** Up to 300 writes a second, and no timeout that a busy machine could cause. */
    static LettuceLoad startPatient(LocalCluster cluster) {
        LettuceLoad load = new LettuceLoad(cluster, SLOW_BATCH, PATIENT_TIMEOUT);
        load.writer.start();
        return load;
    }

    static RedisClusterClient client(LocalCluster cluster, ProtocolVersion protocol) {
        return client(cluster, protocol, COMMAND_TIMEOUT);
    }

    /** A client that drops failed nodes from its topology and asks for it anew at every sign of a change. */
    @SuppressWarnings("deprecation") // what applications have in their code today
    private static RedisClusterClient client(LocalCluster cluster, ProtocolVersion protocol, Duration timeout) {
        RedisClusterClient client = RedisClusterClient.create(cluster.nodes().stream()
                .map(node -> RedisURI.create("127.0.0.1", node.port()))
                .toList());
        client.setOptions(ClusterClientOptions.builder()
                .protocolVersion(protocol)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.ACCEPT_COMMANDS)
                .nodeFilter(node -> !node.is(RedisClusterNode.NodeFlag.FAIL)
                        && !node.is(RedisClusterNode.NodeFlag.EVENTUAL_FAIL)
                        && !node.is(RedisClusterNode.NodeFlag.NOADDR))
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enablePeriodicRefresh(Duration.ofMillis(500))
                        .enableAdaptiveRefreshTrigger(ClusterTopologyRefreshOptions.RefreshTrigger.values())
                        .adaptiveRefreshTriggersTimeout(Duration.ofMillis(200))
                        .build())
                .timeoutOptions(TimeoutOptions.enabled(timeout))
                .build());
        return client;
    }

    private void write() {
        long next = System.nanoTime();
        while (!ends) {
            for (int i = 0; i < batch && !ends; i++) {
                open.acquireUninterruptibly();
                long number = begun.getAndIncrement();
                attempt("load:" + number, String.valueOf(number));
            }
            next += TimeUnit.MILLISECONDS.toNanos(BATCH_EVERY_MS);
            java.util.concurrent.locks.LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void attempt(String key, String value) {
        if (closed) {
            open.release();
            return;
        }
        var unused = connection.async().set(key, value).whenComplete((ok, failure) -> {
            if (failure == null) {
                done.incrementAndGet();
                open.release();
                return;
            }
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            if (cause instanceof RedisCommandExecutionException
                    && !cause.getMessage().startsWith("CLUSTERDOWN")) {
                refused.add(key + ": " + cause.getMessage());
                open.release();
                return;
            }
            repeated.incrementAndGet();
            if (closed) {
                open.release();
            } else {
                var unusedRepeat = repeater.schedule(() -> attempt(key, value), REPEAT_MS, TimeUnit.MILLISECONDS);
            }
        });
    }

    /** Writes acknowledged so far. */
    long done() {
        return done.get();
    }

    /** Writes begun so far: the last key's number + 1. */
    long begun() {
        return begun.get();
    }

    long repeated() {
        return repeated.get();
    }

    /** Error replies that an application would not repeat. */
    Queue<String> refused() {
        return refused;
    }

    StatefulRedisClusterConnection<String, String> connection() {
        return connection;
    }

    /** Waits until a second sees so many writes succeed. */
    void awaitRate(int perSecond, long limitMs) throws InterruptedException {
        long[] at = {System.nanoTime(), done()};
        Await.until(
                limitMs,
                () -> {
                    long now = System.nanoTime();
                    if (now - at[0] < 1_000_000_000L) {
                        return false;
                    }
                    double rate = (done() - at[1]) * 1e9 / (now - at[0]);
                    at[0] = now;
                    at[1] = done();
                    return rate >= perSecond;
                },
                () -> "fewer than " + perSecond + " writes/s, " + done() + " in all");
    }

    /** A key's value. A busy machine may cost a primary its lease for a moment; an application asks again then. */
    String get(String key, long limitMs) throws InterruptedException {
        String[] value = {null};
        String[] refusal = {""};
        Await.until(
                limitMs,
                () -> {
                    try {
                        value[0] = connection.sync().get(key);
                        return true;
                    } catch (RedisCommandTimeoutException e) {
                        refusal[0] = e.getMessage();
                        return false;
                    } catch (RedisCommandExecutionException e) {
                        refusal[0] = e.getMessage();
                        if (!e.getMessage().startsWith("CLUSTERDOWN")) {
                            throw e;
                        }
                        return false;
                    }
                },
                () -> key + ": " + refusal[0]);
        return value[0];
    }

    /** Begins no more writes, and waits until all that were begun have succeeded. */
    void finish(long limitMs) throws InterruptedException {
        ends = true;
        writer.join();
        Await.until(
                limitMs,
                () -> done.get() + refused.size() == begun.get(),
                () -> begun.get() - done.get() - refused.size() + " writes are still open");
    }

    @Override
    public void close() throws InterruptedException {
        ends = true;
        closed = true;
        open.release(MAX_OPEN);
        writer.join();
        repeater.shutdownNow();
        connection.close();
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
