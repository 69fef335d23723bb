package io.kdb.cluster.control;

import java.util.UUID;

/**
 * Names one Raft group, which is one proposed or real generation of voters: a group's directory name alone says what it
 * is. Immutable.
 *
 * @param generation number of the generation it is, or would be; the founding one is 1
 * @param attempt number of the proposal in the generation before; 0 for a founding group
 * @param random its upper half is the cluster's own, its lower half makes the group unique
 */
record GroupId(int generation, int attempt, long random) {
    static GroupId of(UUID id) {
        long high = id.getMostSignificantBits();
        return new GroupId((int) (high >>> 32), (int) high, id.getLeastSignificantBits());
    }

    /** What all groups of one cluster have in common: half of the founding group's random number. */
    int cluster() {
        return (int) (random >>> 32);
    }

    /** The id of a proposed group that would follow this one. */
    GroupId next(int proposal, int salt) {
        return new GroupId(generation + 1, proposal, (random & 0xffffffff00000000L) | (salt & 0xffffffffL));
    }

    UUID uuid() {
        return new UUID(((long) generation << 32) | (attempt & 0xffffffffL), random);
    }

    @Override
    public String toString() {
        return uuid().toString();
    }
}
