/**
 * Files and payloads in Redis' own formats: the RDB file, the DUMP payload, and when to save.
 * Only KeyspaceDump and KeyspaceLoader know the store; the rest knows bytes and types.
 */
package io.kdb.server.persist;
