/**
 * The keyspace: segments, the pages their records live in, hash tables, expiry, eviction and snapshots. It knows keys and
 * values as bytes; it knows nothing of commands, connections, the log or files.
 *
 * <p>Note: flyweights write a reference only when it is another one, since G1 follows such a store by a fence once they
 * are old; {@code docs/decisions.md} has the figures.
 */
package io.kdb.server.store;
