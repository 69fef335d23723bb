package io.kdb.cluster.control;

import java.util.List;

/**
 * The applied protocol state of one group as of some moment; every field but the last is a monotone fact. Immutable.
 *
 * @param id the group
 * @param inForce its F was applied (a founding group: true from birth)
 * @param attempt number of the last proposal in it
 * @param open the proposal that is neither abandoned nor sealed, or null
 * @param openVoters voters of the open proposal
 * @param sealed the group that follows it, or null; never changes again
 * @param sealedVoters voters of that group
 * @param index operations applied since the cluster's birth
 */
record Facts(
        GroupId id,
        boolean inForce,
        int attempt,
        GroupId open,
        List<String> openVoters,
        GroupId sealed,
        List<String> sealedVoters,
        long index) {}
