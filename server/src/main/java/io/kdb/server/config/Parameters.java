package io.kdb.server.config;

import static io.kdb.server.config.Parameter.Flag.IMMUTABLE;
import static io.kdb.server.config.Parameter.Flag.KDB;
import static io.kdb.server.config.Parameter.Flag.MULTI_ARG;
import static io.kdb.server.config.Parameter.Flag.PROTECTED;
import static io.kdb.server.config.Parameter.Flag.SENSITIVE;
import static io.kdb.server.config.ParameterRows.choice;
import static io.kdb.server.config.ParameterRows.memory;
import static io.kdb.server.config.ParameterRows.number;
import static io.kdb.server.config.ParameterRows.optional;
import static io.kdb.server.config.ParameterRows.row;
import static io.kdb.server.config.ParameterRows.text;
import static io.kdb.server.config.ParameterRows.yesNo;

import io.kdb.server.config.Parameter.Flag;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The table of parameters: every one of redis.conf 7.0.15 and kdb's own. The constants are those that kdb acts on; the
 * rest is {@link UnusedParameters}. Immutable.
 *
 * @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/management/config/">redis.conf</a>
 */
public final class Parameters {
    private static final long INT_MAX = Integer.MAX_VALUE;
    private static final long LONG_MAX = Long.MAX_VALUE;
    private static final long MB = 1 << 20;

    private Parameters() {}

    // ---- network ----
    public static final Numeric PORT = number("port", 0, 65535, 6379);
    public static final Parameter<List<String>> BIND = row("bind", Lists.ADDRESSES, List.of("*", "-::*"), MULTI_ARG);
    public static final YesNo PROTECTED_MODE = yesNo("protected-mode", true);
    public static final Numeric TCP_BACKLOG = number("tcp-backlog", 0, INT_MAX, 511, IMMUTABLE);
    public static final Numeric TIMEOUT = number("timeout", 0, INT_MAX, 0);
    public static final Numeric TCP_KEEPALIVE = number("tcp-keepalive", 0, INT_MAX, 300);
    public static final Numeric MAXCLIENTS = number("maxclients", 1, 0xffff_ffffL, 10000);
    public static final Numeric MAXMEMORY_CLIENTS =
            row(new Numeric("maxmemory-clients", Numeric.Form.MEMORY_OR_PERCENT, -100, LONG_MAX, 0));
    public static final Parameter<OutputBufferLimits> CLIENT_OUTPUT_BUFFER_LIMIT =
            row("client-output-buffer-limit", OutputBufferLimits.SYNTAX, OutputBufferLimits.DEFAULT, MULTI_ARG);
    public static final Numeric CLIENT_QUERY_BUFFER_LIMIT = memory("client-query-buffer-limit", MB, LONG_MAX, MB << 10);
    public static final Numeric PROTO_MAX_BULK_LEN = memory("proto-max-bulk-len", MB, LONG_MAX, 512 * MB);
    /** Redis has one by default; here every I/O thread runs commands, so all cores but one. */
    public static final Numeric IO_THREADS =
            number("io-threads", 1, 128, Math.max(1, Runtime.getRuntime().availableProcessors() - 1), IMMUTABLE);

    public static final Parameter<IoMode> IO = choice("io", IoMode.AUTO, IMMUTABLE, KDB);

    // ---- process ----
    public static final YesNo DAEMONIZE = yesNo("daemonize", false, IMMUTABLE);
    public static final Parameter<String> PIDFILE = optional("pidfile", IMMUTABLE);
    public static final Parameter<String> DIR =
            row("dir", new Directory(), System.getProperty("user.dir"), PROTECTED, Flag.DENY_LOADING);
    public static final Parameter<LogLevel> LOGLEVEL = choice("loglevel", LogLevel.NOTICE);
    public static final Parameter<String> LOGFILE = text("logfile", "", IMMUTABLE);
    public static final YesNo ALWAYS_SHOW_LOGO = yesNo("always-show-logo", false, IMMUTABLE);
    public static final Numeric DATABASES = number("databases", 1, INT_MAX, 16, IMMUTABLE);
    public static final Numeric HZ = row(new Numeric("hz", Numeric.Form.PLAIN, 0, INT_MAX, 10, 1, 500));
    public static final Numeric SHUTDOWN_TIMEOUT = number("shutdown-timeout", 0, INT_MAX, 10);
    public static final Parameter<Set<ShutdownOption>> SHUTDOWN_ON_SIGINT =
            row("shutdown-on-sigint", new Words.SetOf<>(ShutdownOption.class), Set.of(), MULTI_ARG);
    public static final Parameter<Set<ShutdownOption>> SHUTDOWN_ON_SIGTERM =
            row("shutdown-on-sigterm", new Words.SetOf<>(ShutdownOption.class), Set.of(), MULTI_ARG);

