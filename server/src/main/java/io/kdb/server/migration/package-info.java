/**
 * Moves keys to other nodes: whole slots as the cluster decides ({@code SlotMoves}), single keys as MIGRATE asks. Knows the
 * store, the log and the committed view; its links are handed in.
 */
package io.kdb.server.migration;
