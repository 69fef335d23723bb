package io.kdb.server.dispatch;

import io.kdb.resp.ReplyBuffer;
import io.kdb.server.config.OutputBufferLimits;
import io.kdb.server.config.Parameters;
import io.kdb.server.pubsub.Subscriber;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connection gets without having asked just now: messages, invalidations, other clients' commands. Owner: the
 * connection's event loop.
 *
 * <p>Note: what the running command itself causes stands where Redis puts it, in the middle of the reply if need be; what
 * comes from elsewhere waits until the reply is whole. CLIENT REPLY OFF silences replies, not pushes.
 */
final class Pushes implements Subscriber {
    private static final Logger LOG = LoggerFactory.getLogger(Pushes.class);
    private static final byte[] PUSH = {'>'};
    private static final int NO_COMMAND = -1;

    private final Session session;
    /** Where the running command's reply begins, or behind the last push in a reply that is thrown away. */
    private long mark = NO_COMMAND;

    private List<byte[]> held;
    /** Keys that the running command changed itself and that this connection caches. */
    private List<byte[]> invalidated;

    private boolean isDoomed;
    /** It is in its dispatcher's list of those to flush. */
    boolean isListed;

    Pushes(Session session) {
        this.session = session;
    }

    Session session() {
        return session;
    }

    private ReplyBuffer buffer() {
        return session.reply().buffer();
    }

    void commandStarts() {
        mark = buffer().written();
    }

    /** The running command has replied: drops the reply if it is muted, and writes what waited for its end. */
    void commandEnds() {
        if (session.isThisReplyMuted()) {
            buffer().truncate(mark);
        }
        mark = NO_COMMAND;
        if (held != null) {
            List<byte[]> frames = held;
            held = null;
            frames.forEach(this::write);
            session.dispatcher().pushed().add(session);
        }
        if (invalidated != null) {
            List<byte[]> values = invalidated;
            invalidated = null;
            values.forEach(this::invalidate);
        }
    }

    @Override
    public void push(byte[] frame, boolean ordered) {
        if (isDoomed) {
            return;
        }
        boolean begun = mark != NO_COMMAND && buffer().written() > mark;
        if (held != null || begun && !ordered) {
            held = held == null ? new ArrayList<>() : held;
            held.add(frame);
            return;
        }
        if (mark != NO_COMMAND && session.isThisReplyMuted()) {
            buffer().truncate(mark);
            write(frame);
            mark = buffer().written();
        } else {
            write(frame);
        }
        session.dispatcher().pushed().add(session);
    }

    /** Tells this connection of its own change, behind the reply of what it runs. */
    void invalidateAfterReply(byte[] value) {
        if (mark == NO_COMMAND) {
            invalidate(value);
            return;
        }
        invalidated = invalidated == null ? new ArrayList<>() : invalidated;
        invalidated.add(value);
    }

    private void invalidate(byte[] value) {
        Dispatcher dispatcher = session.dispatcher();
        dispatcher.node().tracking().tell(dispatcher, session, value);
    }

    /** A frame that starts with '*' is a push in RESP3; any other is written as it is. */
    private void write(byte[] frame) {
        if (session.reply().resp3() && frame[0] == '*') {
            buffer().append(PUSH, 0, 1);
            buffer().append(frame, 1, frame.length - 1);
        } else {
            buffer().append(frame, 0, frame.length);
        }
        checkLimit();
    }

    /** Closes the connection if more waits for it than its class may have. */
    void checkLimit() {
        Connection connection = session.connection();
        if (connection == null || isDoomed) {
            return;
        }
        OutputBufferLimits limits = session.dispatcher().node().config().get(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT);
        OutputBufferLimits.Limit limit = session.kind() == Session.Kind.PUBSUB ? limits.pubsub() : limits.normal();
        if (limit.hardBytes() > 0 && buffer().size() + connection.queuedBytes() > limit.hardBytes()) {
            doom("overcoming of output buffer limits.");
        }
    }

    @Override
    public void overflowed() {
        if (!isDoomed) {
            doom("messages that came faster than its thread could take them.");
        }
    }

    private void doom(String reason) {
        isDoomed = true;
        if (session.connection() != null) {
            LOG.warn(
                    "Client {} scheduled to be closed ASAP for {}",
                    session.connection().peer(),
                    reason);
            session.connection().close();
        }
    }
}
