package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.Settings;
import io.kdb.server.observe.LatencyMonitor;
import io.kdb.server.observe.SlowLog;
import io.kdb.server.pubsub.LoopSubscribers;
import io.kdb.server.pubsub.Parcel;
import io.kdb.server.text.QuotedArguments;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Who looks at commands after they ran: MONITOR's clients, SLOWLOG and LATENCY. Thread-safe. While nobody does, a command
 * pays the comparison of its duration with a limit.
 */
public final class Observers {
    private static final long NEVER = Long.MAX_VALUE;

    private final Node node;
    private final List<Session> monitors = new CopyOnWriteArrayList<>();
    private final SlowLog slowLog = new SlowLog();
    private final LatencyMonitor latency = new LatencyMonitor();
    private volatile long slowNanos = NEVER;
    private volatile long lateNanos = NEVER;
    /** A command that took as long is looked at: the shortest of the limits, 0 while somebody monitors. */
    private volatile long limitNanos = NEVER;

    private volatile boolean tracksLatency;

    Observers(Node node) {
        this.node = node;
        configure(node.config().current());
        node.config()
                .whenChanged(
                        (before, now) -> configure(now),
                        Parameters.SLOWLOG_LOG_SLOWER_THAN,
                        Parameters.SLOWLOG_MAX_LEN,
                        Parameters.LATENCY_MONITOR_THRESHOLD,
                        Parameters.LATENCY_TRACKING);
    }

    private synchronized void configure(Settings settings) {
        long slowMicros = settings.get(Parameters.SLOWLOG_LOG_SLOWER_THAN);
        long lateMs = settings.get(Parameters.LATENCY_MONITOR_THRESHOLD);
        slowNanos = slowMicros < 0 || slowMicros > NEVER / 1000 ? NEVER : slowMicros * 1000;
        lateNanos = lateMs == 0 || lateMs > NEVER / 1_000_000 ? NEVER : lateMs * 1_000_000;
        tracksLatency = settings.get(Parameters.LATENCY_TRACKING);
        if (slowMicros >= 0) {
            slowLog.trim(settings.get(Parameters.SLOWLOG_MAX_LEN));
        }
        setLimit();
    }

    private void setLimit() {
        limitNanos = monitors.isEmpty() ? Math.min(slowNanos, lateNanos) : 0;
    }

    public SlowLog slowLog() {
        return slowLog;
    }

    public LatencyMonitor latency() {
        return latency;
    }

    /** {@code latency-tracking}: whether each command's durations are counted. */
    boolean tracksLatency() {
        return tracksLatency;
    }

    /** Whether somebody looks at commands that took less than so long. */
    boolean lookBelow(long nanos) {
        return limitNanos < nanos;
    }

    // ---- commands ---------------------------------------------------------------------------------------------

    /** A command has run, in so much time; its arguments are still there. */
    void ran(Call call, CommandSpec spec, long nanos) {
        if (nanos < limitNanos) {
            return;
        }
        if (!monitors.isEmpty() && !spec.has(CommandFlag.SKIP_MONITOR) && !spec.has(CommandFlag.ADMIN)) {
            feed(call, spec);
        }
        if (call.isSuspended()) {
            return;
        }
        if (nanos >= lateNanos) {
            late(spec.has(CommandFlag.FAST) ? "fast-command" : "command", nanos);
        }
        if (nanos >= slowNanos && !spec.has(CommandFlag.SKIP_SLOWLOG)) {
            slow(call, spec, nanos);
        }
    }

    /** Something that is no command held the node up, in so much time. */
    public void late(String event, long nanos) {
        if (nanos >= lateNanos) {
            latency.add(event, System.currentTimeMillis() / 1000, nanos / 1_000_000);
        }
    }

