package io.kdb.cluster.topology;

/**
 * A whole-slot hand-over that has begun and is neither committed nor aborted. Immutable.
 *
 * @param id the same for all slots that one record began; a commit names it, so that a late one cannot hit a newer move
 */
public record SlotMove(long id, String source, String target) {}
