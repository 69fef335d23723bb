/**
 * Who is in the cluster and who owns which slot: the replicated state machine ({@link io.kdb.cluster.topology.ClusterState}),
 * the records that change it ({@link io.kdb.cluster.topology.ClusterRecord}) and the immutable picture the request path
 * reads ({@link io.kdb.cluster.topology.ClusterView}). Knows no clock, thread, socket or random source: time is an
 * argument of the records that need it.
 *
 * <p>How it is wired: the control plane replicates opaque bytes. {@code ClusterRecord.encode()} is what is submitted;
 * {@code ClusterState.apply(bytes)} runs on every node in the same order and answers a {@code ClusterAnswer} in bytes,
 * which the submitter decodes. After each apply (or restore) the same thread calls {@code ClusterState.view(myId)} and
 * swaps the result in, in an exclusive section. {@code ClusterText} and {@code ClusterTables} build what CLUSTER NODES,
 * INFO, SLOTS and SHARDS answer from a view.
 */
package io.kdb.cluster.topology;