    private void slow(Call call, CommandSpec spec, long nanos) {
        Session session = call.session();
        slowLog.add(
                System.currentTimeMillis() / 1000,
                nanos / 1000,
                trimmed(spec, call.args()),
                peer(session),
                session.name(),
                node.config().get(Parameters.SLOWLOG_MAX_LEN));
    }

    private static List<byte[]> trimmed(CommandSpec spec, Arguments args) {
        boolean[] secret = Secrets.of(spec, args);
        int count = Math.min(args.count(), SlowLog.MAX_ARGUMENTS);
        List<byte[]> words = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            if (i == count - 1 && args.count() > count) {
                words.add(bytes("... (" + (args.count() - count + 1) + " more arguments)"));
            } else if (Secrets.isSecret(secret, i)) {
                words.add(Secrets.SHOWN_INSTEAD);
            } else {
                words.add(trimmed(args, i));
            }
        }
        return words;
    }

    /** The argument, or its beginning; of a large one no more is copied. */
    private static byte[] trimmed(Arguments args, int i) {
        int kept = SlowLog.MAX_ARGUMENT_BYTES;
        int length = args.length(i);
        if (length <= kept) {
            return args.copy(i);
        }
        byte[] note = bytes("... (" + (length - kept) + " more bytes)");
        byte[] shown = new byte[kept + note.length];
        byte[][] pieces = args.pieces(i);
        if (pieces == null) {
            System.arraycopy(args.array(i), args.offset(i), shown, 0, kept);
        } else {
            int at = 0;
            for (int piece = 0; at < kept; piece++) {
                int count = Math.min(kept - at, pieces[piece].length);
                System.arraycopy(pieces[piece], 0, shown, at, count);
                at += count;
            }
        }
        System.arraycopy(note, 0, shown, kept, note.length);
        return shown;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String peer(Session session) {
        return session.connection() == null ? "?:0" : session.connection().peer();
    }

    // ---- MONITOR ----------------------------------------------------------------------------------------------

    /** MONITOR; called on the session's loop. */
    public synchronized void monitor(Session session) {
        monitors.add(session);
        session.isMonitor(true);
        setLimit();
    }

    /** The end of the connection, or RESET. */
    synchronized void forget(Session session) {
        if (session.isMonitor()) {
            session.isMonitor(false);
            monitors.remove(session);
            setLimit();
        }
    }

    private void feed(Call call, CommandSpec spec) {
        Arguments args = call.args();
        boolean[] secret = Secrets.of(spec, args);
        Instant now = Instant.now();
        StringBuilder line = new StringBuilder(64)
                .append(String.format(Locale.ROOT, "+%d.%06d", now.getEpochSecond(), now.getNano() / 1000))
                .append(" [")
                .append(call.db())
                .append(' ')
                .append(peer(call.session()))
                .append(']');
        for (int i = 0; i < args.count(); i++) {
            line.append(' ');
            line.append(Secrets.isSecret(secret, i) ? "\"(redacted)\"" : QuotedArguments.quote(args.text(i)));
        }
        byte[] frame = bytes(line.append("\r\n").toString());
        LoopSubscribers own = call.dispatcher().subscribers();
        for (Session monitor : monitors) {
            LoopSubscribers loop = monitor.dispatcher().subscribers();
            if (loop == own) {
                loop.deliverWaiting();
                monitor.pushes().push(frame, true);
            } else {
                loop.post(new Line(monitor, frame, false));
            }
        }
    }

    /** A line on its way to a monitor on another loop. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    private record Line(Session monitor, byte[] frame, boolean lost) implements Parcel {
        @Override
        public long bytes() {
            return 64L + frame.length;
        }

        @Override
        public void open(LoopSubscribers at) {
            if (!monitor.isMonitor()) {
                return;
            }
            if (lost) {
                monitor.pushes().overflowed();
            } else {
                monitor.pushes().push(frame, false);
            }
        }

        @Override
        public Parcel withoutContent() {
            return new Line(monitor, new byte[0], true);
        }
    }
}
