package io.kdb.server.config;

import static io.kdb.server.config.Parameter.Flag.HIDDEN;
import static io.kdb.server.config.Parameter.Flag.IMMUTABLE;
import static io.kdb.server.config.Parameter.Flag.SENSITIVE;
import static io.kdb.server.config.ParameterRows.row;

import io.kdb.server.config.Parameter.Flag;
import java.util.List;

/**
 * The parameters of redis.conf that kdb knows, checks, shows and writes back, but that change nothing in it; with the
 * reason. docs/differences.md lists them, and a test keeps the two equal. Immutable.
 */
final class UnusedParameters {
    private static final String AOF = "there is no append-only file yet";
    private static final String TLS = "there is no TLS yet; tls-port, tls-cluster and tls-replication are refused";
    private static final String FREEING = "memory is always freed in slices";
    private static final String DEFRAG = "records do not fragment the heap as malloc does";
    private static final String CPUS = "pin the process with taskset";
    private static final String PROCESS = "a JVM cannot do it; use the service manager";
    private static final String SOCKET = "there is no Unix domain socket yet";
    private static final String DISKLESS = "a full sync is always streamed, never from a file";
    private static final String PLACEMENT = "the placement planner decides where replicas go";
    private static final String CRASH = "a JVM crash is reported by the JVM";
    private static final String TESTING = "made for Redis' own tests";
    private static final long INT_MAX = Integer.MAX_VALUE;
    private static final long LONG_MAX = Long.MAX_VALUE;

    private UnusedParameters() {}

    static void declare() {
        process();
        files();
        memory();
        clusterAndReplication();
        tls();
        notYet();
    }

    /** Rows that have a constant, since what they are about comes or is done otherwise. */
    private static void notYet() {
        Parameters.ACL_PUBSUB_DEFAULT.unused("there are no ACL users yet");
        Parameters.ENABLE_MODULE_COMMAND.unused("there are no modules");
        Parameters.SANITIZE_DUMP_PAYLOAD.unused("every payload is checked");
        Parameters.MAXMEMORY_EVICTION_TENACITY.unused("a command evicts until there is room, up to a fixed number");
        Parameters.REPLICA_IGNORE_MAXMEMORY.unused("a replica evicts nothing by itself");
        Parameters.REPLICA_IGNORE_DISK_WRITE_ERRORS.unused("a replica applies what it receives in any case");
        Parameters.REPL_DISABLE_TCP_NODELAY.unused("the replication stream is never delayed");
    }

