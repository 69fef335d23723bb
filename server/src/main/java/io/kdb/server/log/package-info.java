/**
 * The node's effects log: every write's effect, in order, at an offset, and the cursors that read it.
 * It knows bytes, slots and databases, not commands, and neither who reads it nor what for.
 */
package io.kdb.server.log;
