package io.kdb.cluster.health;

import io.kdb.cluster.topology.ClusterRecord;

/**
 * A record that the controller wants submitted. Immutable.
 *
 * @param number to report the outcome by {@link Controller#done}
 * @param subject the node it is about; nothing else is decided about it until the outcome is known
 */
public record Decision(long number, String subject, ClusterRecord record) {
    /** What became of it. */
    public enum Outcome {
        /** Applied on this node, accepted or refused; the next tick must come with the view after it. */
        APPLIED,
        /** Not known: it may still be applied. */
        UNKNOWN
    }
}
