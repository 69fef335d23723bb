package io.kdb.server.replication;

import io.kdb.resp.Arguments;
import io.kdb.server.log.LogReader;
import java.nio.charset.StandardCharsets;

/**
 * A connection that is, or is about to become, a replica's. Owner: the connection's thread, but for the fields that are
 * volatile, and the state, which changes under {@link Primary}'s lock.
 */
public final class ReplicaPeer {
    /** Unsent bytes up to which the log is read; the rest waits in the log. */
    private static final long WINDOW_BYTES = 512 * 1024;

    private static final int READ_BYTES = 64 * 1024;

    /** Where a replica is, from PSYNC on. */
    enum State {
        NONE("none"),
        WAITING("wait_bgsave"),
        TRANSFER("send_bulk"),
        ONLINE("online");

        private final String text;

        State(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    final ReplicaConnection connection;
    /** Sends on; on the connection's thread. */
    final Runnable pump = this::pump;
    /** Has {@link #pump} run there. */
    final Runnable wake;

    private final Primary primary;

    volatile State state = State.NONE;
    volatile int listeningPort;
    volatile String announcedAddress;
    volatile boolean takesEof;
    /** It understands all of our log: fields that expire, for instance. */
    volatile boolean isKdb;

    volatile boolean knowsPsync2;
    volatile boolean rdbOnly;
    /** Connected by SYNC: it sends no acknowledgements. */
    volatile boolean old;
    /** The stream starts with the next acknowledgement: the end of the RDB stream was a mark. */
    volatile boolean startsOnAck;
    /** It had the mark, and acknowledged the file, before the snapshot thread knew that all was sent. */
    volatile boolean ackedEarly;

    volatile long ackOffset;
    volatile long lastSeenMs;
    /** Since when it waits for a full sync, or lags beyond the soft limit; -1 is not. */
    volatile long waitingSinceMs = -1;

    volatile long overSoftSinceMs = -1;
    volatile LogReader reader;
    private boolean pumping;

    public ReplicaPeer(Primary primary, ReplicaConnection connection) {
        this.primary = primary;
        this.connection = connection;
        this.wake = () -> connection.execute(pump);
    }

    /** Whether it has asked for the stream: its connection is a replica's from then on. */
    public boolean isReplica() {
        return state != State.NONE;
    }

    /** The address to show: what it announced, else the connection's. */
    public String address() {
        String announced = announcedAddress;
        return announced == null || announced.isEmpty() ? connection.address() : announced;
    }

    public int listeningPort() {
        return listeningPort;
    }

    /** How Redis' log names it. */
    String name() {
        return listeningPort > 0 ? address() + ":" + listeningPort : connection.address() + ":" + connection.port();
    }

    /** Something was received from it, a lone newline at least. */
    public void seen(long nowMs) {
        lastSeenMs = nowMs;
    }

    // REPLCONF option value [option value ...]
    /** Runs it; returns the reply's line with its type, or null for no reply. */
    public String replconf(Arguments arguments) {
        if (arguments.count() % 2 == 0) {
            return "-ERR syntax error";
        }
        for (int i = 1; i < arguments.count(); i += 2) {
            if (arguments.is(i, "ack")) {
                if (isReplica()) {
                    long offset = number(arguments.text(i + 1));
                    if (offset >= 0) {
                        primary.acknowledge(this, offset);
                    }
                }
                return null;
            }
            if (arguments.is(i, "getack")) {
                return null;
            }
            String error = option(arguments, i);
            if (error != null) {
                return error;
            }
        }
        return "+OK";
    }

    private String option(Arguments arguments, int i) {
        String value = arguments.text(i + 1);
        if (arguments.is(i, "listening-port")) {
            long port = number(value);
            if (port < 0 || port > 65_535) {
                return "-ERR value is not an integer or out of range";
            }
            listeningPort = (int) port;
        } else if (arguments.is(i, "ip-address")) {
            if (value.length() > 255) {
                return "-ERR REPLCONF ip-address provided by replica instance is too long: " + value.length()
                        + " bytes";
            }
            announcedAddress = value;
        } else if (arguments.is(i, "capa")) {
            if (arguments.is(i + 1, "eof")) {
                takesEof = true;
            } else if (arguments.is(i + 1, "psync2")) {
                knowsPsync2 = true;
            } else if (arguments.is(i + 1, "kdb")) {
                isKdb = true;
            }
        } else if (arguments.is(i, "rdb-only")) {
            rdbOnly = number(value) == 1;
        } else if (arguments.is(i, "rdb-filter-only")) {
            if (!value.isEmpty()) {
                return "-ERR Unsupported rdb-filter-only option: " + value;
            }
        } else {
            return "-ERR Unrecognized REPLCONF option: " + arguments.text(i);
        }
        return null;
    }

    private static long number(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }

    /** Sends from the log what the connection takes. The connection's thread. */
    private void pump() {
        LogReader from = reader;
        if (from != null && from.lost()) {
            primary.lostTrack(this);
            return;
        }
        if (pumping || from == null || state != State.ONLINE || startsOnAck) {
            return;
        }
        pumping = true;
        boolean wrote = false;
        while (connection.bufferedBytes() < WINDOW_BYTES) {
            if (from.read(connection::write, READ_BYTES) > 0) {
                wrote = true;
            } else if (from.lost() || from.arm()) {
                break; // the loss has its own wake-up
            }
        }
        if (wrote) {
            connection.flush();
        }
        pumping = false;
    }

    void write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        connection.write(bytes, 0, bytes.length);
        connection.flush();
    }
}
