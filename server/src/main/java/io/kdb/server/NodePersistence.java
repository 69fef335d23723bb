package io.kdb.server;

import io.kdb.server.dispatch.Persistence;
import io.kdb.server.persist.Saver;
import io.kdb.server.store.Tallies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The saver as the request path and the commands know it. Thread-safe. */
record NodePersistence(Saver saver) implements Persistence {
    @Override
    public void changed(long count) {
        saver.changed(count);
    }

    @Override
    public Tallies.Tally tally() {
        return saver.tally();
    }

    @Override
    public boolean refusesWrites() {
        return saver.refusesWrites();
    }

    @Override
    public boolean isSaving() {
        return saver.isSaving();
    }

    @Override
    public boolean save(boolean inBackground, Consumer<IOException> done) {
        return saver.save(inBackground, done);
    }

    @Override
    public IOException saveNow() throws InterruptedException {
        return saver.saveNow();
    }

    @Override
    public IOException saveInSection() {
        return saver.saveInSection();
    }

    @Override
    public Path dumpFile() {
        return saver.dumpFile();
    }

    @Override
    public long lastSaveSeconds() {
        return saver.lastSaveSeconds();
    }

    @Override
    public void info(StringBuilder out) {
        saver.info(out);
    }
}
