package io.kdb.server.commands;

import io.kdb.server.dispatch.Connection;
import io.kdb.server.dispatch.Session;
import io.kdb.server.pubsub.Kind;
import io.kdb.server.pubsub.Subscriptions;

/** A connection as CLIENT LIST and CLIENT INFO describe it, field for field as Redis 7.0. Stateless. */
final class ClientLines {
    private static final int REPLY_CHUNK_BYTES = 16 * 1024;

    private ClientLines() {}

    static String line(Session session, long nowMs) {
        Connection connection = session.connection();
        long unsent = connection.unsentBytes();
        long queryBytes = connection.queryBytes();
        return "id=" + session.id()
                + " addr=" + connection.peer()
                + " laddr=" + connection.local()
                + " fd=" + connection.descriptor()
                + " name=" + session.name()
                + " age=" + (nowMs - session.createdMs()) / 1000
                + " idle=" + Math.max(0, nowMs - session.lastActiveMs()) / 1000
                + " flags=" + flags(session)
                + " db=" + session.db()
                + subscriptions(session)
                + " multi=" + session.queuedCount()
                + " qbuf=" + queryBytes
                + " qbuf-free=0"
                + " argv-mem=0"
                + " multi-mem=" + session.queuedBytes()
                + " rbs=" + REPLY_CHUNK_BYTES
                + " rbp=0"
                + " obl=0"
                + " oll=" + (unsent + REPLY_CHUNK_BYTES - 1) / REPLY_CHUNK_BYTES
                + " omem=" + unsent
                + " tot-mem=" + (unsent + queryBytes + session.heldBytes())
                + " events=" + (unsent > 0 ? "rw" : "r")
                + " cmd="
                + (session.lastCommand() == null
                        ? "NULL"
                        : session.lastCommand().fullName())
                + " user=" + session.user()
                + " redir="
                + (session.tracking() == null ? -1 : session.tracking().redirect())
                + " resp=" + (session.reply().resp3() ? 3 : 2)
                + library(session);
    }

    private static String subscriptions(Session session) {
        Subscriptions its = session.subscriptions();
        return its == null
                ? " sub=0 psub=0 ssub=0"
                : " sub=" + its.count(Kind.CHANNEL) + " psub=" + its.count(Kind.PATTERN) + " ssub="
                        + its.count(Kind.SHARD);
    }

    private static String library(Session session) {
        return session.libName().isEmpty() && session.libVersion().isEmpty()
                ? ""
                : " lib-name=" + session.libName() + " lib-ver=" + session.libVersion();
    }

    private static String flags(Session session) {
        StringBuilder flags = new StringBuilder();
        switch (session.kind()) {
            case REPLICA -> flags.append('S');
            case PRIMARY -> flags.append('M');
            case PUBSUB -> flags.append('P');
            case NORMAL -> {}
        }
        if (session.isMonitor()) {
            flags.append('O');
        }
        if (session.inTransaction()) {
            flags.append('x');
        }
        if (session.isSuspended()) {
            flags.append('b');
        }
        if (session.tracking() != null) {
            flags.append('t');
            if (session.redirectIsBroken()) {
                flags.append('R');
            }
            if (session.tracking().broadcast()) {
                flags.append('B');
            }
        }
        if (session.watchIsDirty()) {
            flags.append('d');
        }
        if (session.isClosing()) {
            flags.append('c');
        }
        if (session.readOnly()) {
            flags.append('r');
        }
        if (session.noEvict()) {
            flags.append('e');
        }
        if (session.noTouch()) {
            flags.append('T');
        }
        return flags.isEmpty() ? "N" : flags.toString();
    }
}
