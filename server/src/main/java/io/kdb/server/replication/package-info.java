/**
 * Redis' replication protocol, both sides: replicas of this node, and this node as a replica.
 * It knows the log, points in time and bytes; connections, commands and the store are behind small interfaces.
 */
package io.kdb.server.replication;
