package io.kdb.server.replication;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.persist.DumpFile;
import io.kdb.server.persist.PointInTime;
import io.kdb.server.persist.RdbInfo;
import io.kdb.server.persist.Saver;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One RDB file to all replicas that wait for one, and from there on the log. Owner: the snapshot thread.
 *
 * <p>The file goes straight from the snapshot to the connections, ended by a mark (RDB's length is not known before); for
 * a replica that cannot take that, it goes through a temporary file. The slowest of a group sets the pace; one that takes
 * nothing for repl-timeout is dropped.
 */
final class FullSync {
    private static final Logger LOGGER = LoggerFactory.getLogger(FullSync.class);
    /** Bytes on their way to one replica. */
    private static final long WINDOW_BYTES = 1 << 20;

    private static final long PAUSE_NANOS = 500_000;
    private static final int MARK_BYTES = 40;

    private final Primary primary;
    private final EffectsLog log;
    private final Saver saver;
    private final ServerConfig config;
    private final LongSupplier clockMs;
    private final Supplier<RdbInfo> infoNow;

    /** A replica of the group, and the bytes handed to its thread that it has not yet written. */
    private record Target(ReplicaPeer peer, AtomicLong handedBytes) {
        boolean alive() {
            return peer.state == ReplicaPeer.State.TRANSFER;
        }

        void send(byte[] bytes) {
            handedBytes.addAndGet(bytes.length);
            peer.connection.execute(() -> {
                peer.connection.write(bytes, 0, bytes.length);
                peer.connection.flush();
                handedBytes.addAndGet(-bytes.length);
            });
        }

        long pendingBytes() {
            return handedBytes.get() + peer.connection.bufferedBytes();
        }
    }

    private final List<Target> group = new ArrayList<>();
    private RdbInfo info;

    FullSync(
            Primary primary,
            EffectsLog log,
            Saver saver,
            ServerConfig config,
            LongSupplier clockMs,
            Supplier<RdbInfo> infoNow) {
        this.primary = primary;
        this.log = log;
        this.saver = saver;
        this.config = config;
        this.clockMs = clockMs;
        this.infoNow = infoNow;
    }

    void run() {
        boolean sent = false;
        try {
            Boolean eof = primary.nextTakesEof();
            if (eof != null) {
                send(eof);
            }
            sent = true;
        } catch (IOException e) {
            LOGGER.warn("Full synchronization given up: {}", e.getMessage());
        } finally {
            if (!sent) {
                group.forEach(target -> target.peer().connection.close());
            }
            primary.syncEnded();
        }
    }

    private void send(boolean eof) throws IOException {
        try (PointInTime point = saver.start(() -> start(eof))) {
            if (point.hasFieldTtls()) {
                refuseOthers();
            }
            if (group.isEmpty()) {
                return;
            }
            if (eof) {
                stream(point);
            } else {
                sendFile(point);
            }
        }
        for (Target target : group) {
            primary.transferred(target.peer(), eof);
        }
    }

    /** Sends those away that do not know fields that expire. */
    private void refuseOthers() {
        for (Target target : List.copyOf(group)) {
            if (!target.peer().isKdb) {
                LOGGER.warn(
                        "Replica {} refused: a hash has fields that expire, which it does not know (expected: a kdb)",
                        target.peer().name());
                group.remove(target);
                target.send("-ERR a hash has fields that expire, which needs a kdb replica\r\n"
                        .getBytes(StandardCharsets.ISO_8859_1));
                target.peer().connection.execute(target.peer().connection::close);
            }
        }
    }

    /** Fixes the offset and opens everyone's reader there. Runs where the point in time is fixed. */
    private void start(boolean eof) {
        boolean top = primary.isTopLevel();
        if (top) {
            log.activate();
            log.reselect();
        } else {
            log.activateKeepingHistory();
        }
        for (ReplicaPeer peer : primary.startGroup(eof)) {
            group.add(new Target(peer, new AtomicLong()));
        }
        info = infoNow.get();
    }

    private void announce(String header) {
        for (Target target : group) {
            String first = target.peer().old
                    ? ""
                    : "+FULLRESYNC " + info.replicationId() + " " + info.replicationOffset() + "\r\n";
            target.send((first + header).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private void stream(PointInTime point) throws IOException {
        byte[] mark = new byte[MARK_BYTES];
        for (int i = 0; i < MARK_BYTES; i++) {
            mark[i] =
                    (byte) "0123456789abcdef".charAt(ThreadLocalRandom.current().nextInt(16));
        }
        LOGGER.info("Starting full synchronization of {} replica(s)", group.size());
        announce("$EOF:" + new String(mark, StandardCharsets.ISO_8859_1) + "\r\n");
        saver.write(point, info, new Spread());
        sendToAll(mark);
    }

    private void sendFile(PointInTime point) throws IOException {
        Path file = saver.dumpFile()
                .resolveSibling("temp-sync-" + ProcessHandle.current().pid() + ".rdb");
        try {
            DumpFile.writeForced(file, out -> saver.write(point, info, out));
            point.close();
            announce("$" + Files.size(file) + "\r\n");
            try (InputStream in = Files.newInputStream(file);
                    OutputStream out = new Spread()) {
                in.transferTo(out);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Sends every run of bytes to the whole group. */
    private final class Spread extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            sendToAll(new byte[] {(byte) value});
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            sendToAll(Arrays.copyOfRange(bytes, from, from + length));
        }
    }

    private void sendToAll(byte[] bytes) throws IOException {
        int alive = 0;
        for (Target target : group) {
            if (target.alive()) {
                alive++;
                awaitRoom(target);
                target.send(bytes);
            }
        }
        if (alive == 0) {
            throw new IOException("no replica is left that waits for it");
        }
    }

    private void awaitRoom(Target target) throws IOException {
        long least = target.pendingBytes();
        long progressMs = clockMs.getAsLong();
        while (target.alive() && target.pendingBytes() > WINDOW_BYTES) {
            LockSupport.parkNanos(PAUSE_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedIOException("the node stops");
            }
            long pending = target.pendingBytes();
            long nowMs = clockMs.getAsLong();
            if (pending < least) {
                least = pending;
                progressMs = nowMs;
            } else if (nowMs - progressMs > 1000 * config.get(Parameters.REPL_TIMEOUT)) {
                LOGGER.warn(
                        "Disconnecting timedout replica (full sync): {}",
                        target.peer().name());
                target.peer().connection.close();
                return;
            }
        }
    }
}
