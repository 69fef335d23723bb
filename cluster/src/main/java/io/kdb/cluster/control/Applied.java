package io.kdb.cluster.control;

import java.util.List;

/**
 * What one log entry did to a group's state. Immutable.
 *
 * @param verdict the answer
 * @param facts the protocol state after it
 * @param ops the operations it newly applied, the first at {@code verdict.firstIndex()}
 */
record Applied(Verdict verdict, Facts facts, List<byte[]> ops) {}
