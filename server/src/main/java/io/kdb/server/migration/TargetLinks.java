package io.kdb.server.migration;

import io.kdb.server.persist.PiecedBytes;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Connections to the targets of MIGRATE, kept for a while. Thread-safe. */
public interface TargetLinks {
    /** What broke an exchange off, in the words of Redis' IOERR. */
    enum Trouble {
        NONE,
        WRITING,
        READING
    }

    /**
     * What to send.
     *
     * @param auth a whole AUTH command, or null
     * @param db selected first unless the connection has it selected
     * @param commands whole commands, as many as {@code count}; not to be changed any more
     * @param timeoutMs how long nothing may happen
     */
    record Request(PiecedBytes auth, int db, PiecedBytes commands, int count, long timeoutMs) {}

    /**
     * What came back: lines without their end; a missing one is null.
     *
     * @param replies of the commands, in order; fewer than asked for when there was trouble
     */
    record Answer(String auth, String select, List<String> replies, Trouble trouble) {
        public Answer {
            replies = List.copyOf(replies);
        }
    }

    /** Never fails; on any thread. */
    CompletableFuture<Answer> ask(String host, int port, Request request);
}
