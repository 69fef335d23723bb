package io.kdb.server.dispatch;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** A node's counters as INFO shows them. Thread-safe; what every command counts is kept per loop, see {@link Dispatcher}. */
public final class Stats {
    public final LongAdder connectionsReceived = new LongAdder();
    public final LongAdder connectionsRejected = new LongAdder();
    public final LongAdder expiredKeys = new LongAdder();
    public final LongAdder evictedKeys = new LongAdder();
    public final LongAdder evictedClients = new LongAdder();
    public final LongAdder netInputBytes = new LongAdder();
    public final LongAdder netOutputBytes = new LongAdder();
    /** From the primary, and to replicas: files and stream; not among those of clients. */
    public final LongAdder replicationInputBytes = new LongAdder();

    public final LongAdder replicationOutputBytes = new LongAdder();
    /** Reads from client sockets that brought something, and writes to them. */
    public final LongAdder reads = new LongAdder();

    public final LongAdder writes = new LongAdder();
    public final LongAdder errorReplies = new LongAdder();
    /** Clients waiting in a suspended command. */
    public final AtomicLong blockedClients = new AtomicLong();

    /** The most error words INFO errorstats keeps apart; further ones are counted together. */
    public static final int MAX_ERROR_WORDS = 128;

    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

    /** Counts an error reply by its first word. */
    void countError(String line) {
        errorReplies.increment();
        int space = line.indexOf(' ');
        String word = space < 0 ? line : line.substring(0, space);
        LongAdder counter = errors.get(word);
        if (counter == null) {
            counter = errors.computeIfAbsent(errors.size() < MAX_ERROR_WORDS ? word : "ERR", w -> new LongAdder());
        }
        counter.increment();
    }

    /** Error word to count. */
    public Map<String, LongAdder> errors() {
        return errors;
    }

    /** CONFIG RESETSTAT. */
    public void reset() {
        connectionsReceived.reset();
        connectionsRejected.reset();
        expiredKeys.reset();
        evictedKeys.reset();
        evictedClients.reset();
        netInputBytes.reset();
        netOutputBytes.reset();
        replicationInputBytes.reset();
        replicationOutputBytes.reset();
        reads.reset();
        writes.reset();
        errorReplies.reset();
        errors.clear();
    }
}
