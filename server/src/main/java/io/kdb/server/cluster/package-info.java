/**
 * This node's part in its cluster: applies the committed view to routing, roles and slot moves, and proposes records. The
 * decisions themselves are in {@code io.kdb.cluster}; this package gives them time, links and data.
 */
package io.kdb.server.cluster;
