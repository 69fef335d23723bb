package io.kdb.server.commands;

import io.kdb.server.cluster.ClusterStatus;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.Settings;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Session;
import io.kdb.server.dispatch.Stats;
import io.kdb.server.dispatch.Telemetry;
import io.kdb.server.dispatch.UsageReport;
import io.kdb.server.observe.Durations;
import io.kdb.server.store.Database;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * INFO's text: Redis' sections, names and order; a field that would not be true is left out. Owner: the loop that
 * answers; used once.
 */
final class InfoReport {
    private static final Set<String> ON_REQUEST = Set.of("commandstats", "latencystats");

    private final Node node;
    private final Settings settings;
    private final Telemetry telemetry;
    private final long nowMs;
    private final Map<String, Consumer<InfoFields>> sections = new LinkedHashMap<>();

    InfoReport(Node node, long nowMs) {
        this.node = node;
        this.settings = node.config().current();
        this.telemetry = node.telemetry();
        this.nowMs = nowMs;
        sections.put("server", this::server);
        sections.put("clients", this::clients);
        sections.put("memory", this::memory);
        sections.put("persistence", this::persistence);
        sections.put("stats", this::stats);
        sections.put("replication", fields -> node.replication().info(fields.text()));
        sections.put("cpu", InfoReport::cpu);
        sections.put("modules", fields -> {});
        sections.put("commandstats", this::commandstats);
        sections.put("errorstats", this::errorstats);
        sections.put("latencystats", this::latencystats);
        sections.put("cluster", this::cluster);
        sections.put("keyspace", this::keyspace);
    }

    /** {@code cluster_leader}, kdb's own, is the id of the node that leads the control plane; empty when none is known. */
    private void cluster(InfoFields fields) {
        fields.put("cluster_enabled", node.isClustered() ? 1 : 0);
        if (node.isClustered()) {
            String leader = node.service(ClusterStatus.class).leaderId();
            fields.put("cluster_leader", leader == null ? "" : leader);
        }
    }

