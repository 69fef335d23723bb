package io.kdb.server.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** The connections of one event loop to which something was pushed and that are to be flushed soon. Owner: that event loop. */
final class PushedSessions {
    private final Executor loop;
    private final List<Session> pushed = new ArrayList<>();

    PushedSessions(Executor loop) {
        this.loop = loop;
    }

    /** Something was pushed to a connection of this loop: it is sent after what runs now. */
    void add(Session session) {
        if (session.pushes().isListed || session.connection() == null) {
            return;
        }
        session.pushes().isListed = true;
        pushed.add(session);
        if (pushed.size() == 1) {
            loop.execute(this::flush);
        }
    }

    private void flush() {
        List<Session> sessions = List.copyOf(pushed);
        pushed.clear();
        for (Session session : sessions) {
            session.pushes().isListed = false;
            if (session.connection().isOpen()) {
                session.connection().flush();
                session.pushes().checkLimit();
            }
        }
    }
}
