package io.kdb.cluster.topology;

import java.util.List;

/**
 * A node that was forgotten, remembered for a while since FORGET is sent to every node. Immutable.
 *
 * @param untilMs when it is no longer remembered, on the clock of the records
 * @param askedOf the nodes that were told FORGET already: asked again they know no such node, others still answer OK
 */
public record ForgottenNode(String id, long untilMs, List<String> askedOf) {
    public ForgottenNode {
        askedOf = List.copyOf(askedOf);
    }
}
