package io.kdb.server.config;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's log, in Redis' form ({@code 4711:M 22 Nov 2026 15:00:00.123 * Ready to accept connections}), on the
 * standard output or in {@code logfile}. Levels: TRACE is Redis' debug, DEBUG verbose, INFO notice, WARN and ERROR
 * warning. Thread-safe.
 */
public final class ServerLog extends AppenderBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("dd MMM yyyy HH:mm:ss.SSS", Locale.ENGLISH);
    private static final long PID = ProcessHandle.current().pid();
    /** Chatty below a warning, and not about kdb. */
    private static final List<String> LIBRARIES = List.of("io.netty", "org.apache.ratis");

    private final PrintStream out;
    private volatile Path file;
    private volatile Supplier<Character> role = () -> 'C';

    private ServerLog(PrintStream out) {
        this.out = out;
    }

    /** Makes this process log in Redis' form, at first on this stream at level notice. */
    public static ServerLog install(PrintStream out) {
        ServerLog serverLog = new ServerLog(out);
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        serverLog.setContext(context);
        serverLog.start();
        root.addAppender(serverLog);
        root.setLevel(Level.INFO);
        for (String library : LIBRARIES) context.getLogger(library).setLevel(Level.WARN);
        // A dead voter would fill the log: a stack trace for each try to reach it.
        context.getLogger("org.apache.ratis.server.leader").setLevel(Level.ERROR);
        return serverLog;
    }

    /** Follows {@code loglevel} and {@code logfile} of this configuration from now on. */
    public void follow(ServerConfig config) {
        Settings settings = config.current();
        char letter = settings.get(Parameters.REPLICAOF).isNone() ? 'M' : 'S';
        role(() -> letter);
        level(settings.get(Parameters.LOGLEVEL));
        file = settings.get(Parameters.LOGFILE).isEmpty() ? null : settings.path(Parameters.LOGFILE);
        config.whenChanged((before, now) -> level(now.get(Parameters.LOGLEVEL)), Parameters.LOGLEVEL);
    }

    /** Where the letter behind the pid comes from: M for a primary, S for a replica; C until the configuration is read. */
    public void role(Supplier<Character> letter) {
        role = letter;
    }

    private void level(LogLevel level) {
        ch.qos.logback.classic.Logger root =
                ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(
                switch (level) {
                    case DEBUG -> Level.TRACE;
                    case VERBOSE -> Level.DEBUG;
                    case NOTICE -> Level.INFO;
                    case WARNING -> Level.WARN;
                });
    }

    @Override
    protected void append(ILoggingEvent event) {
        byte[] line = line(event, role.get()).getBytes(StandardCharsets.UTF_8);
        Path target = file;
        if (target == null) {
            out.write(line, 0, line.length);
            out.flush();
            return;
        }
        try {
            LogFile.append(target, line);
        } catch (IOException e) {
            addError("cannot write to " + target, e);
        }
    }

    static String line(ILoggingEvent event, char role) {
        StringBuilder line = new StringBuilder(120);
        line.append(PID).append(':').append(role).append(' ');
        line.append(TIME.format(Instant.ofEpochMilli(event.getTimeStamp()).atZone(ZoneId.systemDefault())));
        line.append(' ').append(mark(event.getLevel())).append(' ');
        line.append(event.getFormattedMessage()).append('\n');
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) line.append(ThrowableProxyUtil.asString(thrown)).append('\n');
        return line.toString();
    }

    private static char mark(Level level) {
        if (level.isGreaterOrEqual(Level.WARN)) return '#';
        if (level.isGreaterOrEqual(Level.INFO)) return '*';
        return level.isGreaterOrEqual(Level.DEBUG) ? '-' : '.';
    }
}
