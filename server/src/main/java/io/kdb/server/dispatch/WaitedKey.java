package io.kdb.server.dispatch;

import java.util.LinkedHashSet;
import java.util.Set;

/** A key that clients wait for, and who they are, in the order they came. Owner: the key's segment. */
final class WaitedKey {
    final KeyName name;
    final int segment;
    final Set<Waiter> waiters = new LinkedHashSet<>();
    /** How many of them are told when the key goes; see {@link Waiting#gone}. */
    int goneListeners;
    /** It stands in some loop's list of keys to serve from. */
    boolean ready;
    /** A loop has let go of the segment to come back with all that serving needs; commands on the key serve it first. */
    boolean owed;

    WaitedKey(KeyName name, int segment) {
        this.name = name;
        this.segment = segment;
    }
}
