package io.kdb.server;

import io.kdb.server.cluster.ClusterService;
import io.kdb.server.cluster.NodeDirectory;
import io.kdb.server.commands.Commands;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.PrimaryAddress;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.ClientLimits;
import io.kdb.server.dispatch.ClusterRouter;
import io.kdb.server.dispatch.CommandTable;
import io.kdb.server.dispatch.Eviction;
import io.kdb.server.dispatch.LoadProgress;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Shutdown;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.migration.TargetLinks;
import io.kdb.server.net.MigrateLinks;
import io.kdb.server.net.NetServer;
import io.kdb.server.net.NettyReplicaLink;
import io.kdb.server.net.Transport;
import io.kdb.server.persist.DumpFile;
import io.kdb.server.persist.KeyspaceDump;
import io.kdb.server.persist.KeyspaceLoader;
import io.kdb.server.persist.RdbInfo;
import io.kdb.server.persist.Saver;
import io.kdb.server.replication.Replication;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.KeyspaceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One kdb node in this process: {@link #open} builds and wires its parts and opens its port, {@link #load} has it serve.
 * Thread-safe.
 */
public final class KdbServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KdbServer.class);

    private final ServerConfig config;
    private final Node node;
    private final NetServer net;
    private final ListeningAddresses addresses;
    private final Transport transport;
    private final Housekeeping housekeeping;
    private volatile Runnable whenClosing = () -> {};
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Saver saver;
    private final NettyReplicaLink link;
    private final Replication replication;
    private ClusterService cluster;
    private NodeDirectory directory;

    private KdbServer(ServerConfig config) {
        this.config = config;
        boolean cluster = config.get(Parameters.CLUSTER_ENABLED);
        // A page with its header fills one region of the heap: the launcher pins the size and says it here.
        int regionBytes = Integer.getInteger("kdb.region.bytes", 1 << 20);
        KeyspaceOptions options = (cluster ? KeyspaceOptions.clustered() : KeyspaceOptions.standalone())
                .withPageBytes(Math.max(1 << 17, Math.min(1 << 22, regionBytes)));
        Keyspace keyspace =
                new Keyspace(cluster ? options : options.withDatabases((int) config.get(Parameters.DATABASES)));
        EffectsLog log = new EffectsLog(config.get(Parameters.REPL_BACKLOG_SIZE), new SecureRandom());
        CommandTable commands = new CommandTable(Commands.ALL, config.renamedCommands());
        this.node = new Node(config, keyspace, log, commands, System.currentTimeMillis());
        String io = config.get(Parameters.IO).name().toLowerCase(Locale.ROOT);
        this.transport = Transport.choose(io);
        this.net = new NetServer(node, transport, ioThreads(config));
        this.addresses = new ListeningAddresses(config, net, node.telemetry());
        keyspace.pool().startFiller();
        this.housekeeping = new Housekeeping(node);
        LongSupplier clock = System::currentTimeMillis;
        Consumer<Runnable> exclusively = node.exclusion()::exclusively;
        Supplier<RdbInfo> about = Replication.about(log, clock, keyspace::usedMemory);
        this.saver = new Saver(
                KeyspaceDump.of(keyspace, exclusively, () -> config.get(Parameters.MAXMEMORY_POLICY)),
                config,
                clock,
                about);
        this.link = new NettyReplicaLink(node.stats().replicationInputBytes);
        this.replication = new Replication(
                log,
                saver,
                config,
                new StreamApplier(node),
                new NodeDataset(node),
                link,
                exclusively,
                clock,
                about,
                new SecureRandom());
        this.node.plug(TargetLinks.class, new MigrateLinks(net.group(), transport));
        this.node.plug(Shutdown.class, new NodeShutdown(node, this::stop));
        this.housekeeping.each(node.telemetry()::tick);
        this.housekeeping.each(node.blocking()::tick);
        this.housekeeping.each(new ClientLimits(node)::tick);
        this.housekeeping.each(OldGenerationWatch.of(keyspace.pool())::tick);
    }

    /** {@link #open} and {@link #load}. */
    public static KdbServer start(ServerConfig config) throws IOException {
        KdbServer server = open(config);
        server.load();
        return server;
    }

    /**
     * Builds a node and opens its port. Clients are told that it is loading until {@link #load} has ended.
     *
     * @throws IOException when a port cannot be bound, or the folder is another cluster node's
     */
    public static KdbServer open(ServerConfig config) throws IOException {
        StartLines.configured(config);
        KdbServer server = new KdbServer(config);
        try {
            server.listen();
        } catch (IOException e) {
            server.close();
            throw e;
        }
        StartLines.serving(config, server.port());
        return server;
    }

    /**
     * Loads the dump file, if there is one, starts the cluster side, and begins to serve.
     *
     * @throws IOException when the file cannot be loaded, or the cluster side not start; the node is closed then
     */
    public void load() throws IOException {
        try {
            boolean loaded = loadDump();
            node.loading(false);
            begin(loaded);
        } catch (IOException e) {
            close();
            throw e;
        }
        node.starting(false);
        housekeeping.start();
        StartLines.ready();
    }

    /** Cores - 1, at least 1, when {@code io-threads} is left alone. */
    private static int ioThreads(ServerConfig config) {
        int asked = (int) config.get(Parameters.IO_THREADS);
        return asked > 0 ? asked : Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
    }

    /** What is about to be freed does not make a node evict more; what clients hold does. */
    private static long countedMemory(Node node) {
        Keyspace keyspace = node.keyspace();
        return keyspace.usedMemoryAbout()
                - keyspace.awaitsFreeing()
                + node.telemetry().clientBytesCounted();
    }

    /** Everything the first command may need, before the port opens. */
    private void wire(int port) {
        node.loading(true);
        node.starting(true);
        ClusterRouter router = null;
        if (node.isClustered()) {
            cluster = new ClusterService(node, port, replication);
            router = cluster.router();
        }
        node.plug(
                new Eviction(node, () -> countedMemory(node)),
                new NodePersistence(saver),
                new NodeReplication(node, replication),
                router);
        replication.primary().hasFieldTtls(() -> node.keyspace().fieldTtlHashes() > 0);
        node.plug(Replication.class, replication);
        housekeeping.each(nowMs -> {
            replication.cron();
            saver.cron();
            if (cluster != null) {
                cluster.tick();
            }
        });
    }

    /** What needs the data: the cluster side, or the primary that the configuration names. */
    private void begin(boolean loaded) throws IOException {
        if (cluster != null) {
            cluster.start(loaded);
        }
        PrimaryAddress primary = primaryToFollow();
        if (!primary.isNone()) {
            node.replica(true);
            var unused = replication.follow(primary.host(), primary.port());
        }
    }

    /** Whom the configuration says to follow from the start; in a cluster its view says that. */
    private PrimaryAddress primaryToFollow() {
        return node.isClustered() ? PrimaryAddress.NONE : config.get(Parameters.REPLICAOF);
    }

    /** Loads the dump file, if there is one. */
    private boolean loadDump() throws IOException {
        Path file = saver.dumpFile();
        if (!Files.exists(file)) {
            return false;
        }
        long start = System.nanoTime();
        LoadProgress progress = node.loadProgress();
        progress.begin(Files.size(file), System.currentTimeMillis());
        DumpFile.Loaded loaded;
        try {
            loaded = DumpFile.load(
                    file,
                    config.get(Parameters.RDBCHECKSUM),
                    System.currentTimeMillis(),
                    new KeyspaceLoader(node.keyspace()),
                    progress::loaded);
        } catch (IOException e) {
            LOG.warn("Fatal error loading the DB from {}: {}. Exiting.", file, e.getMessage());
            throw e;
        }
        replication.restore(loaded, !primaryToFollow().isNone());
        saver.loaded(loaded.keys(), loaded.keysExpired());
        LOG.info("Done loading RDB, keys loaded: {}, keys expired: {}.", loaded.keys(), loaded.keysExpired());
        LOG.info("DB loaded from disk: {} seconds", String.format("%.3f", (System.nanoTime() - start) / 1e9));
        return true;
    }

    /** The orderly end, after the final save: the next start may trust the dump. */
    private void stop() {
        boolean whole = !node.isLoading() && !node.isStarting();
        if (whole && cluster != null && saver.lastOk() && saver.changesSinceSave() == 0) {
            cluster.roles().markClean();
        }
        close();
    }

    private void listen() throws IOException {
        if (node.isClustered()) {
            ClusterService.checkPorts(config);
        }
        wire((int) config.get(Parameters.PORT));
        addresses.open();
        if (node.isClustered()) {
            directory = NodeDirectory.open(config.current().directory(), (int) config.get(Parameters.PORT));
        } else {
            config.whenChanged(addresses::moved, Parameters.PORT);
        }
        config.whenChanged(addresses::rebound, Parameters.BIND);
        DescriptorLimit.apply(config);
    }

    /** The client port, of use when {@code port 0} asked for any. */
    public int port() {
        return addresses.port();
    }

    public Node node() {
        return node;
    }

    /**
     * SIGTERM: saves where there are save points, and closes; waits for it on the calling thread. A node that cannot save
     * closes all the same, and says so.
     */
    public void terminate() {
        if (closed.getCount() == 0) {
            return;
        }
        node.service(Shutdown.class).begin(new Shutdown.Options(null, false, true), failure -> close());
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until {@link #close} has ended. */
    public void awaitClose() throws InterruptedException {
        closed.await();
    }

    /** What is to be done first when the server ends, whoever ends it. */
    public void whenClosing(Runnable action) {
        whenClosing = action;
    }

    @Override
    public void close() {
        whenClosing.run();
        net.close();
        if (cluster != null) {
            cluster.close();
        }
        link.close();
        saver.close();
        housekeeping.close();
        node.keyspace().close();
        if (directory != null) {
            directory.close();
        }
        closed.countDown();
    }
}
