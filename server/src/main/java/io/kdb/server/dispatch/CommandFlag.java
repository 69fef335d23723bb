package io.kdb.server.dispatch;

import java.util.Locale;

/** What a command may do, in the words COMMAND INFO uses. See https://redis.io/docs/latest/commands/command/ (flags). */
public enum CommandFlag {
    WRITE,
    READONLY,
    DENYOOM,
    MODULE,
    ADMIN,
    PUBSUB,
    NOSCRIPT,
    BLOCKING,
    LOADING,
    STALE,
    SKIP_MONITOR,
    SKIP_SLOWLOG,
    ASKING,
    FAST,
    NO_AUTH,
    MAY_REPLICATE,
    NO_MANDATORY_KEYS,
    PROTECTED,
    NO_ASYNC_LOADING,
    NO_MULTI,
    ALLOW_BUSY,
    /** Key positions cannot be told from the key specs alone. */
    MOVABLEKEYS,
    /** Internal: runs alone in the keyspace (DESIGN §4, exclusive sections). */
    EXCLUSIVE,
    /** Internal: takes its locks itself, segment by segment. */
    OWN_LOCKS,
    /** Internal: runs at once between MULTI and EXEC instead of being queued. */
    RUNS_IN_MULTI,
    /** Internal: ASKING itself, whose effect reaches the next command. */
    KEEPS_ASKING,
    /** Internal: allowed to a RESP2 client that is subscribed. */
    WHILE_SUBSCRIBED;

    private final int bit = 1 << ordinal();

    public int bit() {
        return bit;
    }

    /** True for flags that COMMAND INFO shows. */
    public boolean isPublic() {
        return this != PROTECTED && ordinal() < EXCLUSIVE.ordinal();
    }

    /** The name on the wire, e.g. {@code skip_monitor}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
