package io.kdb.server.dispatch;

/** Every error line that more than one command gives, worded as Redis 7.0 words it. */
public final class Errors {
    public static final CommandError SYNTAX = new CommandError("ERR syntax error");
    public static final CommandError WRONG_TYPE =
            new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
    public static final CommandError NOT_INTEGER = new CommandError("ERR value is not an integer or out of range");
    public static final CommandError NOT_INT =
            new CommandError("ERR value is out of range, value must between -2147483648 and 2147483647");
    public static final CommandError NOT_FLOAT = new CommandError("ERR value is not a valid float");
    public static final CommandError OUT_OF_RANGE = new CommandError("ERR value is out of range");
    public static final CommandError NOT_POSITIVE = new CommandError("ERR value is out of range, must be positive");
    public static final CommandError NO_SUCH_KEY = new CommandError("ERR no such key");
    public static final CommandError STRING_TOO_LONG =
            new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    public static final CommandError DB_OUT_OF_RANGE = new CommandError("ERR DB index is out of range");
    public static final CommandError OUT_OF_MEMORY =
            new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    public static final CommandError NO_AUTH = new CommandError("NOAUTH Authentication required.");
    public static final CommandError NOT_IN_MULTI = new CommandError("ERR Command not allowed inside a transaction");
    public static final CommandError NO_REPLICAS = new CommandError("NOREPLICAS Not enough good replicas to write.");
    public static final CommandError READ_ONLY =
            new CommandError("READONLY You can't write against a read only replica.");
    public static final CommandError MASTER_DOWN =
            new CommandError("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
    public static final CommandError LOADING = new CommandError("LOADING Redis is loading the dataset in memory");
    public static final CommandError REPLICA_CONNECTION =
            new CommandError("ERR Replica can't interact with the keyspace");
    public static final CommandError DISK_WRITE = new CommandError("MISCONF Redis is configured to save RDB snapshots,"
            + " but it's currently unable to persist to disk. Commands that may modify the data set are disabled,"
            + " because this instance is configured to report errors during writes if RDB snapshotting fails"
            + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.");
    public static final CommandError EXEC_ABORT =
            new CommandError("EXECABORT Transaction discarded because of previous errors.");
    public static final CommandError CROSS_SLOT =
            new CommandError("CROSSSLOT Keys in request don't hash to the same slot");
    public static final CommandError CLUSTER_DISABLED =
            new CommandError("ERR This instance has cluster support disabled");

    private Errors() {}

    public static CommandError invalidExpire(CommandSpec command) {
        return new CommandError("ERR invalid expire time in '" + command.fullName() + "' command");
    }

    public static CommandError wrongArity(CommandSpec command) {
        return new CommandError("ERR wrong number of arguments for '" + command.fullName() + "' command");
    }

    /** The reply to an unknown subcommand or one called with a wrong number of arguments where Redis says so. */
    public static CommandError unknownSubcommand(String subcommand, String container) {
        return new CommandError("ERR unknown subcommand '" + clip(subcommand, 128) + "'. Try "
                + container.toUpperCase(java.util.Locale.ROOT) + " HELP.");
    }

    /** A client's word as it stands in an error line: its first {@code max} bytes, or up to a zero byte. */
    public static String clip(String text, int max) {
        int zero = text.indexOf('\0');
        int end = Math.min(zero < 0 ? text.length() : zero, max);
        return end == text.length() ? text : text.substring(0, end);
    }

    /** A command that a RESP2 client must not send while it is subscribed. */
    static CommandError notWhileSubscribed(CommandSpec command) {
        return new CommandError("ERR Can't execute '" + command.fullName() + "': only (P|S)SUBSCRIBE /"
                + " (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context");
    }

    /** A known subcommand with arguments that it does not take. */
    public static CommandError subcommandSyntax(String subcommand, String container) {
        return new CommandError("ERR unknown subcommand or wrong number of arguments for '" + clip(subcommand, 128)
                + "'. Try " + container.toUpperCase(java.util.Locale.ROOT) + " HELP.");
    }
}