    /** The sections asked for, in Redis' order whatever the order asked; none means the default ones. */
    String of(String... asked) {
        Set<String> wanted = new LinkedHashSet<>();
        if (asked.length == 0) {
            addDefault(wanted);
        }
        for (String name : asked) {
            switch (name.toLowerCase(Locale.ROOT)) {
                case "default" -> addDefault(wanted);
                case "all", "everything" -> wanted.addAll(sections.keySet());
                default -> wanted.add(name.toLowerCase(Locale.ROOT));
            }
        }
        InfoFields fields = new InfoFields();
        sections.forEach((name, section) -> {
            if (wanted.contains(name)) {
                fields.section(
                        name.equals("cpu") ? "CPU" : name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1));
                section.accept(fields);
            }
        });
        return fields.text().toString();
    }

    private void addDefault(Set<String> wanted) {
        for (String name : sections.keySet()) {
            if (!ON_REQUEST.contains(name)) {
                wanted.add(name);
            }
        }
    }

    private void server(InfoFields fields) {
        long uptimeSeconds = (nowMs - node.startedMs()) / 1000;
        fields.put("redis_version", Node.REDIS_VERSION);
        fields.put("kdb_version", Node.KDB_VERSION);
        fields.put("redis_mode", node.isClustered() ? "cluster" : "standalone");
        fields.put(
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        fields.put("arch_bits", 64);
        fields.put("multiplexing_api", telemetry.transport());
        fields.put("process_id", ProcessHandle.current().pid());
        fields.put("process_supervised", "no");
        fields.put("run_id", telemetry.runId());
        fields.put("tcp_port", telemetry.port() != 0 ? telemetry.port() : settings.get(Parameters.PORT));
        fields.put("server_time_usec", System.currentTimeMillis() * 1000);
        fields.put("uptime_in_seconds", uptimeSeconds);
        fields.put("uptime_in_days", uptimeSeconds / 86_400);
        fields.put("hz", settings.get(Parameters.HZ));
        fields.put("configured_hz", settings.get(Parameters.HZ));
        fields.put("lru_clock", node.keyspace().clock().lruClock());
        fields.put("java_version", System.getProperty("java.version"));
        fields.put("config_file", node.config().file().map(Object::toString).orElse(""));
        fields.put("io_threads_active", node.dispatchers().size() > 1 ? 1 : 0);
    }

    private void clients(InfoFields fields) {
        long replicas = 0;
        for (Session session : node.clients().all()) {
            if (session.kind() == Session.Kind.REPLICA) {
                replicas++;
            }
        }
        fields.put("connected_clients", Math.max(0, node.clients().count() - replicas));
        fields.put("maxclients", settings.get(Parameters.MAXCLIENTS));
        fields.put("blocked_clients", node.stats().blockedClients.get());
        fields.put("tracking_clients", node.tracking().clientCount());
    }

    private void memory(InfoFields fields) {
        long used = telemetry.usedMemory();
        long keys = node.keyspace().usedMemory();
        long resident = ProcessFacts.residentBytes();
        long total = ProcessFacts.totalMemoryBytes();
        Runtime runtime = Runtime.getRuntime();
        fields.size("used_memory", used);
        if (resident > 0) {
            fields.size("used_memory_rss", resident);
        }
        fields.size("used_memory_peak", telemetry.peakBytes());
        fields.put("used_memory_peak_perc", percent(used, telemetry.peakBytes()));
        fields.put("used_memory_overhead", used - keys);
        fields.put("used_memory_dataset", keys);
        fields.put("used_memory_dataset_perc", percent(keys, used));
        if (total > 0) {
            fields.size("total_system_memory", total);
        }
        fields.size("maxmemory", settings.get(Parameters.MAXMEMORY));
        fields.put("maxmemory_policy", settings.format(Parameters.MAXMEMORY_POLICY));
        if (resident > 0 && used > 0) {
            fields.put("mem_fragmentation_ratio", String.format(Locale.ROOT, "%.2f", (double) resident / used));
            fields.put("mem_fragmentation_bytes", resident - used);
        }
        fields.put("mem_replication_backlog", node.log().memoryBytes());
        fields.put("mem_clients_normal", telemetry.clientBytes());
        fields.put("mem_allocator", "jvm");
        fields.put("jvm_heap_used", runtime.totalMemory() - runtime.freeMemory());
        fields.put("jvm_heap_max", runtime.maxMemory());
    }

    private static String percent(long part, long whole) {
        return String.format(Locale.ROOT, "%.2f%%", whole == 0 ? 100.0 : 100.0 * part / whole);
    }

    private void persistence(InfoFields fields) {
        boolean loading = node.isLoading() || node.isStarting();
        fields.put("loading", loading ? 1 : 0);
        fields.put("async_loading", 0);
        node.persistence().info(fields.text());
        fields.put("aof_enabled", 0);
        fields.put("aof_rewrite_in_progress", 0);
        fields.put("aof_rewrite_scheduled", 0);
        fields.put("aof_last_rewrite_time_sec", -1);
        fields.put("aof_current_rewrite_time_sec", -1);
        fields.put("aof_last_bgrewrite_status", "ok");
        fields.put("aof_last_write_status", "ok");
        if (loading) {
            node.loadProgress().info(fields.text(), System.currentTimeMillis());
        }
    }

    private void stats(InfoFields fields) {
        Stats stats = node.stats();
        fields.put("total_connections_received", stats.connectionsReceived.sum());
        fields.put("total_commands_processed", UsageReport.totalCalls(node));
        fields.put("instantaneous_ops_per_sec", telemetry.operationsPerSecond());
        long fromPrimary = stats.replicationInputBytes.sum();
        long toReplicas = stats.replicationOutputBytes.sum();
        fields.put("total_net_input_bytes", stats.netInputBytes.sum() + fromPrimary);
        fields.put("total_net_output_bytes", stats.netOutputBytes.sum() + toReplicas);
        fields.put("total_net_repl_input_bytes", fromPrimary);
        fields.put("total_net_repl_output_bytes", toReplicas);
        fields.put("instantaneous_input_kbps", kilobytes(telemetry.inputBytesPerSecond()));
        fields.put("instantaneous_output_kbps", kilobytes(telemetry.outputBytesPerSecond()));
        fields.put("instantaneous_input_repl_kbps", kilobytes(telemetry.replicationInputBytesPerSecond()));
        fields.put("instantaneous_output_repl_kbps", kilobytes(telemetry.replicationOutputBytesPerSecond()));
        fields.put("rejected_connections", stats.connectionsRejected.sum());
        fields.put("sync_full", node.replication().fullSyncs());
        fields.put("sync_partial_ok", node.replication().partialSyncs());
        fields.put("sync_partial_err", node.replication().refusedPartialSyncs());
        fields.put("expired_keys", stats.expiredKeys.sum());
        fields.put("evicted_keys", stats.evictedKeys.sum());
        fields.put("evicted_clients", stats.evictedClients.sum());
        fields.put("keyspace_hits", UsageReport.hits(node));
        fields.put("keyspace_misses", UsageReport.misses(node));
        fields.put("pubsub_channels", node.pubSub().channelCount());
        fields.put("pubsub_patterns", node.pubSub().patternCount());
        fields.put("pubsubshard_channels", node.pubSub().shardChannelCount());
        fields.put("tracking_total_keys", node.tracking().keyCount());
        fields.put("tracking_total_items", node.tracking().itemCount());
        fields.put("tracking_total_prefixes", node.tracking().prefixCount());
        fields.put("total_error_replies", stats.errorReplies.sum());
        fields.put("total_reads_processed", stats.reads.sum());
        fields.put("total_writes_processed", stats.writes.sum());
    }

    private static String kilobytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / 1024.0);
    }

    private static void cpu(InfoFields fields) {
        double[] seconds = ProcessFacts.cpuSeconds();
        if (seconds.length == 2) {
            fields.put("used_cpu_sys", String.format(Locale.ROOT, "%.6f", seconds[1]));
            fields.put("used_cpu_user", String.format(Locale.ROOT, "%.6f", seconds[0]));
        }
    }

    private void commandstats(InfoFields fields) {
        for (UsageReport.Usage usage : UsageReport.commands(node)) {
            long micros = usage.nanos() / 1000;
            fields.put(
                    "cmdstat_" + usage.command().fullName(),
                    String.format(
                            Locale.ROOT,
                            "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                            usage.calls(),
                            micros,
                            usage.calls() == 0 ? 0.0 : (double) micros / usage.calls(),
                            usage.rejected(),
                            usage.failed()));
        }
    }

    private void latencystats(InfoFields fields) {
        if (!settings.get(Parameters.LATENCY_TRACKING)) {
            return;
        }
        for (UsageReport.Usage usage : UsageReport.commands(node)) {
            Durations durations = UsageReport.durations(node, usage.command());
            if (durations == null) {
                continue;
            }
            List<String> values = new ArrayList<>();
            for (double percent : settings.get(Parameters.LATENCY_TRACKING_INFO_PERCENTILES)) {
                String name = BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString();
                values.add(String.format(Locale.ROOT, "p%s=%.3f", name, durations.percentile(percent) / 1000.0));
            }
            fields.put("latency_percentiles_usec_" + usage.command().fullName(), String.join(",", values));
        }
    }

    private void errorstats(InfoFields fields) {
        for (Map.Entry<String, LongAdder> error : new TreeMap<>(node.stats().errors()).entrySet()) {
            fields.put(
                    "errorstat_" + error.getKey(), "count=" + error.getValue().sum());
        }
    }

    private void keyspace(InfoFields fields) {
        for (int db = 0; db < node.keyspace().databaseCount(); db++) {
            Database database = node.keyspace().database(db);
            if (database.size() > 0) {
                fields.put(
                        "db" + db,
                        "keys=" + database.size() + ",expires=" + database.expiring() + ",avg_ttl="
                                + database.averageTtlMs());
            }
        }
    }
}