    // ---- security ----
    public static final Parameter<String> REQUIREPASS = optional("requirepass", SENSITIVE);
    public static final Parameter<String> ACLFILE =
            row("aclfile", new Words.Line(false, ParameterRows.onlyEmpty("kdb has no ACL users yet")), "", IMMUTABLE);
    public static final Parameter<Allowance> ENABLE_PROTECTED_CONFIGS =
            choice("enable-protected-configs", Allowance.NO, IMMUTABLE);
    public static final Parameter<Allowance> ENABLE_DEBUG_COMMAND =
            choice("enable-debug-command", Allowance.NO, IMMUTABLE);
    public static final Parameter<Allowance> ENABLE_MODULE_COMMAND =
            choice("enable-module-command", Allowance.NO, IMMUTABLE);
    public static final Parameter<String> ACL_PUBSUB_DEFAULT =
            row("acl-pubsub-default", Words.OneOf.of("allchannels", "resetchannels"), "resetchannels");

    // ---- memory, keys and their encodings ----
    public static final Numeric MAXMEMORY = row(new Numeric("maxmemory", Numeric.Form.UNSIGNED_MEMORY, 0, LONG_MAX, 0));
    public static final Parameter<MaxmemoryPolicy> MAXMEMORY_POLICY =
            choice("maxmemory-policy", MaxmemoryPolicy.NOEVICTION);
    public static final Numeric MAXMEMORY_SAMPLES = number("maxmemory-samples", 1, INT_MAX, 5);
    public static final Numeric MAXMEMORY_EVICTION_TENACITY = number("maxmemory-eviction-tenacity", 0, 100, 10);
    public static final Numeric LFU_LOG_FACTOR = number("lfu-log-factor", 0, INT_MAX, 10);
    public static final Numeric LFU_DECAY_TIME = number("lfu-decay-time", 0, INT_MAX, 1);
    public static final Numeric ACTIVE_EXPIRE_EFFORT = number("active-expire-effort", 1, 10, 1);
    public static final Numeric HASH_MAX_LISTPACK_ENTRIES =
            number("hash-max-listpack-entries|hash-max-ziplist-entries", 0, LONG_MAX, 512);
    public static final Numeric HASH_MAX_LISTPACK_VALUE =
            memory("hash-max-listpack-value|hash-max-ziplist-value", 0, LONG_MAX, 64);
    public static final Numeric LIST_MAX_LISTPACK_SIZE =
            number("list-max-listpack-size|list-max-ziplist-size", Integer.MIN_VALUE, INT_MAX, -2);
    public static final Numeric SET_MAX_INTSET_ENTRIES = number("set-max-intset-entries", 0, LONG_MAX, 512);
    public static final Numeric ZSET_MAX_LISTPACK_ENTRIES =
            number("zset-max-listpack-entries|zset-max-ziplist-entries", 0, LONG_MAX, 128);
    public static final Numeric ZSET_MAX_LISTPACK_VALUE =
            memory("zset-max-listpack-value|zset-max-ziplist-value", 0, LONG_MAX, 64);
    public static final Numeric HLL_SPARSE_MAX_BYTES = memory("hll-sparse-max-bytes", 0, LONG_MAX, 3000);
    public static final Numeric STREAM_NODE_MAX_BYTES = memory("stream-node-max-bytes", 0, LONG_MAX, 4096);
    public static final Numeric STREAM_NODE_MAX_ENTRIES = number("stream-node-max-entries", 0, LONG_MAX, 100);
    public static final Numeric TRACKING_TABLE_MAX_KEYS = number("tracking-table-max-keys", 0, LONG_MAX, 1_000_000);
    public static final Parameter<KeyspaceEvents> NOTIFY_KEYSPACE_EVENTS =
            row("notify-keyspace-events", KeyspaceEvents.SYNTAX, KeyspaceEvents.NONE);

