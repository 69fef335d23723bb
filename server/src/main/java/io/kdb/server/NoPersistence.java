package io.kdb.server;

import io.kdb.server.dispatch.Persistence;

/** A node that saves nothing. */
final class NoPersistence implements Persistence {
    @Override
    public void changed(long count) {}

    @Override
    public boolean refusesWrites() {
        return false;
    }
}
