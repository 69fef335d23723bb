package io.kdb.server.net;

import io.kdb.server.dispatch.Clients;
import io.kdb.server.dispatch.Connection;
import io.kdb.server.dispatch.Session;
import java.util.concurrent.atomic.AtomicLong;
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
    private static final long MIN_CLOSED_BYTES = 4 << 20;

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
            closeLargest(0);
        }
    }

    void sent(long bytes) {
        unsent.addAndGet(-bytes);
    }

    long unsentBytes() {
        return unsent.get();
    }

    /** A command lacks heap: who leaves the most unread has to go, if that is so much that it may be the reason. */
    void makeRoom() {
        closeLargest(MIN_CLOSED_BYTES);
    }

    private void closeLargest(long atLeast) {
        Connection largest = null;
        for (Session session : clients.all()) {
            Connection connection = session.connection();
            if (connection != null && (largest == null || connection.unsentBytes() > largest.unsentBytes())) {
                largest = connection;
            }
        }
        if (largest != null && largest.unsentBytes() >= atLeast) {
            LOG.warn(
                    "Client {} closed: memory for unsent output is short, and it has the most ({} bytes)",
                    largest.peer(),
                    largest.unsentBytes());
            largest.close();
        }
    }
}
