/**
 * The keyspace: segments, the pages their records live in, hash tables, expiry, eviction and snapshots. It knows keys and
 * values as bytes; it knows nothing of commands, connections, the log or files.
 */
package io.kdb.server.store;
