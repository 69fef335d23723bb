package io.kdb.server.dispatch;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.pubsub.PubSub;
import io.kdb.server.store.Exclusion;
import io.kdb.server.store.Keyspace;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One running node, as its commands reach it: the store, the log, the table, and the services that were plugged in at
 * start. Thread-safe; the services are set once, before the first connection.
 */
public final class Node {
    /** What INFO and HELLO say, since clients look at it. */
    public static final String REDIS_VERSION = ServerConfig.REDIS_VERSION;

    /** kdb's own version. */
    public static final String KDB_VERSION = version();

    private final ServerConfig config;
    private final Keyspace keyspace;
    private final Exclusion exclusion = new Exclusion();
    private final EffectsLog log;
    private final CommandTable commands;
    private final CommandSpec exec;
    private final Watches watches;
    private final Blocking blocking;
    private final Stats stats = new Stats();
    private final Clients clients = new Clients();
    private final ClientPause pause = new ClientPause();
    private final KeyHold hold;
    private final List<Dispatcher> dispatchers = new CopyOnWriteArrayList<>();
    private final KeyReaper reaper;
    private final KeyEvents keyEvents;
    private final PubSub pubSub = new PubSub();
    private final Tracking tracking;
    private final Observers observers;
    private final Telemetry telemetry;
    private final long startedMs;

    private Memory memory;
    private Persistence persistence;
    private ReplicationLinks replication;
    private ClusterRouter router;
    private final java.util.Map<Class<?>, Object> services = new java.util.concurrent.ConcurrentHashMap<>();

    private volatile boolean replica;
    private volatile boolean servesReplicas = true;
    private volatile boolean loading;
    private volatile boolean starting;
    private final LoadProgress loadProgress = new LoadProgress();
    private volatile boolean activeExpire = true;
    private volatile boolean expiryPaused;
    private volatile boolean checksumsSkipped;
    private volatile boolean cronPaused;

    public Node(ServerConfig config, Keyspace keyspace, EffectsLog log, CommandTable commands, long startedMs) {
        this.config = config;
        this.keyspace = keyspace;
        this.log = log;
        this.commands = commands;
        this.exec = commands.find("exec");
        this.watches = new Watches(keyspace.segmentCount());
        this.blocking = new Blocking(this, keyspace.segmentCount());
        this.startedMs = startedMs;
        this.hold = new KeyHold(keyspace.isCluster());
        this.reaper = new KeyReaper(this);
        this.telemetry = new Telemetry(this);
        this.keyEvents = new KeyEvents(this);
        this.observers = new Observers(this);
        this.tracking = new Tracking(this, keyspace.segmentCount());
        CollectionSettings.follow(config, keyspace);
    }

    private static String version() {
        String version = Node.class.getPackage().getImplementationVersion();
        return version == null ? "0.1.0-SNAPSHOT" : version;
    }

    /** Plugs the services of the gates in; {@code router} is null without cluster. */
    public void plug(
            Memory itsMemory, Persistence itsPersistence, ReplicationLinks itsReplication, ClusterRouter itsRouter) {
        memory = itsMemory;
        persistence = itsPersistence;
        replication = itsReplication;
        router = itsRouter;
    }

    /** Plugs in a service that a command family reaches by its type. */
    public <T> void plug(Class<T> type, T service) {
        services.put(type, service);
    }

    /** The service of that type; a missing one is a fault of the wiring. */
    public <T> T service(Class<T> type) {
        Object service = services.get(type);
        if (service == null) {
            throw new IllegalStateException("service: " + type.getSimpleName() + " is not plugged in");
        }
        return type.cast(service);
    }

    public ServerConfig config() {
        return config;
    }

    public Keyspace keyspace() {
        return keyspace;
    }

    public Exclusion exclusion() {
        return exclusion;
    }

    public EffectsLog log() {
        return log;
    }

    public CommandTable commands() {
        return commands;
    }