    private static void process() {
        text(SOCKET, "unixsocket", IMMUTABLE);
        unused(SOCKET, new Numeric("unixsocketperm", Numeric.Form.OCTAL, 0, 511, 0), IMMUTABLE);
        number("sockets are not marked", "socket-mark-id", 0, 0xffff_ffffL, 0, IMMUTABLE);
        text("connections to other nodes use the route's address", "bind-source-addr");
        choice(PROCESS, "supervised", List.of("upstart", "systemd", "auto", "no"), "no", IMMUTABLE);
        yesNo(PROCESS, "set-proc-title", true, IMMUTABLE);
        unused(
                PROCESS,
                new Parameter<>(
                        "proc-title-template",
                        new Words.Line(false, UnusedParameters::titleTemplate),
                        "{title} {listen-addr} {server-mode}"));
        yesNo("log lines go to logfile or the standard output", "syslog-enabled", false, IMMUTABLE);
        keptText("log lines go to logfile or the standard output", "syslog-ident", "redis", IMMUTABLE);
        choice(
                "log lines go to logfile or the standard output",
                "syslog-facility",
                List.of("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
                "local0",
                IMMUTABLE);
        for (String threads : List.of("server", "bio", "aof_rewrite", "bgsave")) {
            text(CPUS, threads + "_cpulist", IMMUTABLE);
        }
        yesNo("an I/O thread always reads, runs and writes", "io-threads-do-reads", false, IMMUTABLE);
        yesNo("periodic work takes the same share at any number of clients", "dynamic-hz", true);
        yesNo(CRASH, "crash-log-enabled", true);
        yesNo(CRASH, "crash-memcheck-enabled", true);
        yesNo(CRASH, "use-exit-on-panic", false, HIDDEN);
        keptText("kdb has none of these warnings", "ignore-warnings", "");
        number("there are no scripts yet", "busy-reply-threshold|lua-time-limit", 0, LONG_MAX, 5000);
        number("there are no ACL users yet", "acllog-max-len", 0, LONG_MAX, 128);
        choice(
                "a replica that fails to apply an effect stops and resynchronizes",
                "propagation-error-behavior",
                List.of("ignore", "panic", "panic-on-replicas"),
                "ignore");
        number(TESTING, "watchdog-period", 0, INT_MAX, 0, HIDDEN);
    }

    private static void files() {
        choice(AOF, "appendfsync", List.of("everysec", "always", "no"), "everysec");
        fileName(AOF, "appendfilename", "appendonly.aof", "filename");
        fileName(AOF, "appenddirname", "appendonlydir", "dirname");
        yesNo(AOF, "no-appendfsync-on-rewrite", false);
        number(AOF, "auto-aof-rewrite-percentage", 0, INT_MAX, 100);
        memory(AOF, "auto-aof-rewrite-min-size", 0, LONG_MAX, 64 << 20);
        yesNo(AOF, "aof-load-truncated", true);
        yesNo(AOF, "aof-use-rdb-preamble", true);
        yesNo(AOF, "aof-timestamp-enabled", false);
        yesNo(AOF, "aof-rewrite-incremental-fsync", true);
        yesNo(AOF, "aof-disable-auto-gc", false);
        yesNo("a dump is always forced to disk in steps", "rdb-save-incremental-fsync", true);
        yesNo(DISKLESS, "rdb-del-sync-files", false);
        number(TESTING, "rdb-key-save-delay", Integer.MIN_VALUE, INT_MAX, 0, HIDDEN);
        number(TESTING, "key-load-delay", Integer.MIN_VALUE, INT_MAX, 0, HIDDEN);
        number(TESTING, "loading-process-events-interval-bytes", 1024, INT_MAX, 2 << 20, HIDDEN);
    }

    private static void memory() {
        for (String when : List.of("eviction", "expire", "server-del", "user-del", "user-flush")) {
            yesNo(FREEING, "lazyfree-lazy-" + when, false);
        }
        yesNo(FREEING, "replica-lazy-flush|slave-lazy-flush", false);
        unused(
                DEFRAG,
                new YesNo(
                        "activedefrag",
                        false,
                        "Active defragmentation cannot be enabled: it requires a Redis server compiled with a"
                                + " modified Jemalloc like the one shipped by default with the Redis source"
                                + " distribution"));
        number(DEFRAG, "active-defrag-cycle-min", 1, 99, 1);
        number(DEFRAG, "active-defrag-cycle-max", 1, 99, 25);
        number(DEFRAG, "active-defrag-threshold-lower", 0, 1000, 10);
        number(DEFRAG, "active-defrag-threshold-upper", 0, 1000, 100);
        number(DEFRAG, "active-defrag-max-scan-fields", 1, LONG_MAX, 1000);
        memory(DEFRAG, "active-defrag-ignore-bytes", 1, LONG_MAX, 100 << 20);
        yesNo("memory comes from the JVM", "jemalloc-bg-thread", true);
        yesNo("a table grows in steps at each access", "activerehashing", true);
        yesNo("the heap is committed at once; no fork copies pages", "disable-thp", true, IMMUTABLE);
        choice(PROCESS, "oom-score-adj", List.of("no", "yes", "relative", "absolute"), "no");
        unused(PROCESS, new Parameter<>("oom-score-adj-values", Lists.SCORES, List.of(0L, 200L, 800L)), Flag.MULTI_ARG);
        number("lists are not compressed", "list-compress-depth", 0, INT_MAX, 0);
    }

    private static void clusterAndReplication() {
        yesNo(DISKLESS, "repl-diskless-sync", true);
        number(DISKLESS, "repl-diskless-sync-max-replicas", 0, INT_MAX, 0);
        choice(
                "a replica always loads what it receives",
                "repl-diskless-load",
                List.of("disabled", "on-empty-db", "swapdb"),
                "disabled",
                Flag.DENY_LOADING);
        keptText("the control state has files of its own", "cluster-config-file", "nodes.conf", IMMUTABLE);
        number(PLACEMENT, "cluster-migration-barrier", 0, INT_MAX, 1);
        yesNo(PLACEMENT, "cluster-allow-replica-migration", true);
        unused(
                "the cluster port limits each peer by itself",
                new Numeric("cluster-link-sendbuf-limit", Numeric.Form.UNSIGNED_MEMORY, 0, LONG_MAX, 0));
        number(TESTING, "cluster-ping-interval", 0, LONG_MAX, 1000, HIDDEN);
        number(TLS, "cluster-announce-tls-port", 0, 65535, 0);
    }

    private static void tls() {
        unused(TLS, new Numeric("tls-port", 0, 0, 0, "there is no TLS in this kdb yet"));
        unused(TLS, new YesNo("tls-cluster", false, "there is no TLS in this kdb yet"));
        unused(TLS, new YesNo("tls-replication", false, "there is no TLS in this kdb yet"));
        number(TLS, "tls-session-cache-size", 0, INT_MAX, 20480);
        number(TLS, "tls-session-cache-timeout", 0, INT_MAX, 300);
        choice(TLS, "tls-auth-clients", List.of("no", "yes", "optional"), "yes");
        yesNo(TLS, "tls-prefer-server-ciphers", false);
        yesNo(TLS, "tls-session-caching", true);
        for (String what : List.of(
                "cert-file",
                "key-file",
                "client-cert-file",
                "client-key-file",
                "dh-params-file",
                "ca-cert-file",
                "ca-cert-dir",
                "protocols",
                "ciphers",
                "ciphersuites")) {
            text(TLS, "tls-" + what);
        }
        text(TLS, "tls-key-file-pass", SENSITIVE);
        text(TLS, "tls-client-key-file-pass", SENSITIVE);
    }

    private static void unused(String why, Parameter<?> parameter, Flag... flags) {
        row(parameter, flags).unused(why);
    }

    private static void yesNo(String why, String names, boolean defaultValue, Flag... flags) {
        ParameterRows.yesNo(names, defaultValue, flags).unused(why);
    }

    private static void number(String why, String names, long min, long max, long defaultValue, Flag... flags) {
        ParameterRows.number(names, min, max, defaultValue, flags).unused(why);
    }

    private static void memory(String why, String names, long min, long max, long defaultValue, Flag... flags) {
        ParameterRows.memory(names, min, max, defaultValue, flags).unused(why);
    }

    private static void text(String why, String name, Flag... flags) {
        ParameterRows.optional(name, flags).unused(why);
    }

    private static void keptText(String why, String name, String defaultValue, Flag... flags) {
        ParameterRows.text(name, defaultValue, flags).unused(why);
    }

    private static void choice(String why, String name, List<String> words, String defaultValue, Flag... flags) {
        row(name, Words.OneOf.of(words.toArray(new String[0])), defaultValue, flags)
                .unused(why);
    }

    private static void fileName(String why, String name, String defaultValue, String kind) {
        Words.Check check = value -> {
            if (value.isEmpty()) return name + " can't be empty";
            return value.contains("/") ? name + " can't be a path, just a " + kind : null;
        };
        row(name, new Words.Line(false, check), defaultValue, IMMUTABLE).unused(why);
    }

    private static String titleTemplate(String value) {
        String known = "\\{(title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\\}";
        return !value.isEmpty() && value.replaceAll(known, "").matches("[^{}]*")
                ? null
                : "template format is invalid or contains unknown variables";
    }
}
