package io.kdb.server.net;

import io.kdb.server.dispatch.Clients;
import io.kdb.server.dispatch.Connection;
import io.kdb.server.dispatch.Session;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The unsent output of all clients together. What is on its way to the kernel fits a share of the direct memory; what waits
 * behind it in reply chunks is counted with the store's pages ({@link io.kdb.server.dispatch.HeapLoan}). Where either is
 * short, the connection with the most is closed, as Redis closes one over its output limit. Thread-safe.
 */
final class OutputBudget {
    private static final Logger LOG = LoggerFactory.getLogger(OutputBudget.class);

    /** The share of the direct memory that unsent output may take: one half. */
    static final int SHARE = 2;

    /** A client with less unread is not the reason why a command lacks heap. */
    static final long MIN_CLOSED_BYTES = 4 << 20;

    /** Nor is one that reads: it has taken something within this time. */
    private static final long MAX_STALL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Clients clients;
    private final long limitBytes;
    private final AtomicLong unsent = new AtomicLong();

    OutputBudget(Clients clients, long directMemoryBytes) {
        this.clients = clients;
        this.limitBytes = directMemoryBytes / SHARE;
    }

    /** A connection's unsent output grew or shrank. */
    void changed(long bytes) {
        if (unsent.addAndGet(bytes) > limitBytes && bytes > 0) {
            closeLargest(connection -> true);
        }
    }

    void sent(long bytes) {
        unsent.addAndGet(-bytes);
    }

    long unsentBytes() {
        return unsent.get();
    }

    /**
     * A command lacks heap: of those who leave so much unread that it may be the reason, and read none of it, the one with the
     * most has to go. The command fails all the same.
     */
    void makeRoom() {
        long nowNanos = System.nanoTime();
        closeLargest(connection ->
                connection.unsentBytes() >= MIN_CLOSED_BYTES && connection.stallNanos(nowNanos) >= MAX_STALL_NANOS);
    }

    private void closeLargest(Predicate<Connection> eligible) {
        Session largest = null;
        for (Session session : clients.all()) {
            Connection connection = session.connection();
            if (connection != null
                    && eligible.test(connection)
                    && (largest == null
                            || connection.unsentBytes() > largest.connection().unsentBytes())) {
                largest = session;
            }
        }
        if (largest != null) {
            Connection connection = largest.connection();
            LOG.warn(
                    "Client {} closed: memory for unsent output is short, and it has the most ({} bytes)",
                    connection.peer(),
                    connection.unsentBytes());
            largest.closeAfterReply();
            connection.close();
        }
    }
}