    CommandSpec execSpec() {
        return exec;
    }

    Watches watches() {
        return watches;
    }

    /** Which clients wait for which keys. */
    public Blocking blocking() {
        return blocking;
    }

    /** Who deletes expired and evicted keys. */
    public KeyReaper reaper() {
        return reaper;
    }

    /** Who publishes what happens to keys. */
    public KeyEvents keyEvents() {
        return keyEvents;
    }

    /** Who looks at commands: MONITOR, SLOWLOG, LATENCY. */
    public Observers observers() {
        return observers;
    }

    /** Which clients cache which keys. */
    public Tracking tracking() {
        return tracking;
    }

    /** Channels and their subscribers. */
    public PubSub pubSub() {
        return pubSub;
    }

    public Stats stats() {
        return stats;
    }

    /** Rates, peaks and circumstances, for INFO. */
    public Telemetry telemetry() {
        return telemetry;
    }

    public Clients clients() {
        return clients;
    }

    public ClientPause pause() {
        return pause;
    }

    /** Keys whose commands wait: a slot changes hands, a key migrates. */
    public KeyHold hold() {
        return hold;
    }

    public Memory memory() {
        return memory;
    }

    public Persistence persistence() {
        return persistence;
    }

    public ReplicationLinks replication() {
        return replication;
    }

    /** Null without cluster. */
    public ClusterRouter router() {
        return router;
    }

    public boolean isClustered() {
        return keyspace.isCluster();
    }

    public long startedMs() {
        return startedMs;
    }

    void register(Dispatcher dispatcher) {
        dispatchers.add(dispatcher);
    }

    /** One per event loop. */
    public List<Dispatcher> dispatchers() {
        return dispatchers;
    }

    /** This node follows a primary: it expires and evicts nothing by itself. */
    public boolean isReplica() {
        return replica;
    }

    public void replica(boolean yes) {
        boolean was = replica;
        replica = yes;
        if (yes && !was) {
            blocking.roleChanged();
        }
    }

    /** Whether others may follow this node: false while its cluster has not accepted this start's data. */
    public boolean servesReplicas() {
        return servesReplicas;
    }

    public void servesReplicas(boolean yes) {
        servesReplicas = yes;
    }

    public boolean isLoading() {
        return loading;
    }

    public void loading(boolean yes) {
        loading = yes;
    }

    /** Whether the port is open and what serves commands is not all there yet: clients are told that it is loading. */
    public boolean isStarting() {
        return starting;
    }

    public void starting(boolean yes) {
        starting = yes;
    }

    /** How far the loading is, while there is one. */
    public LoadProgress loadProgress() {
        return loadProgress;
    }

    /** DEBUG SET-ACTIVE-EXPIRE. */
    public boolean activeExpire() {
        return activeExpire;
    }

    public void activeExpire(boolean on) {
        activeExpire = on;
    }

    /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: payloads are taken whatever their checksum says. */
    public boolean checksumsSkipped() {
        return checksumsSkipped;
    }

    public void checksumsSkipped(boolean on) {
        checksumsSkipped = on;
    }

    /** DEBUG PAUSE-CRON: nothing happens by time alone. */
    public boolean cronIsPaused() {
        return cronPaused;
    }

    public void pauseCron(boolean on) {
        cronPaused = on;
    }

    /** While clients are paused or a slot is handed over nothing is deleted by time alone. */
    public boolean expiryIsPaused() {
        return expiryPaused || pause.mode() != ClientPause.Mode.OFF;
    }

    public void expiryPaused(boolean yes) {
        expiryPaused = yes;
    }

    /** Whether {@code enable-debug-command} lets this session run a protected command. */
    boolean allowsProtected(Session session, CommandSpec spec) {
        return switch (config.get(Parameters.ENABLE_DEBUG_COMMAND)) {
            case YES -> true;
            case LOCAL -> session.connection() == null || session.connection().isLocal();
            case NO -> session.isObeyed();
        };
    }
}
