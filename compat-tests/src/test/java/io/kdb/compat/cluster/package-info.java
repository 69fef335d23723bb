/** Clusters of real node processes as their clients see them, also while nodes are killed, stopped and started again. */
package io.kdb.compat.cluster;
