/**
 * The control plane: the consensus engine's adapter, the generations of voter sets, the record stream to observers and
 * the cluster bus. The only package of this module with threads, files and sockets; it replicates opaque bytes and knows
 * nothing of slots.
 */
package io.kdb.cluster.control;
