package io.kdb.server.store;

/** All kinds of leaves by their numbers. Immutable. */
final class LeafKinds {
    private static final LeafKind[] KINDS = new LeafKind[8];

    static {
        LeafKind[] all = {
            HashedKind.SET, HashedKind.MAP, ScoredKind.INSTANCE, ListKind.LIST, KeyedKind.ADDRESSES, KeyedKind.WIDE
        };
        for (LeafKind kind : all) {
            KINDS[kind.number] = kind;
        }
    }

    private LeafKinds() {}

    static LeafKind of(int number) {
        return KINDS[number];
    }
}
