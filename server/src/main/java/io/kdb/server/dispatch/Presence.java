package io.kdb.server.dispatch;

import io.kdb.server.store.Exclusion;

/** Whether one thread is inside the keyspace, and how it comes in, steps out and gets it to itself. Owner: that thread. */
final class Presence {
    private final Exclusion exclusion;
    private final Exclusion.Participant participant;
    private boolean inside;

    Presence(Exclusion exclusion) {
        this.exclusion = exclusion;
        this.participant = exclusion.join();
    }

    /** Comes in; waits while somebody is alone there. {@link #leave} follows. */
    void enter() {
        participant.enter();
        inside = true;
    }

    void leave() {
        inside = false;
        participant.leave();
    }

    /** Comes in unless it is in already: {@link #leaveUnless} with the outcome follows. */
    boolean enterIfOut() {
        boolean was = inside;
        if (!was) {
            enter();
        }
        return was;
    }

    void leaveUnless(boolean wasInside) {
        if (!wasInside) {
            leave();
        }
    }

    /** Somebody asks for the keyspace: between two commands one {@link #stepOut}s. */
    boolean isAskedOut() {
        return participant.isAskedOut();
    }

    /** Lets those who ask have the keyspace, and comes back. */
    void stepOut() {
        participant.stepOut();
    }

    /** Somebody is alone in the keyspace; to whoever is inside, that is this thread. */
    boolean isAlone() {
        return exclusion.isExclusive();
    }

    /** Runs {@code section} alone in the keyspace: leaves it first if this thread is in it, and comes back. */
    void exclusively(Runnable section) {
        if (exclusion.isExclusive()) {
            section.run();
            return;
        }
        boolean was = inside;
        if (was) {
            leave();
        }
        try {
            exclusion.exclusively(section);
        } finally {
            if (was) {
                enter();
            }
        }
    }
}
