package io.kdb.cluster.control;

/**
 * A join that succeeded: this node has the other cluster's state. Immutable.
 *
 * @param clusterId the cluster
 * @param seedId the node that let it in
 * @param localHost this node's address as used towards that node
 */
public record Joined(String clusterId, String seedId, String localHost) {}
