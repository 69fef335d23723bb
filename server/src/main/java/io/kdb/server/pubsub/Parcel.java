package io.kdb.server.pubsub;

/** Something on its way to an event loop; see {@link LoopSubscribers#post}. Immutable. */
public interface Parcel {
    /** About how much memory it takes while it waits. */
    long bytes();

    /** Hands it to whom it is for. Called on the loop. */
    void open(LoopSubscribers at);

    /** Too much waits: another parcel, a small one, that closes those for whom this one is. */
    Parcel withoutContent();
}
