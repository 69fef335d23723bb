package io.kdb.cluster.control;

/**
 * One connection of the cluster bus, as CLUSTER LINKS shows it. Immutable.
 *
 * @param outgoing this node made the connection
 * @param node the other node
 * @param createdMs when it was made, milliseconds since the epoch
 * @param sendBufferBytes bytes written and not yet sent
 * @param sendBufferAllocated bytes set aside for sending
 */
public record BusLink(boolean outgoing, String node, long createdMs, long sendBufferBytes, long sendBufferAllocated) {}
