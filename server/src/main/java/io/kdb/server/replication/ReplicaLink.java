package io.kdb.server.replication;

import io.kdb.resp.Arguments;
import io.kdb.resp.ProtocolError;
import io.kdb.resp.RequestBatch;
import io.kdb.resp.RequestDecoder;
import io.kdb.resp.RequestEncoder;
import io.kdb.resp.RespLimits;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.log.ReplicationHistory;
import io.kdb.server.log.StreamCollector;
import io.kdb.server.persist.DumpFile;
import io.kdb.server.store.StoreFull;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node as a replica: connects to its primary, takes the file or goes on where it was, applies the stream, and
 * connects again when that ends. Owner: the transport's thread; {@link #status} may be asked by any.
 *
 * <p>Note: the log's end is the one record of how far this replica is. Only complete commands and transactions, applied,
 * get there; what is cut off in the middle is asked for again.
 */
final class ReplicaLink {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReplicaLink.class);
    private static final int MAX_LINE_BYTES = 1024;
    private static final byte[] NEWLINE = {'\n'};
    private static final long SECOND_MS = 1000;

    private final String host;
    private final int port;
    private final EffectsLog log;
    private final ServerConfig config;
    private final LinkTransport transport;
    private final Applier applier;
    private final Dataset dataset;
    private final LongSupplier clockMs;
    private final Runnable streamReplaced;
    private final StreamCollector collector;
    private final RequestBatch batch = new RequestBatch();
    private final List<Applier.StreamCommand> transaction = new ArrayList<>();

    private volatile LinkStatus.State state = LinkStatus.State.CONNECT;
    private volatile long lastReceivedMs = -1;
    private volatile long downSinceMs;
    private volatile long totalBytes = -1;
    private volatile long readBytes;

    private Attempt attempt;
    private LinkTransport.Channel channel;
    private Handshake handshake;
    private FileTransfer transfer;
    private RequestDecoder decoder;
    private int db;
    private boolean inTransaction;
    private boolean ackAsked;
    private boolean stopped;
    private long lastAckMs;
    private long lastSignMs;
    private long lastTryMs = Long.MIN_VALUE / 2;
    private long startedMs;

    /** @param streamReplaced what to do when the log is another stream's from now on: its readers must ask anew */
    ReplicaLink(
            String host,
            int port,
            EffectsLog log,
            ServerConfig config,
            LinkTransport transport,
            Applier applier,
            Dataset dataset,
            LongSupplier clockMs,
            Runnable streamReplaced) {
        this.host = host;
        this.port = port;
        this.log = log;
        this.config = config;
        this.transport = transport;
        this.applier = applier;
        this.dataset = dataset;
        this.clockMs = clockMs;
        this.streamReplaced = streamReplaced;
        this.collector = new StreamCollector(log);
        this.db = Math.max(0, log.selectedDb());
        this.downSinceMs = clockMs.getAsLong();
    }

    String host() {
        return host;
    }

    int port() {
        return port;
    }

    LinkStatus status() {
        return new LinkStatus(state, lastReceivedMs, downSinceMs, totalBytes, readBytes);
    }

    /** Ends it for good. */
    void stop() {
        stopped = true;
        drop();
    }

    boolean isStopped() {
        return stopped;
    }

    /** To be called several times a second. */
    void cron() {
        long nowMs = clockMs.getAsLong();
        if (stopped) {
            return;
        }
        if (state == LinkStatus.State.CONNECT) {
            if (nowMs - lastTryMs >= SECOND_MS) {
                connect(nowMs);
            }
            return;
        }
        long silentMs = nowMs - Math.max(lastReceivedMs, startedMs);
        if (silentMs > 1000 * config.get(Parameters.REPL_TIMEOUT)) {
            fail("Timeout " + state + " to the MASTER: nothing was heard for " + silentMs + " ms");
        } else if (state == LinkStatus.State.CONNECTED && nowMs - lastAckMs >= SECOND_MS) {
            acknowledge();
        }
    }

    private void connect(long nowMs) {
        lastTryMs = nowMs;
        startedMs = nowMs;
        state = LinkStatus.State.CONNECTING;
        LOGGER.info("Connecting to MASTER {}:{}", host, port);
        int timeoutMs = (int) Math.min(Integer.MAX_VALUE, 1000 * config.get(Parameters.REPL_TIMEOUT));
        attempt = new Attempt();
        transport.connect(host, port, timeoutMs, attempt);
    }

    /** One connection, or the attempt to make it; what an earlier one still says is not heard. */
    private final class Attempt implements LinkTransport.Handler {
        @Override
        public void connected(LinkTransport.Channel made) {
            if (attempt == this) {
                begin(made);
            } else {
                made.close();
            }
        }

        @Override
        public void closed(String reason) {
            if (attempt == this) {
                channel = null;
                fail("Connection with master lost: " + reason);
            }
        }

        @Override
        public int received(byte[] bytes, int from, int to) {
            return attempt == this ? take(bytes, from, to) : to;
        }
    }

    private void begin(LinkTransport.Channel made) {
        LOGGER.info("MASTER <-> REPLICA sync started");
        channel = made;
        startedMs = clockMs.getAsLong();
        state = LinkStatus.State.HANDSHAKE;
        if (log.isActive()) {
            String id = log.history().nameAt(log.endOffset());
            long next = log.endOffset() + 1;
            LOGGER.info("Trying a partial resynchronization (request {}:{}).", id, next);
            handshake = new Handshake(id, next, config);
        } else {
            handshake = new Handshake("?", -1, config);
        }
        channel.send(handshake.next());
    }

    private void fail(String reason) {
        LOGGER.warn("{}", reason);
        drop();
    }

    /** Back to the beginning; what was complete stays. */
    private void drop() {
        if (state == LinkStatus.State.CONNECTED) {
            downSinceMs = clockMs.getAsLong();
        }
        state = LinkStatus.State.CONNECT;
        attempt = null;
        if (channel != null) {
            channel.close();
            channel = null;
        }
        handshake = null;
        decoder = null;
        endTransfer();
        collector.clear();
        transaction.clear();
        inTransaction = false;
        batch.clear();
    }

    private void endTransfer() {
        if (transfer != null) {
            try {
                transfer.close();
            } catch (IOException e) {
                LOGGER.warn("{} is left behind: {}", transfer.file(), e.toString());
            }
            transfer = null;
        }
        totalBytes = -1;
        readBytes = 0;
    }

    private int take(byte[] bytes, int from, int to) {
        lastReceivedMs = clockMs.getAsLong();
        int at = from;
        while (at < to && channel != null) {
            int before = at;
            switch (state) {
                case HANDSHAKE -> at = handshakeLine(bytes, at, to);
                case SYNC -> at = fileBytes(bytes, at, to);
                case CONNECTED -> {
                    return stream(bytes, at, to);
                }
                case CONNECT, CONNECTING -> {
                    return to;
                }
            }
            if (at == before) {
                break;
            }
        }
        return channel == null ? to : at;
    }

    /** The line at {@code from} without its end, or null when its end is not there. */
    private String line(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                int end = i > from && bytes[i - 1] == '\r' ? i - 1 : i;
                return new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
            }
        }
        if (to - from > MAX_LINE_BYTES) {
            fail("Bad protocol from MASTER: a line of more than " + MAX_LINE_BYTES + " bytes");
        }
        return null;
    }

    private static int afterLine(byte[] bytes, int from) {
        int at = from;
        while (bytes[at] != '\n') {
            at++;
        }
        return at + 1;
    }

    private int handshakeLine(byte[] bytes, int from, int to) {
        String line = line(bytes, from, to);
        if (line == null) {
            return from;
        }
        switch (handshake.line(line)) {
            case WAIT -> {}
            case SEND -> channel.send(handshake.next());
            case GIVE_UP -> fail(handshake.reason());
            case CONTINUE -> goOn();
            case FULL -> {
                LOGGER.info("Full resync from master: {}:{}", handshake.id(), handshake.offset());
                state = LinkStatus.State.SYNC;
            }
        }
        return afterLine(bytes, from);
    }

    private void goOn() {
        LOGGER.info("Successful partial resynchronization with master.");
        String id = handshake.id();
        if (id != null && !id.equals(log.history().id())) {
            LOGGER.info("Master replication ID changed to {}", id);
            log.continuesAs(id);
            streamReplaced.run();
        }
        db = Math.max(0, log.selectedDb());
        startStream();
    }

    private void startStream() {
        decoder = new RequestDecoder(trusted());
        state = LinkStatus.State.CONNECTED;
        downSinceMs = -1;
        acknowledge();
    }

    private static RespLimits trusted() {
        RespLimits limits = new RespLimits();
        limits.authenticated(true);
        return limits;
    }

    private int fileBytes(byte[] bytes, int from, int to) {
        try {
            if (transfer != null) {
                int taken = transfer.take(bytes, from, to - from);
                readBytes = transfer.readBytes();
                if (transfer.isComplete()) {
                    load();
                }
                return from + taken;
            }
            String line = line(bytes, from, to);
            if (line == null) {
                return channel == null ? to : from;
            }
            if (line.startsWith("-")) {
                fail("MASTER aborted replication with an error: " + line);
            } else if (!line.isEmpty()) {
                transfer = new FileTransfer(line, temporaryFile());
                totalBytes = transfer.totalBytes();
                LOGGER.info("MASTER <-> REPLICA sync: receiving {}", line);
                if (transfer.isComplete()) {
                    load();
                }
            }
            return afterLine(bytes, from);
        } catch (IOException e) {
            fail("Failed trying to take the file of the full sync: " + e.getMessage());
            return to;
        }
    }

    private Path temporaryFile() {
        String directory = config.get(Parameters.DIR);
        byte[] bytes = directory.getBytes(StandardCharsets.ISO_8859_1);
        return Path.of(new String(bytes, StandardCharsets.UTF_8))
                .resolve("temp-" + ProcessHandle.current().pid() + "-" + port + "-sync.rdb");
    }

    /** The file is here: it replaces the data. This blocks the link's thread, as it is meant to. */
    private void load() throws IOException {
        transfer.finish();
        Path file = transfer.file();
        LOGGER.info("MASTER <-> REPLICA sync: Flushing old data");
        distrust();
        dataset.startLoading(Files.size(file));
        DumpFile.Loaded loaded;
        try {
            LOGGER.info("MASTER <-> REPLICA sync: Loading DB in memory");
            loaded = DumpFile.load(file, config.get(Parameters.RDBCHECKSUM), -1, dataset.loader(), this::loading);
        } catch (IOException e) {
            dataset.endLoading(false, () -> {});
            throw e;
        }
        ReplicationHistory history = new ReplicationHistory(handshake.id(), ReplicationHistory.NO_ID, -1);
        long offset = handshake.offset();
        db = Math.max(0, loaded.streamDb());
        dataset.endLoading(true, () -> {
            log.adopt(history, offset, db);
            log.activateKeepingHistory();
        });
        streamReplaced.run();
        endTransfer();
        LOGGER.info("MASTER <-> REPLICA sync: Finished with success");
        startStream();
    }

    /** What this node holds is no longer the state at the log's end: nobody, itself included, can go on from there. */
    private void distrust() {
        log.deactivate();
        log.changeId();
    }

    /** So much of the file is read; tells the primary once a second that this node is alive. */
    private void loading(long bytes) {
        dataset.loading(bytes);
        long nowMs = clockMs.getAsLong();
        if (nowMs - lastSignMs >= SECOND_MS) {
            lastSignMs = nowMs;
            channel.send(NEWLINE);
        }
    }

    /** Applies every complete command; the log gets their bytes before the keyspace is left. */
    private int stream(byte[] bytes, int from, int to) {
        batch.clear();
        int consumed = decoder.decode(bytes, from, to, batch);
        int taken = from;
        int r = 0;
        while (r < batch.size()) {
            boolean applied = false;
            applier.enter();
            try {
                do {
                    run(batch.get(r));
                    int end = batch.wireEnd(r);
                    collector.add(bytes, taken, end - taken);
                    taken = end;
                    r++;
                } while (r < batch.size() && !applier.isAskedToLeave());
                if (!inTransaction) {
                    collector.commit(db);
                }
                applied = true;
            } catch (StoreFull full) {
                fail("MASTER <-> REPLICA: no memory for what the primary's stream says; a full sync has to follow");
                return to;
            } finally {
                if (!applied) {
                    distrust();
                }
                applier.leave();
            }
        }
        collector.add(bytes, taken, consumed - taken);
        log.announce();
        ProtocolError error = batch.error();
        if (error != null) {
            fail("Bad protocol from MASTER: " + error.getMessage());
            return to;
        }
        if (ackAsked) {
            ackAsked = false;
            acknowledge();
        }
        return consumed;
    }

    private void run(Arguments command) {
        if (command.is(0, "SELECT") && command.count() == 2) {
            String number = command.text(1);
            db = number.matches("\\d{1,9}") ? Integer.parseInt(number) : 0;
        } else if (command.is(0, "MULTI")) {
            collector.commit(db); // what is applied is not to wait for the transaction's end
            inTransaction = true;
        } else if (command.is(0, "EXEC")) {
            inTransaction = false;
            applier.applyTransaction(transaction);
            transaction.clear();
        } else if (command.is(0, "REPLCONF")) {
            ackAsked |= command.count() > 1 && command.is(1, "GETACK");
        } else if (inTransaction) {
            transaction.add(new Applier.StreamCommand(db, command.detach()));
        } else if (!command.is(0, "PING")) {
            applier.apply(db, command);
        }
    }

    private void acknowledge() {
        if (channel != null) {
            lastAckMs = clockMs.getAsLong();
            channel.send(RequestEncoder.encode("REPLCONF", "ACK", Long.toString(log.endOffset())));
        }
    }
}
