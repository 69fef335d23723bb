package io.kdb.cluster.topology;

/** Who decides where slots live. */
public enum PlacementMode {
    /** A node alone that nobody has met yet. */
    NONE,
    /** The operator (MEET, ADDSLOTS, SETSLOT): no slot ever moves by itself. */
    MANUAL,
    /** The planner ({@code --join}, {@code kdb up}). */
    AUTO
}
