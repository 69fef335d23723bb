package io.kdb.server.dispatch;

import java.security.SecureRandom;

/**
 * What INFO shows of a node's past and circumstances: its run id, rates, memory peak, where it listens. Owner of the
 * samples: the tick; anyone reads.
 */
public final class Telemetry {
    private static final int SAMPLES = 16;
    private static final long SAMPLE_MS = 100;

    /** A rate per second over the last {@value #SAMPLES} samples. */
    private static final class Rate {
        private final long[] perSecond = new long[SAMPLES];
        private int next;
        private long last;
        private volatile long average;

        void sample(long total, long elapsedMs) {
            perSecond[next] = Math.max(0, total - last) * 1000 / elapsedMs;
            next = (next + 1) % SAMPLES;
            last = total;
            long sum = 0;
            for (long sample : perSecond) {
                sum += sample;
            }
            average = sum / SAMPLES;
        }
    }

    private final Node node;
    private final String runId;
    private final Rate operations = new Rate();
    private final Rate input = new Rate();
    private final Rate output = new Rate();
    private final Rate replicationInput = new Rate();
    private final Rate replicationOutput = new Rate();
    private long sampledMs;
    private volatile long peakBytes;
    private volatile long clientBytesCounted;
    private volatile int port;
    private volatile String transport = "";

    Telemetry(Node node) {
        this.node = node;
        SecureRandom random = new SecureRandom();
        StringBuilder id = new StringBuilder(40);
        for (int i = 0; i < 40; i++) {
            id.append(Character.forDigit(random.nextInt(16), 16));
        }
        this.runId = id.toString();
    }

    /** To be called at every tick; by one thread. */
    public void tick(long nowMs) {
        long elapsedMs = nowMs - sampledMs;
        if (elapsedMs < SAMPLE_MS) {
            return;
        }
        boolean first = sampledMs == 0;
        sampledMs = nowMs;
        if (first) {
            return;
        }
        operations.sample(UsageReport.totalCalls(node), elapsedMs);
        Stats stats = node.stats();
        replicationInput.sample(stats.replicationInputBytes.sum(), elapsedMs);
        replicationOutput.sample(stats.replicationOutputBytes.sum(), elapsedMs);
        input.sample(stats.netInputBytes.sum() + stats.replicationInputBytes.sum(), elapsedMs);
        output.sample(stats.netOutputBytes.sum() + stats.replicationOutputBytes.sum(), elapsedMs);
        usedMemory();
        clientBytesCounted = clientBytes(false);
    }

    /** The memory Redis would count: keys, clients' buffers, backlog. Notes the peak. */
    public long usedMemory() {
        long used = node.keyspace().usedMemory() + clientBytes() + node.log().memoryBytes();
        if (used > peakBytes) {
            peakBytes = used;
        }
        return used;
    }

    /** Requests not yet run, what is kept of others, and replies not yet sent, of all clients. */
    public long clientBytes() {
        return clientBytes(true);
    }

    /**
     * What clients hold of maxmemory, as of the last sample: {@link #clientBytes} without replicas' output, which grows with
     * the deletions that are to make room.
     */
    public long clientBytesCounted() {
        return clientBytesCounted;
    }

    private long clientBytes(boolean withReplicas) {
        long bytes = 0;
        for (Session session : node.clients().all()) {
            Connection connection = session.connection();
            if (connection != null && (withReplicas || session.kind() != Session.Kind.REPLICA)) {
                bytes += connection.unsentBytes() + connection.queryBytes() + session.heldBytes();
            }
        }
        return bytes;
    }

    public long peakBytes() {
        return peakBytes;
    }

    public long operationsPerSecond() {
        return operations.average;
    }

    public long inputBytesPerSecond() {
        return input.average;
    }

    public long outputBytesPerSecond() {
        return output.average;
    }

    public long replicationInputBytesPerSecond() {
        return replicationInput.average;
    }

    public long replicationOutputBytesPerSecond() {
        return replicationOutput.average;
    }

    /** 40 hexadecimal digits, new at each start. */
    public String runId() {
        return runId;
    }

    /** Notes where the node listens and by what transport. */
    public void listening(int itsPort, String itsTransport) {
        port = itsPort;
        transport = itsTransport;
    }

    public int port() {
        return port;
    }

    public String transport() {
        return transport;
    }

    void reset() {
        peakBytes = 0;
    }
}
