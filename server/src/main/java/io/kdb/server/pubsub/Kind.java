package io.kdb.server.pubsub;

/** The three ways to subscribe, each with its words on the wire. */
@SuppressWarnings("ImmutableEnumChecker") // nobody changes the words
public enum Kind {
    CHANNEL("subscribe", "unsubscribe"),
    PATTERN("psubscribe", "punsubscribe"),
    SHARD("ssubscribe", "sunsubscribe");

    private final byte[] subscribe;
    private final byte[] unsubscribe;

    Kind(String subscribe, String unsubscribe) {
        this.subscribe = Frames.bytes(subscribe);
        this.unsubscribe = Frames.bytes(unsubscribe);
    }

    public byte[] subscribeWord() {
        return subscribe;
    }

    public byte[] unsubscribeWord() {
        return unsubscribe;
    }
}