    // ---- files ----
    public static final Parameter<SavePoints> SAVE = row("save", SavePoints.SYNTAX, SavePoints.DEFAULT, MULTI_ARG);
    public static final Parameter<String> DBFILENAME = row(
            "dbfilename",
            new Words.Line(false, v -> v.contains("/") ? "dbfilename can't be a path, just a filename" : null),
            "dump.rdb",
            PROTECTED);
    public static final YesNo RDBCOMPRESSION = yesNo("rdbcompression", true);
    public static final YesNo RDBCHECKSUM = yesNo("rdbchecksum", true, IMMUTABLE);
    public static final YesNo STOP_WRITES_ON_BGSAVE_ERROR = yesNo("stop-writes-on-bgsave-error", true);
    public static final Parameter<String> SANITIZE_DUMP_PAYLOAD =
            row("sanitize-dump-payload", Words.OneOf.of("no", "yes", "clients"), "no");
    public static final YesNo APPENDONLY =
            row(new YesNo("appendonly", false, "the append-only file is not part of this kdb yet"));

    // ---- replication ----
    public static final Parameter<PrimaryAddress> REPLICAOF =
            row("replicaof|slaveof", PrimaryAddress.SYNTAX, PrimaryAddress.NONE, IMMUTABLE, MULTI_ARG);
    public static final Parameter<String> MASTERAUTH = optional("masterauth", SENSITIVE);
    public static final Parameter<String> MASTERUSER = optional("masteruser", SENSITIVE);
    public static final Numeric REPLICA_ACKS = row(
            new Numeric("replica-acks", 0, 0, 0, "writes that wait for replicas are not part of this kdb yet"), KDB);
    public static final YesNo REPLICA_SERVE_STALE_DATA = yesNo("replica-serve-stale-data|slave-serve-stale-data", true);
    public static final YesNo REPLICA_READ_ONLY = yesNo("replica-read-only|slave-read-only", true);
    public static final YesNo REPLICA_IGNORE_MAXMEMORY = yesNo("replica-ignore-maxmemory|slave-ignore-maxmemory", true);
    public static final YesNo REPLICA_IGNORE_DISK_WRITE_ERRORS = yesNo("replica-ignore-disk-write-errors", false);
    public static final Numeric REPLICA_PRIORITY = number("replica-priority|slave-priority", 0, INT_MAX, 100);
    public static final YesNo REPLICA_ANNOUNCED = yesNo("replica-announced", true);
    public static final Parameter<String> REPLICA_ANNOUNCE_IP = optional("replica-announce-ip|slave-announce-ip");
    public static final Numeric REPLICA_ANNOUNCE_PORT =
            number("replica-announce-port|slave-announce-port", 0, 65535, 0);
    public static final Numeric REPL_TIMEOUT = number("repl-timeout", 1, INT_MAX, 60);
    public static final Numeric REPL_PING_REPLICA_PERIOD =
            number("repl-ping-replica-period|repl-ping-slave-period", 1, INT_MAX, 10);
    public static final YesNo REPL_DISABLE_TCP_NODELAY = yesNo("repl-disable-tcp-nodelay", false);
    public static final Numeric REPL_DISKLESS_SYNC_DELAY = number("repl-diskless-sync-delay", 0, INT_MAX, 5);
    public static final Numeric REPL_BACKLOG_SIZE =
            row(new Numeric("repl-backlog-size", Numeric.Form.MEMORY, 1, LONG_MAX, MB, 16 << 10, LONG_MAX));
    public static final Numeric REPL_BACKLOG_TTL = number("repl-backlog-ttl", 0, LONG_MAX, 3600);
    public static final Numeric MIN_REPLICAS_TO_WRITE =
            number("min-replicas-to-write|min-slaves-to-write", 0, INT_MAX, 0);
    public static final Numeric MIN_REPLICAS_MAX_LAG =
            number("min-replicas-max-lag|min-slaves-max-lag", 0, INT_MAX, 10);

