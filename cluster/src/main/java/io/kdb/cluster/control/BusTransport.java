package io.kdb.cluster.control;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The engine's calls over the bus: they wait, so those of others run on threads of their own. Thread-safe. */
final class BusTransport implements RaftTransport, AutoCloseable {
    private static final int MAX_THREADS = 64;

    private final Bus bus;
    private final long limitMs;
    private volatile Receiver receiver;
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(0, MAX_THREADS, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "kdb-raft-call");
                thread.setDaemon(true);
                return thread;
            });

    BusTransport(Bus bus, long limitMs) {
        this.bus = bus;
        this.limitMs = limitMs;
        bus.handler(Bus.RAFT, this::received);
    }

    @Override
    public void receiver(Receiver r) {
        receiver = r;
    }

    private CompletableFuture<byte[]> received(String from, byte[] request) {
        Receiver r = receiver;
        if (r == null) {
            return CompletableFuture.failedFuture(new IOException("not started"));
        }
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> {
                try {
                    answer.complete(r.called(from, request));
                } catch (IOException e) {
                    answer.completeExceptionally(new IOException(e.toString()));
                } finally {
                    // Whatever else the engine throws is its own; the caller must not wait for it.
                    answer.completeExceptionally(new IOException("call failed"));
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new IOException("too many calls"));
        }
        return answer;
    }

    @Override
    public byte[] call(String nodeId, byte[] request) throws IOException {
        try {
            return bus.request(nodeId, Bus.RAFT, request, limitMs).get(limitMs + 100, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(Bus.text(e.getCause()));
        } catch (TimeoutException e) {
            throw new IOException("no answer of " + nodeId + " within " + limitMs + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted");
        }
    }

    @Override
    public void close() {
        receiver = null;
        threads.shutdownNow();
    }
}
