package io.kdb.cluster.control;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The way to one other node: at most one connection made by this side, made when there is something to send, and what
 * waits for it. Owner: the bus' event loop; {@link #writable} and {@link #connected} may be read by any thread.
 */
final class BusPeer {
    /** What may wait while the connection is being made. */
    private static final int MAX_WAITING_BYTES = 4 << 20;

    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    private record Waiting(long id, int kind, byte[] payload, long limitMs, CompletableFuture<byte[]> call) {}

    private final Bus bus;
    private final String id;
    private BusConnection connection;
    private boolean connecting;
    private boolean backingOff;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private List<Runnable> writableTasks = new ArrayList<>();
    private volatile BusConnection ready;

    BusPeer(Bus bus, String id) {
        this.bus = bus;
        this.id = id;
    }

    boolean connected() {
        return ready != null;
    }

    boolean writable() {
        BusConnection c = ready;
        return c == null || c.writable();
    }

    void send(int kind, byte[] payload) {
        if (ready != null) {
            if (unsent() <= Bus.MAX_UNSENT_BYTES) {
                ready.message(kind, payload);
            }
        } else {
            await(new Waiting(0, kind, payload, 0, null));
        }
    }

    void request(long callId, int kind, byte[] payload, long limitMs, CompletableFuture<byte[]> call) {
        if (ready != null) {
            if (unsent() > Bus.MAX_UNSENT_BYTES) {
                call.completeExceptionally(new IOException("node " + id + ": too much waits to be sent"));
                return;
            }
            ready.request(callId, kind, payload, call);
            bus.limit(ready, callId, call, limitMs);
        } else {
            await(new Waiting(callId, kind, payload, limitMs, call));
        }
    }

    private long unsent() {
        return ready.channel().bytesBeforeWritable();
    }

    private void await(Waiting w) {
        InetSocketAddress address = bus.address(id);
        if (address == null) {
            drop(w, "node " + id + ": address not known");
        } else if (backingOff) {
            drop(w, "node " + id + ": not reachable");
        } else {
            if (waitingBytes + w.payload.length > MAX_WAITING_BYTES) {
                drop(w, "node " + id + ": not connected yet");
            } else {
                waiting.add(w);
                waitingBytes += w.payload.length;
            }
            if (!connecting) {
                connecting = true;
                connection = bus.dial(id, address);
            }
        }
    }

    private static void drop(Waiting w, String why) {
        if (w.call != null) {
            w.call.completeExceptionally(new IOException(why));
        }
    }

    void ready(BusConnection c) {
        if (c != connection) {
            return;
        }
        connecting = false;
        ready = c;
        for (Waiting w : waiting) {
            if (w.call == null) {
                send(w.kind, w.payload);
            } else {
                request(w.id, w.kind, w.payload, w.limitMs, w.call);
            }
        }
        waiting.clear();
        waitingBytes = 0;
    }

    void closed(BusConnection c) {
        if (c != connection) {
            return;
        }
        boolean failed = ready == null;
        connection = null;
        connecting = false;
        ready = null;
        waiting.forEach(w -> drop(w, "node " + id + ": not reachable"));
        waiting.clear();
        waitingBytes = 0;
        writableAgain();
        if (failed && !backingOff) {
            backingOff = true;
            bus.later(Bus.backOffMs(), () -> backingOff = false);
        }
    }

    void whenWritable(Runnable task) {
        if (writable()) {
            task.run();
        } else {
            writableTasks.add(task);
        }
    }

    void writableAgain() {
        List<Runnable> tasks = writableTasks;
        writableTasks = new ArrayList<>();
        tasks.forEach(Runnable::run);
    }

    void close(String why) {
        if (connection != null) {
            connection.fail(new IOException(why));
        }
    }
}