    // ---- cluster ----
    public static final YesNo CLUSTER_ENABLED = yesNo("cluster-enabled", false, IMMUTABLE);
    public static final Numeric CLUSTER_NODE_TIMEOUT = number("cluster-node-timeout", 0, LONG_MAX, 15000);
    public static final Numeric CLUSTER_PORT = number("cluster-port", 0, 65535, 0, IMMUTABLE);
    public static final Parameter<String> CLUSTER_ANNOUNCE_IP = optional("cluster-announce-ip");
    public static final Numeric CLUSTER_ANNOUNCE_PORT = number("cluster-announce-port", 0, 65535, 0);
    public static final Numeric CLUSTER_ANNOUNCE_BUS_PORT = number("cluster-announce-bus-port", 0, 65535, 0);
    public static final Parameter<String> CLUSTER_ANNOUNCE_HOSTNAME =
            row("cluster-announce-hostname", new Words.Line(true, ParameterRows::hostname), "");
    public static final Parameter<EndpointType> CLUSTER_PREFERRED_ENDPOINT_TYPE =
            choice("cluster-preferred-endpoint-type", EndpointType.IP);
    public static final YesNo CLUSTER_REQUIRE_FULL_COVERAGE = yesNo("cluster-require-full-coverage", true);
    public static final YesNo CLUSTER_ALLOW_READS_WHEN_DOWN = yesNo("cluster-allow-reads-when-down", false);
    public static final YesNo CLUSTER_ALLOW_PUBSUBSHARD_WHEN_DOWN = yesNo("cluster-allow-pubsubshard-when-down", true);
    public static final YesNo CLUSTER_REPLICA_NO_FAILOVER =
            yesNo("cluster-replica-no-failover|cluster-slave-no-failover", false);
    public static final Numeric CLUSTER_REPLICA_VALIDITY_FACTOR =
            number("cluster-replica-validity-factor|cluster-slave-validity-factor", 0, INT_MAX, 10);
    /** Address of any node of the cluster to join at start; empty for none. */
    public static final Parameter<String> JOIN =
            row("join", new Words.Line(true, ParameterRows::address), "", IMMUTABLE, KDB);

    public static final Numeric CLUSTER_REPLICAS = number("cluster-replicas", 0, 5, 1, IMMUTABLE, KDB);
    public static final Numeric CLUSTER_WEIGHT = number("cluster-weight", 1, 1000, 1, IMMUTABLE, KDB);
    public static final Parameter<String> AVAILABILITY_ZONE = optional("availability-zone", IMMUTABLE, KDB);
    public static final Numeric CLUSTER_HEAL_AFTER = number("cluster-heal-after", 0, LONG_MAX, 600_000, KDB);

    // ---- observing ----
    public static final Numeric SLOWLOG_LOG_SLOWER_THAN = number("slowlog-log-slower-than", -1, LONG_MAX, 10000);
    public static final Numeric SLOWLOG_MAX_LEN = number("slowlog-max-len", 0, LONG_MAX, 128);
    public static final Numeric LATENCY_MONITOR_THRESHOLD = number("latency-monitor-threshold", 0, LONG_MAX, 0);
    public static final YesNo LATENCY_TRACKING = yesNo("latency-tracking", true);
    public static final Parameter<List<Double>> LATENCY_TRACKING_INFO_PERCENTILES =
            row("latency-tracking-info-percentiles", Lists.PERCENTILES, List.of(50.0, 99.0, 99.9), MULTI_ARG);

    private static final List<Parameter<?>> ALL;
    private static final Map<String, Parameter<?>> BY_NAME = new TreeMap<>();

    static {
        UnusedParameters.declare();
        ALL = ParameterRows.table();
        for (Parameter<?> parameter : ALL) {
            put(parameter.name(), parameter);
            if (parameter.alias() != null) put(parameter.alias(), parameter);
        }
    }

    private static void put(String name, Parameter<?> parameter) {
        if (BY_NAME.put(name, parameter) != null) {
            throw new IllegalStateException(name + ": declared twice (expected: one row)");
        }
    }

    /** All, in the table's order. */
    public static List<Parameter<?>> all() {
        return ALL;
    }

    /** The names and aliases CONFIG GET's patterns run over, sorted. */
    public static Map<String, Parameter<?>> byName() {
        return java.util.Collections.unmodifiableMap(BY_NAME);
    }

    /** The parameter of that name or alias in any case, or null. */
    public static Parameter<?> find(String name) {
        return BY_NAME.get(name.toLowerCase(Locale.ROOT));
    }

    /** Whether only CONFIG GET of its whole name shows it. */
    public static boolean hidden(Parameter<?> parameter) {
        return parameter.has(Flag.HIDDEN);
    }
}
