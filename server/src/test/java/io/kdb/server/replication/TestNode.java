package io.kdb.server.replication;

import io.kdb.resp.Arguments;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.log.Effects;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.persist.PiecedBytes;
import io.kdb.server.persist.PointInTime;
import io.kdb.server.persist.RdbInfo;
import io.kdb.server.persist.RdbVisitor;
import io.kdb.server.persist.RdbWriter;
import io.kdb.server.persist.Saver;
import io.kdb.server.store.StoreFull;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A node of a map and one lock, with everything of replication around it. */
final class TestNode implements Applier, Dataset, AutoCloseable {
    /** So many of the next commands of the stream find no memory. */
    int refusals;

    final EffectsLog log;
    final Effects effects;
    final Saver saver;
    final Replication replication;
    private final ReentrantLock keyspace = new ReentrantLock();
    private final Map<String, String> keys = new TreeMap<>();
    volatile boolean failNextLoad;

    TestNode(ServerConfig config, LinkTransport transport, LongSupplier clockMs, Random random) {
        log = new EffectsLog(config.get(io.kdb.server.config.Parameters.REPL_BACKLOG_SIZE), random);
        effects = new Effects(log);
        Supplier<RdbInfo> about = Replication.about(log, clockMs, () -> 1_000_000);
        saver = new Saver(this::pointInTime, config, clockMs, about);
        replication =
                new Replication(log, saver, config, this, this, transport, this::exclusively, clockMs, about, random);
    }

    private void exclusively(Runnable section) {
        keyspace.lock();
        try {
            section.run();
        } finally {
            keyspace.unlock();
        }
    }

    private PointInTime pointInTime(Runnable atPoint) {
        Map<String, String> copy = new TreeMap<>();
        exclusively(() -> {
            copy.putAll(keys);
            atPoint.run();
        });
        return new PointInTime() {
            @Override
            public void write(RdbWriter writer) throws IOException {
                int db = -1;
                for (Map.Entry<String, String> entry : copy.entrySet()) {
                    int slash = entry.getKey().indexOf('/');
                    int entryDb = Integer.parseInt(entry.getKey().substring(0, slash));
                    if (entryDb != db) {
                        db = entryDb;
                        writer.database(db, copy.size(), 0);
                    }
                    byte[] key = bytes(entry.getKey().substring(slash + 1));
                    byte[] value = bytes(entry.getValue());
                    writer.string(key, 0, key.length, value, 0, value.length);
                }
            }

            @Override
            public void close() {}
        };
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Runs writes of a client, several as a transaction; false when this is a replica. */
    boolean write(int db, String[]... commands) {
        keyspace.lock();
        try {
            if (replication.isReplica()) {
                return false;
            }
            effects.begin();
            for (String[] command : commands) {
                run(db, command);
                effects.add(db, 0, Arguments.of(command));
            }
            effects.commit();
        } finally {
            keyspace.unlock();
        }
        effects.announce();
        return true;
    }

    private void run(int db, String... command) {
        String key = db + "/" + (command.length > 1 ? command[1] : "");
        switch (command[0]) {
            case "SET" -> keys.put(key, command[2]);
            case "DEL" -> keys.remove(key);
            case "APPEND" -> keys.merge(key, command[2], String::concat);
            default -> throw new IllegalArgumentException(command[0]);
        }
    }

    Map<String, String> contents() {
        keyspace.lock();
        try {
            return new TreeMap<>(keys);
        } finally {
            keyspace.unlock();
        }
    }

    @Override
    public void enter() {
        keyspace.lock();
    }

    @Override
    public void leave() {
        keyspace.unlock();
    }

    @Override
    public boolean isAskedToLeave() {
        return keyspace.hasQueuedThreads();
    }

    @Override
    public void apply(int db, Arguments command) {
        if (refusals > 0) {
            refusals--;
            throw new StoreFull();
        }
        String[] texts = new String[command.count()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = command.text(i);
        }
        run(db, texts);
    }

    @Override
    public void applyTransaction(List<StreamCommand> commands) {
        commands.forEach(command -> apply(command.db(), command.arguments()));
    }

    @Override
    public void startLoading(long totalBytes) {
        exclusively(keys::clear);
    }

    @Override
    public RdbVisitor loader() {
        return new RdbVisitor() {
            private int db;

            @Override
            public void database(int number, long keyCount, long expiryCount) {
                db = number;
            }

            @Override
            public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idle, int frequency)
                    throws IOException {
                if (failNextLoad) {
                    failNextLoad = false;
                    throw new IOException("refused by the test");
                }
                exclusively(() -> keys.put(
                        db + "/" + new String(key.toByteArray(), StandardCharsets.ISO_8859_1),
                        new String(value.toByteArray(), StandardCharsets.ISO_8859_1)));
            }
        };
    }

    @Override
    public void loading(long bytes) {}

    @Override
    public void endLoading(boolean whole, Runnable atEnd) {
        exclusively(() -> {
            if (!whole) {
                keys.clear();
            }
            atEnd.run();
        });
    }

    /** INFO's line of this name, without the name. */
    String info(String name) {
        StringBuilder out = new StringBuilder();
        replication.info(out);
        for (String line : out.toString().split("\r\n", -1)) {
            if (line.startsWith(name + ":")) {
                return line.substring(name.length() + 1);
            }
        }
        return null;
    }

    @Override
    public void close() {
        saver.close();
    }
}
