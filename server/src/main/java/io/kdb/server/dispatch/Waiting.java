package io.kdb.server.dispatch;

/**
 * What a blocked command waits for: the family's part of a blocking command, one object a waiting client. Owner: the
 * segment of the key that is looked at; the methods run on the loop of whoever changed that key, not on the waiting client's.
 *
 * <p>A blocking command first tries to do its work at once; finding nothing, it hands such an object to {@link Call#block}
 * and returns without a reply. Once one of its keys has changed, and before any other command sees that key, it is asked
 * {@link #isServable} and, if so, {@link #serve}d, in the order in which clients began to wait. When its time is over, or
 * inside EXEC, it is answered a null array.
 *
 * <p>Lists and sorted sets are looked at after every change of their key. A stream must say {@link KeyCursor#ready()} where
 * entries may have come that somebody waits for (XADD); COPY, RENAME, MOVE, RESTORE and SWAPDB do so for all types.
 */
public interface Waiting {
    /** What it waits for, one of {@link io.kdb.server.store.ValueType}. */
    int type();

    /** Whether the key, as it stands, can serve the command; it may be absent or of any type. Changes nothing. */
    default boolean isServable(KeyCursor key) {
        return key.exists() && key.type() == type();
    }

    /**
     * Does what the command would have done had the key been like this from the start: takes from the key, writes the reply
     * to {@code call.reply()}, and says its effect ({@link Call#startEffect}) and its keyspace events. {@code call} has the
     * waiting client's session and its arguments. A {@link CommandError} is the client's reply.
     */
    void serve(Call call, KeyCursor key);

    /**
     * What the client is told when the key was deleted or holds another type, judged after the command, or EXEC, that did
     * it; null when it goes on waiting. Always the same.
     */
    default CommandError gone() {
        return null;
    }
}
