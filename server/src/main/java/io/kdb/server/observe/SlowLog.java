package io.kdb.server.observe;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The latest commands that took longer than {@code slowlog-log-slower-than}. Thread-safe. Its memory is bounded by
 * {@code slowlog-max-len} and by what is kept of a command.
 *
 * @see <a href="https://redis.io/docs/latest/commands/slowlog/">SLOWLOG</a>
 */
public final class SlowLog {
    /** How many arguments an entry has at most; the last one then says how many more there were. */
    public static final int MAX_ARGUMENTS = 32;

    /** How many bytes of an argument are kept; what follows says how many more there were. */
    public static final int MAX_ARGUMENT_BYTES = 128;

    /** One command. */
    public record Entry(
            long id, long timeSeconds, long micros, List<byte[]> arguments, String peer, String clientName) {}

    private final Deque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    /** Adds a command, and drops the oldest beyond {@code maxLength}. */
    public synchronized void add(
            long timeSeconds, long micros, List<byte[]> arguments, String peer, String clientName, long maxLength) {
        entries.addFirst(new Entry(nextId++, timeSeconds, micros, arguments, peer, clientName));
        trim(maxLength);
    }

    /** Drops the oldest beyond {@code maxLength}. */
    public synchronized void trim(long maxLength) {
        while (entries.size() > maxLength) {
            entries.removeLast();
        }
    }

    /** The latest, newest first. */
    public synchronized List<Entry> latest(long count) {
        List<Entry> latest = new ArrayList<>();
        Iterator<Entry> newest = entries.iterator();
        while (newest.hasNext() && latest.size() < count) {
            latest.add(newest.next());
        }
        return latest;
    }

    public synchronized int size() {
        return entries.size();
    }

    /** Forgets all entries; ids go on. */
    public synchronized void clear() {
        entries.clear();
    }
}
