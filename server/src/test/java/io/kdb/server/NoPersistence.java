package io.kdb.server;

import io.kdb.server.dispatch.Persistence;
import io.kdb.server.store.Tallies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A node that saves nothing, and says so when it is asked to. */
final class NoPersistence implements Persistence {
    private static final String REASON = "saving: not available";

    private final Tallies changes = new Tallies();

    @Override
    public void changed(long count) {}

    @Override
    public Tallies.Tally tally() {
        return changes.tally();
    }

    @Override
    public boolean refusesWrites() {
        return false;
    }

    @Override
    public boolean isSaving() {
        return false;
    }

    @Override
    public boolean save(boolean inBackground, Consumer<IOException> done) {
        done.accept(new IOException(REASON));
        return true;
    }

    @Override
    public IOException saveNow() {
        return new IOException(REASON);
    }

    @Override
    public IOException saveInSection() {
        return null;
    }

    @Override
    public Path dumpFile() {
        return Path.of("dump.rdb");
    }

    @Override
    public long lastSaveSeconds() {
        return 0;
    }

    @Override
    public void info(StringBuilder out) {}
}
