package io.kdb.server.store;

/** A range of scores, each end with or without its bound. Immutable. */
public record ScoreRange(double min, boolean isMinExclusive, double max, boolean isMaxExclusive) {
    /** False when no score can be within. */
    public boolean mayContain() {
        return min < max || min == max && !isMinExclusive && !isMaxExclusive;
    }
}
