package io.kdb.cluster.topology;

/**
 * A node that is not yet a member, as it describes itself. Immutable.
 *
 * @param configEpoch what SET-CONFIG-EPOCH gave it while it was alone, else 0
 * @param incarnation the number of this process start, higher than that of any earlier start under the same id
 * @param claimed slots it was given by ADDSLOTS while it was alone
 * @param keyed slots of which it holds keys
 */
public record Joiner(
        String id,
        NodeProfile profile,
        String shardId,
        long configEpoch,
        long incarnation,
        SlotSet claimed,
        SlotSet keyed) {

    void write(WireWriter out) {
        out.id(id)
                .profile(profile)
                .id(shardId)
                .i64(configEpoch)
                .i64(incarnation)
                .slots(claimed)
                .slots(keyed);
    }

    static Joiner read(WireReader in) {
        return new Joiner(in.id(), in.profile(), in.id(), in.u63(), in.u63(), in.slots(), in.slots());
    }
}
