package io.kdb.server.dispatch;

import java.util.Collection;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** All connected sessions by id. Thread-safe. */
public final class Clients {
    private final ConcurrentSkipListMap<Long, Session> byId = new ConcurrentSkipListMap<>();
    private final AtomicLong nextId = new AtomicLong();
    private final AtomicLong count = new AtomicLong();

    /** Ids start at 1 and are never used again. */
    public long newId() {
        return nextId.incrementAndGet();
    }

    public void add(Session session) {
        if (byId.put(session.id(), session) == null) {
            count.incrementAndGet();
        }
    }

    public void remove(Session session) {
        if (byId.remove(session.id()) != null) {
            count.decrementAndGet();
        }
    }

    /** Null when there is none of that id. */
    public Session get(long id) {
        return byId.get(id);
    }

    /** By id, oldest first. */
    public Collection<Session> all() {
        return byId.values();
    }

    public long count() {
        return count.get();
    }
}
